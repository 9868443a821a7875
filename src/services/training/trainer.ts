import type { LogEvent, TrainingEvent, TrainingStrategy } from "./training-event.js";
import type { TrainingJob } from "./training-job.js";

/** What a call of `train` may ask for. */
export interface TrainOptions {
  /** Cancels the job, as `cancel` does: a checkpoint is written, and `train` resolves with the outcome `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Told of everything that happens. What it throws harms nobody: Node's `warning` event tells it, once a job. */
  readonly onEvent?: ((event: TrainingEvent) => unknown) | undefined;
}

/** How a training ended that did not fail. */
export interface TrainingResult {
  readonly id: string;
  readonly outcome: "done" | "cancelled";
  /** The last step that is known to be done. */
  readonly step: number;
  /** The last loss that was told; null where none was. */
  readonly loss: number | null;
  /** The path of the newest checkpoint that was told; null where none was. */
  readonly checkpoint: string | null;
}

/** One job as it stands. */
export interface JobStatus {
  readonly id: string;
  /** Which trainer began it. */
  readonly trainer: "default" | "fsdp";
  readonly state: "starting" | "running" | "stopping" | "done" | "cancelled" | "failed";
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly strategy: TrainingStrategy | null;
  /** The process of each rank, rank 0 first; of an ended job, those that it had. */
  readonly pids: readonly number[];
  readonly step: number;
  /** The step at which it is done; null until the program has told it. */
  readonly steps: number | null;
  readonly loss: number | null;
  readonly samplesPerSecond: number | null;
  readonly memoryBytes: number | null;
  /** The path of the newest checkpoint that was told. */
  readonly checkpoint: string | null;
  /** Why it failed. */
  readonly error: { readonly reason: string; readonly message: string; readonly rank?: number | undefined } | null;
  /** The newest 100 logs, oldest first. */
  readonly logs: readonly (LogEvent & { readonly at: number })[];
}

/** One checkpoint in a folder. */
export interface Checkpoint {
  readonly step: number;
  /** The absolute path, which `resume` takes. */
  readonly path: string;
  readonly bytes: number;
  /** In whole milliseconds since 1970. */
  readonly writtenAt: number;
}

/** What the interpreter that would be used has. */
export interface TorchProbe {
  /** The interpreter, as it would be started. */
  readonly python: string;
  /** Where it says that it lies. */
  readonly executable: string;
  readonly pythonVersion: string;
  /** The version of its torch; null where it has none. */
  readonly torch: string | null;
  /** Why it could not be imported, where it could not. */
  readonly problem: string | null;
  /** Whether several processes can train together, and by what. */
  readonly distributed: boolean;
  readonly gloo: boolean;
  readonly nccl: boolean;
  readonly cudaDevices: number;
  /** Whether it can run FullyShardedDataParallel, and `fully_shard`, on any device that it sees. */
  readonly fsdp1: boolean;
  readonly fsdp2: boolean;
  /** Which of `ddp`, `fsdp1` and `fsdp2` several processes can train by, on either kind of device. */
  readonly strategies: { readonly cpu: readonly string[]; readonly cuda: readonly string[] };
  /** Interpreters that were tried before it, and why they were not taken. */
  readonly passedOver: readonly { readonly python: string; readonly why: string }[];
}

/**
 * Trains small models by the Python program that burgee brings along. {@link DefaultTrainer} does it in one process,
 * {@link FsdpTrainer} in several, which share the model out between them.
 */
export interface Trainer {
  /**
   * Trains, and resolves when all processes have ended.
   *
   * @throws TrainingError where the job cannot be used, nothing can train it, or it fails; see {@link TrainingFailure}.
   * BurgeeError `PACKAGE_MISSING` where a bundler has left the Python program behind
   */
  train(job: TrainingJob, options?: TrainOptions): Promise<TrainingResult>;
  /**
   * How a job stands. Without an id, the one that was begun last; undefined where there was none. The newest 100 ended
   * jobs are remembered.
   *
   * @throws TrainingError `unknown-job`
   */
  getStatus(id?: string): Promise<JobStatus | undefined>;
  /**
   * Ends a job, or every job that runs: its processes are asked to write a checkpoint and end, and are killed where they
   * do not. Resolves with how they stand when they have ended.
   *
   * @throws TrainingError `unknown-job`
   */
  cancel(id?: string): Promise<readonly JobStatus[]>;
  /** Every job that is remembered, in the order in which they were begun. */
  listJobs(): Promise<readonly JobStatus[]>;
  /**
   * The whole checkpoints of a folder, the one that was written last first, which is the one that `resume: "latest"`
   * takes; none where the folder is missing.
   *
   * @throws Error of the system, where the folder or a file in it cannot be read
   */
  listCheckpoints(folder: string): Promise<readonly Checkpoint[]>;
  /**
   * Asks the interpreter what it has. Takes as long as importing torch does; `train` asks once, and goes by that answer
   * until this asks anew.
   *
   * @throws TrainingError `no-python`, or BurgeeError `PACKAGE_MISSING`
   */
  probe(): Promise<TorchProbe>;
}
