import type { TrainingFailure } from "./training-error.js";

/** What one rank leaves behind that ended badly. */
export interface Trouble {
  readonly rank: number;
  /** What it told of its error, where it told one. */
  readonly error?:
    | { readonly type: string; readonly message: string; readonly traceback: string; readonly consequence: boolean }
    | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly unstarted?: string | undefined;
  readonly output: string;
}

const LOST_PEER = /connection (was )?(closed|reset|refused|aborted)|closed by peer|broken pipe|recvvalue failed/i;

/**
 * Of the ranks in trouble, in the order in which it showed, the one that it began with: where a rank is gone, the others
 * soon tell that they have lost it.
 */
export function culprit(troubles: readonly Trouble[]): Trouble | undefined {
  return troubles.find((trouble) => !isConsequence(trouble)) ?? troubles[0];
}

/** Whether a rank is in trouble only because another one is gone. */
export function isConsequence(trouble: Trouble): boolean {
  if (trouble.error?.consequence) return true;
  return LOST_PEER.test(trouble.error === undefined ? trouble.output : trouble.error.message);
}

/** Errors of the program that say that the job is at fault. */
const JOB_ERRORS: readonly string[] = [
  "JobError",
  "DataError",
  "FolderBusy",
  "CheckpointError",
  "DeviceError",
  "WorldError",
];

/** In which word of the table the trouble is told. */
export function failureOf({ unstarted, error }: Trouble): TrainingFailure {
  if (unstarted !== undefined) return "no-python";
  return error !== undefined && JOB_ERRORS.includes(error.type) ? "invalid-job" : "rank-failed";
}

/** The trouble in one sentence, with the rank's own text. */
export function troubleText(trouble: Trouble, processes: number): string {
  const who = processes === 1 ? "the process" : `rank ${trouble.rank} of ${processes}`;
  const { unstarted, error, signal, code } = trouble;
  if (unstarted !== undefined) return `${who} could not be started: ${unstarted}`;
  if (error !== undefined) return `${who} failed: ${error.type}: ${error.message}`;
  const last = trouble.output.trimEnd().split("\n").at(-1) ?? "";
  const text = last === "" ? "; it wrote nothing to stderr" : `; it wrote last: ${last.slice(0, 2_000)}`;
  if (signal === "SIGKILL") return `${who} was killed from outside, as the system does where memory runs out${text}`;
  return signal === null ? `${who} ended with code ${code}${text}` : `${who} was ended by ${signal}${text}`;
}
