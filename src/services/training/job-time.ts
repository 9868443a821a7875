import { after } from "./escalation.js";

/** How a job can be late: as a whole, or in telling something. */
export type Lateness = "timed-out" | "silent";

/** Keeps the time of a job from its beginning to its end, whatever it does meanwhile. Goes by a clock that nobody sets. */
export class JobTime {
  readonly #end: number;
  readonly #silenceMs: number;
  #lastNews = performance.now();

  constructor({ timeoutMs, silenceMs }: { readonly timeoutMs: number; readonly silenceMs: number }) {
    this.#end = this.#lastNews + timeoutMs;
    this.#silenceMs = silenceMs;
  }

  /** The job has told something. */
  heard(): void {
    this.#lastNews = performance.now();
  }

  /** Calls back once, when the job is late. Gives how to stop that. */
  watch(late: (how: Lateness) => void): () => void {
    let stopListening = () => {};
    const stop = () => {
      stopWaiting();
      stopListening();
    };
    const ring = (how: Lateness) => {
      stop();
      late(how);
    };
    const stopWaiting = after(Math.max(this.#end - performance.now(), 0), () => ring("timed-out"));
    const listen = () => {
      const left = this.#lastNews + this.#silenceMs - performance.now();
      if (left <= 0) ring("silent");
      else stopListening = after(left, listen);
    };
    listen();
    return stop;
  }
}
