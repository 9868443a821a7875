import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { AuditEntry } from "../../src/changes/audit.js";
import { auditLine, mendTail, readAuditFile } from "../../src/changes/audit-file.js";
import { chainEntry, GENESIS, headOf, verifyAuditEntries } from "../../src/changes/hash-chain.js";
import { chain, record } from "./fixtures/records.js";
import { temporaryFolder } from "./fixtures/temporary-folder.js";
import { truncateAsOnWindows } from "./fixtures/windows.js";

function fileOf(content: string | Buffer): string {
  const path = join(temporaryFolder(), "audit.jsonl");
  fs.writeFileSync(path, content);
  return path;
}

function mend(path: string) {
  const descriptor = fs.openSync(path, "a+");
  try {
    return mendTail(descriptor, path);
  } finally {
    fs.closeSync(descriptor);
  }
}

const text = (entries: readonly AuditEntry[]) => entries.map(auditLine).join("");
const damaged = (message: string) =>
  expect.objectContaining({ code: "AUDIT_FILE_DAMAGED", message: expect.stringContaining(message) });

describe("auditLine", () => {
  it("is one line that begins with the sequence, whatever order the entry has", () => {
    const [entry] = chain(1, GENESIS) as [AuditEntry];
    const turned = Object.fromEntries(Object.entries(entry).reverse()) as unknown as AuditEntry;
    expect(auditLine(turned)).toMatch(/^\{"sequence":1,.*\}\n$/);
    expect(JSON.parse(auditLine(turned))).toEqual(entry);
    const [second] = [chainEntry(record({ reason: "two\nlines\u2028three" }), headOf(entry))];
    expect(auditLine(second).split("\n")).toHaveLength(2);
  });
});

describe("readAuditFile", () => {
  it("gives every entry, oldest first, frozen", () => {
    const entries = chain(3);
    const read = readAuditFile(fileOf(text(entries)));
    expect(read).toEqual(entries);
    expect(Object.isFrozen(read[0]?.affected[0])).toBe(true);
    expect(verifyAuditEntries(read, { head: headOf(entries[2] as AuditEntry) }).ok).toBe(true);
  });

  it("gives nothing of an empty file", () => {
    expect(readAuditFile(fileOf(""))).toEqual([]);
  });

  it("keeps what verification must find", () => {
    const edited = text(chain(3)).replace('"actor":"ana"', '"actor":"eve"');
    expect(verifyAuditEntries(readAuditFile(fileOf(edited)))).toMatchObject({ ok: false, sequence: 1 });
  });

  it("leaves out a last line that was cut short, wherever it was", () => {
    const entries = chain(3);
    const bytes = Buffer.from(text(entries));
    const start = Buffer.byteLength(text(entries.slice(0, 2)));
    const path = fileOf("");
    for (let end = start; end < bytes.length; end++) {
      fs.writeFileSync(path, bytes.subarray(0, end));
      expect(readAuditFile(path)).toHaveLength(end === bytes.length - 1 ? 3 : 2);
    }
  });

  it("refuses any other line that is no entry, with its place", () => {
    const lines = text(chain(3)).split("\n");
    for (const broken of ["", "{}", '{"sequence":2', "null", '{"sequence":2,"hash":"x"}']) {
      const path = fileOf(lines.with(1, broken).join("\n"));
      expect(() => readAuditFile(path)).toThrow(damaged(`${path}:2: this line is not an audit entry`));
      expect(() => readAuditFile(path)).toThrow(
        expect.objectContaining({ problems: [expect.objectContaining({ place: `${path}:2` })] }),
      );
    }
    const stranger = fileOf('{"name":"burgee"}');
    expect(() => readAuditFile(stranger)).toThrow(damaged(`${stranger}:1`));
  });

  it("says where a file cannot be read", () => {
    const path = join(temporaryFolder(), "none.jsonl");
    expect(() => readAuditFile(path)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(path) }),
    );
  });
});

describe("mendTail", () => {
  it("finds the head of a file, or none where it is empty", () => {
    expect(mend(fileOf(""))).toEqual({ head: undefined, problem: undefined });
    for (const length of [1, 2, 5]) {
      const entries = chain(length);
      expect(mend(fileOf(text(entries)))).toEqual({ head: headOf(entries.at(-1) as AuditEntry), problem: undefined });
    }
  });

  it("reads the end only, however long the lines are", () => {
    const lengths = [10, 65_000, 66_000, 200_000, 10];
    const entries: AuditEntry[] = [];
    for (const length of lengths) {
      const head = entries.at(-1) ?? GENESIS;
      entries.push(chainEntry(record({ reason: "x".repeat(length) }), head));
      const path = fileOf(text(entries));
      expect(mend(path).head).toEqual(headOf(entries.at(-1) as AuditEntry));
    }
    const path = fileOf(`${"no entry at all\n".repeat(50_000)}${text(entries)}`);
    const reads = vi.spyOn(fs, "readSync");
    expect(mend(path).head?.sequence).toBe(lengths.length);
    expect(reads).toHaveBeenCalledTimes(1);
    reads.mockRestore();
  });

  it("cuts off a line that was cut short at any byte, and reports it", () => {
    const entries = chain(3);
    const whole = Buffer.from(text(entries));
    const kept = Buffer.from(text(entries.slice(0, 2)));
    const path = fileOf("");
    for (let end = kept.length + 1; end < whole.length - 1; end++) {
      fs.writeFileSync(path, whole.subarray(0, end));
      const bytes = end - kept.length === 1 ? "1 byte" : `${end - kept.length} bytes`;
      expect(mend(path)).toEqual({
        head: headOf(entries[1] as AuditEntry),
        problem: `The audit file ${path} ended in ${bytes} of an entry that was never finished (a crash); they were cut off.`,
      });
      expect(fs.readFileSync(path).equals(kept)).toBe(true);
    }
  });

  it("cuts off a line where a handle that appends cannot be truncated", () => {
    truncateAsOnWindows();
    const path = fileOf(text(chain(2)).slice(0, -20));
    expect(mend(path)).toMatchObject({ head: { sequence: 1 }, problem: expect.stringContaining("cut off") });
    expect(fs.readFileSync(path, "utf8")).toBe(text(chain(2).slice(0, 1)));
  });

  it("finds the last entry wherever the pieces begin that it reads", () => {
    const entries = chain(2);
    for (const length of [65_534, 65_535, 65_536]) {
      const path = fileOf(`${text(entries)}${'{"sequence":3,"reason":"'.padEnd(length, "x")}`);
      expect(mend(path)).toMatchObject({ head: headOf(entries[1] as AuditEntry), problem: expect.anything() });
      expect(fs.readFileSync(path, "utf8")).toBe(text(entries));
    }
  });

  it("keeps a whole entry that lacks its newline only", () => {
    const entries = chain(2);
    const path = fileOf(text(entries).slice(0, -1));
    expect(mend(path)).toEqual({ head: headOf(entries[1] as AuditEntry), problem: undefined });
    expect(fs.readFileSync(path, "utf8")).toBe(text(entries));
  });

  it("cuts off the only line of a file, and zeros left by a power cut", () => {
    const only = fileOf(text(chain(1)).slice(0, 50));
    expect(mend(only)).toMatchObject({ head: undefined, problem: expect.stringContaining("50 bytes") });
    expect(fs.statSync(only).size).toBe(0);
    const entries = chain(1);
    const zeros = fileOf(Buffer.concat([Buffer.from(text(entries)), Buffer.alloc(4_096)]));
    expect(mend(zeros)).toMatchObject({
      head: headOf(entries[0] as AuditEntry),
      problem: expect.stringContaining("4096"),
    });
    expect(fs.readFileSync(zeros, "utf8")).toBe(text(entries));
  });

  it.each([
    ["a last line that is no entry", `${text(chain(1))}{"level":30,"msg":"hello"}\n`],
    ["an empty last line", `${text(chain(1))}\n`],
    ["only an empty line", "\n"],
    ["an unfinished line that never was the beginning of an entry", `${text(chain(1))}{"level":30`],
    ["a file of something else", '{"name":"burgee","version":"1.0.0"}'],
  ])("refuses %s, and changes nothing", (_, content) => {
    const path = fileOf(content);
    expect(() => mend(path)).toThrow(damaged(path));
    expect(fs.readFileSync(path, "utf8")).toBe(content);
  });

  it("says from which byte on, and how to mend", () => {
    const path = fileOf(`${text(chain(1))}stranger\n`);
    const offset = Buffer.byteLength(text(chain(1)));
    expect(() => mend(path)).toThrow(damaged(`from byte ${offset} on`));
    expect(() => mend(path)).toThrow(damaged("Move the file away"));
  });
});
