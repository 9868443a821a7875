import { basename } from "node:path";
import { expect, test } from "vitest";
import { lastLine, scriptsOf } from "./built.js";

// What a way through burgee loads: packages by V8's own list of the scripts that ran, and modules of Node's own beside
// those that a program has anyway. Each is a price that only those pay who go that way.

/** Public modules of Node's own that the core may bring in before its first answer. */
const CORE = ["os", "stream", "stream/promises", "string_decoder", "timers/promises", "util/types"];

/** What nobody should load who has not asked for it. */
const rare = ["crypto", "worker_threads"];

/** The part of the build that reads YAML. */
const YAML = "yaml-package.cjs";

interface Loaded {
  /** Files of the build. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** Node's own. */
  readonly modules: readonly string[];
}

test("the lists are V8's and Node's own: they show a package and a module that are loaded", () => {
  const { packages, modules } = loadedBy("a line of the log");
  expect(packages).toContain("pino");
  expect(modules).toEqual(expect.arrayContaining(rare));
});

test.each(["import", "first answer", "everything that writes nothing down"])("%s: the build alone", (way) => {
  const { packages, modules } = loadedBy(way);
  expect(packages).toEqual([]);
  expect(modules.filter((name) => !CORE.includes(name))).toEqual([]);
});

test.each([
  ["a dotenv file", "dotenv"],
  ["a rule with $semver", "semver"],
  ["a rule with $regex", "re2js"],
])("%s loads %s, and no other package", (way, name) => {
  const { packages, modules } = loadedBy(way);
  expect(packages).toEqual([name]);
  expect(modules.filter((one) => rare.includes(one))).toEqual([]);
});

test("a profile loads what reads YAML, and nothing else does", () => {
  const { files, packages } = loadedBy("a profile");
  expect(files).toContain(YAML);
  expect(packages).toEqual([]);
  expect(loadedBy("everything that writes nothing down").files).not.toContain(YAML);
});

test("a line of the log loads pino with what it needs, and nothing else", () => {
  const others = loadedBy("a line of the log").packages.filter((name) => /^(dotenv|semver|re2js)$/.test(name));
  expect(others).toEqual([]);
});

test("a change loads crypto for the entry of the audit log, and no package", () => {
  const { packages, modules } = loadedBy("a change");
  expect(packages).toEqual([]);
  expect(modules.filter((name) => rare.includes(name))).toEqual(["crypto"]);
});

test("a large profile that is read again loads worker_threads; one that is read at the start does not", () => {
  expect(loadedBy("a large profile, read again").modules).toContain("worker_threads");
  expect(loadedBy("a large profile").modules).not.toContain("worker_threads");
});

/** Goes one way in a process of its own. */
function loadedBy(way: string): Loaded {
  const { said, urls } = scriptsOf("loaded.mjs", way);
  const names = urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
  const packages = [...new Set(names.filter((name) => name !== undefined))].sort();
  const files = urls.filter((url) => url.includes("/dist/") && !url.includes("/node_modules/"));
  return { files: files.map((url) => basename(url)), packages, modules: lastLine(said) };
}
