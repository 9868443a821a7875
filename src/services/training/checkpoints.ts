import { type FileHandle, open, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Checkpoint } from "./trainer.js";

const NAME = /^step-(\d{8,})\.safetensors$/;
const LONGEST_HEADER = 100_000_000;
/** The length of the header: 8 bytes, the least first. */
const LENGTH_BYTES = 8;

/**
 * The whole checkpoints of a folder, in the order in which `resume: "latest"` looks at them: the one that was written
 * last first, and of two of the same moment the later step; none where the folder is missing. The files are of the
 * safetensors format: the length of the header, the header as JSON, and the numbers at the offsets that the header gives.
 * A file that ends before the last of them is not whole, and is left out.
 *
 * @throws Error of the system, where the folder or a file in it cannot be read
 * @see https://huggingface.co/docs/safetensors/index#format
 */
export async function checkpointsOf(folder: string): Promise<readonly Checkpoint[]> {
  const place = resolve(folder);
  const found: Found[] = [];
  for (const name of await filesIn(place)) {
    const step = NAME.exec(name)?.[1];
    const one = step === undefined ? undefined : await look(join(place, name), Number(step));
    if (one !== undefined) found.push(one);
  }
  found.sort((a, b) => Number(b.nanoseconds - a.nanoseconds) || b.checkpoint.step - a.checkpoint.step);
  return Object.freeze(found.map(({ checkpoint }) => Object.freeze(checkpoint)));
}

interface Found {
  readonly checkpoint: Checkpoint;
  /** When it was written, since 1970: two may come within a millisecond. */
  readonly nanoseconds: bigint;
}

/** No folders, and no links: the program takes neither. */
async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (failure) {
    if (isMissing(failure)) return [];
    throw failure;
  }
}

/** Undefined where the file is not whole, or went away meanwhile: old ones are deleted as new ones come. */
async function look(path: string, step: number): Promise<Found | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size: bytes, mtimeMs, mtimeNs: nanoseconds } = await file.stat({ bigint: true });
    const size = Number(bytes);
    const prefix = Buffer.alloc(LENGTH_BYTES);
    await file.read(prefix, 0, LENGTH_BYTES, 0);
    const length = Number(prefix.readBigUInt64LE());
    if (length > Math.min(size - LENGTH_BYTES, LONGEST_HEADER)) return undefined;
    const header = Buffer.alloc(length);
    await file.read(header, 0, length, LENGTH_BYTES);
    const end = LENGTH_BYTES + length + lastOffset(header.toString("utf8"));
    if (size !== end) return undefined;
    return { checkpoint: { step, path, bytes: size, writtenAt: Number(mtimeMs) }, nanoseconds };
  } catch (failure) {
    if (isMissing(failure)) return undefined;
    throw failure;
  } finally {
    await file?.close();
  }
}

/** Where the numbers end, as the header has it; NaN where it is no header. */
function lastOffset(header: string): number {
  let entries: unknown;
  try {
    entries = JSON.parse(header);
  } catch {
    return Number.NaN;
  }
  let last = 0;
  for (const entry of Object.values(Object(entries))) {
    const offsets: unknown = Reflect.get(Object(entry), "data_offsets");
    if (Array.isArray(offsets)) last = Math.max(last, Number(offsets[1]));
  }
  return last;
}

function isMissing(failure: unknown): boolean {
  return (failure as NodeJS.ErrnoException).code === "ENOENT";
}
