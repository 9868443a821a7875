import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cycles, importsOf, type SourceFile, sourceTree } from "./source-tree.js";

/** From the foundations to the edge: a folder imports from its left, or from itself. */
const order = ["errors", "rules", "registry", "resolvers", "changes", "store", "flags", "services", "adapters"];

/** Packages that a process loads when it first needs them, so never by a plain import in the core. */
const lazyPackages = ["yaml", "pino", "semver", "re2js"];

/** Files that may be longer than 250 lines, each with its reason. */
const longFiles: Readonly<Record<string, string>> = {};

/** Cycles of types, which are erased and so load nothing; each with its reason. Cycles that load code have no exceptions. */
const typeCycles: Readonly<Record<string, string>> = {
  "registry/infer.ts registry/registry.ts":
    "a Registry is typed by what is inferred from it, and InferFlags reads a Registry",
};

const files = sourceTree(fileURLToPath(new URL("../../src", import.meta.url)));
const folderOf = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : path.replace(/\.ts$/, ""));

describe("the import rule", () => {
  test("every folder has its place in the order", () => {
    const unknown = files.map(({ path }) => folderOf(path)).filter((name) => name !== "index" && !order.includes(name));
    expect([...new Set(unknown)]).toEqual([]);
  });

  test("a folder imports from its left, or from itself", () => {
    expect(files.flatMap((file) => wrongImports(file))).toEqual([]);
  });

  test("an import to the right is found, be it of types, re-exported or lazy", () => {
    const text = [
      'import type { A } from "../flags/flags.js";',
      'export * from "../store/store.js";',
      'const b = await import("../services/gate.js");',
      'type C = import("../adapters/sql/index.js").C;',
      'import { D } from "../errors.js";',
      'import { E } from "../index.js";',
    ].join("\n");
    const file = { path: "rules/x.ts", lines: 5, imports: importsOf("rules/x.ts", text) };
    expect(wrongImports(file).map((problem) => problem.split(" ")[0])).toEqual(
      ["1", "2", "3", "4", "6"].map((line) => `rules/x.ts:${line}`),
    );
  });

  test("an adapter's folder does not import another's", () => {
    const adapterOf = (path: string) => (path.startsWith("adapters/") ? path.split("/")[1] : undefined);
    const across = files.flatMap((file) =>
      file.imports
        .filter(({ own, target }) => own && adapterOf(file.path) !== undefined && adapterOf(target) !== undefined)
        .filter(({ target }) => adapterOf(target) !== adapterOf(file.path))
        .map(({ line, target }) => `${file.path}:${line} imports ${target}`),
    );
    expect(across).toEqual([]);
  });

  test("no cycle of imports loads code", () => {
    expect(cyclesOf(files, (typeOnly) => !typeOnly)).toEqual([]);
  });

  test("the cycles of types are the listed ones", () => {
    expect(cyclesOf(files, () => true)).toEqual(Object.keys(typeCycles).sort());
  });

  test("a cycle is found", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["b", "d"]],
      ["d", []],
      ["e", ["e"]],
    ]);
    expect(cycles(graph)).toEqual([["b", "c"], ["e"]]);
  });
});

describe("the rules of the house", () => {
  test("packages that are loaded when needed are imported by nobody up front", () => {
    const early = files.flatMap((file) =>
      file.imports
        .filter(({ target, typeOnly, lazy }) => lazyPackages.includes(target) && !typeOnly && !lazy)
        .map(({ line, target }) => `${file.path}:${line} imports ${target}`),
    );
    expect(early).toEqual([]);
  });

  test("a type or function lives beside the code that owns it", () => {
    const drawers = /(^|\/)(utils?|types?|helpers?|common|shared|misc)(\/|\.ts$)/;
    expect(files.map(({ path }) => path).filter((path) => drawers.test(path))).toEqual([]);
  });

  test("files stay under 250 lines, but for the listed ones", () => {
    const long = files.filter(({ lines }) => lines > 250).map(({ path }) => path);
    expect(long).toEqual(Object.keys(longFiles).sort());
  });
});

function wrongImports(file: SourceFile): string[] {
  const place = order.indexOf(folderOf(file.path));
  if (place < 0) return [];
  return file.imports
    .filter(({ own, target }) => {
      const other = order.indexOf(folderOf(target));
      return own && (other < 0 || other > place);
    })
    .map(({ line, target }) => `${file.path}:${line} imports ${target}`);
}

function cyclesOf(tree: readonly SourceFile[], counts: (typeOnly: boolean) => boolean): string[] {
  const targets = (file: SourceFile) =>
    file.imports.filter(({ own, typeOnly }) => own && counts(typeOnly)).map(({ target }) => target);
  return cycles(new Map(tree.map((file) => [file.path, targets(file)])))
    .map((members) => members.join(" "))
    .sort();
}
