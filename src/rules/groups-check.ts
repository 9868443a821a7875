import { percentageThreshold } from "./bucket.js";
import type { CheckedCondition } from "./condition.js";
import { checkCondition, segmentsNamed } from "./condition-check.js";
import type { Groups, Holdout, Layer } from "./groups.js";
import { didYouMean } from "./nearest.js";
import { readShare } from "./percentage.js";
import { isPlainObject } from "./plain-object.js";
import { type Hint, segmentIssuesOf } from "./references.js";
import { issueAt, type RuleIssue, unknownKeys } from "./rule-issue.js";
import { type Reading, readAttributes, readText } from "./unit-words.js";

type Path = RuleIssue["path"];

/** Groups as code or a profile gives them. */
export interface GivenGroups {
  readonly segments?: unknown;
  readonly layers?: unknown;
  readonly holdouts?: unknown;
}

/** The groups that are right by themselves, and all that is wrong with the others. */
export interface GroupsCheck {
  readonly groups: Groups;
  readonly issues: readonly RuleIssue[];
}

/**
 * Checks groups by themselves. A path begins with `segments`, `layers` or `holdouts`. Whether the segments that
 * segments name are there is {@link segmentIssues}' to say, once all are known.
 *
 * @param flags where given, the names that slices may be for
 */
export function checkGroups(given: GivenGroups, flags?: Iterable<string>): GroupsCheck {
  const issues: RuleIssue[] = [];
  const names = flags && new Set(flags);
  const groups = {
    segments: checkEach(given.segments, "segments", issues, checkSegment),
    layers: checkEach(given.layers, "layers", issues, (layer, path) => checkLayer(layer, path, names)),
    holdouts: checkEach(given.holdouts, "holdouts", issues, checkHoldout),
  };
  return { groups: Object.freeze(groups), issues };
}

function checkEach<T>(
  given: unknown,
  kind: keyof GivenGroups,
  issues: RuleIssue[],
  check: (given: unknown, path: Path) => Reading<T>,
): ReadonlyMap<string, T> {
  const checked = new Map<string, T>();
  if (given === undefined) return checked;
  if (!isPlainObject(given)) {
    issues.push(issueAt([kind], "must be a mapping: names, and what each stands for"));
    return checked;
  }
  for (const [name, one] of Object.entries(given)) {
    const reading = check(one, [kind, name]);
    if ("issues" in reading) issues.push(...reading.issues);
    else checked.set(name, reading.value);
  }
  return checked;
}

function checkSegment(given: unknown, path: Path): Reading<CheckedCondition> {
  const check = checkCondition(given, path);
  return "issues" in check ? check : { value: check.condition };
}

function checkLayer(given: unknown, path: Path, flags: ReadonlySet<string> | undefined): Reading<Layer> {
  if (!isPlainObject(given))
    return {
      issues: [issueAt(path, "must be a layer, such as { slices: { button_colour: [0, 50], one_page: [50, 100] } }")],
    };
  const issues = unknownKeys(given, ["by", "salt", "slices"], path);
  const unit = readUnitWords(given, path, issues);
  const slices: [string, readonly [number, number]][] = [];
  if (isPlainObject(given.slices)) {
    for (const [flag, slice] of Object.entries(given.slices)) {
      const at = [...path, "slices", flag];
      if (flags?.has(flag) === false)
        issues.push(issueAt(at, `is for a flag that is not there${didYouMean(flag, flags)}`));
      const read = readSlice(slice, at);
      if ("issues" in read) issues.push(...read.issues);
      else slices.push([flag, read.value]);
    }
  } else
    issues.push(
      issueAt([...path, "slices"], "must give each flag where its slice begins and ends: { button_colour: [0, 50] }"),
    );
  issues.push(...overlaps(slices, path));
  return issues.length > 0
    ? { issues }
    : { value: Object.freeze({ ...unit, slices: Object.freeze(Object.fromEntries(slices)) }) };
}

function readSlice(given: unknown, path: Path): Reading<readonly [number, number]> {
  const ends = Array.isArray(given) && given.length === 2 ? given.map((end: unknown) => readShare(end)) : [];
  const [from, to] = ends;
  if (
    from === undefined ||
    to === undefined ||
    "problem" in from ||
    "problem" in to ||
    !(percentageThreshold(from.value) < percentageThreshold(to.value))
  )
    return { issues: [issueAt(path, "must be two percentages, the smaller first: [0, 50]")] };
  return { value: Object.freeze([from.value, to.value] as const) };
}

/** Slices that share units with one that begins before. */
function overlaps(slices: readonly [string, readonly [number, number]][], path: Path): RuleIssue[] {
  const ordered = [...slices].sort(([, [a]], [, [b]]) => a - b);
  const issues: RuleIssue[] = [];
  let farthest = ordered[0];
  for (const slice of ordered.slice(1)) {
    const [flag, [from, to]] = slice;
    const [before, [, end]] = farthest as typeof slice;
    if (end > from) {
      const where = `overlaps with that of "${before}" from ${from} % to ${Math.min(to, end)} %`;
      issues.push(issueAt([...path, "slices", flag], `${where}; slices of one layer exclude each other`));
    }
    if (to > end) farthest = slice;
  }
  return issues;
}

function checkHoldout(given: unknown, path: Path): Reading<Holdout> {
  const long = isPlainObject(given) ? given : { share: given };
  const issues = unknownKeys(long, ["share", "by", "salt"], path);
  const unit = readUnitWords(long, path, issues);
  const share = readShare(long.share);
  const at = isPlainObject(given) ? [...path, "share"] : path;
  if ("problem" in share) issues.push(issueAt(at, share.problem));
  return issues.length > 0 || "problem" in share
    ? { issues }
    : { value: Object.freeze({ share: share.value, ...unit }) };
}

function readUnitWords(
  given: Readonly<Record<string, unknown>>,
  path: Path,
  issues: RuleIssue[],
): Pick<Layer, "by" | "salt"> {
  const words: Record<string, unknown> = {};
  for (const [word, read] of [
    ["by", readAttributes],
    ["salt", readText],
  ] as const) {
    if (given[word] === undefined) continue;
    const reading = read(given[word], [...path, word]);
    if ("issues" in reading) issues.push(...reading.issues);
    else words[word] = reading.value;
  }
  return words;
}

/** How deep segments may name segments, and how many one may come to, each counted as often as it is named. */
const DEEPEST = 50;
const MOST = 1_000;

/** Segments that name what is not there, circles of segments, each named whole, and segments that come to too much. */
export function segmentIssues(segments: ReadonlyMap<string, CheckedCondition>, hint?: Hint): readonly RuleIssue[] {
  const issues: RuleIssue[] = [];
  const measured = new Map<string, { readonly depth: number; readonly size: number }>();
  const measure = (name: string, trail: readonly string[]): { readonly depth: number; readonly size: number } => {
    const known = measured.get(name);
    const condition = segments.get(name);
    if (known !== undefined || condition === undefined) return known ?? { depth: 0, size: 0 };
    let [depth, size] = [0, 1];
    for (const inner of segmentsNamed(condition)) {
      const begins = trail.indexOf(inner.name);
      const path = ["segments", name, ...inner.path];
      if (begins >= 0) {
        issues.push(issueAt(path, `runs in a circle: ${[...trail.slice(begins), inner.name].join(" → ")}`));
        continue;
      }
      const below = trail.length > DEEPEST ? { depth: DEEPEST, size: 1 } : measure(inner.name, [...trail, inner.name]);
      const tooMuch = below.depth >= DEEPEST ? `is nested more than ${DEEPEST} segments deep` : undefined;
      const tooMany =
        size + below.size > MOST ? `makes it more than ${MOST} segments, one within the other` : undefined;
      const problem = tooMuch ?? tooMany;
      if (problem !== undefined) issues.push(issueAt(path, problem));
      // What has been told of is not told of again by all that name it.
      else [depth, size] = [Math.max(depth, below.depth + 1), size + below.size];
    }
    measured.set(name, { depth, size });
    return { depth, size };
  };
  for (const [name, condition] of segments) {
    issues.push(...segmentIssuesOf(condition, ["segments", name], segments, hint));
    measure(name, [name]);
  }
  return issues;
}
