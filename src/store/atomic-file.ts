import fs from "node:fs";
import { basename, dirname, join } from "node:path";

/** A temporary file that is so much older than a new one was left behind by a crash. */
const LEFT_BEHIND_MS = 60_000;

/**
 * Puts a text in the place of a file, all or nothing: whoever reads it, at any time and after any crash, has the old text or
 * the new one. It is written to a temporary file beside it, brought to the disk and renamed. Makes the folder where it is
 * missing; the file's mode is 0600. Of several processes the last one wins.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await fs.promises.mkdir(folder, { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeWhole(temporary, text);
    await fs.promises.rename(temporary, path);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Removes the temporary files that crashed processes left beside a file. */
export async function removeLeftBehind(path: string): Promise<void> {
  const folder = dirname(path);
  const { mtimeMs } = await fs.promises.stat(path);
  for (const name of await fs.promises.readdir(folder)) {
    if (!isTemporary(name, basename(path))) continue;
    const file = join(folder, name);
    const left = await fs.promises.stat(file);
    // Both times are the disk's, so no clock is asked.
    if (left.mtimeMs < mtimeMs - LEFT_BEHIND_MS) await fs.promises.rm(file, { force: true });
  }
}

function isTemporary(name: string, of: string): boolean {
  return name.startsWith(`${of}.`) && /^[0-9a-f-]{36}\.tmp$/.test(name.slice(of.length + 1));
}

async function writeWhole(path: string, text: string): Promise<void> {
  const handle = await fs.promises.open(path, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Brings the rename itself to the disk. Not every system can do that with a folder. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.promises.open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file is whole either way; a power cut may bring the old one back.
  }
}
