import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFlags, defineFlags, flag, verifyAuditEntries } from "burgee";
import { sqliteStore } from "burgee/sql";
import Database from "libsql";
import { describe, expect, it, onTestFinished } from "vitest";
import { StoreWriter } from "../../../src/adapters/testing/store-writer.js";
import type { Answer, Order } from "./sqlite-process.js";

const program = fileURLToPath(new URL("sqlite-process.ts", import.meta.url));

function scratchFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "burgee-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "flags.db");
}

function openStore(path: string, timeoutMs?: number) {
  const database = new Database(path);
  const store = sqliteStore({ database, timeoutMs });
  onTestFinished(async () => {
    await store.close();
    database.close();
  });
  return { database, store, writer: new StoreWriter(store) };
}

/** Another process on the file. */
class Other {
  readonly #child: ChildProcess;
  readonly #answers: Answer[] = [];
  #acknowledged = 0;
  #wake = () => {};

  private constructor(path: string) {
    this.#child = fork(program, [path], { execArgv: ["--import", "tsx"] });
    this.#child.on("message", (answer: Answer) => {
      this.#answers.push(answer);
      if (answer.did === "written") this.#acknowledged = answer.revision;
      this.#wake();
    });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  static async start(path: string): Promise<Other> {
    const other = new Other(path);
    await other.next("opened");
    return other;
  }

  order(order: Order): void {
    this.#child.send(order);
  }

  /** The next answer of a kind; those before it are left out. */
  async next(did: Answer["did"]): Promise<Answer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer?.did === did) return answer;
      if (answer !== undefined && !("did" in answer)) throw new Error(JSON.stringify(answer));
      if (answer === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Ends it at once; gives the last revision that it said was committed. */
  async kill(): Promise<number> {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await ended;
    return this.#acknowledged;
  }

  async leaves(): Promise<unknown> {
    const ended = once(this.#child, "close");
    this.order({ do: "leave" });
    return (await ended)[0];
  }
}

describe("two processes on one SQLite file", () => {
  it("tell each other of every change, and do not keep one another alive", async () => {
    const path = scratchFile();
    const { store, writer } = openStore(path);
    const other = await Other.start(path);
    other.order({ do: "listen" });
    await other.next("listening");
    for (let value = 1; value <= 3; value++) {
      await writer.set("checkout", value);
      while ((await other.next("news")).revision < value);
    }
    const news = new Promise<void>((resolve) => void store.subscribe({ news: () => resolve(), lost: () => {} }));
    await store.head();
    other.order({ do: "write", value: "theirs" });
    await news;
    await writer.catchUp();
    expect(writer.head.revision).toBe(4);
    expect(writer.flags.get("checkout")?.override).toMatchObject({ value: "theirs" });
    expect(await other.leaves()).toBe(0);
  });

  it("wait for each other's locks, while everything else goes on", async () => {
    const path = scratchFile();
    const { store, writer } = openStore(path, 600_000);
    const flags = createFlags(defineFlags({ checkout: flag.boolean({ default: true }) }), { env: {} });
    await writer.set("checkout", 1);
    const other = await Other.start(path);
    other.order({ do: "lock" });
    await other.next("locked");

    let done = false;
    const written = writer.set("checkout", 2).then(() => {
      done = true;
    });
    for (let turns = 0; turns < 200; turns++) {
      expect(flags.isEnabled("checkout")).toBe(true);
      await new Promise(setImmediate);
    }
    expect(done).toBe(false);
    expect((await store.head()).revision).toBe(1);
    other.order({ do: "unlock" });
    await written;
    expect((await store.head()).revision).toBe(2);
  });

  it("give up on a lock in the end: nothing was committed, and the connection can be used", async () => {
    const path = scratchFile();
    const { store, writer } = openStore(path, 20);
    await writer.set("checkout", 1);
    const other = await Other.start(path);
    other.order({ do: "lock" });
    await other.next("locked");
    const refused = { code: "STORE_UNAVAILABLE", message: expect.stringContaining("database is locked (SQLITE_BUSY)") };
    await expect(writer.set("checkout", 2)).rejects.toMatchObject(refused);
    await expect(store.recordUsage([usage])).rejects.toMatchObject(refused);
    expect((await store.head()).revision).toBe(1);
    other.order({ do: "unlock" });
    await other.next("unlocked");
    await writer.set("checkout", 2);
    // Another connection sees it: a statement that was refused holds nothing back.
    expect(await openStore(path).store.head()).toEqual(writer.head);
  });

  it("leave the file sound when one is killed while it writes", async () => {
    const path = scratchFile();
    for (let round = 1; round <= 3; round++) {
      const other = await Other.start(path);
      other.order({ do: "write on and on" });
      for (let count = 0; count < 7 * round; count++) await other.next("written");
      const acknowledged = await other.kill();
      const { database, store, writer } = openStore(path);
      await writer.catchUp();
      expect(acknowledged).toBeGreaterThanOrEqual(7 * round);
      expect(writer.head.revision).toBeGreaterThanOrEqual(acknowledged);
      expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      const entries = await store.audit({ order: "oldest" });
      const { revision: sequence, hash } = writer.head;
      expect(verifyAuditEntries(entries, { head: { sequence, hash } })).toMatchObject({ ok: true, entries: sequence });
      expect((await store.load()).flags).toMatchObject([{ flag: "checkout", revision: sequence }]);
      await writer.set("checkout", "after the kill");
    }
  });
});

const usage = { hour: 0, flag: "checkout", variant: "", evaluations: 1, errors: 0 };
