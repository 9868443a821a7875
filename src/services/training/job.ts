import { messageOf } from "../../errors.js";
import { isThenable } from "../../rules/thenable.js";
import type { JobStatus, TrainOptions } from "./trainer.js";
import type { TrainingEvent, TrainingNews } from "./training-event.js";

/** So many logs are kept of a job. */
const KEPT_LOGS = 100;

/** One job: how it stands, who listens, and how to end it. */
export class Job {
  readonly id: string;
  /** Aborted when the job is to end. */
  readonly stop: AbortSignal;
  /** Where its checkpoints go, as an absolute path; set when that is known. */
  folder: string | undefined;
  /** The address and port at which its ranks meet, where the port was asked for. */
  meeting: string | undefined;
  readonly #controller = new AbortController();
  readonly #options: TrainOptions;
  /** Resolves when the job has ended, however it did. */
  readonly ended: Promise<void>;
  #resolve: () => void = () => {};
  #status: JobStatus;
  #warned = false;
  readonly #cancel = () => this.cancel();

  constructor(id: string, trainer: "default" | "fsdp", options: TrainOptions) {
    this.id = id;
    this.stop = this.#controller.signal;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#status = Object.freeze({ ...blank, id, trainer, startedAt: Date.now() });
    options.signal?.addEventListener("abort", this.#cancel, { once: true });
    if (options.signal?.aborted) this.cancel();
  }

  get status(): JobStatus {
    return this.#status;
  }

  get running(): boolean {
    return this.#status.endedAt === null;
  }

  cancel(): void {
    if (!this.running) return;
    this.#status = Object.freeze({ ...this.#status, state: "stopping" });
    this.#controller.abort();
  }

  /** Takes in what happened, and tells it. After an end, nothing is told any more. */
  tell(news: TrainingNews): void {
    if (!this.running) return;
    const event: TrainingEvent = Object.freeze({ ...news, id: this.id, at: Date.now() });
    this.#status = Object.freeze(statusAfter(this.#status, event));
    this.#call(event);
    if (this.running) return;
    this.#options.signal?.removeEventListener("abort", this.#cancel);
    this.#resolve();
  }

  #call(event: TrainingEvent): void {
    try {
      const answer = this.#options.onEvent?.(event);
      if (isThenable(answer)) answer.then(undefined, (thrown) => this.#warn(thrown));
    } catch (thrown) {
      this.#warn(thrown);
    }
  }

  #warn(thrown: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(`a listener of the training job ${JSON.stringify(this.id)} threw: ${messageOf(thrown)}`, {
      type: "BurgeeWarning",
      code: "LISTENER_FAILED",
    });
  }
}

const blank = {
  state: "starting",
  endedAt: null,
  strategy: null,
  pids: Object.freeze([]),
  step: 0,
  steps: null,
  loss: null,
  samplesPerSecond: null,
  memoryBytes: null,
  checkpoint: null,
  error: null,
  logs: Object.freeze([]),
} as const;

/** How a job stands when this has happened to it. */
function statusAfter(status: JobStatus, event: TrainingEvent): JobStatus {
  const { at } = event;
  switch (event.type) {
    case "launch":
      return { ...status, strategy: event.strategy, pids: Object.freeze([...event.pids]) };
    case "start": {
      const state = status.state === "starting" ? "running" : status.state;
      return { ...status, state, steps: event.steps, step: Math.max(status.step, event.resumedFrom ?? 0) };
    }
    case "step": {
      const { step, loss, samplesPerSecond, memoryBytes } = event;
      return { ...status, step, loss, samplesPerSecond, memoryBytes };
    }
    case "checkpoint":
      return { ...status, checkpoint: event.path };
    case "log": {
      const { type, rank, level, message } = event;
      const log = Object.freeze({ type, rank, level, message, at });
      return { ...status, logs: Object.freeze([...status.logs.slice(1 - KEPT_LOGS), log]) };
    }
    case "error":
      return status;
    case "done":
      return { ...status, state: "done", endedAt: at, step: event.step, loss: event.loss, checkpoint: event.path };
    case "cancelled":
      return { ...status, state: "cancelled", endedAt: at, step: event.step, checkpoint: event.path };
    case "failed": {
      const { reason, message, rank } = event;
      return { ...status, state: "failed", endedAt: at, error: Object.freeze({ reason, message, rank }) };
    }
  }
}
