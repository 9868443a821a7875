import type { CrewEnd } from "./crew.js";
import { failureOf, type Trouble, troubleText } from "./culprit.js";
import type { Job } from "./job.js";
import type { Lateness } from "./job-time.js";
import type { TrainingResult } from "./trainer.js";
import type { TrainerSettings } from "./trainer-options.js";
import { TrainingError } from "./training-error.js";
import type { CancelledEvent } from "./training-event.js";

/**
 * What has become of a job whose ranks have ended.
 *
 * @throws TrainingError
 */
export function conclude(end: CrewEnd, processes: number, settings: TrainerSettings, job: Job): TrainingResult {
  const { told, why, trouble } = end;
  if (told?.type === "done") {
    job.tell(told);
    return resultOf(job, "done");
  }
  if (why === "stopped" && lostWork(end, job)) {
    const before = "the job was cancelled, and could not write its checkpoint: ";
    throw failedBy(trouble, processes, job, before);
  }
  if (why === "stopped" || (why === undefined && told !== undefined)) return cancelled(job, told);
  if (why === "timed-out" || why === "silent") throw lateError(why, settings, job);
  throw failedBy(trouble, processes, job);
}

/** Ends a job that was cancelled. */
export function cancelled(job: Job, told: CancelledEvent | undefined): TrainingResult {
  const { step, checkpoint } = job.status;
  job.tell({ type: "cancelled", step: told?.step ?? step, path: told?.path ?? checkpoint });
  return resultOf(job, "cancelled");
}

/** The error of a job that was too late. */
export function lateError(
  how: Lateness,
  { timeoutMs, silenceMs }: TrainerSettings,
  { id, status }: Job,
): TrainingError {
  const what = how === "silent" ? `told nothing for ${silenceMs} ms` : `took longer than ${timeoutMs} ms`;
  const kept =
    status.checkpoint === null ? "no checkpoint was written" : `its newest checkpoint is ${status.checkpoint}`;
  return new TrainingError("timed-out", `the job ${what}, and was ended after step ${status.step}; ${kept}`, { id });
}

/** Whether steps were made that were to be kept, and a rank told why they are not. */
function lostWork({ told, trouble, hasStepped }: CrewEnd, { folder }: Job): boolean {
  return told === undefined && hasStepped && folder !== undefined && trouble?.error?.consequence === false;
}

function failedBy(trouble: Trouble | undefined, processes: number, { id }: Job, before = ""): TrainingError {
  // A rank that told nothing and ended with 0 is no failed one: nobody knows how it went.
  if (trouble === undefined || (trouble.error === undefined && (trouble.code === 0 || trouble.code === 130)))
    return new TrainingError("lost", "the program ended, and never said how", { id, output: trouble?.output });
  const { rank, error, output } = trouble;
  const details = { id, rank, output: error?.traceback ?? output };
  return new TrainingError(failureOf(trouble), `${before}${troubleText(trouble, processes)}`, details);
}

function resultOf({ id, status: { step, loss, checkpoint } }: Job, outcome: TrainingResult["outcome"]): TrainingResult {
  return Object.freeze({ id, outcome, step, loss, checkpoint });
}
