import { homedir } from "node:os";
import { join, sep } from "node:path";
import type { Problem } from "../errors.js";
import type { Prepared, Resolver } from "./resolver.js";
import { readTextFile } from "./text-file.js";

const DEFAULT_PATH = "burgee.yaml";

/** The answers of a profile by flag. */
export type ProfileEntries = ReadonlyMap<string, Prepared>;

/** The `profile` step. */
export interface ProfileResolver extends Resolver {
  /** Puts other entries in the place of the present ones. Tells nobody: whoever swaps prepares the flags again. */
  swap(entries: ProfileEntries): void;
}

/** Makes the `profile` step of what `parseProfile` read. */
export function profileResolver(entries: ProfileEntries): ProfileResolver {
  let current = entries;
  return {
    name: "profile",
    prepare: (flag) => current.get(flag.name),
    swap(next) {
      current = next;
    },
  };
}

/**
 * The profile's file: the path with `~` as the home folder, or `burgee.yaml`. `asked` is true where somebody named
 * it, so that its absence is worth a word.
 */
export function profilePath(path: string | undefined): { readonly path: string; readonly asked: boolean } {
  if (path === undefined) return { path: DEFAULT_PATH, asked: false };
  const atHome = path === "~" || path.startsWith("~/") || path.startsWith(`~${sep}`);
  return { path: atHome ? join(homedir(), path.slice(1)) : path, asked: true };
}

/** The text of a profile; undefined where there is no such file, a problem where it cannot be read. */
export function readProfileText(path: string): { readonly text: string } | { readonly problem: Problem } | undefined {
  const file = readTextFile(path);
  if (file === undefined || "text" in file) return file;
  return { problem: { code: "INVALID_CONFIGURATION", place: path, message: file.problem } };
}
