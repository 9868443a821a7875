import { describe, expect, it } from "vitest";
import * as z from "zod";
import { flag } from "../../src/registry/flag.js";
import { registryJsonSchema } from "../../src/registry/json-schema.js";
import { defineFlags } from "../../src/registry/registry.js";
import { RULE_WORDS } from "../../src/rules/schema.js";
import { agree, agreeOnEntry } from "./profile-agreement.js";

type Cases = readonly (readonly [flag: string, right: readonly unknown[], wrong: readonly unknown[]])[];

/** For each word, rules of a flag that are right and rules that are wrong. */
const words: Readonly<Record<string, Cases>> = {
  name: [
    ["new_checkout", [{ name: "a", rollout: 5 }], [{ name: "a" }, { name: "", rollout: 5 }, { name: 5, rollout: 5 }]],
  ],
  deny: [
    ["new_checkout", [{ deny: [] }, { deny: ["u1", 7] }], [{ deny: "u1" }, { deny: [""] }, { deny: { on: [] } }]],
    ["answer_model", [{ deny: ["u1"] }], [{ deny: { control: ["u1"] } }]],
  ],
  allow: [
    [
      "new_checkout",
      [{ allow: [] }, { allow: ["u1", 7] }],
      [{ allow: "u1" }, { allow: [null] }, { allow: { true: [] } }],
    ],
    [
      "answer_model",
      [{ allow: ["u1"] }, { allow: { treatment_a: ["u1"], treatment_b: [7] } }, { allow: {} }],
      [{ allow: { treatment: ["u1"] } }, { allow: { control: "u1" } }, { allow: { control: [""] } }, { allow: "u1" }],
    ],
    ["database_type", [{ allow: { sqlite: ["u1"] }, serve: "postgresql" }], [{ allow: { sqlite: ["u1"] } }]],
    ["retries", [{ allow: ["u1"], serve: 5 }], [{ allow: { 5: ["u1"] }, serve: 5 }]],
  ],
  when: [
    ["new_checkout", [{ when: { plan: "pro" } }, { when: { $segment: "staff" } }], [{ when: {} }, { when: null }]],
    ["retries", [{ when: { plan: "pro" }, serve: 5 }], [{ when: { plan: "pro" } }, { when: { plan: {} }, serve: 5 }]],
  ],
  schedule: [
    [
      "new_checkout",
      [{ schedule: { from: "2027-01-31" } }, { schedule: { from: "2027-01-31", until: "2027-01-31T00:01Z" } }],
      [
        { schedule: {} },
        { schedule: { from: null } },
        { schedule: { from: "2027-02-30" } },
        { schedule: { from: "2027-01-31T09:00" } },
        { schedule: { after: "2027-01-31" } },
        { schedule: "2027-01-31" },
        { schedule: { until: 1830297600000 } },
      ],
    ],
  ],
  by: [
    [
      "new_checkout",
      [
        { by: "tenantId", rollout: 5 },
        { by: ["tenantId", "userId"], rollout: 5 },
      ],
      [{ by: "tenantId" }, { by: [], rollout: 5 }, { by: "", rollout: 5 }, { by: [""], rollout: 5 }],
    ],
  ],
  salt: [
    ["new_checkout", [{ salt: "s", rollout: 5 }], [{ salt: "", rollout: 5 }, { salt: 5, rollout: 5 }, { salt: "s" }]],
  ],
  hash: [
    [
      "new_checkout",
      [{ hash: "murmur3-v1", rollout: 5 }],
      [
        { hash: "", rollout: 5 },
        { hash: 3, rollout: 5 },
      ],
    ],
  ],
  holdout: [["new_checkout", [{ holdout: "q3" }], [{ holdout: "" }, { holdout: ["q3"] }]]],
  layer: [["new_checkout", [{ layer: "page" }, { layer: "page", rollout: 5 }], [{ layer: "" }, { layer: {} }]]],
  rollout: [
    ["new_checkout", [{ rollout: 0 }, { rollout: "25%" }], [{ rollout: 101 }, { rollout: "25" }, { rollout: null }]],
    ["answer_model", [{ rollout: 50, weights: { control: 1 } }], [{ rollout: [] }]],
  ],
  steps: [
    [
      "new_checkout",
      [
        { steps: [{ at: "2027-01-01", rollout: 5 }] },
        {
          steps: [
            { at: "2027-01-01", rollout: "5%" },
            { at: "2027-01-02T00:00Z", rollout: 0 },
          ],
        },
      ],
      [
        { steps: [] },
        { steps: { at: "2027-01-01", rollout: 5 } },
        { steps: [{ at: "2027-01-01" }] },
        { steps: [{ rollout: 5 }] },
        { steps: [{ at: "soon", rollout: 5 }] },
        { steps: [{ at: "2027-01-01", rollout: 101 }] },
        { steps: [{ at: "2027-01-01", rollout: 5, by: "userId" }] },
        { steps: [null] },
        { steps: [{ at: "2027-01-01", rollout: 5 }], rollout: 5 },
      ],
    ],
  ],
  linear: [
    [
      "new_checkout",
      [
        { linear: { from: "2027-01-01", until: "2027-01-02" } },
        { linear: { from: "2027-01-01", until: "2027-01-02", start: "50%", end: 0 } },
      ],
      [
        { linear: {} },
        { linear: { from: "2027-01-01" } },
        { linear: { until: "2027-01-01" } },
        { linear: { from: "2027-01-01", until: "2027-01-02", start: -1 } },
        { linear: { from: "2027-01-01", until: "2027-01-02", to: 5 } },
        { linear: { from: "2027-01-01", until: "2027-01-02" }, rollout: 5 },
        { linear: { from: "2027-01-01", until: "2027-01-02" }, steps: [{ at: "2027-01-01", rollout: 5 }] },
      ],
    ],
  ],
  serve: [
    ["new_checkout", [{ serve: "on" }, { serve: true }], [{ serve: "maybe" }, { serve: null }]],
    ["answer_model", [{ serve: "control" }], [{ serve: "treatment" }, { serve: "control", weights: { control: 1 } }]],
    ["limits", [{ serve: { perMinute: 1 } }], [{ serve: { perMinute: "1" } }, { serve: null }]],
  ],
  otherwise: [
    [
      "new_checkout",
      [
        { rollout: 5, otherwise: "no" },
        { rollout: 5, serve: 0, otherwise: "Yes" },
        { rules: [{ rollout: 5, otherwise: true }], otherwise: true },
      ],
      [
        { otherwise: true },
        { rollout: 5, otherwise: "maybe" },
        { rollout: 5, otherwise: "yes" },
        { rollout: 5, serve: "on", otherwise: 1 },
      ],
    ],
    ["retries", [{ serve: 1, otherwise: 2 }], [{ otherwise: 2 }, { serve: 1, otherwise: "2" }]],
  ],
  weights: [
    [
      "answer_model",
      [{ weights: { control: 1, treatment_a: 0 } }],
      [{ weights: {} }, { weights: { control: 0 } }, { weights: { control: -1 } }, { weights: { other: 1 } }],
    ],
    ["new_checkout", [], [{ weights: { true: 1 } }]],
  ],
  rules: [
    [
      "new_checkout",
      [
        { rules: [{ rollout: 5 }] },
        {
          rules: [
            { name: "staff", when: { $segment: "staff" } },
            { rollout: 1, by: "tenantId" },
          ],
          otherwise: true,
        },
        { rules: [{ allow: ["u1"] }, { schedule: { from: "2027-01-01" } }, { allow: [], rollout: 1 }] },
        {
          name: "n",
          deny: ["u1"],
          allow: ["u2"],
          when: { a: 1 },
          schedule: { until: "2027-01-01" },
          rules: [{ deny: [] }],
        },
        { rules: [{ holdout: "q3", layer: "page", hash: "murmur3-v1", salt: "s", rollout: 5 }], locked: true },
      ],
      [
        { rules: [] },
        { rules: { rollout: 5 } },
        { rules: [5] },
        { rules: [{}] },
        { rules: [{ otherwise: true }] },
        { rules: [{ rollout: 5 }, { rollout: 10 }] },
        { rules: [{ deny: ["u1"] }, { when: { a: 1 } }, { allow: ["u1"], rollout: 1 }] },
        { rules: [{ rules: [{ rollout: 5 }] }] },
        { rules: [{ rollout: 5, locked: true }] },
        { rules: [{ rollout: 5, steps: [{ at: "2027-01-01", rollout: 5 }] }] },
        { rules: [{ rollout: 5 }], by: "tenantId" },
        { rules: [{ rollout: 5 }], salt: "s" },
        { rules: [{ rollout: 5 }], hash: "murmur3-v1" },
        { rules: [{ rollout: 5 }], holdout: "q3" },
        { rules: [{ rollout: 5 }], layer: "page" },
        { rules: [{ rollout: 5 }], rollout: 5 },
        { rules: [{ rollout: 5 }], steps: [{ at: "2027-01-01", rollout: 5 }] },
        { rules: [{ rollout: 5 }], linear: { from: "2027-01-01", until: "2027-01-02" } },
        { rules: [{ rollout: 5 }], serve: true },
        { rules: null },
      ],
    ],
    [
      "answer_model",
      [
        {
          rules: [{ allow: { control: ["u1"] }, when: { a: 1 } }, { weights: { control: 1 } }],
          otherwise: "treatment_a",
        },
        { rules: [{}] },
      ],
      [
        { rules: [{ allow: { control: ["u1"] } }, { rollout: 5 }] },
        { rules: [{ serve: "control", weights: { control: 1 } }] },
        { rules: [{ serve: "other" }] },
        { rules: [{ rollout: 5 }], weights: { control: 1 } },
      ],
    ],
    ["database_type", [{ rules: [{ when: { a: 1 }, serve: "postgresql" }] }], [{ rules: [{ when: { a: 1 } }] }]],
    ["retries", [{ rules: [{ when: { a: 1 }, serve: 5 }] }], [{ rules: [{ when: { a: 1 }, serve: "5" }] }]],
    [
      "limits",
      [
        { rules: [{ serve: { perMinute: 5 } }] },
        { rules: [{ when: { a: 1 }, serve: { perMinute: 5 } }, { serve: { perMinute: 1 } }], locked: true },
      ],
      [
        { rules: [] },
        { rules: [{ serve: { perMinute: "5" } }] },
        { rules: [{ rollout: 1 }], serve: { perMinute: 5 } },
        { rules: [{ serve: { perMinute: 5 } }, { rollout: 1 }] },
        { rules: [{ serve: { perMinute: 5 } }], rollout: 5 },
        { rules: [{ serve: { perMinute: 5 } }], perMinute: 5 },
      ],
    ],
    [
      "anything",
      [
        { rules: [{ serve: 1 }] },
        { rules: [] },
        { rules: [{ rollout: 1 }] },
        { rules: [{ serve: 1 }, 5], rollout: 5 },
        { rules: { serve: 1 } },
      ],
      [{ rules: [{ serve: 1 }], other: 5 }, { rules: [{ serve: 1 }, { serve: 2 }] }],
    ],
  ],
};

describe("rules: the schema and the parser agree", () => {
  it("about every word", () => {
    expect(Object.keys(words).sort()).toEqual([...RULE_WORDS].sort());
  });

  const cases = Object.entries(words).flatMap(([word, perFlag]) =>
    perFlag.flatMap(([name, right, wrong]) => [
      ...right.map((entry) => [word, name, entry, true] as const),
      ...wrong.map((entry) => [word, name, entry, false] as const),
    ]),
  );
  it.each(cases)("on `%s`: %s: %j is accepted: %s", (_, name, entry, verdict) => {
    expect(agreeOnEntry(name, entry)).toBe(verdict);
  });
});

describe("groups: the schema and the parser agree", () => {
  it.each([
    [{ segments: null, layers: null, holdouts: null }, true],
    [{ segments: {}, layers: {}, holdouts: {} }, true],
    [{ segments: { a: { plan: "pro" }, "any name": { $segment: "a" } } }, true],
    [{ segments: { a: {} } }, false],
    [{ segments: { a: null } }, false],
    [{ segments: [] }, false],
    [{ segments: "a" }, false],
    [{ layers: { a: { slices: {} } } }, true],
    [
      { layers: { a: { by: ["x", "y"], salt: "s", slices: { new_checkout: [0, "50%"], dark_mode: [50, 100] } } } },
      true,
    ],
    [{ layers: { a: {} } }, false],
    [{ layers: { a: null } }, false],
    [{ layers: { a: { slices: [] } } }, false],
    [{ layers: { a: { slices: { new_checkout: 50 } } } }, false],
    [{ layers: { a: { slices: { new_checkout: [0] } } } }, false],
    [{ layers: { a: { slices: { new_checkout: [0, 50, 100] } } } }, false],
    [{ layers: { a: { slices: { new_checkout: [0, 101] } } } }, false],
    [{ layers: { a: { slices: { unknown: [0, 50] } } } }, false],
    [{ layers: { a: { slices: {}, by: [] } } }, false],
    [{ layers: { a: { slices: {}, salt: "" } } }, false],
    [{ layers: { a: { slices: {}, hash: "murmur3-v1" } } }, false],
    [{ holdouts: { a: 5, b: "0.5%", c: { share: 0 }, d: { share: "5%", by: "x", salt: "s" } } }, true],
    [{ holdouts: { a: null } }, false],
    [{ holdouts: { a: 101 } }, false],
    [{ holdouts: { a: "5" } }, false],
    [{ holdouts: { a: {} } }, false],
    [{ holdouts: { a: { share: 5, of: "x" } } }, false],
    [{ holdouts: { a: { share: 5, by: "" } } }, false],
    [{ holdouts: 5 }, false],
    [{ profiles: { a: { segments: {} } } }, false],
    [{ profiles: { a: { layers: {} } } }, false],
    [{ profiles: { a: { holdouts: {} } } }, false],
  ])("%j is accepted: %s", (profile, verdict) => {
    expect(agree(profile)).toBe(verdict);
  });
});

describe("an experiment with payloads", () => {
  const registry = defineFlags({
    model: flag.experiment(
      { small: 1, large: 1 },
      {
        default: "small",
        payloads: { small: { tokens: 1 }, large: { tokens: 2 } },
        schema: z.object({ tokens: z.number() }),
      },
    ),
  });

  it("is written by the names of its variants; what belongs to them is not in the schema", () => {
    const text = JSON.stringify(registryJsonSchema(registry));
    expect(text).toContain('"enum":["small","large"]');
    expect(text).toContain('"default":"small"');
    expect(text).not.toContain("tokens");
  });
});
