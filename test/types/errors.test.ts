import { describe, expect, it } from "vitest";
import { programOf } from "./compiler.js";

const head = `
import { createFlags, defineFlags, flag } from "burgee";
import { z } from "zod";
export const registry = defineFlags({
  on_off: flag.boolean({ default: false }),
  child: flag.boolean({ default: false, dependsOn: ["on_off"] }),
  mode: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
  model: flag.experiment({ control: 50, treatment: 50 }, { default: "control" }),
  page: flag.experiment({ small: 1, large: 1 }, { default: "small", payloads: { small: 20, large: 50 } }),
  size: flag.number({ default: 10 }),
  limits: flag.json(z.object({ perMinute: z.number() }), { default: { perMinute: 1 } }),
});
export const flags = createFlags(registry);
`;
const names = '"on_off" | "child" | "mode" | "model" | "page" | "size" | "limits"';
const unknownName = `Argument of type '"nope"' is not assignable to parameter of type '${names}'.`;
const needs = (...parents: string[]) => `flag.boolean({ default: true, dependsOn: ${JSON.stringify(parents)} })`;

/** [a wrong program, what is marked in it, what the message says] */
const wrong: readonly (readonly [source: string, marked: string, message: string])[] = [
  // Names
  ['flags.value("nope");', '"nope"', unknownName],
  ['flags.evaluate("nope");', '"nope"', unknownName],
  ['flags.explain("nope");', '"nope"', unknownName],
  ['flags.getFlagMetadata("nope");', '"nope"', unknownName],
  ['flags.kill("nope");', '"nope"', unknownName],
  ['flags.setFlag("nope", true);', '"nope"', unknownName],
  ['flags.isEnabled("nope");', '"nope"', '("mode" | "model" | "page" | "size" | "limits") & FlagTypeError'],
  ['flags.onFlagChanged("nope", () => {});', '"nope"', unknownName],
  ['flags.value("constructor");', '"constructor"', `is not assignable to parameter of type '${names}'`],
  ["flags.isEnabled(String(1));", "String(1)", "Argument of type 'string' is not assignable"],

  // Kinds
  ['flags.isEnabled("mode");', '"mode"', `FlagTypeError<"'mode' is not a boolean flag of this registry">`],
  ['flags.snapshot().isEnabled("size");', '"size"', `FlagTypeError<"'size' is not a boolean flag of this registry">`],
  ['flags.requireEnabled("mode");', '"mode"', `Argument of type '"mode"' is not assignable`],
  ['flags.resolveVariant("on_off");', '"on_off"', `FlagTypeError<"'on_off' has no variants">`],
  ['flags.resolveVariant("limits");', '"limits"', `FlagTypeError<"'limits' has no variants">`],
  ['flags.setRollout("size", 5);', '"size"', `Argument of type '"size"' is not assignable`],

  // Values and rules set at run time
  [
    'flags.setFlag("on_off", "yes");',
    '"yes"',
    "Argument of type 'string' is not assignable to parameter of type 'boolean'.",
  ],
  ['flags.setFlag("mode", "mysql");', '"mysql"', `is not assignable to parameter of type '"sqlite" | "postgresql"'.`],
  ['flags.setFlag("limits", {});', "{}", "Property 'perMinute' is missing in type '{}'"],
  [
    'flags.setRule("mode", { serve: "mysql" });',
    "serve",
    `'"mysql"' is not assignable to type '"sqlite" | "postgresql"`,
  ],
  ['flags.setRule("size", { serve: "5" });', "serve", "Type 'string' is not assignable to type 'number'."],
  ['flags.setRule("on_off", { weights: {} });', "weights", "'weights' does not exist in type 'Rule<boolean>'"],
  ['flags.setRule("model", { weights: { blue: 1 } });', "blue", "'blue' does not exist in type '{ readonly control?"],
  ['flags.setRule("on_off", { rolout: 5 });', "rolout", "Did you mean to write 'rollout'?"],
  [
    'flags.setRollout("on_off", "25");',
    '"25"',
    `Argument of type '"25"' is not assignable to parameter of type 'Percentage'.`,
  ],

  // Dependencies
  [
    `defineFlags({ a: ${needs("b")} });`,
    "a",
    `FlagTypeError<"'a' depends on 'b', which is not a flag of this registry">`,
  ],
  [`defineFlags({ a: ${needs("a")} });`, "a", `FlagTypeError<"'a' depends on itself">`],
  [
    `defineFlags({ n: flag.number({ default: 1 }), a: ${needs("n")} });`,
    "defineFlags",
    `FlagTypeError<"'a' depends on 'n', which is not a boolean flag">`,
  ],
  [
    `defineFlags({ a: flag.oneOf(["x"], { default: "x", dependsOn: ["constructor"] }) });`,
    "a",
    `FlagTypeError<"'a' depends on 'constructor', which is not a flag of this registry">`,
  ],

  // Definitions
  ['flag.oneOf(["x", "y"], { default: "z" });', "default", `Type '"z"' is not assignable to type '"x" | "y"'.`],
  ['flag.oneOf(["x", "y"], { default: "x", off: "z" });', "off", `Type '"z"' is not assignable to type '"x" | "y"`],
  [
    'flag.experiment({ x: 1, y: 1 }, { default: "z" });',
    "default",
    `Type '"z"' is not assignable to type '"x" | "y"'.`,
  ],
  ['flag.experiment({ x: "1" }, { default: "x" });', "x", "Type 'string' is not assignable to type 'number'."],
  // Payloads
  [
    'flag.experiment({ x: 1, y: 1 }, { default: "x", payloads: { x: { limit: 1 } } });',
    "payloads",
    "Property 'y' is missing in type '{ x: { limit: number; }; }'",
  ],
  [
    'flag.experiment({ x: 1, y: 1, z: 1 }, { default: "x", payloads: { x: 1 } });',
    "payloads",
    "is missing the following properties from type '{ readonly x: unknown; readonly y: unknown; readonly z: unknown; }': y, z",
  ],
  [
    'flag.experiment({ x: 1 }, { default: "x", payloads: { x: { limit: 1 }, why: { limit: 2 } } });',
    "limit",
    `FlagTypeError<"'why' is no variant of the experiment">`,
  ],
  [
    'flag.experiment({ x: 1 }, { default: "x", payloads: { x: 1, why: 2 } });',
    "why",
    `FlagTypeError<"'why' is no variant of the experiment">`,
  ],
  [
    'const payloads = { x: 1, why: 2 }; flag.experiment({ x: 1 }, { default: "x", payloads });',
    "payloads",
    `FlagTypeError<"'why' is no variant of the experiment">`,
  ],
  [
    'flag.experiment({ x: 1 }, { default: "x", payloads: { x: { limit: "1" } }, schema: z.object({ limit: z.number() }) });',
    "limit",
    "Type 'string' is not assignable to type 'number'.",
  ],
  [
    'flag.experiment({ x: 1 }, { default: "x", payloads: { x: {} }, schema: z.object({ limit: z.number() }) });',
    "x",
    "Property 'limit' is missing in type '{}'",
  ],
  ['flag.experiment({ x: 1, y: 1 }, { default: "z", payloads: { x: 1, y: 2 } });', "default", `Type '"z"' is not`],
  ['flag.oneOf(["x"], { default: "x", payloads: { x: 1 } });', "payloads", "'payloads' does not exist in type"],
  ["flag.boolean({ default: true, payloads: { x: 1 } });", "payloads", "'payloads' does not exist in type"],
  [
    'flags.setFlag("page", 20);',
    "20",
    `Argument of type '20' is not assignable to parameter of type '"small" | "large"'.`,
  ],
  ['flags.setRule("page", { serve: 20 });', "serve", `Type 'number' is not assignable to type '"small" | "large"`],

  ['flag.boolean({ default: "yes" });', "default", "Type 'string' is not assignable to type 'boolean'."],
  ["flag.boolean({});", "{}", "Property 'default' is missing in type '{}'"],
  ["flag.boolean({ default: true, off: true });", "off", "'off' does not exist in type 'BooleanOptions"],
  ['flag.boolean({ default: true, descripton: "" });', "descripton", "Did you mean to write 'description'?"],
  ["flag.number({ default: 1, safe: true });", "safe", "'safe' does not exist in type 'ValueOptions<number"],
  ["flag.number({ default: 1, schema: z.string() });", "schema", "is not assignable to type 'Schema<number>'"],
  ['flag.json(z.number(), { default: "x" });', "default", "Type 'string' is not assignable to type 'number'."],
  ["flag.json({}, { default: 1 });", "{}", `Property '"~standard"' is missing in type '{}'`],
  ["flag.boolean({ default: true, rule: { serve: 5 } });", "serve", "Type 'number' is not assignable to type 'boolean"],
  ["flag.number({ default: 1, rule: { serve: true } });", "serve", "Type 'boolean' is not assignable to type 'number"],
  [
    'flag.oneOf(["x", "y"], { default: "x", rule: { serve: "z" } });',
    "serve",
    `Type '"z"' is not assignable to type '"x" | "y"`,
  ],
  [
    'flag.oneOf(["x"], { default: "x", rule: { weights: { z: 1 } } });',
    "z",
    "'z' does not exist in type '{ readonly x?",
  ],
  ['flag.experiment({ x: 1 }, { default: "x", rule: { weights: { z: 1 } } });', "z", "'z' does not exist in type"],
  [
    "flag.boolean({ default: true, rule: { weights: {} } });",
    "weights",
    "'weights' does not exist in type 'Rule<boolean>'",
  ],
  ["flag.boolean({ default: true, requires: { A: 1 } });", "A", "'A' does not exist in type 'Schema<unknown>'"],
  [
    'flag.oneOf(["x"], { default: "x", requires: { z: z.object({}) } });',
    "z",
    `'z' does not exist in type 'RequiresByValue<"x">'`,
  ],
  [
    "flag.boolean({ default: true, expect: { production: 1 } });",
    "production",
    "Type 'number' is not assignable to type 'boolean'.",
  ],
  ['flag.boolean({ default: true, strategy: "slow" });', "strategy", `is not assignable to type 'RolloutStrategy`],
  ["defineFlags({ a: true });", "a", "Type 'boolean' is not assignable to type"],
  ["defineFlags(registry, { a: flag.boolean({ default: true }) });", "a", "'a' does not exist in type 'AnyRegistry'"],
  ["createFlags({});", "{}", "is missing the following properties from type 'Registry"],
  ["createFlags(registry, { envv: {} });", "envv", "Did you mean to write 'env'?"],
];

/** Programs that must compile: what is optional may be undefined, under exactOptionalPropertyTypes too. */
const right: readonly string[] = [
  `flag.boolean({
    default: true, description: undefined, since: undefined, stable: undefined, strategy: undefined, owner: undefined,
    tags: undefined, expires: undefined, status: undefined, dependsOn: undefined, requires: undefined, env: undefined,
    expect: undefined, exposed: undefined, metadata: undefined, rule: undefined, safe: undefined });`,
  'flag.oneOf(["x", "y"], { default: "x", off: undefined, rule: undefined, requires: { x: undefined } });',
  'flag.experiment({ x: 1 }, { default: "x", rule: { weights: { x: undefined } } });',
  'flag.experiment({ x: 1 }, { default: "x", payloads: undefined, schema: undefined });',
  'flag.experiment({ x: 1, y: 1 }, { default: "x", payloads: { x: null, y: { deep: [1, { a: "b" }] } } });',
  "flag.number({ default: 1, schema: undefined, off: undefined });",
  `flag.boolean({ default: true, rule: { deny: undefined, allow: undefined, rollout: undefined, by: undefined,
    salt: undefined, serve: undefined, otherwise: undefined } });`,
  `createFlags(registry, { env: undefined, profile: undefined, resolvers: undefined, context: undefined,
    instance: undefined, unknown: undefined, onInvalid: undefined, readOnly: undefined, logger: undefined,
    audit: undefined, clock: undefined });
   createFlags(registry, undefined);`,
  `createFlags(registry, { env: { prefix: undefined, files: undefined, variables: undefined },
    profile: { path: undefined, name: undefined, watch: undefined },
    audit: { limit: undefined, file: undefined, sinks: undefined }, context: { userId: undefined } });`,
  'flags.setFlag("on_off", true, { actor: undefined, reason: undefined, source: undefined, ttlMs: undefined, expiresAt: undefined });',
  'flags.onFlagChanged("*", () => {}, { signal: undefined, once: undefined });',
  'flags.isEnabled("on_off", undefined); flags.getAuditLog(undefined, { limit: undefined });',
  'flags.isEnabled("on_off", { userId: undefined, targetingKey: "t", plan: "pro" });',
  'flags.setRule("on_off", { rollout: "25%", allow: ["ana", 7], by: ["tenantId", "userId"] });',
  "for (const name of registry.names) flags.value(name);",
  'const either = Math.random() < 1 ? "on_off" : "child"; flags.isEnabled(either);',
  'flag.oneOf(["x", "y"] as const, { default: "y" });',
  'const parents: string[] = ["a"]; defineFlags({ b: flag.boolean({ default: true, dependsOn: parents }) });',
];

const sources = Object.fromEntries([
  ...wrong.map(([source], index) => [`wrong-${index}`, `${head}${source}\n`]),
  ...right.map((source, index) => [`right-${index}`, `${head}${source}\n`]),
]);
const { verdict } = programOf(sources, { noUnusedLocals: false });

describe("a wrong program", () => {
  it.each(wrong.map((one, index) => [one[0], one[1], one[2], index] as const))(
    "is refused with a readable message: %s",
    (_, marked, message, index) => {
      const { errors } = verdict(`wrong-${index}`);
      expect(errors.map((error) => error.text)).toEqual([marked]);
      expect(errors[0]?.message).toContain(message);
    },
  );

  it("is refused where types would be `any`: the prelude itself is sound", () => {
    expect(programOf({ prelude: head }).verdict("prelude").errors).toEqual([]);
  });
});

describe("a right program", () => {
  it.each(right.map((source, index) => [source, index] as const))("compiles: %s", (_, index) => {
    expect(verdict(`right-${index}`).errors).toEqual([]);
  });
});
