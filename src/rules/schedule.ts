import { readTime } from "./instant.js";
import { type Percentage, readShare } from "./percentage.js";
import { isPlainObject } from "./plain-object.js";
import { issueAt, type RuleIssue, unknownKeys } from "./rule-issue.js";
import type { Reading } from "./unit-words.js";

/** The time in which a rule is in force: from `from` on and before `until`. */
export interface Schedule {
  /** A Date, or ISO 8601 with a zone; a date alone is midnight UTC. From the beginning of time unless given. */
  readonly from?: Date | string | undefined;
  readonly until?: Date | string | undefined;
}

/** A share of units that counts from a time on. */
export interface RolloutStep {
  /** As in {@link Schedule}. */
  readonly at: Date | string;
  readonly rollout: Percentage;
}

/** A share of units that goes evenly from `start` at one time to `end` at another. */
export interface LinearRollout {
  /** As in {@link Schedule}. */
  readonly from: Date | string;
  readonly until: Date | string;
  /** 0 unless given. */
  readonly start?: Percentage | undefined;
  /** 100 unless given. */
  readonly end?: Percentage | undefined;
}

type Path = RuleIssue["path"];

/** Takes the members of one object apart and notes what is wrong with them. */
class Members {
  readonly issues: RuleIssue[] = [];
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #path: Path;
  /** It is no object at all, which is worth one word. */
  readonly #broken: boolean;

  constructor(given: unknown, path: Path, known: readonly string[], example: string) {
    this.#path = path;
    this.#broken = !isPlainObject(given);
    this.#given = isPlainObject(given) ? given : {};
    if (this.#broken) this.issues.push(issueAt(path, `must be ${example}`));
    this.issues.push(...unknownKeys(this.#given, known, path));
  }

  /** A time as ISO text; the empty text where it is missing or wrong. */
  time(key: string, needed: boolean): string {
    const given = this.#given[key];
    if (given === undefined) {
      if (needed && this.issues.length === 0) this.issues.push(issueAt(this.#path, `needs \`${key}\``));
      return "";
    }
    const read = readTime(given);
    if ("at" in read) return new Date(read.at).toISOString();
    this.issues.push(issueAt([...this.#path, key], read.problem));
    return "";
  }

  share(key: string, otherwise?: number): number {
    const given = this.#given[key];
    if (given === undefined && (otherwise !== undefined || this.#broken)) return otherwise ?? 0;
    const read = readShare(given);
    if ("value" in read) return read.value;
    this.issues.push(issueAt([...this.#path, key], read.problem));
    return 0;
  }

  reading<T>(value: T): Reading<T> {
    return this.issues.length > 0 ? { issues: this.issues } : { value: Object.freeze(value) };
  }
}

/** Reads a rule's `schedule`. Times become ISO text in UTC. */
export function readSchedule(given: unknown, path: Path): Reading<{ from?: string; until?: string }> {
  const members = new Members(given, path, ["from", "until"], "{ from, until }, of which one may be left out");
  const from = members.time("from", false);
  const until = members.time("until", false);
  if (members.issues.length === 0 && from === "" && until === "")
    members.issues.push(issueAt(path, "needs `from`, `until` or both"));
  if (from !== "" && until !== "" && !isLater(until, from))
    members.issues.push(issueAt([...path, "until"], "must be later than `from`"));
  return members.reading({ ...(from !== "" && { from }), ...(until !== "" && { until }) });
}

/** Reads a rule's `steps`. Shares become numbers. */
export function readSteps(given: unknown, path: Path): Reading<{ at: string; rollout: number }[]> {
  if (!Array.isArray(given) || given.length === 0)
    return { issues: [issueAt(path, "must be a list of steps, such as [{ at: 2027-01-31, rollout: 5 }]")] };
  const issues: RuleIssue[] = [];
  const steps = Array.from(given, (step: unknown, index) => {
    const members = new Members(step, [...path, index], ["at", "rollout"], "{ at, rollout }");
    const read = { at: members.time("at", true), rollout: members.share("rollout") };
    issues.push(...members.issues);
    return Object.freeze(read);
  });
  for (const [index, { at }] of steps.entries()) {
    const before = steps[index - 1]?.at;
    if (issues.length === 0 && before !== undefined && !isLater(at, before))
      issues.push(issueAt([...path, index, "at"], "must be later than that of the step before"));
  }
  return issues.length > 0 ? { issues } : { value: Object.freeze(steps) as typeof steps };
}

/** Reads a rule's `linear`. */
export function readLinear(
  given: unknown,
  path: Path,
): Reading<{ from: string; until: string; start: number; end: number }> {
  const members = new Members(given, path, ["from", "until", "start", "end"], "{ from, until, start, end }");
  const from = members.time("from", true);
  const until = members.time("until", true);
  const ramp = { from, until, start: members.share("start", 0), end: members.share("end", 100) };
  if (members.issues.length === 0 && !isLater(until, from))
    members.issues.push(issueAt([...path, "until"], "must be later than `from`"));
  if (members.issues.length === 0 && ramp.start === ramp.end)
    members.issues.push(issueAt(path, `goes nowhere; write rollout: ${ramp.start}`));
  return members.reading(ramp);
}

function isLater(time: string, than: string): boolean {
  return Date.parse(time) > Date.parse(than);
}
