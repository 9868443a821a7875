import { spawn } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inPlace } from "../../src/changes/dispatcher.js";
import { canonicalText } from "../../src/changes/hash-chain.js";
import type { BurgeeError } from "../../src/errors.js";
import { finished } from "../../src/resolvers/steps.js";
import { type LastKnownGood, LastKnownGoodFile } from "../../src/store/last-known-good.js";
import { readLastKnownGood, writeLastKnownGood } from "../../src/store/last-known-good-text.js";

let folder: string;
let path: string;
let errors: BurgeeError[];

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "burgee-known-"));
  path = join(folder, "flags.json");
  errors = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

function file(at = path, namespace = "shop"): LastKnownGoodFile {
  return new LastKnownGoodFile(at, {
    ...{ store: "postgres", namespace, outside: inPlace },
    onError: (error) => errors.push(error),
  });
}

function known(revision: number, value: unknown = true): LastKnownGood {
  const origin = { source: "ops", actor: "ana", at: 1_800_000_000_000 };
  return {
    state: {
      head: { revision, hash: String(revision % 10).repeat(64) },
      flags: [{ flag: "lamp", revision, override: { value, origin }, kill: origin }],
    },
    localKills: { fan: origin },
  };
}

async function saved(content: LastKnownGood, at = path): Promise<string> {
  const one = file(at);
  one.save(() => content);
  await one.close();
  return fs.readFileSync(at, "utf8");
}

describe("save and read", () => {
  it("reads what was saved, frozen", async () => {
    await saved(known(7));
    const read = file().read();
    expect(read).toEqual(known(7));
    expect(Object.isFrozen(read?.state.flags[0])).toBe(true);
    expect(errors).toEqual([]);
  });

  it("reads any content as it was", () => {
    const value = fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)));
    const owner = { store: "postgres", namespace: "shop" };
    fc.assert(
      fc.property(value, fc.nat(), (given, revision) => {
        const text = finished(writeLastKnownGood(known(revision, given), owner, new WeakMap()));
        expect(readLastKnownGood(text, "shop")).toEqual(known(revision, given));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is made with turns of the event loop in between, and of rows that are new only", async () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      now += 100;
      return now;
    });
    const flags = Array.from({ length: 50 }, (_, index) => ({ flag: `f${index}`, revision: index + 1 }));
    const content = { ...known(50), state: { ...known(50).state, flags } };
    const stringify = vi.spyOn(JSON, "stringify");
    const texts: unknown[] = [];
    const one = file();
    for (const more of [[], [{ flag: "new", revision: 51 }]]) {
      one.save(() => ({ ...content, state: { ...content.state, flags: [...flags, ...more] } }));
      let turns = 0;
      let over = false;
      const flushed = one.flush().then(() => {
        over = true;
      });
      for (; !over; turns++) await new Promise((resolve) => setImmediate(resolve));
      await flushed;
      expect(turns).toBeGreaterThan(50);
      texts.push(stringify.mock.calls.filter(([value]) => flags.includes(value)).length);
    }
    stringify.mockRestore();
    expect(texts).toEqual([50, 50]);
    const body = canonicalText({ store: "postgres", namespace: "shop", ...content });
    expect(fs.readFileSync(path, "utf8").split("\n")[1]).toBe(
      body.replace('],"head"', ',{"flag":"new","revision":51}],"head"'),
    );
    await one.close();
  });

  it("is two lines, the second of which the first vouches for", async () => {
    const [header = "", body = "", ...rest] = (await saved(known(7))).split("\n");
    expect(rest).toEqual([""]);
    expect(JSON.parse(header)).toEqual({ format: "burgee-last-known-good", version: 1, sha256: await sha256(body) });
    expect(body).toBe(canonicalText({ store: "postgres", namespace: "shop", ...known(7) }));
  });

  it("gives nothing where there is no file, and is silent", () => {
    expect(file().read()).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it("makes the folder, and lets only its owner read the file", async () => {
    const deep = join(folder, "a", "b", "flags.json");
    await saved(known(1), deep);
    expect(fs.statSync(deep).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(join(folder, "a", "b"))).toEqual(["flags.json"]);
  });

  it("writes at once, then the last of what comes within 200 ms", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const one = file();
    const asked: number[] = [];
    const save = (revision: number) =>
      one.save(() => {
        asked.push(revision);
        return known(revision);
      });
    save(1);
    await vi.waitUntil(() => vi.getTimerCount() === 1);
    for (const revision of [2, 3, 4]) save(revision);
    vi.advanceTimersByTime(199);
    expect(asked).toEqual([1]);
    vi.advanceTimersByTime(1);
    await vi.waitUntil(() => vi.getTimerCount() === 1);
    expect(asked).toEqual([1, 4]);
    expect(file().read()?.state.head.revision).toBe(4);
    vi.advanceTimersByTime(200);
    save(5);
    await one.flush();
    expect(asked).toEqual([1, 4, 5]);
    await one.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("flushes what waits, and what comes while it writes", async () => {
    const one = file();
    one.save(() => known(1));
    await one.flush();
    one.save(() => known(2));
    const flushed = one.flush();
    one.save(() => known(3));
    await flushed;
    await one.flush();
    expect(file().read()?.state.head.revision).toBe(3);
    await one.flush();
    await one.close();
  });

  it("saves nothing any more once it is closed", async () => {
    const one = file();
    one.save(() => known(1));
    await one.close();
    one.save(() => known(2));
    await one.close();
    expect(file().read()?.state.head.revision).toBe(1);
  });
});

describe("a file that cannot be used", () => {
  const problems: [string, (text: string) => string, RegExp][] = [
    ["no JSON", () => "lamp: true\n", /is not a last-known-good file/],
    ["empty", () => "", /is not a last-known-good file/],
    ["of another format", () => '{"format":"x"}\n{}\n', /is not a last-known-good file/],
    [
      "of a newer version",
      (text) => text.replace('"version":1', '"version":2'),
      /it is of version 2, and .* reads version 1/,
    ],
    ["cut off in the middle", (text) => text.slice(0, 200), /cut off/],
    ["cut off after the first line", (text) => text.slice(0, text.indexOf("\n")), /cut off/],
    ["cut off by a byte", (text) => text.slice(0, -1), /cut off/],
    ["longer than it was", (text) => `${text}more\n`, /something was added/],
    ["edited", (text) => text.replace('"lamp"', '"lamb"'), /checksum/],
  ];

  it.each(problems)("is told of and kept aside where it is %s", async (_name, damage, message) => {
    const damaged = damage(await saved(known(7)));
    fs.writeFileSync(path, damaged);
    expect(file().read()).toBeUndefined();
    expect(errors).toMatchObject([{ code: "STORE_FILE_DAMAGED", message: expect.stringMatching(message) }]);
    expect(errors[0]?.message).toContain(`It is kept as ${path}.damaged`);
    expect(fs.readFileSync(`${path}.damaged`, "utf8")).toBe(damaged);
    expect(fs.existsSync(path)).toBe(false);
  });

  it("is of another namespace", async () => {
    await saved(known(7));
    expect(file(path, "office").read()).toBeUndefined();
    expect(errors[0]?.message).toContain('it belongs to the namespace "shop"');
  });

  it.each([
    [{ namespace: "shop" }],
    [{ namespace: "shop", state: {}, localKills: {} }],
    [{ namespace: "shop", state: { head: { revision: 1, hash: "a" }, flags: {} }, localKills: {} }],
    [{ namespace: "shop", state: { head: { revision: 1, hash: "a" }, flags: [] } }],
    [{ ...known(1), namespace: 1 }],
    [[]],
  ])("lacks a part: %j", async (body) => {
    const text = canonicalText(body);
    const header = { format: "burgee-last-known-good", version: 1, sha256: await sha256(text) };
    fs.writeFileSync(path, `${JSON.stringify(header)}\n${text}\n`);
    expect(file().read()).toBeUndefined();
    expect(errors[0]?.message).toContain("it lacks a part");
  });

  it("is never taken for whole where it lacks its end", async () => {
    const text = await saved(known(7));
    for (let length = 0; length < text.length; length++) {
      expect(readLastKnownGood(text.slice(0, length), "shop")).toHaveProperty("problem");
    }
  });

  it("is a folder: it can neither be read nor written, and each is told once", async () => {
    fs.mkdirSync(join(path, "within"), { recursive: true });
    const one = file();
    expect(one.read()).toBeUndefined();
    for (const revision of [1, 2]) {
      one.save(() => known(revision));
      await one.flush();
    }
    expect(errors.map((error) => [error.code, /cannot be (read|written)/.exec(error.message)?.[1]])).toEqual([
      ["STORE_FILE_DAMAGED", "read"],
      ["STORE_FILE_DAMAGED", "written"],
    ]);
    await one.close();
    expect(fs.readdirSync(folder)).toEqual(["flags.json"]);
  });

  it("says so where it cannot be kept aside", async () => {
    fs.writeFileSync(path, "?");
    fs.mkdirSync(join(`${path}.damaged`, "within"), { recursive: true });
    expect(file().read()).toBeUndefined();
    expect(errors[0]?.message).toMatch(/could not be kept as .*, and will be overwritten/);
  });
});

describe("a disk that is full", () => {
  it("is told once until it works again; what waits is written then", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const open = vi.spyOn(fs.promises, "open").mockRejectedValue(new Error("ENOSPC: no space left on device"));
    const one = file();
    for (const revision of [1, 2]) {
      one.save(() => known(revision));
      await one.flush();
    }
    expect(errors.map((error) => error.message)).toEqual([
      `The last-known-good file ${path} cannot be written: ENOSPC: no space left on device`,
    ]);
    expect(fs.readdirSync(folder)).toEqual([]);
    open.mockRestore();
    vi.advanceTimersByTime(5_000);
    await vi.waitUntil(() => fs.existsSync(path));
    await one.flush();
    expect(file().read()?.state.head.revision).toBe(2);
    vi.spyOn(fs.promises, "rename").mockRejectedValueOnce(new Error("EROFS"));
    one.save(() => known(3));
    await one.flush();
    expect(errors).toHaveLength(2);
    expect(fs.readdirSync(folder)).toEqual(["flags.json"]);
    await one.close();
  });

  it("tells where the content cannot be had", async () => {
    const one = file();
    one.save(() => {
      throw new Error("not now");
    });
    await one.close();
    expect(errors[0]?.message).toContain("cannot be written: not now");
  });

  it("writes where a folder cannot be brought to the disk", async () => {
    const open = fs.promises.open;
    vi.spyOn(fs.promises, "open").mockImplementation(async (at, flags, mode) => {
      if (at === folder) throw new Error("EISDIR");
      return open(at, flags, mode);
    });
    await saved(known(1));
    expect(errors).toEqual([]);
  });
});

describe("several processes and crashes", () => {
  it("is whole at every moment while two write to it", async () => {
    const files = [file(), file()];
    const large = "x".repeat(300_000);
    await saved(known(0, large));
    for (let round = 1; round <= 10; round++) {
      let writing = true;
      const written = Promise.all(
        files.map((one, index) => {
          one.save(() => known(round * 2 + index, large));
          return one.flush();
        }),
      ).finally(() => {
        writing = false;
      });
      while (writing) {
        expect(file().read()?.state.flags[0]?.override).toMatchObject({ value: large });
        await new Promise((resolve) => setImmediate(resolve));
      }
      await written;
    }
    expect(errors).toEqual([]);
    await Promise.all(files.map((one) => one.close()));
    expect(fs.readdirSync(folder)).toEqual(["flags.json"]);
  });

  it("is whole after the writer was killed, whenever that was", async () => {
    const program = join(import.meta.dirname, "fixtures", "known-good-writer.ts");
    for (let kill = 0; kill < 2; kill++) {
      const child = spawn(process.execPath, ["--import", "tsx", program, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const exited = new Promise((resolve) => child.once("exit", resolve));
      let written = 0;
      await new Promise<void>((resolve) => {
        child.stdout.on("data", () => {
          written += 1;
          if (written > kill) resolve();
        });
      });
      child.kill("SIGKILL");
      await exited;
      expect(file().read()?.state.head.revision).toBeGreaterThan(0);
    }
    expect(errors).toEqual([]);
  });

  it("removes what crashes left beside the file, and nothing else", async () => {
    const old = new Date(Date.now() - 3_600_000);
    const left = `flags.json.${crypto.randomUUID()}.tmp`;
    const fresh = `flags.json.${crypto.randomUUID()}.tmp`;
    const others = ["flags.json.tmp", "other.json", `other.json.${crypto.randomUUID()}.tmp`];
    for (const name of [left, fresh, ...others]) fs.writeFileSync(join(folder, name), "");
    for (const name of [left, ...others]) fs.utimesSync(join(folder, name), old, old);
    await saved(known(1));
    expect(fs.readdirSync(folder).sort()).toEqual([...others, fresh, "flags.json"].sort());
  });

  it("does not mind what it cannot remove", async () => {
    vi.spyOn(fs.promises, "readdir").mockRejectedValue(new Error("EACCES"));
    await saved(known(1));
    expect(errors).toEqual([]);
  });
});

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("hex");
}
