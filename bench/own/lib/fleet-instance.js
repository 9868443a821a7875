// One process of a fleet: it does what fleet.js asks of it by messages, and notes when it was told of each change.
import { createFlags, defineFlags, flag } from "../../../dist/index.js";

/** No variables, no profile, no log: nothing but the definitions and the store. */
const PLAIN = { env: false, profile: false, logger: false };
/** The flag that changes: to 1, then to 2, and so on, so that each value is one change. */
const LEVEL = "level";

let flags;
/** When the listener was told of each value, in nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share. */
const heard = new Map();
/** Called at each value, so that nobody has to look again and again. */
let onHeard = () => {};

const now = () => Number(process.hrtime.bigint());

const tasks = {
  /** Creates an instance; with a store it is ready when this is done. */
  async open({ count, ...where }) {
    const store = await storeOf(where);
    flags = createFlags(defineFlags(definitions(count)), { ...PLAIN, ...(store && { store }) });
    flags.onFlagChanged(LEVEL, ({ value }) => {
      if (!heard.has(value)) heard.set(value, now());
      onHeard();
    });
    if (store) await flags.ready();
  },

  /** Changes the flag to each of these values, one after the other, and gives when each call was made. */
  async change({ from, count, pauseMs }) {
    const begun = [];
    const start = now();
    for (let value = from; value < from + count; value++) {
      begun.push(now());
      await flags.setFlag(LEVEL, value);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return { begun, seconds: (now() - start) / 1e9 };
  },

  /** When each of these values was heard of; resolves when the last one was. */
  async heard({ from, count }) {
    const last = from + count - 1;
    await new Promise((resolve) => {
      onHeard = () => heard.has(last) && resolve();
      onHeard();
    });
    // Whoever catches up on several changes is told of the last one of a flag, or of each: an earlier one was seen with it.
    let seen = heard.get(last);
    const times = [];
    for (let value = last; value >= from; value--) {
      seen = heard.get(value) ?? seen;
      times.push(seen);
    }
    return { times: times.reverse(), coalesced: times.length - [...heard.keys()].filter((v) => v >= from).length };
  },

  /** Sets a flag of its own so many times, and gives how long that took. */
  async write({ name, from, count }) {
    const start = now();
    for (let value = from; value < from + count; value++) await flags.setFlag(name, value);
    return { start, end: now() };
  },

  /** Sets the first of so many flags. */
  async fill({ count }) {
    for (let index = 0; index < count; index++) await flags.setFlag(nameOf(index), index + 1);
  },

  /** From createFlags to flags that have what was set, in milliseconds. */
  async start({ count, set, ...where }) {
    const store = await storeOf(where);
    const registry = defineFlags(definitions(count));
    const { lastKnownGood } = where;
    const begun = now();
    flags = createFlags(registry, { ...PLAIN, ...(store && { store }), ...(lastKnownGood && { lastKnownGood }) });
    const created = now();
    if (store && where.away !== true) await flags.ready();
    const ready = now();
    const last = nameOf(set - 1);
    if (set > 0 && flags.value(last) !== set) throw new Error(`${last} is ${flags.value(last)} and not ${set}`);
    return { created: (created - begun) / 1e6, ready: (ready - begun) / 1e6 };
  },

  async memory() {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heapUsed };
  },

  async close() {
    await flags?.close();
    await closeStore();
  },
};

let closeStore = async () => {};

/** The store, whose packages are loaded only where there is one. */
async function storeOf({ url, file }) {
  if (url === undefined && file === undefined) return undefined;
  const { postgresStore, sqliteStore } = await import("../../../dist/sql.js");
  if (file !== undefined) {
    const { default: Database } = await import("libsql");
    const database = new Database(file);
    const store = sqliteStore({ database });
    closeStore = async () => {
      await store.close();
      database.close();
    };
    return store;
  }
  const { default: pg } = await import("pg");
  // One connection that listens, and one for everything else.
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", () => {});
  const store = postgresStore({ pool });
  closeStore = async () => {
    await store.close();
    await pool.end();
  };
  return store;
}

function nameOf(index) {
  return `number-${index}`;
}

function definitions(count) {
  const numbers = Array.from({ length: count - 1 }, (_, index) => [nameOf(index), flag.number({ default: 0 })]);
  return { [LEVEL]: flag.number({ default: 0 }), ...Object.fromEntries(numbers) };
}

process.on("message", async ({ task, given }) => {
  try {
    process.send({ told: (await tasks[task](given ?? {})) ?? null });
  } catch (error) {
    process.send({ problem: error?.stack ?? String(error) });
  }
});
process.on("disconnect", () => process.exit());
