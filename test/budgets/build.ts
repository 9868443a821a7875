import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import type { TestProject } from "vitest/node";

/** What the budgets are held against. */
export interface Built {
  /** A folder with the manifest, a build of its own in dist/, and the programs; there, `import "burgee"` is that build. */
  readonly folder: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    built: Built | { readonly problem: string };
  }
}

/** Builds burgee as it is published into a folder of its own, once for all budgets. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "burgee-budgets-")));
  try {
    await buildInto(folder);
    project.provide("built", { folder });
  } catch (error) {
    // Thrown from here it would stop the tests of every project. The budgets throw it.
    project.provide("built", { problem: (error as Error).message });
  }
  return () => rmSync(folder, { recursive: true, force: true });
}

async function buildInto(folder: string): Promise<void> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  // The configuration is the project's own; types and maps are not what is measured, and dist/ stays as it is.
  const apart = { outDir: join(folder, "dist"), onSuccess: async () => {} };
  await build({ ...apart, dts: false, sourcemap: false, silent: true });
  cpSync(join(root, "src/services/training/python"), join(folder, "dist/python"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  cpSync(fileURLToPath(new URL("./programs", import.meta.url)), join(folder, "programs"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
}
