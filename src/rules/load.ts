import { createRequire } from "node:module";
import { BurgeeError } from "../errors.js";

/**
 * Loads a package that burgee brings along, when it is first needed. Found from here, or, in a program that a bundler
 * made one file of, from where burgee is installed.
 *
 * @throws BurgeeError `PACKAGE_MISSING`
 */
export function loadPackage(name: string, purpose: string): unknown {
  return attempt(name, purpose, import.meta.url, (load) => load(name));
}

/**
 * The path of a file of burgee's own that lies beside the one at `url`, and is no part of it: a bundler leaves it behind.
 *
 * @throws BurgeeError `PACKAGE_MISSING`
 */
export function ownFile(name: string, purpose: string, url: string): string {
  return attempt(name, purpose, url, (load, isNear) => load.resolve(isNear ? `./${name}` : `./dist/${name}`));
}

/** Looks near the file at `url`; it has none where a bundler made it CommonJS. */
function attempt<R>(
  name: string,
  purpose: string,
  url: string | undefined,
  find: (load: NodeJS.Require, isNear: boolean) => R,
): R {
  const near = createRequire(url ?? `${process.cwd()}/`);
  try {
    return find(near, true);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
  }
  try {
    return find(createRequire(near.resolve("burgee/package.json")), false);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const message = `${name} is not there, and is needed ${purpose}; a bundler may have left it behind: have it leave burgee out of the bundle (\`external\`), and install burgee beside it`;
    throw new BurgeeError("PACKAGE_MISSING", message, { cause });
  }
}

function isMissing(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
}
