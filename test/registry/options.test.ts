import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { about, define, make } from "./untyped.js";

const on = { default: true };
const variants = { default: "control" };

describe("options", () => {
  it.each([
    [
      make.boolean({ ...on, descripton: "x" }),
      'a definition of this kind has no `descripton`; did you mean "description"?',
    ],
    [make.boolean({ ...on, off: true }), "a definition of this kind has no `off`"],
    [make.number({ default: 1, safe: true }), "a definition of this kind has no `safe`"],
    [make.boolean({ ...on, description: 5 }), "`description` must be a text"],
    [make.boolean({ ...on, stable: "yes" }), "`stable` must be true or false"],
    [make.boolean({ ...on, strategy: "slow" }), '`strategy` must be "gradual" or "immediate"'],
    [make.boolean({ ...on, status: "old" }), '`status` must be "active", "frozen" or "deprecated"'],
    [make.boolean({ ...on, tags: "a" }), "`tags` must be a list of texts"],
    [make.boolean({ ...on, dependsOn: "b" }), "`dependsOn` must be a list of texts"],
    [make.boolean({ ...on, metadata: 5 }), "`metadata` must be an object"],
    [make.boolean({ ...on, env: "MY-FLAG" }), "`env` must be the name of a variable"],
    [make.boolean({ ...on, env: "" }), "`env` must be the name of a variable"],
    [make.boolean({ ...on, env: "1A" }), "`env` must be the name of a variable"],
    [make.boolean({ ...on, expires: "tomorrow" }), "`expires` must be an ISO date such as 2027-01-31"],
    [make.boolean({ ...on, expires: "2027-02-30" }), "`expires` must be an ISO date such as 2027-01-31"],
    [make.boolean({ ...on, expires: "2027-1-1" }), "`expires` must be an ISO date such as 2027-01-31"],
    [make.boolean({ ...on, expires: new Date() }), "`expires` must be an ISO date such as 2027-01-31"],
    [
      make.json({ parse: () => 1 }, { default: 1 }),
      "`schema` must be a schema (zod, or any other that follows Standard Schema)",
    ],
    [
      make.number({ default: 1, schema: "number" }),
      "`schema` must be a schema (zod, or any other that follows Standard Schema)",
    ],
    [make.boolean({ ...on, rule: { rollout: 120 } }), "rule: `rollout` must be a percentage from 0 to 100, not 120"],
    [make.boolean({ ...on, rule: 25 }), "rule: must be a rule, such as { rollout: 25 }"],
  ])("that are wrong are refused: %#", (definition, message) => {
    expect(about(definition)).toEqual([message]);
  });
});

describe("definitions that no builder made", () => {
  const none = expect.stringMatching(/^is not a flag definition; make it with flag\.boolean/);

  it.each([
    [Object.assign(() => undefined, { ...on, kind: "boolean" }), none],
    [Object.assign([], { ...on, kind: "boolean" }), none],
    [{ ...on, kind: ["boolean"] }, none],
    [{ ...on, kind: { toString: (): string => "boolean" } }, none],
    [{ ...on, kind: "constructor" }, none],
    [
      Object.assign(Object.create({ status: "frozen" }), { ...on, kind: "boolean" }),
      "`status` is inherited, and would be lost; write it in the definition itself",
    ],
  ])("are refused: %#", (definition, message) => {
    expect(about(definition as never)).toEqual([message]);
  });
});

describe("requirements", () => {
  const schema = v.object({ API_KEY: v.string() });
  const notASchema =
    "`requires` must be a schema over the environment, such as z.object({ API_KEY: z.string().min(1) })";
  const notByValue =
    "`requires` of a oneOf flag must hold a schema for each value that needs one, such as { postgresql: z.object({ DATABASE_URL: z.url() }) }";

  it.each([
    [make.boolean({ ...on, requires: { API_KEY: "x" } }), notASchema],
    [make.boolean({ ...on, requires: ["API_KEY"] }), notASchema],
    [make.experiment({ control: 1 }, { ...variants, requires: { control: schema } }), notASchema],
    [make.oneOf(["x", "y"], { default: "x", requires: schema }), notByValue],
    [make.oneOf(["x", "y"], { default: "x", requires: z.object({}) }), notByValue],
    [make.oneOf(["x", "y"], { default: "x", requires: "API_KEY" }), notByValue],
    [make.oneOf(["x", "y"], { default: "x", requires: null }), notByValue],
    [
      make.oneOf(["x", "y"], { default: "x", requires: { y: "K" } }),
      "`requires.y` must be a schema over the environment",
    ],
    [
      make.oneOf(["sqlite", "postgresql"], { default: "sqlite", requires: { postgres: schema } }),
      '`requires.postgres` is for no value of the flag; did you mean "postgresql"?',
    ],
  ])("must be schemas over the environment: %#", (definition, message) => {
    expect(about(definition)).toEqual([message]);
  });

  it("may be left out for a value", () => {
    const some = { default: "x", requires: { x: undefined, y: schema } };
    expect(() => define({ a: make.oneOf(["x", "y"], some) })).not.toThrow();
  });
});
