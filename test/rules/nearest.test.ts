import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "../../src/rules/nearest.js";

describe("nearest", () => {
  it.each([
    ["new_chekout", ["new_checkout", "old_checkout"], "new_checkout"],
    ["NEW_CHECKOUT", ["new_checkout"], "new_checkout"],
    ["postgres", ["sqlite", "postgresql"], "postgresql"],
    ["rolout", ["deny", "allow", "rollout"], "rollout"],
    ["dynamic_skill_enable", ["dynamic_skills_enabled", "dynamic_personas_enabled"], "dynamic_skills_enabled"],
    ["treatmnet_a", ["treatment_b", "treatment_a"], "treatment_a"],
    ["b", ["a", "B"], "B"],
    ["x", ["a", "b"], undefined],
    ["ab", ["by", "cd"], undefined],
    ["", ["a", "ab"], undefined],
    ["whatsapp_enabled", ["max_upload_mb", "billing"], undefined],
    ["anything", [], undefined],
  ])("of %j among %j is %j", (wanted, candidates, found) => {
    expect(nearest(wanted, candidates)).toBe(found);
  });

  it("is the first of several equally near ones", () => {
    expect(nearest("flag_c", ["flag_a", "flag_b"])).toBe("flag_a");
  });

  it("agrees with a plain edit distance", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "_"), maxLength: 9 });
    const agrees = (wanted: string, candidates: string[]) => {
      const limit = Math.min(Math.max(2, Math.floor(wanted.length / 3)), wanted.length - 1);
      const distances = candidates.map((candidate) => distance(wanted, candidate));
      const best = Math.min(...distances);
      expect(nearest(wanted, candidates)).toBe(best <= limit ? candidates[distances.indexOf(best)] : undefined);
    };
    fc.assert(fc.property(word, fc.array(word, { maxLength: 5 }), agrees), { numRuns: 1_000 });
  });
});

/** Levenshtein's distance as it is defined. */
function distance(a: string, b: string, known = new Map<string, number>()): number {
  if (a === "" || b === "") return a.length + b.length;
  const key = `${a}|${b}`;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  const result =
    known.get(key) ??
    (a[0] === b[0]
      ? distance(restA, restB, known)
      : 1 + Math.min(distance(restA, b, known), distance(a, restB, known), distance(restA, restB, known)));
  known.set(key, result);
  return result;
}

describe("didYouMean", () => {
  it("asks, or says nothing", () => {
    expect(didYouMean("serv", ["serve"])).toBe('; did you mean "serve"?');
    expect(didYouMean("whatever", ["serve"])).toBe("");
  });
});
