import { expect, it } from "vitest";
import { programOf } from "./compiler.js";

// Compilers slow down unseen, one convenient type at a time. The budget is a seventh above what the types cost when it
// was written (140,000 instantiations, 2 s of processor time); a type that asks for more has to say what for. Time is
// the processor's and not the clock's, so that a busy machine is no failure.
const FLAGS = 500;
const INSTANTIATIONS = 160_000;
const SECONDS = 5;

/** A registry of 500 flags of every kind, each boolean but the first on another, and a use of each. */
function registryOf(count: number): string {
  const kinds = [
    (n: number) =>
      `flag.boolean({ default: false${n < 6 ? "" : `, dependsOn: ["f${n - 6}"]`}, rule: { rollout: 25 } })`,
    (n: number) => `flag.oneOf(["a${n}", "b${n}", "c${n}"], { default: "a${n}", dependsOn: ["f0"] })`,
    (n: number) => {
      const payloads =
        n % 12 === 2 ? `, payloads: { control: { model: "a", size: 1 }, t${n}: { model: "b", size: 2 } }` : "";
      return `flag.experiment({ control: 50, t${n}: 50 }, { default: "control"${payloads} })`;
    },
    () => "flag.number({ default: 1 })",
    () => 'flag.string({ default: "x", description: "y" })',
    () => "flag.json(z.object({ perMinute: z.number() }), { default: { perMinute: 1 } })",
  ];
  const indices = Array.from({ length: count }, (_, n) => n);
  const definitions = indices.map((n) => `  f${n}: ${kinds[n % kinds.length]?.(n)},`);
  const uses = indices.map((n) => {
    if (n % 6 === 0) return `flags.isEnabled("f${n}", { userId: "u" });`;
    if (n % 6 === 1) return `const v${n}: "a${n}" | "b${n}" | "c${n}" = flags.resolveVariant("f${n}");`;
    return `flags.value("f${n}");`;
  });
  return [
    'import { createFlags, defineFlags, flag, type InferFlags } from "burgee";',
    'import { z } from "zod";',
    `export const registry = defineFlags({\n${definitions.join("\n")}\n});`,
    "export const flags = createFlags(registry);",
    "export type All = InferFlags<typeof registry>;",
    'export const change = flags.onFlagChanged("*", (change) => change.value);',
    ...uses,
  ].join("\n");
}

/** The compiler's own counts for one source, checked after all that it imports was parsed. */
function cost(source: string): { seconds: number; instantiations: number; errors: readonly unknown[] } {
  const { program, verdict } = programOf({ registry: source }, { noUnusedLocals: false });
  const before = process.cpuUsage();
  const { errors } = verdict("registry");
  const seconds = process.cpuUsage(before).user / 1_000_000;
  return { seconds, instantiations: program.getInstantiationCount(), errors };
}

it("500 flags are checked within 5 seconds and the budget of instantiations", () => {
  const all = cost(registryOf(FLAGS));
  expect(all.errors).toEqual([]);
  expect(all.instantiations).toBeGreaterThan(FLAGS);
  expect(all.instantiations).toBeLessThan(INSTANTIATIONS);
  expect(Math.min(all.seconds, cost(registryOf(FLAGS)).seconds)).toBeLessThan(SECONDS);
});
