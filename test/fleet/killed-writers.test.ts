import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { AuditEntry } from "burgee";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countsOf, expectAgreement, launchReady, tell } from "./instances.js";
import { PostgresServer } from "./postgres-server.js";
import { Program } from "./program.js";
import type { Freeze } from "./programs/freezer.js";
import type { LedgerCalls } from "./programs/ledger.js";
import { seeded } from "./programs/random.js";
import type { StorePlace } from "./programs/store-place.js";
import type { Note, WriterCalls } from "./programs/writer.js";

/** How many writers write at a time. */
const AT_ONCE = 4;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "burgee-killed-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.close());

  test("200 writers are killed: what was acknowledged is there, in order, and nothing else is", async () => {
    const place: StorePlace = { kind: "postgres", url: server.url(await server.newDatabase()) };
    await expectAllSurvives(place, { inside: 112, atCommit: 24, anywhere: 64, statements: 2 });
  });
});

test("50 writers to a SQLite file are killed: what was acknowledged is there, in order, and nothing else is", async () => {
  await expectAllSurvives(
    { kind: "sqlite", path: join(folder, "flags.db") },
    { inside: 28, atCommit: 6, anywhere: 16, statements: 7 },
  );
});

interface Kills {
  /** After a statement of a transaction, its commit not sent: the writer stands still there, so it cannot have gone on. */
  readonly inside: number;
  /** How many statements a transaction has about, before its commit. */
  readonly statements: number;
  /** The commit sent, its answer not read. */
  readonly atCommit: number;
  /** After a random time, wherever the writer is then. */
  readonly anywhere: number;
}

async function expectAllSurvives(place: StorePlace, kills: Kills): Promise<void> {
  // One that is never killed: it makes the tables, and sees everything.
  const [observer] = await launchReady(1, () => place);
  if (observer === undefined) throw new Error("no instance was started");
  const path = join(folder, `ledger-${place.kind}`);
  const ledger = new Program<LedgerCalls>("ledger");
  const port = await ledger.ask("open", path);

  const places = await killThem(place, port, kills);
  const { chain } = await expectAgreement([observer], place);
  const noted = readLedger(path);
  expectLedgerInChain(noted, chain);
  expectOnlyTried(noted, chain);
  const seen = await observer.ask("changes", undefined);
  expect(seen.filter(({ cause }) => cause === "resync")).toEqual([]);

  const inside = places.filter((place) => place.startsWith("inside") && !/commit/i.test(place)).length;
  expect(inside).toBe(kills.inside);
  const acknowledged = noted.filter((note) => "acknowledged" in note).length;
  expect(acknowledged).toBeGreaterThan(places.length / 2);
  const orphans = chain.length - acknowledged;
  tell(`kill -9 on ${place.kind}`, {
    ...{ kills: places.length, insideATransaction: inside, commands: chain.length, acknowledged },
    ...{ committedUnacknowledged: orphans, refused: noted.filter((note) => "refused" in note).length },
    where: countsOf(places),
  });
}

/** Keeps several writers busy until all kills are done; gives where each was killed. */
async function killThem(place: StorePlace, ledger: number, kills: Kills): Promise<string[]> {
  const random = seeded(7);
  const points: (Freeze | undefined)[] = [
    ...Array.from({ length: kills.inside }, (_, index) => ({
      transaction: Math.floor(random() * 8),
      after: index % kills.statements,
    })),
    ...Array.from({ length: kills.atCommit }, () => ({
      transaction: Math.floor(random() * 8),
      after: "commit" as const,
    })),
    ...Array.from({ length: kills.anywhere }, () => undefined),
  ];
  // The kinds are mixed: a writer that stands still in its transaction is waited for by others.
  const mixed = points.map((point) => ({ point, at: random() })).sort((a, b) => a.at - b.at);
  const places: string[] = [];
  const next = mixed.entries();
  const slot = async () => {
    for (const [index, { point }] of next) {
      const task = { store: place, ledger, name: `w${index}`, seed: index + 1, freeze: point };
      places.push(await killOne(task, random));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, slot));
  return places;
}

/** Starts one writer, kills it at its point, and gives where that was. */
async function killOne(task: Parameters<WriterCalls["write"]>[0], random: () => number): Promise<string> {
  const writer = new Program<WriterCalls>("writer");
  const failed = writer.ask("write", task).then(
    () => "the writer stopped",
    (error: unknown) => String(error),
  );
  const lines = writer.lines()[Symbol.asyncIterator]();
  const said = async () => String((await Promise.race([lines.next(), failed.then((value) => ({ value }))])).value);
  expect(await said()).toBe("writing");
  let place = "anywhere";
  if (task.freeze === undefined) await wait(random() * 300);
  else place = await said();
  await writer.kill();
  return place;
}

function readLedger(path: string): Note[] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line): Note => JSON.parse(line));
}

/** Every acknowledged write is in the chain, with its number and hash, and after whatever was acknowledged before it was tried. */
function expectLedgerInChain(noted: readonly Note[], chain: readonly AuditEntry[]): void {
  const before = new Map<string, number>();
  let latest = 0;
  const wrong: string[] = [];
  for (const note of noted) {
    if ("tried" in note) before.set(note.tried, latest);
    if (!("acknowledged" in note)) continue;
    const { acknowledged, sequence, hash } = note;
    const entry = chain[sequence - 1];
    if (entry?.reason !== acknowledged || entry.hash !== hash) wrong.push(`${acknowledged} is not entry ${sequence}`);
    if (sequence <= (before.get(acknowledged) ?? Number.POSITIVE_INFINITY)) wrong.push(`${acknowledged} is too early`);
    latest = Math.max(latest, sequence);
  }
  expect(wrong).toEqual([]);
}

/** Nothing is in the chain twice, nothing that no writer tried, and nothing that was refused. */
function expectOnlyTried(noted: readonly Note[], chain: readonly AuditEntry[]): void {
  const tried = new Set(noted.flatMap((note) => ("tried" in note ? [note.tried] : [])));
  const refused = noted.flatMap((note) =>
    "refused" in note && note.code !== "STORE_OUTCOME_UNKNOWN" ? [note.refused] : [],
  );
  const reasons = chain.map(({ reason }) => reason ?? "without a reason");
  expect(reasons.filter((reason) => !tried.has(reason))).toEqual([]);
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(refused.filter((id) => reasons.includes(id))).toEqual([]);
  const codes = noted.flatMap((note) => ("refused" in note ? [note.code] : []));
  expect(codes.filter((code) => code !== "DEPENDENCY_UNMET")).toEqual([]);
}
