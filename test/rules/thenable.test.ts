import { describe, expect, it } from "vitest";
import { comesLate, isThenable } from "../../src/rules/thenable.js";

// biome-ignore lint/suspicious/noThenProperty: an object that only looks like a promise is what is tested
const lookalike = { then: (_: unknown, failed: (reason: Error) => void) => failed(new Error("later")) };

describe("isThenable", () => {
  it.each([
    [Promise.resolve(1), true],
    [lookalike, true],
    // biome-ignore lint/suspicious/noThenProperty: as above
    [{ then: 1 }, false],
    [undefined, false],
    [null, false],
    ["then", false],
    [{}, false],
  ])("of %o", (given, is) => {
    expect(isThenable(given)).toBe(is);
  });
});

describe("comesLate", () => {
  it("leaves no rejection behind", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    expect(comesLate(Promise.reject(new Error("late")))).toBe(true);
    expect(comesLate(lookalike)).toBe(true);
    expect(comesLate("at once")).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });
});
