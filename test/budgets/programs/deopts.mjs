// Asks a million times after a warm-up, with a change now and then. Run with --trace-deopt: what follows the marker's
// own deoptimisation in the trace happened to warm code.
import { contextsOf, someFlags } from "./questions.mjs";

const flags = someFlags();
const kept = { value: undefined };

/** Contexts as an application has them: of several shapes and alphabets, some without a unit, some with odd values. */
const contexts = [
  ...contextsOf("user").slice(0, 64),
  ...contextsOf("grün").slice(0, 16),
  ...contextsOf("用户").slice(0, 16),
  ...Array.from({ length: 16 }, (_, n) => ({ userId: n * 2 ** 30, plan: "pro" })),
  ...Array.from({ length: 16 }, (_, n) => ({ plan: "pro", country: "FR", targetingKey: `key-${n}`, extra: n })),
  ...Array.from({ length: 8 }, () => Object.freeze({ country: "DE" })),
  ...Array.from({ length: 8 }, (_, n) => ({ userId: n % 2 === 0 ? null : "", country: 3.5, plan: ["pro"] })),
  {},
  undefined,
];

function ask(context) {
  kept.value = flags.isEnabled("static_500", context);
  kept.value = flags.isEnabled("rollout", context);
  kept.value = flags.isEnabled("child", context);
  kept.value = flags.isEnabled("targeting", context);
  kept.value = flags.resolveVariant("experiment", context);
  kept.value = flags.value("json", context);
  kept.value = flags.value("numberByRule", context);
  kept.value = flags.evaluate("string", context);
}

function round() {
  for (let time = 0; time < 10; time++) for (const context of contexts) ask(context);
}

/** A change replaces prepared answers; warm code has to take it. */
function change(n) {
  flags.setFlag("static_1", n % 2 === 0);
  flags.setRule("rollout", { rollout: 20 + (n % 3) });
}

const marker = (value) => value + value;
const optimize = new Function("f", "%PrepareFunctionForOptimization(f); f(1); %OptimizeFunctionOnNextCall(f); f(2);");

for (let n = 0; n < 200; n++) {
  if (n % 20 === 0) change(n);
  round();
}
optimize(marker);
marker("deoptimised");
const callsARound = 10 * contexts.length * 8;
for (let n = 0, calls = 0; calls < 1_000_000; n++, calls += callsARound) {
  if (n % 20 === 0) change(n);
  round();
}
process.exitCode = kept.value === undefined ? 1 : 0;
