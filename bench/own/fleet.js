// A fleet on one database: how soon a change is everywhere, what an instance costs, how many changes a second it takes.
// Starts a PostgreSQL server of its own, and fifty processes. docs/guide/scale.md is worked out from what it measures.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem, type } from "node:os";
import { join } from "node:path";
import {
  measureAlone,
  measureDisk,
  measureFleet,
  measureStarts,
  measureWrites,
  PAUSE_MS,
  SIZES,
} from "./lib/fleet-measures.js";
import { FleetServer } from "./lib/fleet-server.js";
import { print, quick, short } from "./lib/report.js";
import { inEmptyFolder } from "./lib/rounds.js";
import { openScratchPostgres } from "./lib/scratch-postgres.js";

const RESULTS = new URL("../results/", import.meta.url);

await inEmptyFolder(async (folder) => {
  const { figures, settings } = await measure(folder);
  const machine = machineText(settings);
  if (!quick) keep({ measuredAt: new Date().toISOString(), machine, settings, sizes: SIZES, figures });
  print(reportOf(figures, machine, settings));
});

async function measure(folder) {
  const postgres = await openScratchPostgres();
  try {
    const server = await FleetServer.connect(postgres.url);
    const disk = measureDisk(folder);
    const fleet = await step("fleet", () => measureFleet(postgres.url, server));
    const alone = await step("alone", measureAlone);
    const writes = await step("writes, PostgreSQL", () => measureWrites({ url: postgres.url }));
    const written = await step("writes, SQLite", () => measureWrites({ file: join(folder, "writes.db") }));
    const starts = await step("starts", () => measureStarts(postgres.url, folder));
    const settings = {};
    for (const name of ["server_version", "fsync", "synchronous_commit"]) settings[name] = await server.setting(name);
    await server.end();
    return {
      settings,
      figures: {
        ...disk,
        ...fleet,
        ...alone,
        ...{ writesPostgresOne: writes.one, writesPostgresMany: writes.many },
        ...{ writesSqliteOne: written.one, writesSqliteMany: written.many },
        ...starts,
      },
    };
  } finally {
    await postgres.stop();
  }
}

async function step(name, work) {
  console.error(`fleet: ${name}`);
  return work();
}

function keep(run) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL("fleet.json", RESULTS), `${JSON.stringify(run, null, 2)}\n`);
}

function machineText({ server_version }) {
  const [first, ...rest] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const model = first?.model.trim() ?? "an unknown processor";
  return `${model}, ${rest.length + 1} cores, ${memory}, ${type()} ${process.arch}, Node ${process.version}, PostgreSQL ${server_version.split(" ")[0]}`;
}

function reportOf(figures, machine, { fsync, synchronous_commit }) {
  const { instances, changes, writers, flags, set } = SIZES;
  const [flagCount, setCount] = [flags, set].map((count) => count.toLocaleString("en"));
  return {
    title: "A fleet on one database",
    text:
      `${instances} processes, one PostgreSQL and everything else on one machine (${machine}), over loopback; fsync ${fsync}, ` +
      `synchronous_commit ${synchronous_commit}. A change is timed from the call of \`setFlag\` in one more process to the ` +
      `listener in each of the ${instances}, ${changes} changes: one every ${PAUSE_MS} ms, and then one upon the other as fast as they are ` +
      "committed. Memory is after a collection. What SQLite waits for at a commit is what `sqliteStore` sets.",
    columns: ["what", "figure"],
    rows: [
      ["the disk alone: 8 kB appended and synchronised", milliseconds(figures.diskMs)],
      ...latencyRows(`a change every ${PAUSE_MS} ms`, "paced", figures),
      ...latencyRows("one upon the other", "rushed", figures),
      ["changes a second meanwhile", short(figures.rushedPerSecond)],
      ["memory of an instance: RSS", megabytes(figures.rssBytes)],
      ["– more than without a store", megabytes(figures.rssBytes - figures.aloneRssBytes)],
      ["memory of an instance: heap in use", megabytes(figures.heapBytes)],
      ["– more than without a store", megabytes(figures.heapBytes - figures.aloneHeapBytes)],
      ["connections of an instance", figures.connectionsEach.toFixed(2)],
      ["memory of a connection in the server, its own", megabytes(figures.connectionOwnBytes)],
      ["– with its part of what is shared", megabytes(figures.connectionSharedBytes)],
      ["transactions a second of an idle instance", figures.pollsPerSecondEach.toFixed(2)],
      [`transactions a second of ${instances + 1} idle instances`, short(figures.pollsPerSecondEach * (instances + 1))],
      ["the server's processor time for each of those", microseconds(figures.pollCostMs)],
      ["the server's processor time for a change, for each instance", microseconds(figures.deliveryMs)],
      ["changes a second, one process, PostgreSQL", short(figures.writesPostgresOne)],
      [`changes a second, ${writers} processes, PostgreSQL`, short(figures.writesPostgresMany)],
      ["changes a second, one process, SQLite", short(figures.writesSqliteOne)],
      [`changes a second, ${writers} processes, SQLite`, short(figures.writesSqliteMany)],
      [`start with ${flagCount} flags, without a store`, milliseconds(figures.startAlone)],
      [`– from PostgreSQL, ${setCount} overrides`, milliseconds(figures.startPostgres)],
      [`– from SQLite, ${setCount} overrides`, milliseconds(figures.startSqlite)],
      [`– from a last-known-good file, ${setCount} overrides`, milliseconds(figures.startFile)],
    ],
  };
}

function latencyRows(how, name, figures) {
  const figure = (part) => milliseconds(figures[`${name}${part}`]);
  return [
    [`change to visible, ${how}: p50`, figure("P50")],
    ["– p90", figure("P90")],
    ["– p99", figure("P99")],
    ["– the slowest of all", figure("Max")],
    ["– the slowest instance of each change: p50", figure("SlowestP50")],
    ["– the same: p99", figure("SlowestP99")],
  ];
}

function milliseconds(ms) {
  return `${ms < 100 ? ms.toFixed(1) : short(ms)} ms`;
}

function microseconds(ms) {
  return `${short(ms * 1_000)} µs`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
