import { once } from "node:events";
import { createServer } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { entries, services } from "../../tsup.config.js";
import { filesOf, importsIn, lastLine, scriptsOf } from "./built.js";

// What is off costs nothing but its null object: every gate is built and called in a process of its own, which then tells
// what it made and loaded. The flags are turned on one by one too, to see that each would show.

/** Node's kinds of sockets, pipes, servers, processes, threads and look-ups, and of watches over files. */
const OUTWARD = /^(TCP|TLS|PIPE|UDP|HTTP|GETADDRINFO|GETNAMEINFO|QUERY|DNS|PROCESS|WORKER|MESSAGEPORT|FSEVENT|STAT)/;

/** Modules of Node's own that open sockets or start processes and threads. */
const REACHING = /^(_?http|https|http2|_?tls|net|dgram|dns|child_process|cluster|worker_threads)/;

interface Report {
  readonly made: readonly string[];
  readonly modules: readonly string[];
  /** What is left open after the flags were closed. */
  readonly open: readonly string[];
  readonly states: Readonly<Record<string, string>>;
  readonly rejected: number;
  readonly greeted: number;
  /** Files that are loaded by `import()` alone: of the build, of packages, and the program's own. */
  readonly later: readonly string[];
}

const FLAGS = ["enable_tabby", "enable_fsdp", "whatsapp_enabled", "own"] as const;

/** A place on this machine where nobody listens. */
let url: string;
/** The files of the build that an import of the entries loads. */
let atOnce: ReadonlySet<string>;
beforeAll(async () => {
  atOnce = new Set(Object.keys(entries).flatMap((name) => filesOf(name).map((file) => `${file}.js`)));
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  server.close();
  await once(server, "close");
});

describe("with every flag off", () => {
  let report: Report;
  beforeAll(() => {
    report = reportOf([]);
  });

  test("every gate is there and off, and every call is answered", () => {
    expect(report.states).toEqual(Object.fromEntries(FLAGS.map((name) => [name, "disabled"])));
    expect(report).toMatchObject({ rejected: 0, greeted: 1 });
  });

  test("no socket is opened, no process and no thread started, nothing left open", () => {
    expect(report.made.filter((kind) => OUTWARD.test(kind))).toEqual([]);
    expect(report.open).toEqual([]);
  });

  test("no module of a real service is loaded, no package, and nothing of Node's that opens sockets or starts processes", () => {
    expect(report.later).toEqual([]);
    expect(report.modules.filter((name) => REACHING.test(name))).toEqual([]);
  });

  test.each(services)("%s has something to load later, so that this can be seen", (name) => {
    const imports = filesOf(`services/${name}`).flatMap((file) => importsIn(file));
    expect(imports.filter(({ own, lazy }) => own && lazy)).not.toEqual([]);
  });
});

describe("a flag that is on shows", () => {
  test.each([
    ["enable_tabby", /TCP/, /\/dist\//],
    ["enable_fsdp", /PROCESS/, /\/dist\//],
    ["whatsapp_enabled", /TCP/, /\/dist\//],
    ["own", /PROMISE/, /own-service\.mjs$/],
  ])("%s", (name, kind, file) => {
    const { made, later, states } = reportOf([name]);
    expect(made).toEqual(expect.arrayContaining([expect.stringMatching(kind)]));
    expect(later).toEqual(expect.arrayContaining([expect.stringMatching(file)]));
    expect(states).toEqual({ ...Object.fromEntries(FLAGS.map((one) => [one, "disabled"])), [name]: "ready" });
  });
});

/** Runs the program with these flags on. */
function reportOf(on: readonly string[]): Report {
  const { said, urls } = scriptsOf("all-off.mjs", JSON.stringify({ on, url }));
  const ours = urls.filter((script) => script.startsWith("file:") && !script.endsWith("/all-off.mjs"));
  const later = ours.filter((script) => !atOnce.has(script.split("/dist/")[1] ?? ""));
  return { ...lastLine<Report>(said), later };
}
