import pg from "pg";
import type { Checkpointer } from "./checkpointer.js";

/** Checkpoints in PostgreSQL, for any number of instances. */
export class PostgresCheckpointer implements Checkpointer {
  readonly #pool: pg.Pool;

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  static async open(url: string): Promise<PostgresCheckpointer> {
    const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 10_000 });
    // A connection that breaks while nobody uses it is replaced by the pool. Without a listener it would end the process.
    pool.on("error", () => {});
    try {
      await pool.query("CREATE TABLE IF NOT EXISTS checkpoints (thread TEXT PRIMARY KEY, state JSONB NOT NULL)");
    } catch (error) {
      await pool.end();
      throw error;
    }
    return new PostgresCheckpointer(pool);
  }

  async save(thread: string, state: unknown): Promise<void> {
    await this.#pool.query(
      "INSERT INTO checkpoints VALUES ($1, $2) ON CONFLICT (thread) DO UPDATE SET state = excluded.state",
      [thread, JSON.stringify(state)],
    );
  }

  async load(thread: string): Promise<unknown> {
    const { rows } = await this.#pool.query<{ state: unknown }>("SELECT state FROM checkpoints WHERE thread = $1", [
      thread,
    ]);
    return rows[0]?.state;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
