/** How the model is spread: not at all, copied to each rank, or sharded by either of torch's two ways. */
export type TrainingStrategy = "single" | "ddp" | "fsdp1" | "fsdp2";

/** The processes were started; each tells `start` when it is ready to train. */
export interface LaunchEvent {
  readonly type: "launch";
  /** The interpreter, as it was started. */
  readonly python: string;
  readonly strategy: TrainingStrategy;
  /** The process of each rank, rank 0 first. */
  readonly pids: readonly number[];
}

/** One rank is ready. */
export interface StartEvent {
  readonly type: "start";
  readonly rank: number;
  readonly worldSize: number;
  readonly pid: number;
  readonly python: string;
  readonly torch: string;
  readonly strategy: TrainingStrategy;
  readonly device: string;
  /** How many numbers the whole model has. */
  readonly parameters: number;
  /** How many of them this rank holds. */
  readonly shardParameters: number;
  /** The step of the checkpoint that it goes on from; null where it begins anew. */
  readonly resumedFrom: number | null;
  /** The step at which it will be done. */
  readonly steps: number;
}

/** How far it is. */
export interface StepEvent {
  readonly type: "step";
  readonly step: number;
  /** The mean over all ranks. */
  readonly loss: number;
  /** Of all ranks together. */
  readonly samplesPerSecond: number;
  /** The most memory that rank 0 has held: resident, or of its device. */
  readonly memoryBytes: number;
}

/** A checkpoint was written, whole. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
  readonly path: string;
}

/** Something to read: what the program tells, or what was done to it. */
export interface LogEvent {
  readonly type: "log";
  /** Undefined where it is told of the job as a whole. */
  readonly rank?: number | undefined;
  readonly level: "debug" | "info" | "warn" | "error";
  /** At most 2,000 characters. */
  readonly message: string;
}

/** A rank told what went wrong; the job ends with `failed` soon after. */
export interface RankErrorEvent {
  readonly type: "error";
  readonly rank: number;
  /** The name of the error's class: `ValueError`. */
  readonly error: string;
  readonly message: string;
  readonly traceback: string;
}

/** The end of a job that came through. */
export interface DoneEvent {
  readonly type: "done";
  readonly step: number;
  /** The last loss; null where no step was left to be done. */
  readonly loss: number | null;
  /** The newest checkpoint; null where the job keeps none. */
  readonly path: string | null;
}

/** The end of a job that was cancelled. */
export interface CancelledEvent {
  readonly type: "cancelled";
  readonly step: number;
  /** The newest checkpoint; null where there is none. */
  readonly path: string | null;
}

/** The end of a job that failed. */
export interface FailedEvent {
  readonly type: "failed";
  /** As in the error that `train` rejects with. */
  readonly reason: string;
  readonly rank?: number | undefined;
  readonly message: string;
}

/** What happens in a job. */
export type TrainingNews =
  | LaunchEvent
  | StartEvent
  | StepEvent
  | CheckpointEvent
  | LogEvent
  | RankErrorEvent
  | DoneEvent
  | CancelledEvent
  | FailedEvent;

/**
 * What happens in a job, with the job's id and the time in milliseconds since 1970. The last event of a job, and only
 * that, is `done`, `cancelled` or `failed`: all its processes have ended by then.
 */
export type TrainingEvent = TrainingNews & { readonly id: string; readonly at: number };
