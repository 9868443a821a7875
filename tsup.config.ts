import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { defineConfig } from "tsup";

/** The one list of subpath exports: `sql` is built from src/adapters/sql/index.ts and imported as `burgee/sql`. */
export const adapters: readonly string[] = ["bucketing", "exposures", "sql", "testing"];

/** The gated services, each imported as `burgee/services/whatsapp` is from src/services/whatsapp/index.ts. */
export const services: readonly string[] = ["code-completion", "training", "whatsapp"];

/** What is built: the name of each file in dist/, and its source. */
export const entries: Readonly<Record<string, string>> = {
  index: "src/index.ts",
  ...Object.fromEntries(adapters.map((name) => [name, `src/adapters/${name}/index.ts`])),
  ...Object.fromEntries(services.map((name) => [`services/${name}`, `src/services/${name}/index.ts`])),
};

/** Packages of which the build holds what the core uses: read from one file, they cost a third of the time to load. */
export const bundled: readonly string[] = ["eventemitter3", "murmurhash-js", "yaml", "zod"];

/** The licences of the bundled packages, which ask to be where their code is. */
function licences(): string {
  const texts = bundled.map((name) => {
    const folder = new URL(`./node_modules/${name}/`, import.meta.url);
    const read = (file: string) => readFileSync(new URL(file, folder), "utf8");
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? read("README.md").split(/^## Licen[cs]e/m)[1] : read(file);
    if (text === undefined) throw new Error(`${name} says nowhere under which licence it stands`);
    return `${name} ${JSON.parse(read("package.json")).version}\n\n${text.trim()}\n`;
  });
  return `burgee's build holds parts of these packages.\n\n${texts.join("\n---\n\n")}`;
}

/** Python writes what it compiled beside its sources. */
function isSource(path: string): boolean {
  return !path.includes("__pycache__");
}

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

export default defineConfig(({ outDir = "dist" }) => {
  const manifest = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
  const problems = exportProblems(manifest.exports, exportsOf(Object.keys(entries)));
  if (problems.length > 0) throw new Error(`exports in package.json:\n  ${problems.join("\n  ")}`);
  // Not by tsup's `clean`: the two builds below run at the same time.
  rmSync(outDir, { recursive: true, force: true });
  const common = {
    outDir,
    target: "node20",
    platform: "node",
    noExternal: bundled.map((name) => new RegExp(`^${name}(/|$)`)),
    // Loading is quicker without comments and spaces. Names stay, so that a stack trace can be read, and so do lines: Node
    // prints the line from which an error was thrown that nobody caught.
    minifyWhitespace: true,
    esbuildOptions: (options: { lineLimit?: number }) => {
      options.lineLimit = 120;
    },
    silent: true,
  } as const;
  return [
    {
      ...common,
      entry: { ...entries },
      format: "esm",
      dts: true,
      sourcemap: true,
      splitting: true,
      // A package whose every import was shaken away need not be loaded.
      treeshake: { preset: "recommended", moduleSideEffects: "no-external" },
      onSuccess: async () => {
        writeFileSync(join(outDir, "bundled-licences.txt"), licences());
        cpSync("src/services/training/python", join(outDir, "python"), { recursive: true, filter: isSource });
      },
    },
    // A thread's program, which lies beside the code that starts it and needs no other file but the next.
    { ...common, entry: { "yaml-worker": "src/resolvers/yaml-worker.js" }, format: "esm" },
    // Read by `require`, while `createFlags` waits.
    { ...common, entry: { "yaml-package": "src/resolvers/yaml-package.cjs" }, format: "cjs" },
  ];
});
