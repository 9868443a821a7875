import { onTestFinished, test } from "vitest";
import { expectUnharmed } from "./disturbed.js";
import { each } from "./instances.js";
import { PostgresServer } from "./postgres-server.js";
import type { StorePlace } from "./programs/store-place.js";
import { smallDisk } from "./small-disk.js";

/** A new cluster needs 40 of them. */
const MEGABYTES = 128;

test("PostgreSQL's disk is full, and has room again", async ({ skip }) => {
  const disk = smallDisk(MEGABYTES);
  if ("problem" in disk) {
    if (process.env.BURGEE_SKIPS === "fail") throw new Error(disk.problem);
    process.stderr.write(`fleet: skipped, the disk that is full: ${disk.problem}\n`);
    return skip(disk.problem);
  }
  onTestFinished(() => disk.remove());
  const server = await PostgresServer.start({
    within: disk.folder,
    mounted: disk.mounted,
    // Small segments of the log: else one of 16 MB would have room for thousands of commands yet.
    initdbFlags: ["--wal-segsize=1"],
    settings: { max_wal_size: "4MB", min_wal_size: "2MB" },
  });
  onTestFinished(() => server.close());
  const database = await server.newDatabase();
  const place: StorePlace = { kind: "postgres", url: server.url(database) };
  await expectUnharmed({
    ...{ what: "disk full", through: place, direct: place },
    revision: async () => {
      const [row] = await server.query("SELECT revision FROM burgee_namespaces", database);
      return Number(row?.revision);
    },
    disturb: async (instances) => {
      disk.fill();
      await each(instances, (instance) => instance.ask("moreRefused", 20));
      disk.relieve();
      // A server that cannot even write its log ends by itself, and is started by its operator.
      await server.settled();
      return server.answers();
    },
  });
});
