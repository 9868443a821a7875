import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "tsup";
import { beforeAll, expect, test } from "vitest";
import { bundled, entries, services } from "../../tsup.config.js";
import { built, filesOf, importsIn, textOf } from "./built.js";

/** What one entry costs whoever loads or bundles it, with all chunks that it needs; its packages are not in it. */
interface Size {
  /** As published: what is loaded with it. What a service loads when it is turned on is not in it. */
  readonly bytes: number;
  /** As one file without spaces and long names, with what is loaded later: a bundler takes that too. */
  readonly minified: number;
  /** That file, by gzip. */
  readonly gzip: number;
}

// About 5 % above what was measured. To raise one, write the new figure here and say in the commit what it is for: the
// failure lists the largest inputs of the entry.
const budgets: Readonly<Record<string, Size>> = {
  index: { bytes: 460_000, minified: 304_000, gzip: 105_500 },
  "yaml-worker": { bytes: 3_650, minified: 2_300, gzip: 1_200 },
  bucketing: { bytes: 18_600, minified: 11_600, gzip: 4_900 },
  exposures: { bytes: 6_500, minified: 1_810, gzip: 940 },
  sql: { bytes: 67_500, minified: 41_000, gzip: 13_800 },
  testing: { bytes: 42_500, minified: 29_700, gzip: 9_650 },
  "services/code-completion": { bytes: 64_500, minified: 68_500, gzip: 24_000 },
  "services/training": { bytes: 118_500, minified: 90_500, gzip: 31_500 },
  "services/whatsapp": { bytes: 66_000, minified: 50_500, gzip: 18_500 },
};

/** What a service's entry loads that the core does not, in bytes as published: null object, factory, and what starts the rest. */
const beside: Readonly<Record<string, number>> = { "code-completion": 6_450, training: 16_150, whatsapp: 10_850 };

/** What esbuild tells of a file that it built. */
interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

/** The entries of package.json, and the program of the thread. */
const sources = { ...entries, "yaml-worker": "src/resolvers/yaml-worker.js" };

const outputs = new Map<string, Output>();
const minified = new Map<string, Buffer>();

beforeAll(async () => {
  const dist = join(built(), "dist");
  const outDir = join(built(), "minified");
  const entry = Object.fromEntries(names().map((name) => [name, join(dist, `${name}.js`)]));
  const common = { config: false, format: "esm", platform: "node", target: "node20", silent: true } as const;
  await build({ ...common, entry, outDir, splitting: false, minify: true });
  for (const name of names()) minified.set(name, readFileSync(join(outDir, `${name}.js`)));
  // Built once more from the sources, each entry by itself: that tells what is in it.
  const whole = { entry: sources, outDir: join(built(), "whole"), noExternal: [...bundled], metafile: true };
  await build({ ...common, ...whole, splitting: false });
  const metafile: { outputs: Record<string, Output> } = JSON.parse(
    readFileSync(join(built(), "whole/metafile-esm.json"), "utf8"),
  );
  for (const [path, output] of Object.entries(metafile.outputs)) {
    outputs.set(relative(whole.outDir, resolve(path)).replace(/\.js$/, ""), output);
  }
});

test("every entry has a budget, and no other has one", () => {
  expect(Object.keys(beside)).toEqual(services);
  expect(names(), "write what a new entry may cost in this file").toEqual(Object.keys(budgets).sort());
});

test.each(Object.entries(budgets))("%s stays within its bytes", (name, budget) => {
  const size = sizeOf(name);
  const over = Object.entries(budget).filter(([kind, limit]) => size[kind as keyof Size] > limit);
  expect(over, `${name} is ${JSON.stringify(size)}; its largest inputs are ${largestInputs(name)}`).toEqual([]);
  // A budget that is far from what is measured holds nothing.
  expect(size.minified, "the budget is too large; lower it in this file").toBeGreaterThan(0.8 * budget.minified);
});

test.each(Object.entries(beside))("services/%s loads little beside the core", (name, budget) => {
  const core = filesOf("index");
  const files = filesOf(`services/${name}`).filter((file) => !core.includes(file));
  const bytes = files.reduce((sum, file) => sum + textOf(file).length, 0);
  expect(bytes, `loads ${files.join(", ")}`).toBeLessThanOrEqual(budget);
  expect(bytes, "the budget is too large; lower it in this file").toBeGreaterThan(0.8 * budget);
});

test.each(Object.keys(budgets))("%s imports no package before somebody asks for it", (name) => {
  // Whoever imports it asks for SQL, and there is nothing that it could do without.
  expect(packagesOf(name)).toEqual(name === "sql" ? ["kysely"] : []);
});

test("what reads YAML, loaded with the first profile, stays within its bytes", () => {
  const file = readFileSync(join(built(), "dist/yaml-package.cjs"));
  expect(file.length).toBeLessThanOrEqual(177_000);
  expect(gzipSync(file, { level: 9 }).length).toBeLessThanOrEqual(44_000);
});

function names(): string[] {
  return Object.keys(sources).sort();
}

function sizeOf(name: string): Size {
  const bytes = filesOf(name).reduce((sum, file) => sum + textOf(file).length, 0);
  const small = minified.get(name) ?? Buffer.alloc(0);
  return { bytes, minified: small.length, gzip: gzipSync(small, { level: 9 }).length };
}

function packagesOf(name: string): readonly string[] {
  const external = filesOf(name).flatMap((file) => importsIn(file).filter(({ own, lazy }) => !own && !lazy));
  return [...new Set(external.map(({ target }) => target).filter((target) => !isBuiltin(target)))].sort();
}

/** Where the bytes of an entry come from: packages, and folders of the source. */
function largestInputs(name: string): string {
  const sums = new Map<string, number>();
  for (const file of filesOf(name)) {
    for (const [path, { bytesInOutput }] of Object.entries(outputs.get(file)?.inputs ?? {})) {
      const from = /(node_modules\/(?:@[^/]+\/)?[^/]+|src\/(?:services\/)?[^/]+)/.exec(path)?.[1] ?? path;
      sums.set(from, (sums.get(from) ?? 0) + bytesInOutput);
    }
  }
  const largest = [...sums].sort(([, one], [, other]) => other - one).slice(0, 10);
  return largest.map(([from, bytes]) => `${from} ${bytes}`).join(", ");
}
