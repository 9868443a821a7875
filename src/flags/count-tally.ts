import type { FlagKind } from "../registry/definition.js";
import type { Reason, Resolution } from "../rules/resolution.js";

/** How often one name was answered in one way. */
export interface EvaluationCount {
  /** The flag's name, or what was asked for although no flag has that name. */
  readonly flag: string;
  /** What was answered, for boolean flags. */
  readonly value?: boolean;
  /** The name of the value, for flags that have names for theirs (`oneOf`, `experiment`). */
  readonly variant?: string;
  readonly reason: Reason;
  /** The step that answered, as in `Resolution`. */
  readonly source: string;
  /** Set where `reason` is `ERROR`: one of `errorCodes`. */
  readonly errorCode?: string;
  /** At least 1. */
  readonly count: number;
}

/** One way to answer, and how often it was. */
interface Cell {
  readonly way: Omit<EvaluationCount, "count">;
  /** The next of the same choice. */
  readonly next: Cell | undefined;
  count: number;
}

/**
 * Counts the answers to one name. There are few cells whatever is asked: a definition has so many values, a chain so many
 * steps, and numbers, texts and data are not told apart.
 */
export class Tally {
  readonly #name: string;
  readonly #isBoolean: boolean;
  /** By the choice. Answers are prepared anew now and then, so their identity says nothing. */
  readonly #byChoice = new Map<unknown, Cell>();
  readonly #cells: Cell[] = [];

  constructor(name: string, kind: FlagKind | undefined) {
    this.#name = name;
    this.#isBoolean = kind === "boolean";
  }

  /** Allocates nothing but for a way to answer that is new. */
  count(resolution: Resolution): void {
    const choice = this.#isBoolean ? resolution.value : resolution.variant;
    const first = this.#byChoice.get(choice);
    let cell = first;
    while (cell !== undefined && !isSameWay(cell.way, resolution)) cell = cell.next;
    if (cell === undefined) this.#begin(choice, resolution, first);
    else cell.count += 1;
  }

  /** What was counted at least once, in the order in which each was first. */
  read(): EvaluationCount[] {
    const counted = this.#cells.filter(({ count }) => count > 0);
    return counted.map(({ way, count }) => Object.freeze({ ...way, count }));
  }

  /** Cells are kept: what was answered once will be again. */
  clear(): void {
    for (const cell of this.#cells) cell.count = 0;
  }

  #begin(choice: unknown, { reason, source, errorCode, variant }: Resolution, next: Cell | undefined): void {
    const way = {
      flag: this.#name,
      ...(typeof choice === "boolean" && { value: choice }),
      ...(variant !== undefined && { variant }),
      ...{ reason, source },
      ...(errorCode !== undefined && { errorCode }),
    };
    const cell = { way, next, count: 1 };
    this.#byChoice.set(choice, cell);
    this.#cells.push(cell);
  }
}

function isSameWay(way: Cell["way"], { reason, source, errorCode }: Resolution): boolean {
  return way.reason === reason && way.source === source && way.errorCode === errorCode;
}
