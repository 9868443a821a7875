import { readFileSync } from "node:fs";

/**
 * Reads a configuration file at once, as UTF-8 and without its byte order mark. Undefined where there is none; where
 * there is one that cannot be read, why, in words that can follow the file's name.
 */
export function readTextFile(path: string): { readonly text: string } | { readonly problem: string } | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : { problem: describe(code) };
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { problem: "is not UTF-8 text; save it in that encoding" };
  }
}

function describe(code: string | undefined): string {
  if (code === "EISDIR") return "is a folder and not a file";
  if (code === "EACCES" || code === "EPERM")
    return `may not be read by this process (${code}); look at its permissions`;
  return `cannot be read (${code ?? "for a reason that the system does not give"})`;
}
