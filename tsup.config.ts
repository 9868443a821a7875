import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { defineConfig } from "tsup";

/** The one list of subpath exports: `sql` is built from src/adapters/sql/index.ts and imported as `burgee/sql`. */
export const adapters: readonly string[] = ["bucketing", "exposures"];

/** What is built: the name of each file in dist/, and its source. */
export const entries: Readonly<Record<string, string>> = {
  index: "src/index.ts",
  ...Object.fromEntries(adapters.map((name) => [name, `src/adapters/${name}/index.ts`])),
};

/** What `exports` in package.json must say for these entries. */
export function exportsOf(names: readonly string[]): Record<string, unknown> {
  const subpath = (name: string) => (name === "index" ? "." : `./${name}`);
  const files = (name: string) => ({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
  return {
    ...Object.fromEntries(names.map((name) => [subpath(name), files(name)])),
    "./package.json": "./package.json",
  };
}

/** Every difference between the exports that package.json declares and those that are built, in both directions. */
export function exportProblems(declared: Record<string, unknown>, built: Record<string, unknown>): string[] {
  const problems: string[] = [];
  for (const path of new Set([...Object.keys(declared), ...Object.keys(built)])) {
    const wanted = JSON.stringify(built[path]);
    if (!Object.hasOwn(declared, path)) problems.push(`"${path}" is built but not exported; add "${path}": ${wanted}`);
    else if (!Object.hasOwn(built, path))
      problems.push(`"${path}" is exported but not built; list it in tsup.config.ts`);
    else if (!isDeepStrictEqual(declared[path], built[path])) problems.push(`"${path}" must be ${wanted}`);
    else if (Object.keys(Object(declared[path]))[0] !== Object.keys(Object(built[path]))[0])
      problems.push(`"${path}" must give "types" first`);
  }
  return problems;
}

export default defineConfig(() => {
  const manifest = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
  const problems = exportProblems(manifest.exports, exportsOf(Object.keys(entries)));
  if (problems.length > 0) throw new Error(`exports in package.json:\n  ${problems.join("\n  ")}`);
  return {
    entry: { ...entries },
    format: "esm",
    target: "node20",
    platform: "node",
    dts: true,
    sourcemap: true,
    splitting: true,
    // A package whose every import was shaken away need not be loaded.
    treeshake: { preset: "recommended", moduleSideEffects: "no-external" },
    clean: true,
    silent: true,
  };
});
