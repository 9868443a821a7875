import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FileLock } from "../../src/changes/file-lock.js";
import { temporaryFolder } from "./fixtures/temporary-folder.js";

const mine = { pid: process.pid, host: hostname(), token: "t", startedAt: Math.round(performance.timeOrigin) };
const held: FileLock[] = [];

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const lock of held.splice(0)) lock.release();
});

function acquire(file: string): FileLock {
  const lock = FileLock.acquire(file);
  held.push(lock);
  return lock;
}

/** A file in a folder of its own, and a lock on it as another process might have left it. */
function planted(holder?: object | string, ageMs = 0): { file: string; path: string } {
  const file = join(temporaryFolder(), "audit.jsonl");
  const path = `${file}.lock`;
  if (holder !== undefined) plant(path, holder, ageMs);
  return { file, path };
}

function plant(path: string, holder: object | string, ageMs = 0): void {
  fs.writeFileSync(path, typeof holder === "string" ? holder : JSON.stringify(holder));
  const then = new Date(Date.now() - ageMs);
  fs.utimesSync(path, then, then);
}

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

const locked = (message: string) =>
  expect.objectContaining({ code: "AUDIT_FILE_LOCKED", message: expect.stringContaining(message) });

const leftovers = (file: string) => fs.readdirSync(join(file, ".."));

describe("FileLock", () => {
  it("says who holds it, and is gone when released", () => {
    const { file, path } = planted();
    const lock = acquire(file);
    const { token, ...holder } = JSON.parse(fs.readFileSync(path, "utf8"));
    expect(holder).toEqual({ pid: mine.pid, host: mine.host, startedAt: mine.startedAt });
    expect(token).toMatch(/^[0-9a-f-]{36}$/);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    lock.release();
    lock.release();
    expect(leftovers(file)).toEqual([]);
  });

  it("is refused to a second writer in the same process", () => {
    const { file, path } = planted();
    acquire(file);
    expect(() => acquire(file)).toThrow(locked(`This very process (pid ${process.pid} on ${hostname()})`));
    expect(() => acquire(file)).toThrow(locked(path));
    expect(leftovers(file)).toEqual(["audit.jsonl.lock"]);
  });

  it.each([
    ["a live process of this host", { ...mine, pid: process.ppid }, 0],
    ["a process of another host, whatever its pid", { ...mine, host: "elsewhere", pid: 2 ** 30 }, 25_000],
    ["our pid on another host", { ...mine, host: "elsewhere", startedAt: 1 }, 25_000],
    ["a process with our pid and host name that refreshes it", { ...mine, startedAt: 1 }, 0],
    ["a process with our pid and host name that may yet refresh it", { ...mine, startedAt: 1 }, 9_000],
  ])("is refused while held by %s", (_, holder, ageMs) => {
    const { file, path } = planted(holder, ageMs);
    const before = fs.readFileSync(path, "utf8");
    expect(() => acquire(file)).toThrow(locked(`Another process (pid ${holder.pid} on ${holder.host}) writes ${file}`));
    expect(fs.readFileSync(path, "utf8")).toBe(before);
    expect(leftovers(file)).toEqual(["audit.jsonl.lock"]);
  });

  it.each([
    ["one of another host", { ...mine, host: "elsewhere" }, 30],
    ["a live one of this host", { ...mine, pid: process.ppid }, 30],
    ["one that shares our pid and host name", { ...mine, startedAt: 1 }, 10],
  ])("says after how long it may be taken over from %s", (_, holder, seconds) => {
    const { file } = planted(holder);
    expect(() => acquire(file)).toThrow(locked(`It may be taken over when it was not refreshed for ${seconds} s.`));
  });

  it("is refused while held by a process that we may not signal", () => {
    const { file } = planted({ ...mine, pid: 2 ** 30 });
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    });
    expect(() => acquire(file)).toThrow(locked("Another process"));
  });

  it.each<[string, () => object | string, number]>([
    ["a process of this host that is dead", () => ({ ...mine, pid: deadPid() }), 0],
    ["an earlier process that had our pid", () => ({ ...mine, startedAt: mine.startedAt - 60_000 }), 11_000],
    ["a process of another host that stopped refreshing", () => ({ ...mine, host: "elsewhere" }), 31_000],
    ["a live process that stopped refreshing", () => ({ ...mine, pid: process.ppid }), 31_000],
    ["a process that died before it wrote into it", () => "", 31_000],
  ])("is taken over from %s", async (_, holder, ageMs) => {
    const { file, path } = planted(holder(), ageMs);
    const lock = acquire(file);
    expect(JSON.parse(fs.readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    await lock.verify();
    expect(leftovers(file)).toEqual(["audit.jsonl.lock"]);
  });

  it.each(["", "{", "null", "7", '{"pid":0}', '{"pid":1,"startedAt":1}', '{"pid":1,"startedAt":1,"host":"h"}'])(
    "is refused while somebody is taking it: %j",
    (text) => {
      const { file } = planted(text);
      expect(() => acquire(file)).toThrow(locked("Some process is taking the lock"));
    },
  );

  it("is read again where its holder had not written into it yet", () => {
    const { file, path } = planted("");
    const wait = vi.spyOn(Atomics, "wait").mockImplementationOnce(() => {
      plant(path, { ...mine, pid: process.ppid });
      return "timed-out";
    });
    expect(() => acquire(file)).toThrow(locked("Another process"));
    expect(wait).toHaveBeenCalledTimes(1);
  });

  it("is got by us where it goes while we look", () => {
    const { file, path } = planted({ ...mine, pid: process.ppid });
    const open = fs.openSync;
    vi.spyOn(fs, "openSync").mockImplementation((target, flags, mode) => {
      if (flags === "r") fs.rmSync(path, { force: true });
      return open(target, flags, mode);
    });
    acquire(file);
    expect(JSON.parse(fs.readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
  });

  it("passes on what the file system says", () => {
    expect(() => acquire(join(temporaryFolder(), "missing", "audit.jsonl"))).toThrow(
      expect.objectContaining({ code: "ENOENT" }),
    );
    const { file, path } = planted();
    fs.mkdirSync(path);
    expect(() => acquire(file)).toThrow(expect.objectContaining({ code: "EISDIR" }));
    fs.rmdirSync(path);
    fs.symlinkSync(path, path);
    expect(() => acquire(file)).toThrow(expect.objectContaining({ code: "ELOOP" }));
  });

  it("leaves no empty lock behind where there is no room to write into it", () => {
    const { file } = planted();
    vi.spyOn(fs, "writeSync").mockImplementationOnce(() => {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    });
    expect(() => acquire(file)).toThrow("no space left");
    expect(leftovers(file)).toEqual([]);
  });
});

describe("two starters that find one stale lock", () => {
  const stale = { ...mine, startedAt: 1 };
  const other = JSON.stringify({ ...mine, pid: process.ppid, token: "the other" });

  /** Does something just before the lock is moved aside. */
  function beforeRename(act: () => void): void {
    const rename = fs.renameSync;
    vi.spyOn(fs, "renameSync").mockImplementationOnce((from, to) => {
      act();
      rename(from, to);
    });
  }

  it("the slower one puts the new lock of the faster one back", () => {
    const { file, path } = planted(stale, 11_000);
    beforeRename(() => plant(path, other));
    expect(() => acquire(file)).toThrow(locked(`pid ${process.ppid}`));
    expect(fs.readFileSync(path, "utf8")).toBe(other);
    expect(leftovers(file)).toEqual(["audit.jsonl.lock"]);
  });

  it("the slower one tries again where the faster one is through already", () => {
    const { file, path } = planted(stale, 11_000);
    beforeRename(() => fs.rmSync(path));
    acquire(file);
    expect(leftovers(file)).toEqual(["audit.jsonl.lock"]);
  });

  it("a third one that gets in between keeps its lock", () => {
    const { file, path } = planted(stale, 11_000);
    const third = JSON.stringify({ ...mine, pid: process.ppid, token: "the third" });
    beforeRename(() => plant(path, other));
    const link = fs.linkSync;
    vi.spyOn(fs, "linkSync").mockImplementationOnce((from, to) => {
      plant(path, third);
      link(from, to);
    });
    expect(() => acquire(file)).toThrow(locked("Another process"));
    expect(fs.readFileSync(path, "utf8")).toBe(third);
    expect(leftovers(file)).toEqual(["audit.jsonl.lock"]);
  });

  it("passes on where the lock cannot be moved", () => {
    const { file } = planted(stale, 11_000);
    vi.spyOn(fs, "renameSync").mockImplementationOnce(() => {
      throw Object.assign(new Error("read-only file system"), { code: "EROFS" });
    });
    expect(() => acquire(file)).toThrow("read-only file system");
  });
});

describe("a lock that is held", () => {
  it("is refreshed every 5 s by a timer that keeps no process alive", async () => {
    const intervals = vi.spyOn(globalThis, "setInterval");
    const { file } = planted();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    acquire(file);
    vi.useRealTimers();
    const real = acquire(planted().file);
    const timer = intervals.mock.results.at(-1)?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    expect(intervals.mock.calls.at(-1)?.[1]).toBe(5_000);
    real.release();
  });

  it("is as young as its last refresh", async () => {
    const { file, path } = planted();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    acquire(file);
    const old = new Date(Date.now() - 29_000);
    fs.utimesSync(path, old, old);
    const touched = refreshed();
    vi.advanceTimersByTime(5_000);
    await touched;
    expect(Date.now() - fs.statSync(path).mtimeMs).toBeLessThan(29_000);
  });

  it("is not refreshed, nor released, where it is another's by now", async () => {
    const { file, path } = planted();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const lock = acquire(file);
    plant(path, { ...mine, pid: process.ppid }, 29_000);
    const { mtimeMs } = fs.statSync(path);
    const utimes = vi.spyOn(fs.promises, "utimes");
    const reads = vi.spyOn(fs.promises, "readFile");
    vi.advanceTimersByTime(5_000);
    await reads.mock.results[0]?.value;
    await lock.verify().catch(() => undefined);
    expect(utimes).not.toHaveBeenCalled();
    const renames = vi.spyOn(fs, "renameSync");
    lock.release();
    expect(renames).not.toHaveBeenCalled();
    expect(fs.statSync(path).mtimeMs).toBe(mtimeMs);
  });

  it("is left in peace once it is released", () => {
    const { file } = planted();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const lock = acquire(file);
    expect(vi.getTimerCount()).toBe(1);
    lock.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("survives a refresh that fails", async () => {
    const { file } = planted();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const lock = acquire(file);
    const failed = vi.spyOn(fs.promises, "utimes").mockRejectedValueOnce(new Error("input/output error"));
    vi.advanceTimersByTime(5_000);
    await vi.waitFor(() => expect(failed).toHaveBeenCalled());
    await lock.verify();
  });

  it("is known to be lost: taken over, or deleted", async () => {
    const { file, path } = planted();
    const lock = acquire(file);
    await lock.verify();
    plant(path, { ...mine, pid: process.ppid });
    await expect(lock.verify()).rejects.toEqual(locked(`Another process (pid ${process.ppid}`));
    fs.rmSync(path);
    await expect(lock.verify()).rejects.toEqual(locked("Restart the process"));
    lock.release();
    fs.mkdirSync(path);
    await expect(lock.verify()).rejects.toMatchObject({ code: "EISDIR" });
    fs.rmdirSync(path);
  });

  /** Resolves when the lock's time has been set. */
  function refreshed(): Promise<void> {
    const utimes = fs.promises.utimes;
    return new Promise((resolve) => {
      vi.spyOn(fs.promises, "utimes").mockImplementationOnce(async (...args) => {
        await utimes(...args);
        resolve();
      });
    });
  }
});
