import { describe, expect, it } from "vitest";
import { hintsAmong } from "../../src/resolvers/hints.js";

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
