import { describe, expect, it } from "vitest";
import { hintsAmong, noHint, thriftyHints } from "../../src/resolvers/hints.js";

describe("hintsAmong", () => {
  it("finds what was probably meant", () => {
    const hint = hintsAmong(["new_checkout", "dark_mode"]);
    expect(hint("new_chekout")).toBe("new_checkout");
    expect(hint("something_else_entirely")).toBeUndefined();
  });

  it("answers the first question among very many candidates, and then gives up", () => {
    const hint = hintsAmong(Array.from({ length: 30_000 }, (_, index) => `flag_${index}`));
    expect(hint("flug_1")).toBe("flag_1");
    expect(hint("flug_1")).toBeUndefined();
  });
});

describe("thriftyHints", () => {
  it("asks about other candidates each time, out of one purse", () => {
    const hint = thriftyHints();
    expect(hint("beat", ["beta", "staff"])).toBe('; did you mean "beta"?');
    expect(hint("stuff", new Set(["staff"]))).toBe('; did you mean "staff"?');
    expect(hint("q", ["something_else"])).toBe("");
    const many = Array.from({ length: 30_000 }, (_, index) => `segment_${index}`);
    expect(hint("sagment_1", many)).toBe('; did you mean "segment_1"?');
    expect(hint("sagment_1", many)).toBe("");
    expect(hint("beat", ["beta"])).toBe("");
  });

  it("is nothing where nobody waits for a hint", () => {
    expect(noHint("beat", ["beta"])).toBe("");
  });
});
