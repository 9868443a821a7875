import fc from "fast-check";
import { expect, it } from "vitest";
import { compileRule } from "../../src/rules/compile.js";
import type { Context } from "../../src/rules/context.js";
import { checkGroups } from "../../src/rules/groups-check.js";
import { referenceIssues } from "../../src/rules/references.js";
import type { CheckedRule, RuleSubject } from "../../src/rules/rule.js";
import { slowMurmur3, slowSlices } from "./oracle.js";
import { checked, here, limit, model, onOff } from "./subjects.js";

// Every word of a single rule at once, against a plain reading of what they mean, that shares no code with src/.

const LAYER: Record<string, [number, number]> = {
  new_checkout: [0, 50],
  answer_model: [50, 90],
  max_upload_mb: [90, 100],
};
const HELD = 30;
const { groups } = checkGroups({ layers: { page: { slices: LAYER } }, holdouts: { q3: HELD } });
const scope = { ...here, groups };
const now = Date.parse("2027-01-15");

const units = ["u1", "u2", "u3", "u4", "u5", "u6"];
const lists = fc.subarray(units, { minLength: 1, maxLength: 3 });
const common = {
  deny: lists,
  allow: lists,
  when: fc.constant({ plan: "pro" }),
  schedule: fc.constantFrom(
    { from: "2027-01-15" },
    { until: "2027-01-15" },
    { from: "2027-01-01", until: "2027-01-31" },
  ),
  holdout: fc.constant("q3"),
  layer: fc.constant("page"),
  rollout: fc.constantFrom(0, 30, 60, 100),
  salt: fc.constantFrom("a", "b"),
};
const forced = fc.constantFrom({ treatment_a: ["u1"], control: ["u2", "u3"] }, { treatment_b: ["u6"] });
const rules = fc.oneof(
  fc.tuple(fc.constant(onOff), fc.record(common, { requiredKeys: ["rollout"] })),
  fc.tuple(
    fc.constant(limit),
    fc.record({ ...common, serve: fc.nat(5), otherwise: fc.nat(5) }, { requiredKeys: ["serve"] }),
  ),
  fc.tuple(fc.constant(model), fc.record({ ...common, allow: fc.oneof(lists, forced) }, { requiredKeys: [] })),
);
const contexts: fc.Arbitrary<Context> = fc.record(
  { userId: fc.constantFrom(...units), plan: fc.constantFrom("pro", "free") },
  { requiredKeys: [] },
);

/** What the semantics say; `passes` where the unit gets what those who pass get. */
function read(rule: CheckedRule, { name }: RuleSubject, { userId: unit, plan }: Context): string {
  const id = unit as string;
  const point = (salt: string, purpose: string) => slowMurmur3(id, slowMurmur3(`${salt}:${purpose}`, 0)) / 2 ** 32;
  const listed = Array.isArray(rule.allow) ? (rule.allow as string[]) : undefined;
  const byName = Object.entries(listed === undefined ? (rule.allow ?? {}) : {}) as [string, string[]][];
  const { from = "2000-01-01", until = "2100-01-01" } = rule.schedule ?? {};
  const narrows = ["rollout", "when", "schedule", "layer"].some((word) => word in rule);
  if (unit !== undefined && rule.deny?.includes(id)) return "on the deny list";
  const force = byName.find(([, ids]) => ids.includes(id))?.[0];
  if (force !== undefined) return `forced: ${force}`;
  if (unit !== undefined && listed?.includes(id)) return "passes";
  if (!(Date.parse(from) <= now && now < Date.parse(until))) return "outside its schedule";
  if (listed !== undefined && (!narrows || rule.rollout === 0))
    return unit === undefined ? "no unit" : "not on the allow list";
  if (rule.when !== undefined && plan !== "pro") return "conditions not met";
  if (rule.holdout !== undefined) {
    if (unit === undefined) return "no unit";
    if (point("q3", "holdout") < HELD / 100) return "held out";
  }
  if (rule.layer !== undefined) {
    if (unit === undefined) return "no unit";
    const at = point("page", "layer") * 100;
    const [begin, end] = LAYER[name] as [number, number];
    if (at < begin || at >= end) return "outside its slice of the layer";
  }
  const { rollout = 100, salt = name } = rule;
  if (rollout === 0) return unit === undefined ? "no unit" : "outside the rollout";
  const spread = name === "answer_model";
  if (rollout === 100 && !spread) return "passes";
  if (unit === undefined) return "no unit";
  return point(salt, "rollout") < rollout / 100 ? "passes" : "outside the rollout";
}

function meant(
  outcome: string,
  rule: CheckedRule,
  { kind, name, weights, default: fallback }: RuleSubject,
  unit: unknown,
) {
  if (outcome.startsWith("forced: ")) return outcome.slice("forced: ".length);
  if (outcome !== "passes") return "otherwise" in rule ? rule.otherwise : kind === "boolean" ? false : fallback;
  if (weights === undefined) return "serve" in rule ? rule.serve : true;
  const bucket = slowMurmur3(String(unit), slowMurmur3(`${rule.salt ?? name}:variant`, 0));
  return slowSlices(weights).find(([, from, to]) => bucket >= from && bucket < to)?.[0];
}

it("a rule of any words decides as they read, for any context", () => {
  const seen = new Map<string, number>();
  const property = fc.property(rules, contexts, ([subject, given], context) => {
    const rule = checked(given, subject);
    expect(referenceIssues(rule, subject, scope)).toEqual([]);
    const compiled = compileRule(rule, subject, scope, "rollout", now);
    const answer = compiled.decide(context);
    const outcome = read(rule, subject, context);
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    expect(answer.value).toEqual(meant(outcome, rule, subject, context.userId));
    expect(compiled.outcomes).toContain(answer);
    if (answer.reason === "STATIC") expect(answer).toBe(compiled.constant);
    else if (outcome.startsWith("forced")) expect(answer.detail).toBe("on the allow list");
    else if (outcome !== "passes") expect(answer.detail).toBe(outcome);
  });
  fc.assert(property, { numRuns: 6_000 });
  // Each way to end must have been met often enough to mean something.
  expect(seen.size).toBe(12);
  for (const times of seen.values()) expect(times).toBeGreaterThan(20);
});
