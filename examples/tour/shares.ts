import type { TourFlagName, TourReader } from "./flags.js";
import type { Paint } from "./paint.js";

const USERS = 100_000;

/** Asks for 100,000 made-up users what each would get, and sets the shares beside those that were meant. */
export function shareLines(flags: TourReader, paint: Paint): string[] {
  const checkout = countAnswers((userId) => (flags.isEnabled("new_checkout", { userId }) ? "on" : "off"));
  const model = countAnswers((userId) => flags.resolveVariant("answer_model", { userId }));
  return [
    paint.bold(`Shares over ${USERS.toLocaleString("en")} users`),
    ...linesFor("new_checkout", ["on", "off"], checkout, checkoutTargets(flags)),
    ...linesFor("answer_model", ["control", "treatment_a", "treatment_b"], model, modelTargets(flags)),
  ];
}

function countAnswers(answer: (userId: string) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let user = 0; user < USERS; user++) {
    const given = answer(`user-${user}`);
    counts.set(given, (counts.get(given) ?? 0) + 1);
  }
  return counts;
}

type Targets = ReadonlyMap<string, number>;

function linesFor(name: string, answers: readonly string[], counts: Targets, targets: Targets | undefined): string[] {
  return answers.map((answer) => {
    const share = (((counts.get(answer) ?? 0) / USERS) * 100).toFixed(2).padStart(6);
    const target = targets === undefined ? "" : `   target ${String(targets.get(answer) ?? 0).padStart(3)} %`;
    return `  ${name.padEnd(14)}${answer.padEnd(13)}${share} %${target}`;
  });
}

/** What the rule in force means to give, or undefined where it is more than a plain share. */
function checkoutTargets(flags: TourReader): Targets | undefined {
  const answered = answeringStep(flags, "new_checkout");
  if (answered?.rule === undefined) return constantTargets(answered?.value === true ? "on" : "off");
  const { rollout, ...more } = answered.rule;
  if (rollout === undefined || Object.keys(more).length > 0) return undefined;
  return new Map([
    ["on", rollout],
    ["off", 100 - rollout],
  ]);
}

function modelTargets(flags: TourReader): Targets | undefined {
  const answered = answeringStep(flags, "answer_model");
  if (answered?.rule === undefined && answered?.step !== "rollout") return constantTargets(String(answered?.value));
  const { weights = flags.registry.definitions.answer_model.weights ?? {}, ...more } = answered.rule ?? {};
  if (Object.keys(more).length > 0) return undefined;
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return new Map(Object.entries(weights).map(([variant, weight]) => [variant, (weight / total) * 100]));
}

function constantTargets(answer: string): Targets {
  return new Map([[answer, 100]]);
}

function answeringStep(flags: TourReader, name: TourFlagName) {
  return flags.explain(name).steps.find((step) => step.said === "answered");
}
