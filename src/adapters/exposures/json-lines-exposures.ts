import type fs from "node:fs";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { AppendedFile } from "../../changes/appended-file.js";
import type { Exposure, ExposureSink } from "../../changes/exposure.js";
import { BurgeeError } from "../../errors.js";

/** Where the sink writes. */
export interface JsonLinesExposuresOptions {
  /** The file; its folder is made where it is missing, the file with mode 0600. */
  readonly path: string;
}

const NEWLINE = 10;
const PAUSE_MS = 5;
/** A file that ends in half a line for so long, and does not grow, ends in what a crash left. */
const CRASHED_MS = 250;

/**
 * An exposure sink that appends each exposure to a file, a JSON object a line. Each batch is one write of whole lines,
 * so several processes may append to one file of a local disk. Where the file is moved away or deleted, a new one is
 * begun. What a crash or a full disk left of a line stays there, on a line of its own that no JSON parser takes; what
 * was refused is written again, so that an exposure may be there twice.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for an empty path; where the file cannot be written, the queue tells it
 * (`EXPOSURE_SINK_FAILED`)
 *
 * @example
 * createFlags(registry, { exposures: { sinks: [jsonLinesExposures({ path: "/var/lib/app/exposures.jsonl" })] } });
 */
export function jsonLinesExposures(options: JsonLinesExposuresOptions): ExposureSink {
  const { path } = options;
  if (typeof path !== "string" || path === "") {
    throw new BurgeeError("INVALID_OPTIONS", "jsonLinesExposures needs the path of a file.");
  }
  const file = new AppendedFile(resolve(path));
  return Object.freeze({
    name: file.path,
    write: (exposures: readonly Exposure[]) => {
      const lines = exposures.map((exposure) => `${JSON.stringify(exposure)}\n`).join("");
      return file.inTurn(() => append(file, lines));
    },
    close: () => file.inTurn(() => file.close()),
  });
}

/** Appends whole lines in one write, which the system does not mix with those of other processes. */
async function append(file: AppendedFile, lines: string): Promise<void> {
  const handle = await file.handle();
  const bytes = Buffer.from((await endsInWholeLine(handle)) ? lines : `\n${lines}`);
  const { bytesWritten } = await handle.write(bytes);
  if (bytesWritten < bytes.length)
    throw new Error(`only ${bytesWritten} of ${bytes.length} bytes could be written to ${file.path}`);
}

/** While another process writes its batch, the file seems to end in half a line: that one is only waited for. */
async function endsInWholeLine(handle: fs.promises.FileHandle): Promise<boolean> {
  let length = 0;
  for (let stillMs = 0; stillMs < CRASHED_MS; stillMs += PAUSE_MS) {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1, NEWLINE);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    if (last[0] === NEWLINE) return true;
    if (size !== length) stillMs = 0;
    length = size;
    await setTimeout(PAUSE_MS);
  }
  return false;
}
