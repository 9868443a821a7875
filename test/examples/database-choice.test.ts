import { EventEmitter, once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Checkpointer } from "../../examples/database-choice/checkpointer.js";
import { openCheckpoints } from "../../examples/database-choice/gate.js";
import { PostgresCheckpointer } from "../../examples/database-choice/postgres-checkpointer.js";
import { SqliteCheckpointer } from "../../examples/database-choice/sqlite-checkpointer.js";
import { openScratchPostgres, type ScratchPostgres } from "../../examples/scratch-postgres.js";
import { runExample } from "./child.js";

let scratch: ScratchPostgres;
let folder: string;
beforeAll(async () => {
  scratch = await openScratchPostgres();
});
afterAll(() => scratch.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "burgee-checkpoints-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the example", () => {
  it("switches to PostgreSQL and back, and lets what is under way end where it began", async () => {
    const { code, stdout, stderr } = await runExample("database-choice/main.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual([
      "on sqlite, ana is at { step: 1 }",
      "on postgresql, ana is at unknown",
      "on postgresql, ana is at { step: 7 }",
      "ben, who began on sqlite, ended there at { step: 2 }",
      "on postgresql, ben is at unknown",
      "on sqlite, ana is at { step: 1 }",
      "on sqlite, ben is at { step: 2 }",
    ]);
  });

  it("uses the database that the variables name", async () => {
    const variables = { FEATURE_DATABASE_TYPE: "postgresql", DATABASE_URL: scratch.url };
    const { code, stdout, stderr } = await runExample("database-choice/main.ts", [], variables);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "on postgresql, ana is at { step: 1 }\n", stderr: "" });
  });
});

describe.each<[string, () => Promise<Checkpointer & { close(): void | Promise<void> }>]>([
  ["sqlite", () => SqliteCheckpointer.open(join(folder, "checkpoints.db"))],
  ["postgresql", () => PostgresCheckpointer.open(scratch.url)],
])("the checkpointer on %s", (_name, open) => {
  it("gives back what was saved last, for each thread, and after it was opened anew", async () => {
    const state = { step: 2, said: ["hé'llo", null, 1.5], "a;b": { deep: true } };
    const first = await open();
    await first.save("one", { step: 1 });
    await first.save("one", state);
    await first.save("two'; DROP TABLE checkpoints; --", [1]);
    await first.close();
    const again = await open();
    expect(await again.load("one")).toEqual(state);
    expect(await again.load("two'; DROP TABLE checkpoints; --")).toEqual([1]);
    expect(await again.load("three")).toBeUndefined();
    await again.close();
  });
});

describe("the choice", () => {
  it("is not postgresql without DATABASE_URL, whose value no error tells", async () => {
    expect(() => openCheckpoints({ FEATURE_DATABASE_TYPE: "postgresql" })).toThrow(/DATABASE_URL/);
    const mysql = { FEATURE_DATABASE_TYPE: "postgresql", DATABASE_URL: "mysql://me:secret@db/app" };
    expect(() => openCheckpoints(mysql)).toThrow(/DATABASE_URL/);
    expect(() => openCheckpoints(mysql)).not.toThrow(/secret/);
    const { flags } = openCheckpoints({});
    expect(() => flags.setFlag("database_type", "postgresql")).toThrow(/DATABASE_URL/);
    await flags.close();
  });

  it("opens no database before the first call, and only the one that is chosen", async () => {
    const file = join(folder, "checkpoints.db");
    const { flags, checkpoints } = openCheckpoints({ SQLITE_FILE: file, DATABASE_URL: scratch.url });
    flags.setFlag("database_type", "postgresql");
    expect(checkpoints.status().state).toBe("idle");
    await checkpoints.service.save("one", 1);
    expect(checkpoints.status().state).toBe("ready");
    await expect(access(file)).rejects.toThrow("ENOENT");
    await flags.close();
  });

  it("closes the connections of the database that was left, after the last call on it", async () => {
    const { flags, checkpoints } = openCheckpoints({
      SQLITE_FILE: join(folder, "checkpoints.db"),
      DATABASE_URL: scratch.url,
    });
    flags.setFlag("database_type", "postgresql");
    const story = new EventEmitter();
    const begun = once(story, "begun");
    const goOn = once(story, "go on");
    const underway = checkpoints.use(async (database) => {
      await database.save("slow", "begun here");
      story.emit("begun");
      await goOn;
      return database.load("slow");
    });
    await begun;
    flags.setFlag("database_type", "sqlite");
    const others = Array.from({ length: 50 }, (_, index) => checkpoints.service.save(`new ${index}`, index));
    await Promise.all(others);
    expect(await checkpoints.service.load("slow")).toBeUndefined();
    expect(await connections()).toBe(1);
    story.emit("go on");
    expect(await underway).toBe("begun here");
    await flags.close();
    await vi.waitFor(async () => expect(await connections()).toBe(0));
  });

  it("rejects calls where the database is away, without its password, and goes on with the other", async () => {
    const { flags, checkpoints } = openCheckpoints({
      SQLITE_FILE: join(folder, "checkpoints.db"),
      DATABASE_URL: `postgresql://me:hunter2@127.0.0.1:${await closedPort()}/app`,
    });
    flags.setFlag("database_type", "postgresql");
    const refused = await checkpoints.service.save("one", 1).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(inspect([refused, checkpoints.status()], { depth: 10 })).not.toContain("hunter2");
    expect(checkpoints.status()).toMatchObject({ state: "failing", healthy: false });
    flags.setFlag("database_type", "sqlite");
    await checkpoints.service.save("one", 1);
    expect(await checkpoints.service.load("one")).toBe(1);
    await flags.close();
  });

  it("loses no call while it is switched again and again", async () => {
    const { flags, checkpoints } = openCheckpoints({
      SQLITE_FILE: join(folder, "checkpoints.db"),
      DATABASE_URL: scratch.url,
    });
    const calls: Promise<void>[] = [];
    for (let round = 0; round < 20; round++) {
      flags.setFlag("database_type", round % 2 === 0 ? "postgresql" : "sqlite");
      for (let call = 0; call < 10; call++) {
        const thread = `${round}-${call}`;
        calls.push(
          checkpoints.use(async (database) => {
            await database.save(thread, call);
            expect(await database.load(thread)).toBe(call);
          }),
        );
      }
      // Some rounds switch in the middle of a start.
      if (round % 3 === 0) await calls.at(-1);
    }
    await Promise.all(calls);
    await flags.close();
    await vi.waitFor(async () => expect(await connections()).toBe(0));
  });
});

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

/** How many connections others than this function have to the scratch server. They end a moment after they are closed. */
async function connections(): Promise<number> {
  const client = new pg.Client({ connectionString: scratch.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>(
      "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    return Number(rows[0]?.count);
  } finally {
    await client.end();
  }
}
