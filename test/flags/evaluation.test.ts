import { createFlags, defineFlags, flag } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorsOf, isolated, looseFlags, recorder, thrownBy } from "./fixtures/isolated.js";

const registry = defineFlags({
  open: flag.boolean({ default: true }),
  shut: flag.boolean({ default: false }),
  half: flag.boolean({ default: false, rule: { rollout: 50 } }),
  backend: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
  model: flag.experiment({ control: 50, treatment: 50 }, { default: "control" }),
  limit: flag.number({ default: 10 }),
  greeting: flag.string({ default: "hello" }),
  sizes: flag.json(z.object({ max: z.number() }), { default: { max: 1 } }),
});
const create = () => createFlags(registry, isolated);

/** What JavaScript may do: ask for anything. */
interface Untyped {
  isEnabled(name: unknown, context?: unknown): unknown;
  resolveVariant(name: unknown, context?: unknown): unknown;
  value(name: unknown, context?: unknown): unknown;
  evaluate(name: unknown, context?: unknown): { value: unknown; reason: string; source: string; errorCode?: string };
  requireEnabled(name: unknown, context?: unknown): void;
  getAllFlags(context?: unknown): Record<string, unknown>;
  snapshot(context?: unknown): Untyped;
}
const untyped = (flags: object) => flags as Untyped;

const hostile = {
  get userId(): string {
    throw new Error("lost connection");
  },
};

describe("asking for a flag", () => {
  it("gives values of every kind", () => {
    const flags = create();
    expect(flags.isEnabled("open")).toBe(true);
    expect(flags.isEnabled("shut")).toBe(false);
    expect(flags.resolveVariant("backend")).toBe("sqlite");
    expect(["control", "treatment"]).toContain(flags.resolveVariant("model", { userId: "u1" }));
    expect(flags.value("limit")).toBe(10);
    expect(flags.value("greeting")).toBe("hello");
    expect(flags.value("sizes")).toEqual({ max: 1 });
  });

  it("gives every flag at once, the same as each by itself", () => {
    const flags = create();
    for (const context of [{}, { userId: "u1" }, { userId: "u2" }, { targetingKey: "u3" }]) {
      const all = flags.getAllFlags(context);
      expect(Object.keys(all)).toEqual(registry.names);
      const single = Object.fromEntries(registry.names.map((name) => [name, untyped(flags).value(name, context)]));
      expect(all).toEqual(single);
    }
  });

  it("gives every flag as it is after a change, in an object of the caller's own", () => {
    const flags = create();
    const before = flags.getAllFlags();
    Object.assign(before, { limit: 99 });
    expect(flags.getAllFlags().limit).toBe(10);
    flags.setFlag("limit", 11);
    flags.setRule("open", { rollout: 50 });
    expect(flags.getAllFlags({ userId: "u1" })).toMatchObject({
      limit: 11,
      open: flags.isEnabled("open", { userId: "u1" }),
    });
  });

  it("shares frozen answers, so that evaluating allocates nothing", () => {
    const flags = create();
    for (const name of ["open", "half", "model", "limit"] as const) {
      const answer = flags.evaluate(name, { userId: "u1" });
      expect(Object.isFrozen(answer)).toBe(true);
      expect(flags.evaluate(name, { userId: "u1" })).toBe(answer);
    }
    expect(Object.isFrozen(flags.value("sizes"))).toBe(true);
  });

  it("throws from requireEnabled what turned the flag off, and nothing where it is on", () => {
    const flags = looseFlags({
      parent: flag.boolean({ default: false }),
      child: flag.boolean({ default: true, dependsOn: ["parent"] }),
      on: flag.boolean({ default: true }),
      limit: flag.number({ default: 1 }),
    });
    expect(flags.requireEnabled("on")).toBeUndefined();
    const error = thrownBy(() => flags.requireEnabled("child"));
    expect(error).toMatchObject({ code: "FLAG_DISABLED", flag: "child" });
    expect(error.message).toBe('flag "child" is off (by dependency "parent")');
    flags.kill("on");
    expect(thrownBy(() => flags.requireEnabled("on")).message).toBe('flag "on" is off (by kill)');
    expect(thrownBy(() => flags.requireEnabled("onn"))).toMatchObject({
      code: "FLAG_NOT_FOUND",
      flag: "onn",
      message: 'unknown flag "onn"; did you mean "on"?',
    });
    expect(thrownBy(() => untyped(flags).requireEnabled(Symbol("x"))).code).toBe("FLAG_NOT_FOUND");
    expect(thrownBy(() => flags.requireEnabled("limit"))).toMatchObject({ code: "TYPE_MISMATCH", flag: "limit" });
  });
});

describe("asking wrongly", () => {
  it("answers off with reason ERROR for a name that is none, and says so once", () => {
    const { logger, lines } = recorder();
    const flags = createFlags(registry, { ...isolated, logger });
    const errors = errorsOf(flags);
    const asked = untyped(flags);
    expect(asked.isEnabled("opne")).toBe(false);
    expect(asked.value("opne")).toBeUndefined();
    expect(asked.resolveVariant("opne")).toBeUndefined();
    expect(asked.evaluate("opne")).toEqual({
      value: undefined,
      reason: "ERROR",
      source: "default",
      errorCode: "FLAG_NOT_FOUND",
    });
    expect(errors).toMatchObject([
      { code: "FLAG_NOT_FOUND", flag: "opne", message: 'unknown flag "opne"; did you mean "open"?' },
    ]);
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
    asked.isEnabled("another");
    expect(errors).toHaveLength(2);
  });

  it("says once for each flag that it is of another kind", () => {
    const flags = create();
    const errors = errorsOf(flags);
    for (let turn = 0; turn < 3; turn++) {
      expect(untyped(flags).isEnabled("limit")).toBe(false);
      expect(untyped(flags).resolveVariant("open")).toBeUndefined();
    }
    expect(errors.map(({ code, flag: name }) => [code, name])).toEqual([
      ["TYPE_MISMATCH", "limit"],
      ["TYPE_MISMATCH", "open"],
    ]);
  });

  it.each([undefined, null, 7, Symbol("open"), {}, Object.create(null), "", "a".repeat(10_000)])(
    "never throws, whatever the name",
    (name) => {
      const asked = untyped(create());
      expect(asked.isEnabled(name)).toBe(false);
      expect(asked.value(name)).toBeUndefined();
      expect(asked.evaluate(name).errorCode).toBe("FLAG_NOT_FOUND");
    },
  );

  it.each([null, 7, "u1", Symbol("u1"), [], () => "u1", { userId: {} }, { userId: Number.NaN }, Object.create(null)])(
    "never throws, whatever the context",
    (context) => {
      const asked = untyped(create());
      expect(asked.isEnabled("half", context)).toBe(false);
      expect(asked.getAllFlags(context).half).toBe(false);
      expect(asked.snapshot({ userId: {} }).isEnabled("half")).toBe(false);
    },
  );

  it("answers off with reason ERROR where reading the context throws, and says so once", () => {
    const flags = create();
    const errors = errorsOf(flags);
    const asked = untyped(flags);
    expect(asked.evaluate("half", hostile)).toEqual({
      value: false,
      reason: "ERROR",
      source: "default",
      errorCode: "INVALID_OPTIONS",
    });
    expect(asked.evaluate("model", hostile)).toMatchObject({ value: "control", variant: "control", reason: "ERROR" });
    expect(asked.getAllFlags(hostile)).toMatchObject({ open: true, half: false, limit: 10 });
    expect(asked.isEnabled("half", hostile)).toBe(false);
    expect(errors.map(({ code, flag: name }) => [code, name])).toEqual([
      ["INVALID_OPTIONS", "half"],
      ["INVALID_OPTIONS", "model"],
    ]);
    expect(errors[0]?.message).toContain("lost connection");
  });

  it("stops remembering what it said after a thousand slips, and goes on answering", () => {
    const flags = create();
    const errors = errorsOf(flags);
    for (let index = 0; index < 1_010; index++) expect(untyped(flags).isEnabled(`no${index}`)).toBe(false);
    expect(errors).toHaveLength(1_000);
  });
});

describe("flags with the names of Object's own", () => {
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty"];

  it("are flags where they are defined", () => {
    const definitions = Object.fromEntries(names.map((name) => [name, flag.boolean({ default: false })]));
    const flags = looseFlags(definitions);
    for (const name of names) {
      expect(flags.isEnabled(name)).toBe(false);
      flags.setRule(name, { allow: ["ana"] });
      expect(flags.isEnabled(name, { userId: "ana" })).toBe(true);
    }
    const all = flags.getAllFlags({ userId: "ana" });
    expect(Object.entries(all)).toEqual(names.map((name) => [name, true]));
    expect(Object.getPrototypeOf(all)).toBe(Object.prototype);
    expect(flags.getAuditLog("__proto__")).toHaveLength(1);
  });

  it("are no flags where they are not", () => {
    const flags = create();
    for (const name of names) {
      expect(untyped(flags).evaluate(name)).toMatchObject({ value: undefined, errorCode: "FLAG_NOT_FOUND" });
    }
  });
});

describe("after close()", () => {
  it("goes on answering with the last state", async () => {
    const flags = create();
    flags.setFlag("limit", 12);
    flags.kill("open");
    await flags.close();
    expect(flags.value("limit")).toBe(12);
    expect(flags.isEnabled("open")).toBe(false);
    expect(flags.getAllFlags().limit).toBe(12);
    expect(flags.snapshot().value("limit")).toBe(12);
    expect(flags.explain("limit").resolution.value).toBe(12);
  });

  it("is what `await using` does", async () => {
    const flags = create();
    await flags[Symbol.asyncDispose]();
    expect(thrownBy(() => flags.setFlag("limit", 1)).code).toBe("CLOSED");
  });
});
