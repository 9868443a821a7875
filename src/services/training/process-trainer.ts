import { frozenCopy } from "../../registry/frozen-copy.js";
import type { Checkpoint, JobStatus, TorchProbe, Trainer, TrainingResult, TrainOptions } from "./trainer.js";
import type { TrainerSettings } from "./trainer-options.js";
import { failureOfJob, TrainingError } from "./training-error.js";
import type { TrainingJob } from "./training-job.js";

/**
 * What both trainers do: keep their jobs in a table, and leave the work to modules that are loaded when they are needed.
 */
export abstract class ProcessTrainer implements Trainer {
  readonly #kind: "default" | "fsdp";
  readonly #settings: TrainerSettings;
  /** What an interpreter with torch has answered: importing torch takes seconds. */
  #found: TorchProbe | undefined;

  protected constructor(kind: "default" | "fsdp", settings: TrainerSettings) {
    this.#kind = kind;
    this.#settings = settings;
  }

  async train(given: TrainingJob, options: TrainOptions = {}): Promise<TrainingResult> {
    const { jobs } = this.#settings;
    // Here and now, so that the job can be found, and the caller's object changed, as soon as this was called.
    const job = jobs.begin(this.#kind, given, options);
    try {
      const copy = frozenCopy(given);
      const { runJob } = await import("./run-job.js");
      const probe = (stop: AbortSignal) => (this.#found === undefined ? this.#probe(stop) : this.#found);
      return await runJob({ kind: this.#kind, settings: this.#settings, job, given: copy, probe });
    } catch (thrown) {
      const failure = failureOfJob(thrown, job.id);
      const isOwn = failure instanceof TrainingError;
      const reason = isOwn ? failure.reason : failure.code;
      job.tell({ type: "failed", reason, rank: isOwn ? failure.rank : undefined, message: failure.message });
      throw failure;
    }
  }

  async getStatus(id?: string): Promise<JobStatus | undefined> {
    const { jobs } = this.#settings;
    return (id === undefined ? jobs.all().at(-1) : jobs.get(id))?.status;
  }

  async cancel(id?: string): Promise<readonly JobStatus[]> {
    const { jobs } = this.#settings;
    const chosen = id === undefined ? jobs.all().filter((job) => job.running) : [jobs.get(id)];
    for (const job of chosen) job.cancel();
    await Promise.all(chosen.map((job) => job.ended));
    return Object.freeze(chosen.map((job) => job.status));
  }

  async listJobs(): Promise<readonly JobStatus[]> {
    return Object.freeze(this.#settings.jobs.all().map((job) => job.status));
  }

  async listCheckpoints(folder: string): Promise<readonly Checkpoint[]> {
    const { checkpointsOf } = await import("./checkpoints.js");
    return checkpointsOf(folder);
  }

  async probe(): Promise<TorchProbe> {
    return this.#probe();
  }

  async #probe(stop?: AbortSignal): Promise<TorchProbe> {
    const { probeTorch } = await import("./interpreter.js");
    const probe = await probeTorch(this.#settings, stop);
    this.#found = probe.torch === null ? undefined : probe;
    return probe;
  }
}
