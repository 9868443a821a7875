import { issueAt, type RuleIssue } from "./rule-issue.js";

type Path = RuleIssue["path"];

/** What reading one word of a rule gives: its value, or all that is wrong with it. */
export type Reading<T = unknown> = { readonly value: T } | { readonly issues: readonly RuleIssue[] };

/** Reads a text that must hold something. */
export function readText(given: unknown, path: Path): Reading<string> {
  if (typeof given !== "string") return { issues: [issueAt(path, "must be a text")] };
  return given === "" ? { issues: [issueAt(path, "must not be empty")] } : { value: given };
}

/** Reads the name of an attribute, or several of which the first present one counts. */
export function readAttributes(given: unknown, path: Path): Reading<string | readonly string[]> {
  const names: readonly unknown[] = Array.isArray(given) ? [...given] : [given];
  const fits = names.length > 0 && names.every((name): name is string => typeof name === "string" && name !== "");
  if (!fits) return { issues: [issueAt(path, "must be the name of an attribute, or a list of such names")] };
  return { value: typeof given === "string" ? given : Object.freeze([...names]) };
}

/** Reads a list of units, each a text or a number. Numbers become texts. */
export function readUnits(given: unknown, path: Path): Reading<readonly string[]> {
  if (!Array.isArray(given)) return { issues: [issueAt(path, "must be a list of units, each a text or a number")] };
  const issues = [...given].flatMap((unit: unknown, index) =>
    isUnit(unit) ? [] : [issueAt([...path, index], "must be a text or a number, and not empty")],
  );
  return issues.length > 0 ? { issues } : { value: Object.freeze(given.map(String)) };
}

function isUnit(given: unknown): boolean {
  return typeof given === "number" ? Number.isFinite(given) : typeof given === "string" && given !== "";
}
