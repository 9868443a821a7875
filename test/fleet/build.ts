import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the built programs lie. */
    programs: { readonly folder: string } | { readonly problem: string };
  }
}

const programs = ["instance", "writer", "ledger", "janitor", "bystander"];

/** Builds the programs once, burgee's sources in them: hundreds of processes are started, and none should have to compile. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "burgee-fleet-")));
  try {
    await buildInto(folder);
    project.provide("programs", { folder });
  } catch (error) {
    // Thrown from here it would stop the tests of every project. Whoever starts a program throws it.
    project.provide("programs", { problem: (error as Error).message });
  }
  return () => rmSync(folder, { recursive: true, force: true });
}

async function buildInto(folder: string): Promise<void> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const source = (name: string) => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  await build({
    config: false,
    entry: Object.fromEntries(programs.map((name) => [name, source(name)])),
    outDir: folder,
    outExtension: () => ({ js: ".mjs" }),
    format: "esm",
    target: "node20",
    platform: "node",
    tsconfig: join(root, "tsconfig.json"),
    noExternal: [/^burgee/],
    external: ["pg", "libsql", "kysely"],
    silent: true,
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
}
