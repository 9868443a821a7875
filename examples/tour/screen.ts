import { choosePaint, type Paint } from "./paint.js";
import { wrap } from "./wrap.js";

/** The widest line that is printed, and how wide a file or a pipe is taken to be. */
export const WIDEST = 120;
const NARROWEST = 60;

/** What of process.stdout and process.stderr is needed here. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A stream that people read: in colour where it is a terminal, and no wider than that. */
export interface Screen {
  readonly paint: Paint;
  /** As wide as the terminal is now: people change the size of their windows. */
  width(): number;
  /** Prints a text as lines of its own, broken between words where they are too long. */
  say(text: string): void;
}

export function openScreen(output: Output, noColor: string | undefined): Screen {
  const width = () => widthOf(output);
  return {
    paint: choosePaint(output.isTTY === true, noColor),
    width,
    say: (text) => void output.write(`${wrap(text, width())}\n`),
  };
}

/** A terminal that does not say how wide it is says 0. */
export function widthOf({ isTTY, columns }: Pick<Output, "isTTY" | "columns">): number {
  return isTTY && columns ? Math.min(WIDEST, Math.max(NARROWEST, columns)) : WIDEST;
}
