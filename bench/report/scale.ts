import { number, table } from "./markdown.js";

/** What bench/own/fleet.js kept. */
export interface FleetRun {
  readonly measuredAt: string;
  readonly machine: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly sizes: Readonly<Record<string, number>>;
  /** Milliseconds, bytes and counts a second, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Fleets that the arithmetic is done for. */
const FLEETS = [50, 500, 1_000, 5_000, 10_000, 100_000];
/** Cores of the database server that the arithmetic assumes. */
const CORES = 16;
/** Instances that one relay is assumed to serve. */
const PER_RELAY = 10_000;
/** Bytes of one change on its way to an instance, as assumed: an entry, its flags, and what a stream adds. */
const CHANGE_BYTES = 2_000;
/** Bits a second that one relay is assumed to send. */
const LINE = 1e9;

/** The figures of the page, by name: the name, what it is, its unit. */
const FIGURES: readonly (readonly [name: string, what: string, unit: keyof typeof UNITS])[] = [
  ["diskMs", "the disk alone: 8 kB appended and synchronised", "ms"],
  ["pacedP50", "change to visible, a change every 100 ms: p50", "ms"],
  ["pacedP99", "– p99", "ms"],
  ["pacedMax", "– the slowest of all", "ms"],
  ["rushedP50", "change to visible, one change upon the other: p50", "ms"],
  ["rushedP99", "– p99", "ms"],
  ["rushedPerSecond", "– changes a second meanwhile", ""],
  ["writesPostgresOne", "changes a second by one process, PostgreSQL", ""],
  ["writesPostgresMany", "– by ten at once", ""],
  ["writesSqliteOne", "changes a second by one process, SQLite", ""],
  ["writesSqliteMany", "– by ten at once", ""],
  ["connectionsEach", "connections of an instance", ""],
  ["connectionOwnBytes", "memory of a connection in the server, its own", "MB"],
  ["pollsPerSecondEach", "transactions a second of an idle instance", ""],
  ["pollCostMs", "the server's processor time for one of those", "ms"],
  ["deliveryMs", "the server's processor time for a change, for each instance", "ms"],
  ["rssBytes", "memory of an instance (RSS)", "MB"],
  ["aloneRssBytes", "– without a store", "MB"],
  ["heapBytes", "heap of an instance", "MB"],
  ["aloneHeapBytes", "– without a store", "MB"],
  ["startPostgres", "start with 10,000 flags and 1,000 overrides, from PostgreSQL", "ms"],
  ["startSqlite", "– from SQLite", "ms"],
  ["startFile", "– from a last-known-good file", "ms"],
  ["startAlone", "– without a store, and without overrides", "ms"],
];

/** By unit, how many of it a figure is. */
const UNITS = { "": 1, ms: 1, MB: 1e-6 };

/** The marked parts of docs/guide/scale.md, by name. Without a run the figures are places to be filled in: `MEASURE(pollCostMs)`. */
export function scaleParts(run: FleetRun | undefined): Readonly<Record<"measured" | "arithmetic" | "relays", string>> {
  return { measured: measured(run), arithmetic: arithmetic(run), relays: relays(run) };
}

/**
 * A page with its marked parts written anew.
 *
 * @throws Error that names a part which the page has not
 */
export function withParts(page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, content]) => {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the page has no part "${name}" between ${begin} and ${end}`);
    return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
  }, page);
}

function measured(run: FleetRun | undefined): string {
  const rows = FIGURES.map(([name, what, unit]) => {
    const figure = run?.figures[name];
    return [
      what,
      figure === undefined ? `MEASURE(${name})` : `${number(figure * UNITS[unit])} ${unit}`.trimEnd(),
      name,
    ];
  });
  const { fsync = "MEASURE(fsync)", synchronous_commit = "MEASURE(synchronous_commit)" } = run?.settings ?? {};
  const where = run === undefined ? "MEASURE(machine)" : `${run.measuredAt.slice(0, 10)}, ${run.machine}`;
  const how = `${run?.sizes.instances ?? 50} processes and the database on one machine: ${where}.`;
  return `${how} fsync is ${fsync}, synchronous_commit ${synchronous_commit}; SQLite has \`synchronous = FULL\`.\n\n${table(["what", "figure", "name below"], rows)}`;
}

/** Multiplies figures by name; undefined where one was not measured. */
function product(run: FleetRun | undefined, names: readonly string[], factor: number): number | undefined {
  return names.reduce<number | undefined>((value, name) => {
    const figure = run?.figures[name];
    return value === undefined || figure === undefined ? undefined : value * figure;
  }, factor);
}

function arithmetic(run: FleetRun | undefined): string {
  const cell = (value: number | undefined, unit = "") =>
    value === undefined ? "MEASURE" : `${number(value)} ${unit}`.trimEnd();
  const rows = FLEETS.map((fleet) => {
    const change = product(run, ["deliveryMs"], fleet / 1_000);
    return [
      number(fleet),
      cell(rounded(product(run, ["connectionsEach"], fleet))),
      cell(product(run, ["connectionsEach", "connectionOwnBytes"], fleet / 1e9), "GB"),
      cell(rounded(product(run, ["pollsPerSecondEach"], fleet))),
      cell(product(run, ["pollsPerSecondEach", "pollCostMs"], fleet / 1_000)),
      cell(product(run, ["pollsPerSecondEach", "pollCostMs"], fleet / 10_000)),
      cell(change, "s"),
      cell(change === undefined ? undefined : change / CORES, "s"),
    ];
  });
  const columns = [
    "instances",
    "connections",
    "their memory",
    "polls a second",
    "cores for polls",
    "– at `pollMs: 10_000`",
  ];
  return table([...columns, "processor time a change", `– on ${CORES} cores, at least`], rows);
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}

function relays(run: FleetRun | undefined): string {
  const delivery = run?.figures.deliveryMs;
  const rows = FLEETS.filter((fleet) => fleet >= PER_RELAY / 10).map((fleet) => {
    const count = Math.max(2, Math.ceil(fleet / PER_RELAY));
    const bytes = (fleet / count) * CHANGE_BYTES;
    return [
      number(fleet),
      number(count),
      delivery === undefined ? "MEASURE" : `${number(delivery * count)} ms`,
      `${number((fleet * CHANGE_BYTES) / 1e6)} MB`,
      `${number((bytes * 8 * 1_000) / LINE)} ms`,
    ];
  });
  const assumed = `Assumed, not measured: a relay serves ${number(PER_RELAY)} instances, there are two at least, a change takes ${number(CHANGE_BYTES)} bytes on its way to an instance, and a relay sends ${number(LINE / 1e9)} Gbit/s.`;
  const columns = [
    "instances",
    "relays",
    "the server's processor time a change",
    "sent by all relays a change",
    "on the line of each",
  ];
  return `${assumed}\n\n${table(columns, rows)}`;
}
