import type { TrainingEvent } from "./training-event.js";

/** How far a job is, as its events tell. All times are in milliseconds since 1970. */
export interface TrainingProgress {
  readonly state: "starting" | "running" | "done" | "cancelled" | "failed";
  readonly step: number;
  /** The step at which it is done; null until that is known. */
  readonly steps: number | null;
  readonly loss: number | null;
  readonly samplesPerSecond: number | null;
  readonly memoryBytes: number | null;
  /** The step that this run began at, and when: what is left is reckoned from there. */
  readonly from: { readonly step: number; readonly at: number } | null;
  /** When the last event came. */
  readonly at: number | null;
}

/** A job of which nothing is known yet. */
export const noProgress: TrainingProgress = Object.freeze({
  state: "starting",
  step: 0,
  steps: null,
  loss: null,
  samplesPerSecond: null,
  memoryBytes: null,
  from: null,
  at: null,
});

/**
 * How far a job is after an event of that job. Changes nothing.
 *
 * @example
 * const progress = events.reduce(advanceProgress, noProgress);
 */
export function advanceProgress(progress: TrainingProgress, event: TrainingEvent): TrainingProgress {
  const { at } = event;
  switch (event.type) {
    case "start": {
      const step = Math.max(progress.step, event.resumedFrom ?? 0);
      // Each rank tells of its start, and the first steps may come before the last of them.
      const from = progress.from ?? { step, at };
      return { ...progress, state: "running", step, steps: event.steps, from, at };
    }
    case "step": {
      const { step, loss, samplesPerSecond, memoryBytes } = event;
      return { ...progress, state: "running", step, loss, samplesPerSecond, memoryBytes, at };
    }
    case "done":
      return { ...progress, state: "done", step: event.step, loss: event.loss ?? progress.loss, at };
    case "cancelled":
      return { ...progress, state: "cancelled", step: event.step, at };
    case "failed":
      return { ...progress, state: "failed", at };
    default:
      return { ...progress, at };
  }
}

/** How wide the bar is, its ends included. */
const WIDEST_BAR = 32;
const NARROWEST_BAR = 7;
/** Words that are left out so that there is room for a bar of this width; the share and the step always stay. */
const FAIR_BAR = 16;
const STAYING = 2;

/**
 * One line of text: a bar, the step, the loss, the speed, the memory and the time that is left, as many of them as there
 * is room for. Never wider than `width` columns, which is 80 unless given.
 *
 * @example
 * formatProgress(progress, { width: 80 });
 * // [███████████▍                  ]   38 %  step 190/500  loss 1.8342  31 s left
 */
export function formatProgress(progress: TrainingProgress, { width = 80 }: { width?: number } = {}): string {
  const room = Math.max(Math.floor(width), 1);
  const words = wordsOf(progress);
  // What comes last is the first that there is no room for.
  while (words.length > STAYING && words.join("  ").length + FAIR_BAR + 2 > room) words.pop();
  while (words.length > 1 && words.join("  ").length > room) words.pop();
  const text = words.join("  ");
  const bar = barOf(progress, Math.min(room - text.length - 2, WIDEST_BAR));
  return (bar === "" ? text : `${bar}  ${text}`).slice(0, room);
}

function wordsOf(progress: TrainingProgress): string[] {
  const { state, step, steps, loss, samplesPerSecond: speed, memoryBytes: memory } = progress;
  if (state === "starting") return ["starting"];
  const words: string[] = state === "running" ? [] : [state];
  if (steps !== null && steps > 0) words.push(`${String(Math.floor(shareOf(progress) * 100)).padStart(3)} %`);
  words.push(steps === null ? `step ${step}` : `step ${step}/${steps}`);
  if (loss !== null) words.push(`loss ${loss.toPrecision(5)}`);
  const left = state === "running" ? secondsLeft(progress) : undefined;
  if (left !== undefined) words.push(`${timeText(left)} left`);
  if (speed !== null) words.push(`${Math.round(speed).toLocaleString("en-US")} samples/s`);
  if (memory !== null) words.push(`${Math.round(memory / 1_000_000).toLocaleString("en-US")} MB`);
  return words;
}

function shareOf({ step, steps }: TrainingProgress): number {
  return steps === null || steps <= 0 ? 0 : Math.min(Math.max(step / steps, 0), 1);
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Nothing where it would be too small to be read. */
function barOf(progress: TrainingProgress, columns: number): string {
  if (columns < NARROWEST_BAR || progress.steps === null) return "";
  const inner = columns - 2;
  const filled = shareOf(progress) * inner;
  const whole = Math.floor(filled);
  const text = "█".repeat(whole) + (EIGHTHS[Math.floor((filled - whole) * 8)] ?? "");
  return `[${text.padEnd(inner)}]`;
}

function secondsLeft({ step, steps, from, at }: TrainingProgress): number | undefined {
  if (steps === null || from === null || at === null) return undefined;
  if (step <= from.step || at <= from.at) return undefined;
  return (((at - from.at) / (step - from.step)) * (steps - step)) / 1_000;
}

function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
