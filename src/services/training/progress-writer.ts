import { advanceProgress, formatProgress, noProgress } from "./progress.js";
import type { TrainingEvent } from "./training-event.js";

/** What is written to: `process.stderr`, say. */
export interface ProgressStream {
  write(text: string): unknown;
  /** Whether somebody looks at it: a bar is drawn again and again there, and lines are written anywhere else. */
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/**
 * A listener for `onEvent` of one job that shows how far it is: a bar that moves on a terminal, and a line a `step` event
 * anywhere else. Logs of level `warn` and `error`, checkpoints and errors are lines of their own. Control characters in
 * what a process tells are not passed on to the terminal.
 *
 * @example
 * await trainer.train(job, { onEvent: progressWriter(process.stderr) });
 */
export function progressWriter(stream: ProgressStream): (event: TrainingEvent) => void {
  const isTerminal = stream.isTTY === true;
  let progress = noProgress;
  let isDrawn = false;
  const line = (text: string) => {
    stream.write(`${isDrawn ? CLEAR : ""}${text}\n`);
    isDrawn = false;
  };
  const draw = () => {
    // The last column is left free: some terminals go on to the next line there.
    // Some terminals do not know how wide they are, and say 0.
    const text = formatProgress(progress, { width: (stream.columns || 80) - 1 });
    stream.write(`${isDrawn ? CLEAR : ""}${text}`);
    isDrawn = true;
  };
  return (event) => {
    progress = advanceProgress(progress, event);
    const told = textOf(event);
    if (told !== undefined) line(told);
    const isEnd = event.type === "done" || event.type === "cancelled" || event.type === "failed";
    if (isEnd || (event.type === "step" && !isTerminal)) line(formatProgress(progress, { width: 120 }));
    else if (isTerminal) draw();
  };
}

/** Back to the first column, and away with what is there. */
const CLEAR = "\r\u001b[K";

function textOf(event: TrainingEvent): string | undefined {
  switch (event.type) {
    case "checkpoint":
      return `checkpoint of step ${event.step}: ${plain(event.path)}`;
    case "log":
      return event.level === "warn" || event.level === "error" ? `${event.level}: ${plain(event.message)}` : undefined;
    case "failed":
      return plain(event.message);
    default:
      return undefined;
  }
}

/** Escape sequences could move the cursor, or worse. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "�");
}
