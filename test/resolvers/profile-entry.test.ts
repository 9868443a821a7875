import { describe, expect, it } from "vitest";
import type { RegisteredFlag } from "../../src/registry/registry.js";
import { BUILT_IN, joinGroups } from "../../src/resolvers/known-groups.js";
import { readEntry } from "../../src/resolvers/profile-entry.js";
import { YamlFile } from "../../src/resolvers/yaml-file.js";
import { didYouMean } from "../../src/rules/nearest.js";
import { fixtureRegistry } from "../fixtures/registry.js";

const { known } = joinGroups(BUILT_IN);

/** Reads the last key of a mapping as an entry of the flag of that name. */
function read(text: string) {
  const yaml = new YamlFile(text);
  const map = yaml.mapping(yaml.root);
  const [name, member] = (map === undefined ? [] : [...yaml.members(map).byName]).at(-1) ?? [];
  if (name === undefined || member === undefined) throw new Error("the text is no mapping");
  return readEntry(
    { yaml, file: "p.yaml", known, hint: didYouMean },
    fixtureRegistry.flags.get(name) as RegisteredFlag,
    member,
  );
}

function complaints(text: string): string[] {
  const reading = read(text);
  return "problems" in reading ? reading.problems.map(({ code, place, message }) => `${code} ${place} ${message}`) : [];
}

describe("an entry", () => {
  it.each([
    ["dark_mode: Off", { value: false }],
    ['dark_mode: "1"', { value: true }],
    ["new_checkout: 25%", { rule: { rollout: 25 } }],
    ["new_checkout: { rollout: 25% }", { rule: { rollout: 25 } }],
    ["database_type: postgresql", { value: "postgresql" }],
    [
      "answer_model: { weights: { control: 1 } }",
      { rule: { weights: { control: 1, treatment_a: 0, treatment_b: 0 } } },
    ],
    ["retries: { serve: 5, rollout: 10 }", { rule: { serve: 5, rollout: 10 } }],
    [
      "new_checkout: { serve: off, otherwise: on, allow: [ana, 7] }",
      { rule: { allow: ["ana", "7"], serve: false, otherwise: true } },
    ],
    ["greeting: 25%", { value: "25%" }],
    ["limits: { perMinute: 5 }", { value: { perMinute: 5 } }],
    ["limits: { serve: { perMinute: 5 } }", { rule: { serve: { perMinute: 5 } } }],
    ["anything: { rollout: 5 }", { value: { rollout: 5 } }],
    ["anything: [1, { serve: 2 }]", { value: [1, { serve: 2 }] }],
    ["anything: { serve: { serve: 1 } }", { rule: { serve: { serve: 1 } } }],
    [
      "limits: { rules: [{ when: { plan: pro }, serve: { perMinute: 9 } }, { serve: { perMinute: 1 } }] }",
      { rule: { rules: [{ when: { plan: "pro" }, serve: { perMinute: 9 } }, { serve: { perMinute: 1 } }] } },
    ],
    ["anything: { rules: [] }", { value: { rules: [] } }],
    ["anything: { rules: { serve: 1 } }", { value: { rules: { serve: 1 } } }],
    ["anything: { rules: [{ serve: 1 }, { rollout: 5 }] }", { value: { rules: [{ serve: 1 }, { rollout: 5 }] } }],
    ["anything: { rules: [1] }", { value: { rules: [1] } }],
  ])("reads %s", (text, content) => {
    expect(read(text)).toEqual({ prepared: { ...content, place: "p.yaml:1:1", overridable: true } });
  });

  it("is final where it is locked", () => {
    expect(read("new_checkout: { locked: true, rollout: 5 }")).toEqual({
      prepared: { rule: { rollout: 5 }, place: "p.yaml:1:1" },
    });
    expect(read("new_checkout: { locked: false, rollout: 5 }")).toMatchObject({ prepared: { overridable: true } });
    const reading = read("new_checkout: { locked: true, serve: yes }");
    expect("prepared" in reading && Object.isFrozen(reading.prepared)).toBe(true);
  });

  it("keeps names of its own apart from what objects have by nature", () => {
    const reading = read("anything: { __proto__: { a: 1 }, constructor: 2 }");
    const value = "prepared" in reading && "value" in reading.prepared ? reading.prepared.value : undefined;
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

const BOOLEAN = "write true or false (or yes/no, on/off, enabled/disabled, 1/0)";

describe("an entry that cannot be", () => {
  it.each([
    ["new_checkout: maybe", [`INVALID_VALUE p.yaml:1:15 "maybe" is not a boolean; ${BOOLEAN}`]],
    ["new_checkout: 2", [`INVALID_VALUE p.yaml:1:15 2 is not a boolean; ${BOOLEAN}, or "2%" for a share of the users`]],
    ["new_checkout: [true]", [`INVALID_VALUE p.yaml:1:15 a list is not a boolean; ${BOOLEAN}`]],
    ["new_checkout: 120%", ['INVALID_VALUE p.yaml:1:15 "120%" is not a rollout; write a percentage from 0% to 100%']],
    [
      "new_checkout:",
      ["INVALID_VALUE p.yaml:1:1 nothing is written after `new_checkout:`; give it a value, or take the line away"],
    ],
    [
      "anything: ~",
      ["INVALID_VALUE p.yaml:1:1 nothing is written after `anything:`; give it a value, or take the line away"],
    ],
    [
      "{ anything }",
      ["INVALID_VALUE p.yaml:1:3 nothing is written after `anything:`; give it a value, or take the line away"],
    ],
    ["greeting: 42", ["INVALID_VALUE p.yaml:1:11 42 is not a text; put it in quotes"]],
    ["api_version: 1.0", ["INVALID_VALUE p.yaml:1:14 1 is not one of 1.0, 2.0; put it in quotes"]],
    ["api_version: 3.0", ["INVALID_VALUE p.yaml:1:14 3 is not one of 1.0, 2.0"]],
    [
      "limits: { perMinute: x }",
      ["INVALID_VALUE p.yaml:1:9 perMinute: Invalid input: expected number, received string"],
    ],
    [
      "limits: { perMinute: 5, rollout: 10 }",
      [
        'INVALID_VALUE p.yaml:1:9 Unrecognized key: "rollout"; an object is a value here unless it has `serve`, or `rules` that all have it',
      ],
    ],
    [
      "limits: { rules: [{ serve: { perMinute: x } }] }",
      [expect.stringMatching(/^INVALID_RULE p\.yaml:1:\d+ `rules\.0\.serve`/)],
    ],
  ])("is refused: %s", (text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });

  it.each([
    ["{ rolout: 5 }", ['p.yaml:1:17 a rule has no `rolout`; did you mean "rollout"?']],
    ["{ rollout: 150 }", ["p.yaml:1:17 `rollout` must be a percentage from 0 to 100, not 150"]],
    ["{ value: 5 }", ["p.yaml:1:17 a rule has no `value`; use `serve`"]],
    ["{ lock: true }", ['p.yaml:1:17 a rule has no `lock`; did you mean "locked"?']],
    ["{ locked: yes, rollout: 5 }", ["p.yaml:1:17 `locked` must be true or false"]],
    ["{ locked: , rollout: 5 }", ["p.yaml:1:17 `locked` must be true or false"]],
    ["{ when: {} }", ["p.yaml:1:17 `when` is empty and would match everybody; say what it asks, or leave it out"]],
    ["{ serve: maybe }", [`p.yaml:1:17 \`serve\`: "maybe" is not a boolean; ${BOOLEAN}`]],
    ["{ weights: { on: 1 } }", ["p.yaml:1:17 `weights` need named values, and a boolean flag has none; use `serve`"]],
    [
      "{ allow: [ana, 007, 1.10] }",
      [
        "p.yaml:1:30 `allow`: YAML reads 007 as the number 7; put it in quotes",
        "p.yaml:1:35 `allow`: YAML reads 1.10 as the number 1.1; put it in quotes",
      ],
    ],
    [
      "{ deny: [12345678901234567890] }",
      ["p.yaml:1:24 `deny`: YAML reads 12345678901234567890 as the number 12345678901234567000; put it in quotes"],
    ],
    ["{ allow: [ana, [ben]] }", [expect.stringMatching(/^p\.yaml:1:30 `allow/)]],
  ])("is refused as a rule: %s", (rule, expected) => {
    expect(complaints(`new_checkout: ${rule}`)).toEqual(
      expected.map((line) =>
        typeof line === "string" ? `INVALID_RULE ${line}` : expect.stringMatching(/^INVALID_RULE p\.yaml:1:30 `allow/),
      ),
    );
  });

  it("is told of `serve` once where it wrote `value`", () => {
    expect(complaints("retries: { value: 5 }")).toEqual([
      "INVALID_RULE p.yaml:1:12 a rule has no `value`; use `serve`",
    ]);
    expect(complaints("retries: { rollout: 5 }")).toEqual([
      "INVALID_RULE p.yaml:1:10 a rule of a number flag needs `serve`: the value for those who pass",
    ]);
  });

  it("may name a value as objects do by nature", () => {
    expect(complaints("answer_model: { weights: { __proto__: 1, control: 1 } }")).toEqual([
      'INVALID_RULE p.yaml:1:28 `weights` name "__proto__", which is no value of the flag; it has control, treatment_a, treatment_b',
    ]);
    expect(complaints("answer_model: { weights: { constructor: 1 } }")).toEqual([
      'INVALID_RULE p.yaml:1:28 `weights` name "constructor", which is no value of the flag; it has control, treatment_a, treatment_b',
    ]);
    expect(complaints("new_checkout: { __proto__: 1 }")).toEqual([
      expect.stringContaining("a rule has no `__proto__`"),
    ]);
  });

  it("is placed where it is written, or at the alias that brought it", () => {
    expect(complaints("x-r: &r { rollout: 150 }\nnew_checkout: *r\n")).toEqual([
      "INVALID_RULE p.yaml:2:15 `rollout` must be a percentage from 0 to 100, not 150",
    ]);
    expect(complaints("x-r: &r { rollout: 150 }\nnew_checkout:\n  <<: *r\n  by: id\n")).toEqual([
      "INVALID_RULE p.yaml:1:11 `rollout` must be a percentage from 0 to 100, not 150",
    ]);
    expect(complaints("x-u: &u [007]\nnew_checkout:\n  allow: *u\n")).toEqual([
      "INVALID_RULE p.yaml:3:3 `allow`: YAML reads 007 as the number 7; put it in quotes",
    ]);
  });

  it("is refused for what YAML alone shows", () => {
    expect(complaints("anything: { a: { b: 1, b: 2 } }")).toEqual([
      'INVALID_CONFIGURATION p.yaml:1:24 the key "b" is written twice; it stands in line 1 already',
    ]);
    expect(complaints("anything: { 404: x }")).toEqual([
      "INVALID_CONFIGURATION p.yaml:1:13 a key must be a text; put it in quotes",
    ]);
    expect(complaints("anything: [*b]")).toEqual([
      "INVALID_CONFIGURATION p.yaml:1:12 no anchor `&b` ends before this alias",
    ]);
  });
});
