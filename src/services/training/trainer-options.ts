import * as z from "zod/mini";
import { BurgeeError } from "../../errors.js";
import { didYouMean } from "../../rules/nearest.js";
import { TrainingJobs } from "./training-jobs.js";

/** How a trainer finds its interpreter, and how long it waits for what. All times are in milliseconds. */
export interface TrainerOptions {
  /**
   * The interpreter; the variable `BURGEE_PYTHON` unless given. Where neither is, `python3` of the PATH is tried, and
   * `/usr/bin/python3` where that one has no torch.
   */
  readonly python?: string | undefined;
  /** Where variables are read, this process's own unless given. Only a short list of them is passed on, see `env`. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
  /** More variables for every interpreter that is started. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How many threads each process computes with; the machine's cores, shared out, unless given. */
  readonly threads?: number | undefined;
  /** The longest that a whole job may take, with finding out what the interpreter has; Infinity unless given. */
  readonly timeoutMs?: number | undefined;
  /** The longest that a job may tell nothing, from its very beginning on; 600,000 unless given, and Infinity is allowed. */
  readonly silenceMs?: number | undefined;
  /** Between SIGINT, which asks for a checkpoint and an end, and SIGTERM; 30,000 unless given. */
  readonly interruptMs?: number | undefined;
  /** Between SIGTERM and SIGKILL; 5,000 unless given. */
  readonly terminateMs?: number | undefined;
  /** The longest line that is read from a process, in characters; 1,000,000 unless given. The rest of it is dropped. */
  readonly lineLimit?: number | undefined;
  /** The table in which jobs are kept: trainers that share one find each other's jobs. One of its own unless given. */
  readonly jobs?: TrainingJobs | undefined;
}

/** What several processes need beside that. */
export interface FsdpTrainerOptions extends TrainerOptions {
  /** How many processes; 2 unless given. */
  readonly processes?: number | undefined;
  /**
   * How the model is spread. `fsdp`, which is unless given, shards it, by `fully_shard` where torch can do that and by
   * FullyShardedDataParallel where not, and is refused where neither works. `auto` takes DDP there, and says so in the
   * log. `ddp`, `fsdp1` and `fsdp2` are taken as they are.
   */
  readonly strategy?: "fsdp" | "auto" | "ddp" | "fsdp1" | "fsdp2" | undefined;
  /** The address of this machine at which the ranks meet; 127.0.0.1 unless given, so that nobody else can reach them. */
  readonly masterAddress?: string | undefined;
  /** The port at which they meet; a free one unless given. Two jobs that run cannot have the same one. */
  readonly masterPort?: number | undefined;
}

/** The options that have a default. */
type WithDefault = Exclude<keyof FsdpTrainerOptions, "python" | "variables" | "threads" | "masterPort">;

/** Options with every default filled in. */
export type TrainerSettings = Readonly<
  Omit<FsdpTrainerOptions, WithDefault> & { [P in WithDefault]-?: Exclude<FsdpTrainerOptions[P], undefined> }
>;

const defaults = {
  timeoutMs: Number.POSITIVE_INFINITY,
  silenceMs: 600_000,
  interruptMs: 30_000,
  terminateMs: 5_000,
  lineLimit: 1_000_000,
  processes: 2,
  strategy: "fsdp",
  masterAddress: "127.0.0.1",
} as const;

/**
 * Checks the options of a trainer and fills in the defaults.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, naming each option that is wrong
 */
export function trainerSettings(options: FsdpTrainerOptions, whose: "DefaultTrainer" | "FsdpTrainer"): TrainerSettings {
  const schema = whose === "DefaultTrainer" ? commonShape() : { ...commonShape(), ...fsdpShape() };
  const parsed = z.safeParse(z.strictObject(schema), options);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => problemOf(issue, Object.keys(schema)));
    throw new BurgeeError("INVALID_OPTIONS", `${whose} was given options it cannot use\n  ${problems.join("\n  ")}`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { jobs = new TrainingJobs(), env = {} } = options;
  return Object.freeze({ ...defaults, ...given, env: Object.freeze({ ...env }), jobs });
}

function problemOf(issue: z.core.$ZodIssue, known: readonly string[]): string {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `there is no option \`${key}\`${didYouMean(key, known)}`).join("\n  ");
  }
  if (issue.path.length === 0) return "the options must be an object";
  return `\`${issue.path.map(String).join(".")}\` ${issue.message}`;
}

const text = () => z.string("must be a text").check(z.minLength(1, "must not be empty"));
const count = () => z.int("must be a whole number").check(z.positive("must be at least 1"));
/** Zod's own number refuses Infinity. */
const milliseconds = () =>
  z.custom<number>(
    (value) => typeof value === "number" && value > 0,
    "must be a number of milliseconds, or Infinity, above 0",
  );

/** What the system takes as variables of a process. */
export function variables() {
  const value = z.string("must be a text").check(z.refine((text) => !text.includes("\0"), "must not hold a NUL"));
  const areNames = (given: object) => Object.keys(given).every((name) => name !== "" && !/[=\0]/.test(name));
  return z
    .record(z.string(), value, "must be an object of texts")
    .check(z.refine(areNames, "has a name that no variable can have: an empty one, or one with a NUL or `=`"));
}

function commonShape() {
  return {
    python: z.optional(text()),
    variables: z.optional(z.custom((value) => typeof value === "object" && value !== null, "must be an object")),
    env: z.optional(variables()),
    threads: z.optional(count()),
    timeoutMs: z.optional(milliseconds()),
    silenceMs: z.optional(milliseconds()),
    interruptMs: z.optional(milliseconds()),
    terminateMs: z.optional(milliseconds()),
    lineLimit: z.optional(count()),
    jobs: z.optional(z.instanceof(TrainingJobs, { error: "must be a table of jobs: new TrainingJobs()" })),
  };
}

function fsdpShape() {
  const strategies = ["fsdp", "auto", "ddp", "fsdp1", "fsdp2"] as const;
  return {
    processes: z.optional(count()),
    strategy: z.optional(z.enum(strategies, `must be one of ${strategies.join(", ")}`)),
    masterAddress: z.optional(text()),
    masterPort: z.optional(count().check(z.maximum(65_535, "must be at most 65535"))),
  };
}
