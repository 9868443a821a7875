import type { RuleIssue } from "./rule-issue.js";

/** Where something stands, from the top of what is checked. A dotted attribute is one element. */
export type Path = readonly (string | number)[];

/** Objects and lists that may stand inside one another. */
export const DEEPEST = 50;
/** Objects and lists in one condition. One that is used in many places counts in each. */
const MOST_PARTS = 100_000;

/** One walk through a condition: gathers what is wrong with it, and ends whatever the input is. */
export class ConditionWalk {
  readonly issues: RuleIssue[] = [];
  /** The objects around the one at hand, for it must be none of them. */
  readonly #around = new Set<object>();
  #parts = 0;

  /** Notes what is wrong at a place. `message` goes on after the place's name. */
  refuse(path: Path, message: string): undefined {
    const place = path.length === 0 ? "the condition" : `\`${path.join(".")}\``;
    this.issues.push({ path, message: `${place} ${message}` });
    return undefined;
  }

  /** Reads what is inside an object or list, unless there is no end of it. Undefined where that, or the reading, is refused. */
  inside<T>(given: object, path: Path, read: () => T): T | undefined {
    if (this.#around.has(given)) return this.refuse(path, "holds itself; a condition must come to an end");
    if (this.#around.size >= DEEPEST) return this.refuse(path, `is nested more than ${DEEPEST} levels deep`);
    this.#parts++;
    if (this.#parts === MOST_PARTS + 1) {
      return this.refuse(path, `is one too many: a condition may hold ${MOST_PARTS} objects and lists`);
    }
    if (this.#parts > MOST_PARTS) return undefined;
    this.#around.add(given);
    const result = read();
    this.#around.delete(given);
    return result;
  }
}
