import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import * as z from "zod";
import * as mini from "zod/mini";
import { flag } from "../../src/registry/flag.js";
import { registryJsonSchema } from "../../src/registry/json-schema.js";
import { type AnyRegistry, defineFlags } from "../../src/registry/registry.js";
import type { Schema } from "../../src/registry/standard-schema.js";
import { RULE_WORDS } from "../../src/rules/schema.js";
import { profileFixtures } from "../fixtures/profiles.js";
import { fixtureRegistry } from "../fixtures/registry.js";
import { agree, agreeOnEntry, ajv, loads, valid } from "./profile-agreement.js";

const { flags } = fixtureRegistry;

function read(text: string): unknown {
  return parseYaml(text, { merge: true });
}

/** What the schema says of one flag's entry. */
function entryOf(registry: AnyRegistry, name: string): Record<string, unknown> {
  const schema = registryJsonSchema(registry) as {
    $defs: { feature_flags: { anyOf: [{ properties: Record<string, Record<string, unknown>> }] } };
  };
  return schema.$defs.feature_flags.anyOf[0].properties[name] ?? {};
}

describe("registryJsonSchema", () => {
  it("says which draft it is, and is plain JSON", () => {
    const schema = registryJsonSchema(fixtureRegistry);
    expect(schema).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema", title: "burgee profile" });
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  it("tells editors of each flag what its definition says", () => {
    expect(entryOf(fixtureRegistry, "new_checkout")).toMatchObject({
      description: "The one-page checkout\n\nDefault: false. Owner: payments.",
      default: false,
    });
    expect(entryOf(fixtureRegistry, "dark_mode")).toMatchObject({
      description: "Default: true. Status: deprecated.",
      default: true,
      deprecated: true,
    });
    expect(entryOf(fixtureRegistry, "retries")).not.toHaveProperty("deprecated");
  });

  it("knows every word of a rule that the version knows", () => {
    const text = JSON.stringify(entryOf(fixtureRegistry, "answer_model"));
    for (const word of RULE_WORDS) expect(text).toContain(`"${word}":`);
  });

  it.each(profileFixtures("good"))("accepts good/%s", (_, text) => {
    valid(read(text));
    expect(valid.errors).toBeNull();
    expect(loads(text)).toBe(true);
  });

  it.each(profileFixtures("bad"))("refuses bad/%s", (_, text) => {
    expect(valid(read(text))).toBe(false);
    expect(loads(text)).toBe(false);
  });

  it.each(profileFixtures("bad-text"))("leaves bad-text/%s to those who see the text", (_, text) => {
    expect(loads(text)).toBe(false);
  });
});

describe("it agrees with parseProfile", () => {
  const booleanWords = [
    "true",
    "Yes",
    " on ",
    "ENABLED",
    "1",
    "faLse",
    "no",
    "off",
    "disabled",
    "0",
    "maybe",
    "2",
    "",
    "oui",
  ];
  const percentages = [
    "25%",
    "100%",
    "100.0 %",
    " 0% ",
    "0.5%",
    "007%",
    "101%",
    "100.5%",
    "1000%",
    "-1%",
    ".5%",
    "5.%",
    "5%%",
    "%",
    "5",
  ];
  const units = fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, true, "", {}), fc.array(fc.constant("a")));
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(
      ...booleanWords,
      ...percentages,
      ...[...flags.values()].flatMap(({ values = [] }) => values),
    ),
    fc.constantFrom<unknown>(null, true, false, 0, 1, 2, -1, 10.5, 1e-9, 1e-7, 100, 100.1, "hello", "good-morning"),
  );
  const limits = fc.record({ perMinute: scalar, burst: scalar, extra: scalar }, { requiredKeys: [] });
  const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), limits, fc.constant({ perMinute: 1 }));
  const weights = fc.dictionary(
    fc.constantFrom("control", "treatment_a", "sqlite", "other"),
    fc.oneof(fc.constantFrom(0, 1, 2.5), scalar),
  );
  const rule = fc.record(
    {
      deny: fc.oneof(fc.array(units), scalar),
      allow: fc.oneof(fc.array(fc.constantFrom("a", 5)), fc.array(units)),
      rollout: fc.oneof(scalar, fc.double({ min: -1, max: 101, noNaN: true })),
      by: fc.oneof(fc.constantFrom("id", "", "instance"), fc.array(fc.constantFrom("id", "", 5)), scalar),
      salt: fc.oneof(fc.constant("salt"), scalar),
      serve: value,
      otherwise: value,
      weights: fc.oneof({ weight: 3, arbitrary: weights }, { weight: 1, arbitrary: scalar }),
      locked: fc.oneof(fc.boolean(), scalar),
      name: fc.oneof(fc.constant("name"), scalar),
      when: fc.constantFrom({}, { plan: "pro" }, { $segment: "staff" }, { $in: [] }),
      schedule: fc.constantFrom({}, { from: "2027-01-31" }, { until: "2027-02-31" }, null),
      hash: fc.constantFrom("murmur3-v1", "", 5),
      holdout: fc.constantFrom("q3", "", null),
      steps: fc.constantFrom([], [{ at: "2027-01-31", rollout: 5 }], [{ at: "2027-01-31" }]),
      linear: fc.constantFrom({}, { from: "2027-01-31", until: "2027-02-01" }),
      value: scalar,
    },
    { requiredKeys: [] },
  );
  // Whether a layer has a slice for the flag only the parser can say.
  const words = [...RULE_WORDS, "locked"].filter((word) => word !== "rules" && word !== "layer");
  const fewWords = fc
    .tuple(rule, fc.subarray(words, { maxLength: 3 }))
    .map(([whole, keep]) => Object.fromEntries(Object.entries(whole).filter(([word]) => keep.includes(word))));
  // One item at most: that one stands behind a rule for everybody only the parser can say.
  const list = fc
    .tuple(fewWords, fc.array(fewWords, { maxLength: 1 }))
    .map(([beside, rules]): Record<string, unknown> => ({ ...beside, rules }));

  it("about every kind of entry", () => {
    const entry = fc.record({ name: fc.constantFrom(...flags.keys()), entry: fc.oneof(value, rule, fewWords, list) });
    const counts = { accepted: 0, refused: 0 };
    const property = fc.property(entry, ({ name, entry }) => {
      counts[agreeOnEntry(name, entry) ? "accepted" : "refused"]++;
    });
    fc.assert(property, { numRuns: 5_000 });
    expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(250);
  });

  it("about every form of the file", () => {
    const keys = fc.constantFrom("feature_flags", "profiles", "x-anchor", "segments", "other", "new_checkout", "a");
    const part = fc.letrec((tie) => ({
      node: fc.oneof({ depthSize: "small" }, fc.constantFrom(null, true, "a", 1, []), tie("map")),
      map: fc.dictionary(keys, tie("node"), { maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(part.node, (profile) => void agree(profile)),
      { numRuns: 3000 },
    );
  });

  it("about every word of a boolean, and every percentage", () => {
    for (const word of [...booleanWords, ...percentages]) {
      agree({ feature_flags: { new_checkout: word } });
      agree({ feature_flags: { new_checkout: { rollout: word } } });
      agree({ feature_flags: { greeting: word } });
    }
  });

  it("about the smallest share that reaches anybody", () => {
    const smallest = 50 / 2 ** 32;
    for (const rollout of [smallest, smallest * 0.999, smallest * 1.001, 0, -0])
      agree({ feature_flags: { new_checkout: { rollout } } });
    expect(loads(`feature_flags: { new_checkout: { rollout: ${smallest} } }`)).toBe(true);
  });
});

describe("schemas of the flags' own", () => {
  function check(schema: Schema, value: unknown): boolean {
    const registry = defineFlags({ it: flag.json(schema, { default: null }) });
    return new Ajv2020({ ownProperties: true }).compile(registryJsonSchema(registry))({ feature_flags: { it: value } });
  }

  it("may be recursive, and use definitions", () => {
    const Tree = z.object({
      name: z.string(),
      get children() {
        return z.array(Tree).optional();
      },
    });
    const shared = z.object({ perMinute: z.number() }).meta({ id: "limit" });
    const registry = defineFlags({
      tree: flag.json(Tree, { default: { name: "root" } }),
      pair: flag.json(z.object({ a: shared, b: shared }), { default: { a: { perMinute: 1 }, b: { perMinute: 1 } } }),
    });
    const accepts = new Ajv2020().compile(registryJsonSchema(registry));
    expect(accepts({ feature_flags: { tree: { name: "a", children: [{ name: "b" }] } } })).toBe(true);
    expect(accepts({ feature_flags: { tree: { name: "a", children: [{ nam: "b" }] } } })).toBe(false);
    expect(accepts({ feature_flags: { pair: { a: { perMinute: 1 }, b: { perMinute: 2 } } } })).toBe(true);
    expect(accepts({ feature_flags: { pair: { a: { perMinute: 1 }, b: { perMinute: "2" } } } })).toBe(false);
  });

  it("say what they take in, not what they make of it", () => {
    const schema = z.object({ hosts: z.string().transform((text) => text.split(",")) }) as unknown as Schema;
    const given: unknown[] = [{ hosts: "a,b" }, { hosts: ["a"] }];
    const lenient = { "~standard": { ...schema["~standard"], validate: (value: unknown) => ({ value }) } };
    expect(given.map((value) => check(lenient, value))).toEqual([true, false]);
  });

  it("stand for anything where they cannot be said in JSON Schema, or are not offered", () => {
    const plain = (jsonSchema?: unknown): Schema =>
      ({
        "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }), jsonSchema },
      }) as Schema;
    const throws = () => {
      throw new Error("cannot be said");
    };
    const anything = mini.any() as unknown as Schema;
    for (const schema of [
      anything,
      plain(),
      plain({ input: throws }),
      plain({ input: () => null }),
      plain({ input: () => "x" }),
    ]) {
      expect(check(schema, { a: [1] })).toBe(true);
      expect(check(schema, null)).toBe(false);
      expect(check(schema, { serve: null })).toBe(true);
      expect(check(schema, { serve: 1, nonsense: 2 })).toBe(false);
    }
  });
});
