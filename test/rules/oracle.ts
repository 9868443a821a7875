import type { Context } from "../../src/rules/context.js";
import type { CheckedRule, RuleSubject } from "../../src/rules/rule.js";

// What the rules must mean, written for reading and not for speed, and sharing no code with src/.

/** The UTF-8 bytes of a text by the table of RFC 3629; a lone surrogate counts as U+FFFD. */
export function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0) as number;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    const tail = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(0));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(6), tail(0));
    else bytes.push(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
  }
  return bytes;
}

const MASK = 0xffffffffn;
const multiply = (a: bigint, b: bigint) => (a * b) & MASK;
const rotate = (a: bigint, bits: bigint) => ((a << bits) | (a >> (32n - bits))) & MASK;
const scramble = (block: bigint) => multiply(rotate(multiply(block, 0xcc9e2d51n), 15n), 0x1b873593n);

/** MurmurHash3_x86_32 as its author's C++ states it, in unbounded integers. */
export function slowMurmur3(text: string, seed: number): number {
  const bytes = utf8(text);
  let hash = BigInt(seed);
  for (let start = 0; start < bytes.length; start += 4) {
    const group = bytes.slice(start, start + 4);
    const block = group.reduce((sum, byte, index) => sum | (BigInt(byte) << BigInt(8 * index)), 0n);
    hash ^= scramble(block);
    if (group.length === 4) hash = (multiply(rotate(hash, 13n), 5n) + 0xe6546b64n) & MASK;
  }
  hash ^= BigInt(bytes.length);
  hash = multiply(hash ^ (hash >> 16n), 0x85ebca6bn);
  hash = multiply(hash ^ (hash >> 13n), 0xc2b2ae35n);
  return Number(hash ^ (hash >> 16n));
}

export interface SlowAnswer {
  readonly value: unknown;
  readonly reason: string;
  readonly detail?: string;
}

export interface Process {
  readonly base: Context;
  readonly instance: string;
}

/** The text that names the unit of a context, or undefined. */
export function slowUnit(rule: CheckedRule, context: Context, { base, instance }: Process): string | undefined {
  // Two names of one unit, side by side, are looked up together.
  const together = [rule.by ?? ["userId", "targetingKey"]]
    .flat()
    .join(" ")
    .replaceAll(/\b(userId targetingKey|targetingKey userId)\b/g, (pair) => pair.replace(" ", "+"));
  const candidates = together.split(" ").flatMap((part) => {
    const names = part.split("+");
    if (part === "instance") return [instance];
    return [context, base].flatMap((attributes) => names.map((name) => attributes[name]));
  });
  const isUnit = (attribute: unknown) =>
    (typeof attribute === "string" && attribute !== "") ||
    typeof attribute === "bigint" ||
    (typeof attribute === "number" && !Number.isNaN(attribute));
  const unit = candidates.find(isUnit);
  return unit === undefined ? undefined : String(unit);
}

/** The slices of the named values that hold any bucket, as [name, first bucket, first bucket of the next]. */
export function slowSlices(weights: Readonly<Record<string, number>>): [name: string, from: number, to: number][] {
  const entries = Object.entries(weights);
  const sum = (list: typeof entries) => list.reduce((total, [, weight]) => total + weight, 0);
  const total = sum(entries);
  const end = (count: number) => Math.round((sum(entries.slice(0, count)) / total) * 2 ** 32);
  const slices = entries.map(([name], index): [string, number, number] => [name, end(index), end(index + 1)]);
  return slices.filter(([, from, to]) => to > from);
}

/** What a rule gives for a context, by SEMANTICS.md sections 6 and 9. */
export function slowDecide(rule: CheckedRule, subject: RuleSubject, context: Context, where: Process): SlowAnswer {
  const { deny = [], rollout = "allow" in rule ? 0 : 100 } = rule;
  const allow = Array.isArray(rule.allow) ? (rule.allow as readonly string[]) : [];
  const limit = Math.round((rollout / 100) * 2 ** 32);
  const everyone = limit === 2 ** 32;
  const hash = (unit: string, purpose: string) =>
    slowMurmur3(unit, slowMurmur3(`${rule.salt ?? subject.name}:${purpose}`, 0));
  const fallback = subject.kind === "boolean" ? false : subject.default;
  const otherwise = (reason: string, detail?: string) => ({
    value: "otherwise" in rule ? rule.otherwise : fallback,
    reason,
    ...(detail && { detail }),
  });
  const weights = "serve" in rule ? undefined : (rule.weights ?? subject.weights);
  const slices = weights && slowSlices(weights);
  const winner = "serve" in rule ? rule.serve : slices === undefined ? true : slices[0]?.[0];
  const one = slices === undefined || slices.length === 1;

  if (allow.length === 0 && limit === 0) return otherwise("STATIC");
  if (deny.length === 0 && everyone && one) return { value: winner, reason: "STATIC" };
  const pass = (unit: string | undefined, reason: string, detail: string): SlowAnswer => {
    if (one) return { value: winner, reason, detail };
    const bucket = hash(unit as string, "variant");
    const value = slices.find(([, from, to]) => bucket >= from && bucket < to)?.[0];
    return { value, reason: "SPLIT", ...(detail === "on the allow list" && { detail }) };
  };
  const unit = slowUnit(rule, context, where);
  if (unit === undefined && !(everyone && one)) return otherwise("DEFAULT", "no unit");
  if (unit !== undefined && deny.includes(unit)) return otherwise("TARGETING_MATCH", "on the deny list");
  if (unit !== undefined && allow.includes(unit)) return pass(unit, "TARGETING_MATCH", "on the allow list");
  if (everyone) return pass(unit, "TARGETING_MATCH", "not on the deny list");
  if (limit === 0) return otherwise("DEFAULT", "not on the allow list");
  if (hash(unit as string, "rollout") < limit) return pass(unit, "SPLIT", "within the rollout");
  return otherwise("SPLIT", "outside the rollout");
}
