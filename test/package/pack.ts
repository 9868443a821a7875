import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

/** What the package tests work on. */
export interface Packed {
  /** The repository. */
  readonly root: string;
  /** The packed tarball. */
  readonly tarball: string;
  /** An empty project of somebody else, with the tarball installed and the fixtures copied in. */
  readonly stranger: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    packed: Packed | { readonly problem: string };
  }
}

/** Builds and packs burgee and installs the tarball in a stranger's project, once for all package tests. */
export function setup(project: TestProject): () => void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "burgee-package-")));
  try {
    project.provide("packed", pack(root, folder));
  } catch (error) {
    // Thrown from here it would stop the tests of every project. The package tests throw it.
    project.provide("packed", { problem: (error as Error).message });
  }
  return () => rmSync(folder, { recursive: true, force: true });
}

function pack(root: string, folder: string): Packed {
  // The script `prepack` builds.
  npm(root, "pack", "--pack-destination", folder);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "no tarball");
  const stranger = join(folder, "stranger");
  mkdirSync(stranger);
  writeFileSync(join(stranger, "package.json"), '{ "name": "stranger", "private": true, "type": "module" }\n');
  npm(stranger, "install", "--prefer-offline", "--no-audit", "--no-fund", tarball);
  // The one package beside burgee that a TypeScript program for Node has.
  mkdirSync(join(stranger, "node_modules/@types"), { recursive: true });
  symlinkSync(join(root, "node_modules/@types/node"), join(stranger, "node_modules/@types/node"), "junction");
  cpSync(fileURLToPath(new URL("./fixtures", import.meta.url)), stranger, { recursive: true });
  return { root, tarball, stranger };
}

function npm(cwd: string, ...words: string[]): void {
  // Where these tests run under npm themselves, that npm's idea of the project is not ours.
  const { npm_config_local_prefix: _, ...env } = process.env;
  try {
    execFileSync("npm", words, { cwd, env, encoding: "utf8", stdio: "pipe", shell: process.platform === "win32" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`"npm ${words.join(" ")}" failed\n${stdout}\n${stderr}`);
  }
}
