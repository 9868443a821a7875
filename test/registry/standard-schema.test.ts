import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isSchema, issueKeys, issuePath, runSchema, type Schema } from "../../src/registry/standard-schema.js";

function schemaOf(validate: Schema["~standard"]["validate"]): Schema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

describe("isSchema", () => {
  it.each([
    ["zod", z.string(), true],
    ["valibot", v.string(), true],
    [
      "a function that carries the standard",
      Object.assign(
        () => 1,
        schemaOf(() => ({ value: 1 })),
      ),
      true,
    ],
    ["null", null, false],
    ["a text", "x", false],
    ["an object", {}, false],
    ["a function", () => 1, false],
    ["a standard without a validator", { "~standard": { version: 1 } }, false],
    ["a standard that is null", { "~standard": null }, false],
  ])("of %s", (_, given, is) => {
    expect(isSchema(given)).toBe(is);
  });
});

describe("runSchema", () => {
  it("gives what the schema made", () => {
    expect(runSchema(z.coerce.number(), "5")).toEqual({ value: 5 });
    expect(runSchema(v.optional(v.number(), 7), undefined)).toEqual({ value: 7 });
  });

  it("gives issues", () => {
    const result = runSchema(z.object({ a: z.number() }), { a: "x" });
    expect(result).toMatchObject({ issues: [{ path: ["a"], code: "invalid_type" }] });
  });

  it("knows an asynchronous one, and leaves no rejection behind", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    expect(
      runSchema(
        z.string().refine(async () => true),
        "x",
      ),
    ).toEqual({ asynchronous: true });
    expect(
      runSchema(
        v.pipeAsync(
          v.string(),
          v.checkAsync(async () => true),
        ) as never,
        "x",
      ),
    ).toEqual({ asynchronous: true });
    expect(
      runSchema(
        schemaOf(() => Promise.reject(new Error("late"))),
        "x",
      ),
    ).toEqual({ asynchronous: true });
    // biome-ignore lint/suspicious/noThenProperty: an object that only looks like a promise is what is tested
    const thenable = { then: (_: unknown, failed: (reason: Error) => void) => failed(new Error("later")) };
    expect(
      runSchema(
        schemaOf(() => thenable as never),
        "x",
      ),
    ).toEqual({ asynchronous: true });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  it("lets through what a schema throws", () => {
    const broken = schemaOf(() => {
      throw new TypeError("broken");
    });
    expect(() => runSchema(broken, 1)).toThrow("broken");
  });
});

describe("issueKeys", () => {
  it("keeps a key with a dot whole", () => {
    expect(issueKeys({ message: "", path: ["MY.URL", { key: 0 }] })).toEqual(["MY.URL", "0"]);
    expect(issueKeys({ message: "" })).toEqual([]);
  });
});

describe("issuePath", () => {
  it("joins keys, given plainly or in objects", () => {
    expect(issuePath({ message: "", path: ["a", 0, { key: "b" }] })).toBe("a.0.b");
    expect(issuePath({ message: "" })).toBe("");
    expect(issuePath({ message: "", path: [Symbol.for("s")] })).toBe("Symbol(s)");
    const [issue] = v.safeParse(v.object({ a: v.array(v.number()) }), { a: ["x"] }).issues ?? [];
    expect(issuePath(issue as never)).toBe("a.0");
  });
});
