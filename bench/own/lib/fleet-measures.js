import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { inNewProcess, withFleet } from "./fleet-processes.js";
import { median, quick } from "./report.js";
import { freePort } from "./scratch-postgres.js";

export const SIZES = quick
  ? {
      instances: 3,
      changes: 20,
      alone: 3,
      writers: 3,
      writes: 20,
      flags: 1_000,
      set: 100,
      starts: 1,
      idle: 3,
      syncs: 20,
    }
  : {
      instances: 50,
      changes: 300,
      alone: 10,
      writers: 10,
      writes: 200,
      flags: 10_000,
      set: 1_000,
      starts: 7,
      idle: 20,
      syncs: 200,
    };
/** From one change to the next, where they do not follow one upon the other. */
export const PAUSE_MS = 100;
const FLAGS = 100;

/** What no commit can do without: 8 kB appended to a file, and on the disk. In milliseconds, the median. */
export function measureDisk(folder) {
  const file = openSync(join(folder, "disk"), "w");
  const page = Buffer.alloc(8_192, 1);
  const took = Array.from({ length: SIZES.syncs }, () => {
    const begun = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - begun;
  });
  closeSync(file);
  return { diskMs: median(took) };
}

/** What a fleet on PostgreSQL costs while nothing changes, and how long each change takes to be everywhere. */
export function measureFleet(url, server) {
  return withFleet(SIZES.instances + 1, { url, count: FLAGS }, async ([writer, ...fleet]) => {
    const idle = await server.load(SIZES.idle);
    const connections = await server.connections();
    const memory = await server.memory();
    const processes = await memoryOf(fleet);
    const before = await server.processor();
    const paced = await measureChanges(writer, fleet, { from: 1, pauseMs: PAUSE_MS });
    // Hardly anybody polls meanwhile: whoever hears of change after change leaves four polls of five out.
    const spent = (await server.processor()) - before;
    const rushed = await measureChanges(writer, fleet, { from: SIZES.changes + 1, pauseMs: 0 });
    const all = SIZES.instances + 1;
    return {
      connectionsEach: connections / all,
      connectionOwnBytes: memory.own,
      connectionSharedBytes: memory.shared,
      pollsPerSecondEach: idle.perSecond / all,
      pollCostMs: (idle.processor / idle.perSecond) * 1_000,
      deliveryMs: (spent / (SIZES.changes * all)) * 1_000,
      rssBytes: processes.rss,
      heapBytes: processes.heapUsed,
      ...named("paced", paced),
      ...named("rushed", rushed),
    };
  });
}

/** The same instance without a store. */
export function measureAlone() {
  return withFleet(SIZES.alone, { count: FLAGS }, async (instances) => {
    const { rss, heapUsed } = await memoryOf(instances);
    return { aloneRssBytes: rss, aloneHeapBytes: heapUsed };
  });
}

async function memoryOf(instances) {
  const all = await Promise.all(instances.map((instance) => instance.ask("memory")));
  return { rss: median(all.map(({ rss }) => rss)), heapUsed: median(all.map(({ heapUsed }) => heapUsed)) };
}

/** Milliseconds from each call of setFlag to each instance's listener. */
async function measureChanges(writer, fleet, { from, pauseMs }) {
  const span = { from, count: SIZES.changes };
  const [{ begun, seconds }, ...told] = await Promise.all([
    writer.ask("change", { ...span, pauseMs }),
    ...fleet.map((instance) => instance.ask("heard", span)),
  ]);
  const latencies = told.map(({ times }) => times.map((time, index) => (time - begun[index]) / 1e6));
  const slowest = begun.map((_, index) => Math.max(...latencies.map((all) => all[index])));
  const coalesced = told.reduce((sum, one) => sum + one.coalesced, 0);
  return { seconds, all: ordered(latencies.flat()), slowest: ordered(slowest), coalesced };
}

function named(name, { seconds, all, slowest, coalesced }) {
  return {
    [`${name}P50`]: share(all, 0.5),
    [`${name}P90`]: share(all, 0.9),
    [`${name}P99`]: share(all, 0.99),
    [`${name}Max`]: all.at(-1),
    [`${name}SlowestP50`]: share(slowest, 0.5),
    [`${name}SlowestP99`]: share(slowest, 0.99),
    [`${name}PerSecond`]: SIZES.changes / seconds,
    [`${name}Coalesced`]: coalesced,
  };
}

function ordered(numbers) {
  return [...numbers].sort((a, b) => a - b);
}

/** The least of the ordered numbers that at least this share of them does not exceed. */
function share(numbers, part) {
  return numbers[Math.max(0, Math.ceil(numbers.length * part) - 1)];
}

/** Changes a second: by one process, and by several at once, each of a flag of its own. */
export async function measureWrites(where) {
  const total = SIZES.writers * SIZES.writes;
  const one = await withFleet(1, { ...where, count: FLAGS }, ([writer]) => writtenIn([writer], total));
  const many = await withFleet(SIZES.writers, { ...where, count: FLAGS }, (all) => writtenIn(all, SIZES.writes));
  return { one: total / one, many: total / many };
}

/** Seconds from the first write to the end of the last. Values go on from run to run: to set the same is no change. */
async function writtenIn(writers, count) {
  const from = writers.length === 1 ? 1 : 1_000_000;
  const told = await Promise.all(
    writers.map((writer, index) => writer.ask("write", { name: `number-${index}`, from, count })),
  );
  return (Math.max(...told.map(({ end }) => end)) - Math.min(...told.map(({ start }) => start))) / 1e9;
}

/** Milliseconds from createFlags to flags that have what was set: from PostgreSQL, SQLite, a file, and without a store. */
export async function measureStarts(url, folder) {
  const file = join(folder, "start.db");
  const lastKnownGood = join(folder, "last-known-good.json");
  const sizes = { count: SIZES.flags, set: SIZES.set };
  const away = `postgresql://nobody@127.0.0.1:${await freePort()}/nothing`;
  for (const where of [{ url }, { file }]) {
    await withFleet(1, { ...where, count: SIZES.flags }, ([instance]) => instance.ask("fill", { count: SIZES.set }));
  }
  await inNewProcess("start", { ...sizes, url, lastKnownGood });
  const cases = {
    startAlone: { count: SIZES.flags, set: 0 },
    startPostgres: { ...sizes, url },
    startSqlite: { ...sizes, file },
    startFile: { ...sizes, url: away, away: true, lastKnownGood },
  };
  const told = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let run = 0; run < SIZES.starts; run++) {
    for (const [name, given] of Object.entries(cases)) told[name].push(await inNewProcess("start", given));
  }
  return Object.fromEntries(Object.entries(told).map(([name, all]) => [name, median(all.map(({ ready }) => ready))]));
}
