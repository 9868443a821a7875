import { pathToFileURL } from "node:url";
import { type Client, createClient } from "@libsql/client";
import type { Checkpointer } from "./checkpointer.js";

/** Checkpoints in a file, for one instance. */
export class SqliteCheckpointer implements Checkpointer {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(file: string): Promise<SqliteCheckpointer> {
    const client = createClient({ url: pathToFileURL(file).href });
    try {
      await client.execute("CREATE TABLE IF NOT EXISTS checkpoints (thread TEXT PRIMARY KEY, state TEXT NOT NULL)");
    } catch (error) {
      client.close();
      throw error;
    }
    return new SqliteCheckpointer(client);
  }

  async save(thread: string, state: unknown): Promise<void> {
    await this.#client.execute({
      sql: "INSERT INTO checkpoints VALUES (?, ?) ON CONFLICT (thread) DO UPDATE SET state = excluded.state",
      args: [thread, JSON.stringify(state)],
    });
  }

  async load(thread: string): Promise<unknown> {
    const sql = "SELECT state FROM checkpoints WHERE thread = ?";
    const { rows } = await this.#client.execute({ sql, args: [thread] });
    const state = rows[0]?.state;
    return typeof state === "string" ? JSON.parse(state) : undefined;
  }

  close(): void {
    this.#client.close();
  }
}
