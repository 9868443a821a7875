import {
  bucketings,
  configcat,
  flagd,
  growthbookV1,
  growthbookV2,
  launchdarkly,
  optimizely,
  posthog,
  statsig,
  unleash,
} from "burgee/bucketing";
import { describe, expect, it } from "vitest";
import { randomIds } from "./ids.js";

const ids = randomIds(3_000, 4);

it("are frozen, and known by the names that rules use", () => {
  expect(bucketings.map(({ name }) => name)).toEqual([
    "unleash",
    "flagd",
    "growthbook-v1",
    "growthbook-v2",
    "launchdarkly",
    "statsig",
    "posthog",
    "configcat",
    "optimizely",
  ]);
  expect([bucketings, ...bucketings].every(Object.isFrozen)).toBe(true);
});

describe("weights", () => {
  it.each([unleash, flagd, launchdarkly, statsig, posthog, configcat, optimizely])(
    "on another scale mean the same: $name",
    ({ variant }) => {
      const [halves, parts] = [variant("salt", [5, 3, 2], 100), variant("salt", [500, 300, 200], 100)];
      expect(ids.map(halves)).toEqual(ids.map(parts));
    },
  );

  it.each([growthbookV1, growthbookV2])("in percent mean the shares that they are: $name", ({ variant }) => {
    const [percents, shares] = [variant("salt", [33.3, 33.3, 33.4], 50), variant("salt", [0.333, 0.333, 0.334], 50)];
    expect(ids.map(percents)).toEqual(ids.map(shares));
  });

  it.each([flagd, launchdarkly, configcat, optimizely])(
    "share out those whom the rollout takes in: $name",
    ({ variant, rollout }) => {
      const [index, isIn] = [variant("salt", [50, 30, 20], 20), rollout("salt", 20)];
      expect(ids.map((id) => index(id) >= 0)).toEqual(ids.map(isIn));
    },
  );

  it("of GrowthBook keep everybody's variation while the coverage grows", () => {
    const [some, more] = [growthbookV2.variant("s", [1, 1, 1], 20), growthbookV2.variant("s", [1, 1, 1], 60)];
    const kept = ids.filter((id) => some(id) >= 0);
    expect(kept.map(more)).toEqual(kept.map(some));
  });
});

describe("points", () => {
  it.each([unleash, flagd, launchdarkly, statsig, configcat, optimizely])(
    "are below the share for those who are in: $name",
    ({ point, rollout }) => {
      const [at, isIn] = [point("salt", "rollout"), rollout("salt", 37)];
      expect(ids.map((id) => at(id) < 0.37)).toEqual(ids.map(isIn));
    },
  );

  it.each([growthbookV1, growthbookV2, posthog])(
    "are at most the share for those who are in: $name",
    ({ point, rollout }) => {
      const [at, isIn] = [point("salt", "rollout"), rollout("salt", 37)];
      expect(ids.map((id) => at(id) <= 0.37)).toEqual(ids.map(isIn));
    },
  );

  it.each(bucketings)("of variants lie in the variant's slice: $name", ({ point, variant }) => {
    const [at, index] = [point("salt", "variant"), variant("salt", [50, 30, 20], 100)];
    const sliceOf = (id: string) => [0.5, 0.8, 1].findIndex((end) => at(id) < end);
    expect(ids.map(sliceOf)).toEqual(ids.map(index));
  });
});

describe("shares that an origin cannot have", () => {
  it.each([
    [unleash, 12.5, "a rollout is a multiple of 1 % there, and 12.5 is none; use 12 or 13"],
    [configcat, 0.5, "a rollout is a multiple of 1 % there, and 0.5 is none; use 0 or 1"],
    [growthbookV1, 12.34, "a rollout is a multiple of 0.1 % there, and 12.34 is none; use 12.3 or 12.4"],
    [growthbookV2, 12.345, "a rollout is a multiple of 0.01 % there, and 12.345 is none; use 12.34 or 12.35"],
    [statsig, 12.345, "a rollout is a multiple of 0.01 % there, and 12.345 is none; use 12.34 or 12.35"],
    [optimizely, 12.345, "a rollout is a multiple of 0.01 % there, and 12.345 is none; use 12.34 or 12.35"],
    [launchdarkly, 0.0005, "a rollout is a multiple of 0.001 % there, and 0.0005 is none; use 0 or 0.001"],
    [flagd, 0.0005, "a rollout is a multiple of 0.001 % there, and 0.0005 is none; use 0 or 0.001"],
  ])("are said: $0.name, a rollout of $1 %", ({ problem }, percentage, message) => {
    expect(problem?.({ percentage })).toBe(message);
  });

  it.each([
    [unleash, undefined, "each weight gets whole parts of 1000 there, and the weight 1 would get 333.333"],
    [statsig, undefined, "each weight gets whole parts of 1000 there, and the weight 1 would get 333.333"],
    [launchdarkly, undefined, "each weight gets whole parts of 100000 there, and the weight 1 would get 33333.333"],
    [optimizely, 30.01, "each weight gets whole parts of 10000 there, and the weight 1 would get 1000.333"],
    [configcat, 20, "each weight gets whole parts of 100 there, and the weight 1 would get 6.667"],
  ])("are said: $0.name, three equal weights", ({ problem }, percentage, message) => {
    expect(problem?.({ percentage, weights: [1, 1, 1] })).toBe(message);
  });

  it("are, for flagd, weights that are no whole numbers, or too many", () => {
    expect(flagd.problem?.({ weights: [1, 0.5] })).toBe("weights are whole numbers there, and 0.5 is none");
    expect(flagd.problem?.({ weights: [2 ** 31 - 1, 1] })).toBe(
      "weights add up to at most 2147483647 there, and these to 2147483648",
    );
  });

  it("are none where there are no shares, or all or nobody", () => {
    for (const { problem } of bucketings) {
      expect([{}, { percentage: 0 }, { percentage: 100 }].map((shares) => problem?.(shares))).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });
});
