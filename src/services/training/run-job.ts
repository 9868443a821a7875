import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { childEnvironment } from "./child-environment.js";
import { cancelled, conclude, lateError } from "./conclude.js";
import { type CrewEnd, superviseCrew } from "./crew.js";
import { freePort } from "./free-port.js";
import { pythonFile } from "./interpreter.js";
import type { Job } from "./job.js";
import { checkJob, jobLine } from "./job-line.js";
import { JobTime, type Lateness } from "./job-time.js";
import { logOf } from "./rank-news.js";
import { type Plan, planFor } from "./strategy.js";
import type { TorchProbe, TrainingResult } from "./trainer.js";
import type { TrainerSettings } from "./trainer-options.js";
import { TrainingError } from "./training-error.js";
import type { TrainingJob } from "./training-job.js";

/** A job that was begun, and what is to be done. */
export interface JobOrder {
  readonly kind: "default" | "fsdp";
  readonly settings: TrainerSettings;
  readonly job: Job;
  /** As it was given; not checked yet. */
  readonly given: unknown;
  /** Finds the interpreter. */
  readonly probe: (stop: AbortSignal) => Promise<TorchProbe> | TorchProbe;
}

/**
 * Runs a job to its end.
 *
 * @throws TrainingError, or BurgeeError `PACKAGE_MISSING`
 */
export async function runJob({ kind, settings, job, given, probe: find }: JobOrder): Promise<TrainingResult> {
  const wanted = checkJob(given, job.id);
  claim(kind, job, settings, wanted);
  const time = new JobTime(settings);
  const found = await ask(find, job, time);
  if (found === undefined) return cancelled(job, undefined);
  if (typeof found === "string") throw lateError(found, settings, job);
  const plan = planFor(kind, wanted.device, found, settings);
  if (plan.remark !== undefined) job.tell(logOf(undefined, "warn", plan.remark));
  const start = { settings, job, time, python: found.python };
  let end = await launch(wanted, plan, start);
  if (portWasTaken(end) && settings.masterPort === undefined) {
    job.tell(logOf(undefined, "warn", "another process took the port where the ranks meet; trying another one"));
    end = await launch(wanted, plan, start);
  }
  return conclude(end, plan.processes, settings, job);
}

/** Two jobs must not write checkpoints into one folder, nor meet at one port. */
function claim(
  kind: "default" | "fsdp",
  job: Job,
  { jobs, processes, masterAddress, masterPort }: TrainerSettings,
  { checkpoint }: TrainingJob,
): void {
  const others = jobs.all().filter((other) => other.running && other !== job);
  const folder = checkpoint && resolve(checkpoint.folder);
  const meets = kind === "fsdp" && processes > 1 && masterPort !== undefined;
  const meeting = meets ? `${masterAddress}, port ${masterPort}` : undefined;
  for (const other of others) {
    const shared =
      folder !== undefined && other.folder === folder
        ? `writes its checkpoints into ${folder} too`
        : meeting !== undefined && other.meeting === meeting
          ? `has its ranks meet at ${meeting} too; leave \`masterPort\` out, and each job has one of its own`
          : undefined;
    if (shared === undefined) continue;
    throw new TrainingError("invalid-job", `the job ${JSON.stringify(other.id)} is running, and ${shared}`, {
      id: job.id,
    });
  }
  job.folder = folder;
  job.meeting = meeting;
}

/** What the interpreter has; undefined where the job was cancelled meanwhile, and how it is late where it is. */
async function ask(find: JobOrder["probe"], { stop }: Job, time: JobTime): Promise<TorchProbe | Lateness | undefined> {
  const overdue = new AbortController();
  let how: Lateness | undefined;
  const stopWatching = time.watch((lateness) => {
    how = lateness;
    overdue.abort();
  });
  try {
    stop.throwIfAborted();
    return await find(AbortSignal.any([stop, overdue.signal]));
  } catch (failure) {
    if (stop.aborted) return undefined;
    if (how !== undefined) return how;
    throw failure;
  } finally {
    stopWatching();
  }
}

interface Launch {
  readonly settings: TrainerSettings;
  readonly job: Job;
  readonly time: JobTime;
  readonly python: string;
}

async function launch(wanted: TrainingJob, plan: Plan, { settings, job, time, python }: Launch): Promise<CrewEnd> {
  const { strategy, processes } = plan;
  const { masterAddress, masterPort } = settings;
  const port = processes === 1 ? undefined : (masterPort ?? (await freePort(masterAddress, job.id)));
  // Ranks of another job that come to the same port are told apart by it.
  const token = randomBytes(16).toString("hex");
  const threads = settings.threads ?? Math.max(1, Math.floor(availableParallelism() / processes));
  const environments = Array.from({ length: processes }, (_, rank) =>
    childEnvironment(settings.variables ?? process.env, settings.env, wanted.env ?? {}, {
      RANK: String(rank),
      LOCAL_RANK: String(rank),
      WORLD_SIZE: String(processes),
      LOCAL_WORLD_SIZE: String(processes),
      MASTER_ADDR: masterAddress,
      MASTER_PORT: port === undefined ? undefined : String(port),
      BURGEE_RENDEZVOUS_TOKEN: token,
      // Torch's own rendezvous crashes on it where it was built without.
      USE_LIBUV: "0",
      OMP_NUM_THREADS: String(threads),
    }),
  );
  return superviseCrew({
    ...settings,
    time,
    command: python,
    args: ["-u", pythonFile("train.py")],
    environments,
    line: jobLine(wanted, plan),
    stop: job.stop,
    onLaunch: (pids) => job.tell({ type: "launch", python, strategy, pids }),
    tell: (news) => job.tell(news),
  });
}

function portWasTaken({ why, trouble, hasStepped }: CrewEnd): boolean {
  if (why !== "failed" || hasStepped || trouble === undefined) return false;
  return /address (already )?in use|EADDRINUSE/i.test(`${trouble.error?.message ?? ""}\n${trouble.output}`);
}
