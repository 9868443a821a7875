import { didYouMean } from "../../rules/nearest.js";
import { Job } from "./job.js";
import type { TrainOptions } from "./trainer.js";
import { TrainingError } from "./training-error.js";

/** So many ended jobs are remembered. */
const REMEMBERED = 100;

/**
 * The jobs of one trainer, or of several: those that share a table find each other's jobs by id. It does nothing by
 * itself, and is there to be passed on.
 *
 * @example
 * const jobs = new TrainingJobs();
 * const single = new DefaultTrainer({ jobs });
 * const sharded = new FsdpTrainer({ jobs });
 */
export class TrainingJobs {
  readonly #jobs = new Map<string, Job>();

  /** @internal Begins a job. @throws TrainingError `invalid-job` where a job that runs has the id */
  begin(trainer: "default" | "fsdp", given: unknown, options: TrainOptions): Job {
    const id = idOf(given);
    if (this.#jobs.get(id)?.running)
      throw new TrainingError("invalid-job", `a job with the id ${JSON.stringify(id)} is running`, { id });
    const job = new Job(id, trainer, options);
    // At the end of the table, also where an ended job had the id.
    this.#jobs.delete(id);
    this.#jobs.set(id, job);
    this.#forget();
    return job;
  }

  /** @internal The job with the id. @throws TrainingError `unknown-job`, with the nearest id */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    const hint = didYouMean(id, this.#jobs.keys());
    throw new TrainingError("unknown-job", `there is no job with the id ${JSON.stringify(id)}${hint}`, { id });
  }

  /** @internal Every job, in the order in which they were begun. */
  all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  #forget(): void {
    const ended = this.all().filter((job) => !job.running);
    for (const { id } of ended.slice(0, Math.max(ended.length - REMEMBERED, 0))) this.#jobs.delete(id);
  }
}

function idOf(given: unknown): string {
  const id: unknown = typeof given === "object" && given !== null ? Reflect.get(given, "id") : undefined;
  if (id === undefined) return crypto.randomUUID();
  if (typeof id === "string" && id !== "") return id;
  throw new TrainingError("invalid-job", "the job cannot be used: `id` must be a text that is not empty");
}
