import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openScratchPostgres } from "../scratch-postgres.js";
import { openCheckpoints } from "./gate.js";

type Opened = ReturnType<typeof openCheckpoints>;

const folder = await mkdtemp(join(tmpdir(), "burgee-checkpoints-"));
// A server of one's own in DATABASE_URL, or else one that is made here and removed at the end.
const scratch = process.env.DATABASE_URL ? undefined : await openScratchPostgres();
try {
  await run({
    SQLITE_FILE: join(folder, "checkpoints.db"),
    ...process.env,
    ...(scratch && { DATABASE_URL: scratch.url }),
  });
} finally {
  await scratch?.stop();
  await rm(folder, { recursive: true });
}

async function run(variables: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { flags, checkpoints } = openCheckpoints(variables);
  try {
    await checkpoints.service.save("ana", { step: 1 });
    await tell({ flags, checkpoints }, "ana");
    // A variable is final: where one sets the flag, there is nothing to switch.
    if (flags.evaluate("database_type").source !== "env") await switchAndBack({ flags, checkpoints });
  } finally {
    await flags.close();
  }
}

async function switchAndBack(opened: Opened): Promise<void> {
  const { flags, checkpoints } = opened;
  // A conversation that is under way when somebody switches. `use` gives it one database from beginning to end.
  const story = new EventEmitter();
  const begun = once(story, "begun");
  const switched = once(story, "switched");
  const conversation = checkpoints.use(async (database) => {
    await database.save("ben", { step: 1 });
    story.emit("begun");
    await switched;
    await database.save("ben", { step: 2 });
    return database.load("ben");
  });
  await begun;
  flags.setFlag("database_type", "postgresql", { actor: "ana", reason: "there are several instances now" });
  // Another database: nothing is moved there.
  await tell(opened, "ana");
  await checkpoints.service.save("ana", { step: 7 });
  await tell(opened, "ana");
  story.emit("switched");
  console.log("ben, who began on sqlite, ended there at", await conversation);
  await tell(opened, "ben");
  flags.resetFlag("database_type", { actor: "ana", reason: "back" });
  await tell(opened, "ana");
  await tell(opened, "ben");
}

async function tell({ flags, checkpoints }: Opened, thread: string): Promise<void> {
  const state = (await checkpoints.service.load(thread)) ?? "unknown";
  console.log(`on ${flags.resolveVariant("database_type")}, ${thread} is at`, state);
}
