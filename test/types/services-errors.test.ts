import { describe, expect, it } from "vitest";
import { programOf } from "./compiler.js";

const head = `
import { createFlags, defineFlags, flag, gate, gateBy } from "burgee";
const registry = defineFlags({
  on_off: flag.boolean({ default: false }),
  mode: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
});
const flags = createFlags(registry);
export const one = { async a() {}, async b() {} };
export const both = [gate, gateBy];
`;

/** [a wrong program, what is marked in it, what the message says] */
const wrong: readonly (readonly [source: string, marked: string, message: string])[] = [
  [
    'gate(flags, "nope", { on: () => one, off: one });',
    '"nope"',
    `FlagTypeError<"there is no flag 'nope' in this registry">`,
  ],
  [
    'gate(flags, "mode", { on: () => one, off: one });',
    '"mode"',
    `FlagTypeError<"'mode' is not a boolean flag; use gateBy">`,
  ],
  ['gate(flags, "on_off", { on: () => one, off: { async a() {} } });', "off", "Property 'b' is missing"],
  [
    'gate(flags, "on_off", { on: async () => ({ a() {} }), off: { a() {} } });',
    "a",
    `FlagTypeError<"'a' does not give a promise; where the service comes as one, every method must">`,
  ],
  [
    'gate(flags, "on_off", { on: () => ({ count: 1 }), off: { count: 1 } });',
    "count",
    `FlagTypeError<"'count' is not a method; a gated service has methods only">`,
  ],
  ['gateBy(flags, "on_off", one);', '"on_off"', `FlagTypeError<"'on_off' has no named values; use gate">`],
  ['gateBy(flags, "mode", { sqlite: one });', "{ sqlite: one }", "Property 'postgresql' is missing"],
  [
    'gateBy(flags, "mode", { sqlite: one, postgresql: one, mysql: one });',
    "mysql",
    `FlagTypeError<"the flag has no value 'mysql'">`,
  ],
  [
    'gateBy(flags, "mode", { sqlite: one, postgresql: one }, { methods: ["a", "c"] });',
    '"c"',
    `FlagTypeError<"not every choice has a method 'c'">`,
  ],
  [
    'gateBy(flags, "mode", { sqlite: (_config) => one, postgresql: () => ({ a() {} }) }, { methods: ["a"] });',
    '"a"',
    `FlagTypeError<"'a' does not give a promise; where nothing stands in, calls may have to wait">`,
  ],
  [
    'gateBy(flags, "mode", { sqlite: () => ({ url: "" }), postgresql: { url: "" } }, { methods: ["url"] });',
    '"url"',
    `FlagTypeError<"'url' is not a method">`,
  ],
  [
    'gateBy(flags, "mode", { sqlite: () => ({ url: "" }), postgresql: { url: "" } }, { off: { url: "" } });',
    "off",
    `FlagTypeError<"'url' is not a method; a gated service has methods only">`,
  ],
  [
    'gateBy(flags, "mode", { sqlite: { a() {} }, postgresql: async () => ({ a() {} }) }, { off: { a() {} } });',
    "off",
    `FlagTypeError<"'a' does not give a promise; where the service comes as one, every method must">`,
  ],
  [
    'gateBy(flags, "mode", { sqlite: Promise.resolve(one), postgresql: one });',
    "sqlite",
    `FlagTypeError<"a promise is no service; give a function that makes it">`,
  ],
  [
    'gateBy(flags, "mode", { sqlite: one, postgresql: class { async a() {} } });',
    "postgresql",
    `FlagTypeError<"a class is no service; give a function that makes it: () => new X()">`,
  ],
];

describe("what the compiler says of a gate that cannot work", () => {
  const { verdict } = programOf(Object.fromEntries(wrong.map(([source], index) => [`gate-${index}`, head + source])));

  it.each(wrong.map(([source, marked, message], index) => ({ index, source, marked, message })))(
    "$source",
    ({ index, marked, message }) => {
      const { errors } = verdict(`gate-${index}`);
      const found = errors.map((error) => [error.text, error.message.includes(message)]);
      expect(found, errors[0]?.message).toContainEqual([marked, true]);
    },
  );
});
