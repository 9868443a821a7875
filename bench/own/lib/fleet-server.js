import { readFileSync } from "node:fs";
import pg from "pg";
import { median } from "./report.js";

/** What a PostgreSQL server on this machine says of itself, and what Linux says of its processes. */
export class FleetServer {
  #client;

  static async connect(url) {
    const client = new pg.Client({ connectionString: url, application_name: "bench" });
    await client.connect();
    return new FleetServer(client);
  }

  constructor(client) {
    this.#client = client;
  }

  end() {
    return this.#client.end();
  }

  /** The value of a setting: `fsync`. */
  async setting(name) {
    const { rows } = await this.#client.query("select current_setting($1) as value", [name]);
    return rows[0].value;
  }

  /** Processes that serve connections, our own aside. */
  async #backends() {
    const { rows } = await this.#client.query(
      "select pid from pg_stat_activity where backend_type = 'client backend' and application_name <> 'bench'",
    );
    return rows.map(({ pid }) => pid);
  }

  async connections() {
    return (await this.#backends()).length;
  }

  /**
   * Memory of one connection, in bytes, the median of all: `shared` counts what several processes map in equal parts for each,
   * `own` is what would be free if it ended.
   */
  async memory() {
    const of = (pid) => {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1_024;
      return { own: bytes("Private_Clean") + bytes("Private_Dirty"), shared: bytes("Pss") };
    };
    const all = (await this.#backends()).map(of);
    return { own: median(all.map(({ own }) => own)), shared: median(all.map(({ shared }) => shared)) };
  }

  /** Transactions since the beginning. A statement by itself is one. */
  async #transactions() {
    // What a session counted is told to the rest once a second at most.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const { rows } = await this.#client.query(
      "select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()",
    );
    return Number(rows[0].count);
  }

  /** Seconds of processor time that all connections have taken until now. */
  async processor() {
    return processorTime(await this.#backends());
  }

  /** Transactions, and seconds of processor time of all connections, in one second: the mean of so many. */
  async load(seconds) {
    const counted = await this.#transactions();
    const processor = await this.processor();
    const begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const count = (await this.#transactions()) - counted;
    const took = (performance.now() - begun) / 1_000;
    return { perSecond: count / took, processor: ((await this.processor()) - processor) / took };
  }
}

/** Seconds of processor time: the first number of /proc/<pid>/schedstat is in nanoseconds, where others count hundredths. */
function processorTime(pids) {
  const nanoseconds = pids.map((pid) => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]));
  return nanoseconds.reduce((sum, spent) => sum + spent, 0) / 1e9;
}
