import fs from "node:fs";
import { join, relative } from "node:path";
import type { Exposure, ExposureSink } from "burgee";
import { jsonLinesExposures } from "burgee/exposures";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { temporaryFolder } from "../../changes/fixtures/temporary-folder.js";

afterEach(() => void vi.restoreAllMocks());

const newPath = () => join(temporaryFolder(), "exposures.jsonl");

function sinkTo(path: string): ExposureSink {
  const sink = jsonLinesExposures({ path });
  onTestFinished(async () => sink.close?.());
  return sink;
}

function exposure(sequence: number): Exposure {
  return { flag: "banner", value: true, unit: `u${sequence}`, source: "rollout", at: 1_000, sequence };
}

/** The sequences of the lines that can be read, and how many cannot. */
function linesOf(path: string): { readonly sequences: number[]; readonly broken: number } {
  const sequences: number[] = [];
  let broken = 0;
  for (const line of fs.readFileSync(path, "utf8").split("\n").slice(0, -1)) {
    try {
      sequences.push(JSON.parse(line).sequence);
    } catch {
      broken += 1;
    }
  }
  return { sequences, broken };
}

/** The one way of writing that the sink uses. */
interface Writes {
  write(bytes: Buffer): Promise<{ readonly bytesWritten: number }>;
}

/** What every file handle inherits. */
async function handles(): Promise<Writes> {
  const handle = await fs.promises.open(newPath(), "a");
  await handle.close();
  return Object.getPrototypeOf(handle);
}

/** The next write stops after so many bytes, as on a full disk. */
async function stopAfter(count: number): Promise<void> {
  const prototype = await handles();
  const { write } = prototype;
  vi.spyOn(prototype, "write").mockImplementationOnce(function (this: Writes, bytes) {
    return write.call(this, bytes.subarray(0, count));
  });
}

describe("jsonLinesExposures", () => {
  it("appends a line for each, to a file that only its owner reads, in a folder that it makes", async () => {
    const path = join(temporaryFolder(), "deep", "er", "exposures.jsonl");
    const sink = sinkTo(path);
    expect(sink.name).toBe(path);
    await sink.write([exposure(1), exposure(2)]);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    const line = '{"flag":"banner","value":true,"unit":"u1","source":"rollout","at":1000,"sequence":1}';
    expect(fs.readFileSync(path, "utf8")).toBe(`${line}\n${line.replace("u1", "u2").replace(":1}", ":2}")}\n`);
  });

  it("touches nothing before the first write", () => {
    const path = newPath();
    sinkTo(path);
    expect(fs.existsSync(path)).toBe(false);
  });

  it("keeps the file that it was given, wherever the process goes", () => {
    const path = newPath();
    expect(jsonLinesExposures({ path: relative(process.cwd(), path) }).name).toBe(path);
  });

  it("refuses a path that is none", () => {
    for (const path of ["", undefined as never])
      expect(() => jsonLinesExposures({ path })).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("says why a file cannot be written", async () => {
    await expect(sinkTo(temporaryFolder()).write([exposure(1)])).rejects.toThrow("EISDIR");
  });

  it("begins a new file where the old one was moved away or deleted", async () => {
    const path = newPath();
    const sink = sinkTo(path);
    await sink.write([exposure(1)]);
    fs.renameSync(path, `${path}.1`);
    await sink.write([exposure(2)]);
    fs.rmSync(path);
    await sink.write([exposure(3)]);
    expect([linesOf(`${path}.1`).sequences, linesOf(path).sequences]).toEqual([[1], [3]]);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  });

  it("goes on after close, for sinks may be shared", async () => {
    const path = newPath();
    const sink = sinkTo(path);
    await sink.write([exposure(1)]);
    await sink.close?.();
    await sink.write([exposure(2)]);
    expect(linesOf(path).sequences).toEqual([1, 2]);
  });

  it("puts what a crash left of a line on a line of its own", async () => {
    const path = newPath();
    fs.writeFileSync(path, '{"flag":"ban');
    await sinkTo(path).write([exposure(1)]);
    expect(linesOf(path)).toEqual({ sequences: [1], broken: 1 });
  });

  it("loses no line where the disk is full, at whatever byte", async () => {
    const length = `${JSON.stringify(exposure(1))}\n`.length;
    for (let bytes = 0; bytes < 2 * length; bytes += 17) {
      const path = newPath();
      const sink = sinkTo(path);
      await sink.write([exposure(1)]);
      await stopAfter(bytes);
      const two = [exposure(2), exposure(3)];
      await expect(sink.write(two)).rejects.toThrow(`only ${bytes} of ${2 * length} bytes could be written to ${path}`);
      await sink.write(two);
      await sink.write([exposure(4)]);
      const { sequences, broken } = linesOf(path);
      expect(sequences).toEqual(bytes < length ? [1, 2, 3, 4] : [1, 2, 2, 3, 4]);
      expect(broken).toBe(bytes === 0 || bytes === length ? 0 : 1);
    }
  });

  it("shares a file with other writers: each batch is one write", async () => {
    const path = newPath();
    const write = vi.spyOn(await handles(), "write");
    const large: Exposure = { ...exposure(1), value: "x".repeat(600_000) };
    const [one, other] = [sinkTo(path), sinkTo(path)];
    for (let turn = 0; turn < 5; turn++) await Promise.all([one.write([large, large]), other.write([large])]);
    expect(write).toHaveBeenCalledTimes(10);
    expect(linesOf(path)).toEqual({ sequences: Array.from({ length: 15 }, () => 1), broken: 0 });
  });
});
