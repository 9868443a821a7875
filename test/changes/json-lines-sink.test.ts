import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { hostname } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { AuditEntry, AuditSink } from "../../src/changes/audit.js";
import { headOf, verifyAuditEntries } from "../../src/changes/hash-chain.js";
import { jsonLinesSink, readAuditFile } from "../../src/changes/json-lines-sink.js";
import { MemoryAuditLog } from "../../src/changes/memory-audit.js";
import { AUDIT_WORDS } from "../../src/changes/sink.js";
import { SinkQueue } from "../../src/changes/sink-queue.js";
import { chain, record } from "./fixtures/records.js";
import { temporaryFolder } from "./fixtures/temporary-folder.js";
import { truncateAsOnWindows } from "./fixtures/windows.js";

afterEach(() => void vi.restoreAllMocks());

function opened(path: string): AuditSink {
  const sink = jsonLinesSink({ path });
  sink.open?.();
  onTestFinished(async () => sink.close?.());
  return sink;
}

const newPath = () => join(temporaryFolder(), "audit.jsonl");
const sequencesOf = (path: string) => readAuditFile(path).map((entry) => entry.sequence);
const noSpace = () => Object.assign(new Error("no space left on device"), { code: "ENOSPC" });

describe("jsonLinesSink", () => {
  it("appends a line for each entry, to a file that only its owner reads", async () => {
    const path = join(temporaryFolder(), "deep", "er", "audit.jsonl");
    const sink = jsonLinesSink({ path });
    expect(sink.name).toBe(path);
    expect(sink.open?.()).toEqual({ head: undefined, problem: undefined });
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    const entries = chain(3);
    await sink.write(entries.slice(0, 1));
    await sink.write(entries.slice(1));
    await sink.close?.();
    expect(fs.readFileSync(path, "utf8").split("\n")).toHaveLength(4);
    expect(readAuditFile(path)).toEqual(entries);
    expect(fs.readdirSync(join(path, ".."))).toEqual(["audit.jsonl"]);
  });

  it("goes on with the chain where the file ends", async () => {
    const path = newPath();
    for (let start = 0; start < 3; start++) {
      const sink = jsonLinesSink({ path });
      const log = new MemoryAuditLog({ start: sink.open?.()?.head });
      await sink.write([log.append(record()), log.append(record())]);
      await sink.close?.();
    }
    expect(sequencesOf(path)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(verifyAuditEntries(readAuditFile(path)).ok).toBe(true);
  });

  it("reports what a crash left of a line, and goes on before it", async () => {
    const path = newPath();
    const entries = chain(3);
    fs.writeFileSync(
      path,
      entries
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join("")
        .slice(0, -40),
    );
    const sink = jsonLinesSink({ path });
    const found = sink.open?.();
    expect(found).toMatchObject({ head: headOf(entries[1] as AuditEntry), problem: expect.stringContaining(path) });
    await sink.write([entries[2] as AuditEntry]);
    await sink.close?.();
    expect(readAuditFile(path)).toEqual(entries);
  });

  it("keeps the file that it was given, wherever the process goes", () => {
    const path = newPath();
    expect(jsonLinesSink({ path: relative(process.cwd(), path) }).name).toBe(path);
  });

  it("writes one batch after the other, even where nobody waits", async () => {
    const path = newPath();
    const sink = opened(path);
    await Promise.all(chain(20).map((entry) => sink.write([entry])));
    expect(verifyAuditEntries(readAuditFile(path))).toMatchObject({ ok: true, entries: 20 });
  });

  it("refuses a path that is none", () => {
    for (const path of ["", undefined as never]) {
      expect(() => jsonLinesSink({ path })).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
    }
  });

  it("writes nothing before it is open, nor after it is closed; it may be opened again", async () => {
    const path = newPath();
    const sink = jsonLinesSink({ path });
    const refused = { code: "AUDIT_SINK_FAILED", message: `The audit file ${path} is not open.` };
    await expect(sink.write(chain(1))).rejects.toMatchObject(refused);
    await sink.close?.();
    sink.open?.();
    await sink.close?.();
    await expect(sink.write(chain(1))).rejects.toMatchObject(refused);
    sink.open?.();
    await sink.write(chain(1));
    await sink.close?.();
    expect(sequencesOf(path)).toEqual([1]);
  });

  it("leaves a damaged file and no lock", () => {
    const path = newPath();
    fs.writeFileSync(path, "something else\n");
    expect(() => jsonLinesSink({ path }).open?.()).toThrow(expect.objectContaining({ code: "AUDIT_FILE_DAMAGED" }));
    expect(fs.readFileSync(path, "utf8")).toBe("something else\n");
    expect(fs.existsSync(`${path}.lock`)).toBe(false);
  });

  it("says why a file cannot be opened", () => {
    const folder = temporaryFolder();
    expect(() => jsonLinesSink({ path: folder }).open?.()).toThrow(
      expect.objectContaining({ code: "AUDIT_SINK_FAILED", message: expect.stringContaining("EISDIR") }),
    );
    expect(fs.existsSync(`${folder}.lock`)).toBe(false);
  });

  it("is for one writer at a time", async () => {
    const path = newPath();
    const first = opened(path);
    expect(() => jsonLinesSink({ path }).open?.()).toThrow(expect.objectContaining({ code: "AUDIT_FILE_LOCKED" }));
    await first.close?.();
    opened(path);
  });

  it("writes nothing more once another process has taken its lock", async () => {
    const path = newPath();
    const sink = opened(path);
    const entries = chain(2);
    await sink.write(entries.slice(0, 1));
    const other = JSON.stringify({ pid: process.ppid, host: hostname(), token: "other", startedAt: 1 });
    fs.writeFileSync(`${path}.lock`, other);
    await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "AUDIT_FILE_LOCKED" });
    expect(sequencesOf(path)).toEqual([1]);
    await sink.close?.();
    expect(fs.readFileSync(`${path}.lock`, "utf8")).toBe(other);
  });
});

describe("a file that is moved away, deleted or emptied", () => {
  it.each<[string, (path: string) => void]>([
    ["moved away", (path) => fs.renameSync(path, `${path}.1`)],
    ["deleted", (path) => fs.rmSync(path)],
    [
      "replaced",
      (path) => {
        fs.renameSync(path, `${path}.1`);
        fs.writeFileSync(path, "");
      },
    ],
    ["emptied", (path) => fs.truncateSync(path)],
  ])("is gone on with from the next entry when %s", async (_, rotate) => {
    const path = newPath();
    const sink = opened(path);
    const entries = chain(4);
    await sink.write(entries.slice(0, 2));
    rotate(path);
    await sink.write(entries.slice(2, 3));
    await sink.write(entries.slice(3));
    expect(readAuditFile(path)).toEqual(entries.slice(2));
  });
});

describe("a write that fails halfway", () => {
  /** Makes the next append of a file write so many bytes and then fail; gives how many bytes there were. */
  async function failAfter(bytes: number): Promise<void> {
    const handle = await fs.promises.open(newPath(), "a");
    const prototype = Object.getPrototypeOf(handle) as fs.promises.FileHandle;
    await handle.close();
    const appendFile = prototype.appendFile;
    vi.spyOn(prototype, "appendFile").mockImplementationOnce(async function (this: fs.promises.FileHandle, data) {
      await appendFile.call(this, (data as Buffer).subarray(0, bytes));
      throw noSpace();
    });
  }

  it("tears and doubles no line, at whatever byte", async () => {
    const entries = chain(3);
    const length = Buffer.byteLength(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    for (let bytes = 0; bytes <= length; bytes += 41) {
      const path = newPath();
      const sink = opened(path);
      await sink.write(entries.slice(0, 1));
      await failAfter(bytes);
      await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "ENOSPC" });
      await sink.write(entries.slice(1));
      expect(readAuditFile(path)).toEqual(entries);
      await sink.close?.();
    }
  });

  it("tears nothing where it fails again and again", async () => {
    const path = newPath();
    const sink = opened(path);
    const entries = chain(2);
    await sink.write(entries.slice(0, 1));
    for (const bytes of [300, 10, 600]) {
      await failAfter(bytes);
      await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "ENOSPC" });
    }
    await sink.write(entries.slice(1));
    expect(readAuditFile(path)).toEqual(entries);
  });

  it("tears nothing where a handle that appends cannot be truncated", async () => {
    truncateAsOnWindows();
    const path = newPath();
    const entries = chain(3);
    fs.writeFileSync(path, '{"sequence":');
    const sink = opened(path);
    await sink.write(entries.slice(0, 1));
    await failAfter(300);
    await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "ENOSPC" });
    await sink.write(entries.slice(1));
    expect(readAuditFile(path)).toEqual(entries);
  });

  it("leaves a file alone that takes the place of the torn one this very moment", async () => {
    const path = newPath();
    const sink = opened(path);
    const entries = chain(3);
    await sink.write(entries.slice(0, 1));
    await failAfter(300);
    await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "ENOSPC" });
    const open = fs.promises.open;
    vi.spyOn(fs.promises, "open").mockImplementationOnce((...args) => {
      fs.renameSync(path, `${path}.1`);
      fs.writeFileSync(path, "");
      return open(...args);
    });
    await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "AUDIT_SINK_FAILED" });
    expect(fs.statSync(path).size).toBe(0);
    await sink.write(entries.slice(1));
    expect(readAuditFile(path)).toEqual(entries.slice(1));
    expect(readAuditFile(`${path}.1`)).toEqual(entries.slice(0, 1));
  });

  it("cuts nothing off a file that has taken the place of the torn one", async () => {
    const path = newPath();
    const sink = opened(path);
    const entries = chain(4);
    await sink.write(entries.slice(0, 1));
    await failAfter(300);
    await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "ENOSPC" });
    fs.renameSync(path, `${path}.1`);
    fs.writeFileSync(
      path,
      entries
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .slice(0, 3)
        .join(""),
    );
    await sink.write(entries.slice(3));
    expect(readAuditFile(path)).toEqual(entries);
  });

  it("tears nothing where somebody emptied the file meanwhile", async () => {
    const path = newPath();
    const sink = opened(path);
    const entries = chain(3);
    await sink.write(entries.slice(0, 1));
    await failAfter(50);
    await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "ENOSPC" });
    fs.truncateSync(path);
    await failAfter(500);
    await expect(sink.write(entries.slice(1))).rejects.toMatchObject({ code: "ENOSPC" });
    await sink.write(entries.slice(1));
    expect(readAuditFile(path)).toEqual(entries.slice(1));
  });

  it("is told by the queue, and made good", async () => {
    const path = newPath();
    const codes: string[] = [];
    const queue = new SinkQueue(opened(path), { words: AUDIT_WORDS, onError: (error) => codes.push(error.code) });
    await failAfter(100);
    for (const entry of chain(5)) queue.append(entry);
    await queue.flush();
    await queue.close();
    expect(codes).toEqual(["AUDIT_SINK_FAILED"]);
    expect(sequencesOf(path)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("real processes", () => {
  const script = fileURLToPath(new URL("./fixtures/audit-writer.ts", import.meta.url));

  /** A writer that has started, and waits for the word to take the lock. */
  class Writer {
    readonly #child: ChildProcess;
    readonly #lines: AsyncIterator<string>;

    constructor(path: string) {
      this.#child = spawn(process.execPath, ["--import", "tsx", script, path], { stdio: ["pipe", "pipe", "inherit"] });
      this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
      onTestFinished(() => void this.#child.kill("SIGKILL"));
    }

    async line(): Promise<string> {
      const { value } = await this.#lines.next();
      return String(value);
    }

    go(): void {
      this.#child.stdin?.write("go\n");
    }

    async kill(): Promise<void> {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await exit;
    }
  }

  async function started(path: string): Promise<Writer> {
    const writer = new Writer(path);
    expect(await writer.line()).toBe("started");
    return writer;
  }

  const numberIn = (line: string) => Number(line.split(" ")[1]);

  it("lose nothing that was flushed, and break no chain, however often they are killed", async () => {
    const path = newPath();
    let acknowledged = 0;
    for (let round = 1; round <= 6; round++) {
      const writer = await started(path);
      writer.go();
      const ready = await writer.line();
      expect(ready).toMatch(/^ready /);
      expect(numberIn(ready)).toBeGreaterThanOrEqual(acknowledged);
      for (let batch = 0; batch < round * 3; batch++) {
        const line = await writer.line();
        expect(line).toMatch(/^written /);
        acknowledged = numberIn(line);
      }
      await writer.kill();
      const entries = readAuditFile(path);
      expect(verifyAuditEntries(entries)).toMatchObject({ ok: true });
      expect(entries[0]?.sequence).toBe(1);
      expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
    }
  });

  it("contend for a file, stale lock or none, and one gets it", async () => {
    for (const stale of [false, true, true]) {
      const path = newPath();
      if (stale) {
        const gone = await started(path);
        gone.go();
        expect(await gone.line()).toMatch(/^ready /);
        await gone.kill();
        expect(fs.existsSync(`${path}.lock`)).toBe(true);
      }
      const writers = await Promise.all([started(path), started(path), started(path)]);
      for (const writer of writers) writer.go();
      const answers = await Promise.all(writers.map((writer) => writer.line()));
      expect(answers.filter((answer) => answer.startsWith("ready "))).toHaveLength(1);
      expect(answers.filter((answer) => answer === "locked AUDIT_FILE_LOCKED")).toHaveLength(2);
      await Promise.all(writers.map((writer) => writer.kill()));
      expect(verifyAuditEntries(readAuditFile(path)).ok).toBe(true);
    }
  });

  it("are named to whoever finds their lock, and followed when they are dead", async () => {
    const path = newPath();
    const writer = await started(path);
    writer.go();
    await writer.line();
    const { pid } = JSON.parse(fs.readFileSync(`${path}.lock`, "utf8"));
    expect(() => jsonLinesSink({ path }).open?.()).toThrow(
      expect.objectContaining({ code: "AUDIT_FILE_LOCKED", message: expect.stringContaining(`pid ${pid} on`) }),
    );
    await writer.kill();
    const log = new MemoryAuditLog({ start: jsonLinesSinkHead(path) });
    expect(log.append(record()).sequence).toBe(readAuditFile(path).length + 1);
  });

  function jsonLinesSinkHead(path: string) {
    const sink = jsonLinesSink({ path });
    onTestFinished(async () => sink.close?.());
    return sink.open?.()?.head;
  }
});
