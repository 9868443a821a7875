import { BurgeeError, messageOf } from "../../errors.js";
import { ServiceError } from "../service-error.js";

/**
 * Why a training failed, or was refused before it began.
 *
 * | word | what it means |
 * |---|---|
 * | `invalid-job` | the job, or the data or folder that it names, cannot be used |
 * | `unknown-job` | no job has that id |
 * | `no-python` | the interpreter cannot be started, or is none |
 * | `no-torch` | the interpreter has no torch |
 * | `torch-too-old` | its torch cannot do what was asked; the message names the version found and the one needed |
 * | `no-distributed` | its torch was built without what several processes need, or cannot do what was asked on this device |
 * | `no-address` | no port could be had at the address where the ranks meet |
 * | `rank-failed` | a rank told an error, or ended with one; `rank` says which, `output` what it told |
 * | `timed-out` | the job took longer than `timeoutMs`, or told nothing for `silenceMs` |
 * | `lost` | the program ended, and never said how |
 */
export type TrainingFailure =
  | "invalid-job"
  | "unknown-job"
  | "no-python"
  | "no-torch"
  | "torch-too-old"
  | "no-distributed"
  | "no-address"
  | "rank-failed"
  | "timed-out"
  | "lost";

/** What an error of a training tells beside its message and reason. */
export interface TrainingErrorDetails {
  /** The job that failed; undefined where there was none yet. */
  readonly id?: string | undefined;
  /** The rank that failed, counted from 0. */
  readonly rank?: number | undefined;
  /** Its traceback, or else the last 64 KB of what it wrote to stderr. */
  readonly output?: string | undefined;
  readonly cause?: unknown;
}

/**
 * What `train` rejects with. `reason` tells why; a failed rank's own text is in the message, and all of it in `output`.
 *
 * @example
 * try {
 *   await trainer.train(job);
 * } catch (error) {
 *   if (!(error instanceof TrainingError) || error.reason !== "rank-failed") throw error;
 *   console.error(`rank ${error.rank}: ${error.output}`);
 * }
 */
export class TrainingError extends ServiceError<TrainingFailure> {
  /** The job that failed; undefined where there was none yet. */
  readonly id: string | undefined;
  /** The rank that failed, counted from 0. */
  readonly rank: number | undefined;
  /** Its traceback, or else the last 64 KB of what it wrote to stderr. */
  readonly output: string | undefined;

  constructor(reason: TrainingFailure, message: string, { id, rank, output, cause }: TrainingErrorDetails = {}) {
    super(message, { reason, cause });
    this.id = id;
    this.rank = rank;
    this.output = output;
  }
}

/** What a job fails with: whatever went wrong, with the job's id. What is missing of burgee's own stays as it is. */
export function failureOfJob(thrown: unknown, id: string): BurgeeError {
  if (!(thrown instanceof BurgeeError)) return new TrainingError("lost", messageOf(thrown), { id, cause: thrown });
  if (!(thrown instanceof TrainingError) || thrown.id !== undefined) return thrown;
  const { reason, message, rank, output, cause } = thrown;
  return new TrainingError(reason, message, { id, rank, output, cause });
}
