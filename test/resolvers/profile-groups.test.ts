import { describe, expect, it } from "vitest";
import { BUILT_IN } from "../../src/resolvers/known-groups.js";
import { type ProfileSubject, parseProfile } from "../../src/resolvers/profile-file.js";
import { bucketing } from "../../src/rules/bucketing.js";
import { checkGroups } from "../../src/rules/groups-check.js";
import { fixtureRegistry } from "../fixtures/registry.js";

const parse = (text: string, more: Partial<ProfileSubject> = {}) =>
  parseProfile(text, { file: "p.yaml", flags: fixtureRegistry.flags, unknown: "error", ...more });

const complaints = (text: string, more: Partial<ProfileSubject> = {}) =>
  parse(text, more).problems.map(({ code, place, message }) => `${code} ${place ?? "-"} ${message}`);

/** What code declares. */
const code = (given: Parameters<typeof checkGroups>[0]) => ({
  code: { ...BUILT_IN, groups: checkGroups(given).groups },
});

const GOOD = `
x-staff: &staff { team: { $in: [core, ops] } }
segments:
  staff: *staff
  beta: { $or: [{ $segment: staff }, { plan: beta }] }
layers:
  page:
    by: [tenantId, userId]
    slices: { answer_model: [0, 40], new_checkout: [40%, 80] }
holdouts:
  q3: 5%
  q4: { share: 0.5, by: tenantId }
feature_flags:
  new_checkout: { when: { $segment: beta }, layer: page, holdout: q3 }
  answer_model: { layer: page, holdout: q4 }
`;

describe("the groups of a profile", () => {
  it("are read at the top, in any order, aliases included", () => {
    const { known, entries, problems } = parse(GOOD);
    expect(problems).toEqual([]);
    expect([...entries.keys()]).toEqual(["new_checkout", "answer_model"]);
    expect(Object.fromEntries(known.groups.segments)).toEqual({
      staff: { team: { $in: ["core", "ops"] } },
      beta: { $or: [{ $segment: "staff" }, { plan: "beta" }] },
    });
    expect(Object.fromEntries(known.groups.layers)).toEqual({
      page: { by: ["tenantId", "userId"], slices: { answer_model: [0, 40], new_checkout: [40, 80] } },
    });
    expect(Object.fromEntries(known.groups.holdouts)).toEqual({ q3: { share: 5 }, q4: { share: 0.5, by: "tenantId" } });
  });

  it("may be empty, unused, and called as objects call things by nature", () => {
    const text = "segments: { __proto__: { a: 1 }, constructor: { b: 1 } }\nlayers:\nholdouts: {}\n";
    const { known, problems } = parse(text);
    expect(problems).toEqual([]);
    expect([...known.groups.segments.keys()]).toEqual(["__proto__", "constructor"]);
  });

  it("may be merged in", () => {
    const text = "x-all: &all { staff: { team: core } }\nsegments: { <<: *all, beta: { plan: beta } }\n";
    expect([...parse(text).known.groups.segments.keys()]).toEqual(["beta", "staff"]);
  });

  it("stand over those of code, name by name", () => {
    const given = code({ segments: { staff: { team: "a" }, vip: { plan: "vip" } }, holdouts: { q3: 1 } });
    const { known } = parse("segments: { staff: { team: b } }\nholdouts: { q4: 2 }\n", given);
    expect(Object.fromEntries(known.groups.segments)).toEqual({ staff: { team: "b" }, vip: { plan: "vip" } });
    expect([...known.groups.holdouts.keys()]).toEqual(["q3", "q4"]);
    expect([...parse("feature_flags: { new_checkout: { when: { $segment: vip } } }", given).entries.keys()]).toEqual([
      "new_checkout",
    ]);
  });

  it.each([
    [
      "segments: [a]",
      [
        "INVALID_CONFIGURATION p.yaml:1:11 `segments:` must be a mapping: names, each with a colon and what belongs to it",
      ],
    ],
    [
      "layers: 1",
      ["INVALID_CONFIGURATION p.yaml:1:9 `layers:` must be a mapping: names, each with a colon and what belongs to it"],
    ],
    ["holdouts: *none", ["INVALID_CONFIGURATION p.yaml:1:11 no anchor `&none` ends before this alias"]],
    [
      "segments:\n  a: { b: 1 }\n  a: { b: 2 }",
      ['INVALID_CONFIGURATION p.yaml:3:3 the key "a" is written twice; it stands in line 2 already'],
    ],
    [
      "holdouts: { a: 1 }\nholdouts: { a: 2 }",
      ['INVALID_CONFIGURATION p.yaml:2:1 the key "holdouts" is written twice; it stands in line 1 already'],
    ],
    [
      "segments:\n  a: { b: 1, b: 2 }",
      ['INVALID_CONFIGURATION p.yaml:2:14 the key "b" is written twice; it stands in line 2 already'],
    ],
    ["segments:\n  a: *b", ["INVALID_CONFIGURATION p.yaml:2:6 no anchor `&b` ends before this alias"]],
    ["segments:\n  a:", [/^INVALID_RULE p\.yaml:2:5 `segments\.a` must be a condition/]],
    ["segments:\n  a: {}", [/^INVALID_RULE p\.yaml:2:6 `segments\.a` is empty/]],
    [
      "segments:\n  a:\n    plan: { $foo: 1 }",
      [/^INVALID_RULE p\.yaml:3:13 `segments\.a\.plan\.\$foo` is no operator/],
    ],
    ["segments:\n  a: { plan: { $in: [x, { $y: 1 }] } }", [/^INVALID_RULE p\.yaml:2:2\d `segments\.a\.plan\.\$in\.1/]],
    [
      "segments:\n  a: { $segment: b }",
      ['INVALID_RULE p.yaml:2:8 `segments.a.$segment` names the segment "b", which is not there; there is a'],
    ],
    ["segments:\n  a: { $segment: a }", ["INVALID_RULE p.yaml:2:8 `segments.a.$segment` runs in a circle: a → a"]],
    [
      "segments:\n  a: { $segment: b }\n  b: { $or: [{ x: 1 }, { $segment: c }] }\n  c: { $nor: [{ $segment: a }] }",
      ["INVALID_RULE p.yaml:4:17 `segments.c.$nor.0.$segment` runs in a circle: a → b → c → a"],
    ],
    ["layers:\n  p: 5", [/^INVALID_RULE p\.yaml:2:6 `layers\.p` must be a layer/]],
    ["layers:\n  p: {}", [/^INVALID_RULE p\.yaml:2:6 `layers\.p\.slices` must give each flag/]],
    ["layers:\n  p: { slices: { retries: [0, 120] } }", [/^INVALID_RULE p\.yaml:2:18 `layers\.p\.slices\.retries` /]],
    ["layers:\n  p: { slices: { retries: 5 } }", [/^INVALID_RULE p\.yaml:2:18 /]],
    [
      "layers:\n  p: { slices: { retries: [0, 50], slug: [49, 60] } }",
      [/^INVALID_RULE p\.yaml:2:36 `layers\.p\.slices\.slug` overlaps with that of "retries" from 49 % to 50 %/],
    ],
    [
      "layers:\n  p: { slices: { retires: [0, 50] } }",
      ['FLAG_NOT_FOUND p.yaml:2:18 unknown flag "retires"; did you mean "retries"?'],
    ],
    [
      "layers:\n  p: { by: 5, slices: { nobody: 1 } }",
      [
        /^INVALID_RULE p\.yaml:2:8 `layers\.p\.by` /,
        /^INVALID_RULE p\.yaml:2:25 /,
        'FLAG_NOT_FOUND p.yaml:2:25 unknown flag "nobody"',
      ],
    ],
    [
      "layers:\n  p: { slice: {}, slices: {} }",
      [/^INVALID_RULE p\.yaml:2:8 `layers\.p\.slice` is unknown here; did you mean "slices"\?/],
    ],
    ["holdouts:\n  q: many", [/^INVALID_RULE p\.yaml:2:6 `holdouts\.q` must be a percentage/]],
    [
      "holdouts:\n  q: { share: 101, of: x }",
      [
        /^INVALID_RULE p\.yaml:2:20 `holdouts\.q\.of` is unknown here/,
        /^INVALID_RULE p\.yaml:2:8 `holdouts\.q\.share` /,
      ],
    ],
  ] as const)("are refused with their place: %s", (text, expected) => {
    expect(complaints(`${text}\n`)).toEqual(
      expected.map((one) => (typeof one === "string" ? one : expect.stringMatching(one))),
    );
  });

  it("count for nothing where they are written twice, and neither does what rests on them", () => {
    const text =
      "segments:\n  a: { x: 1 }\n  a: { x: 2 }\n  b: { $segment: a }\n  c: { $nor: [{ $segment: a }] }\n  d: { x: 1 }\n";
    const { known, problems } = parse(text);
    expect(problems).toHaveLength(1);
    expect([...known.groups.segments.keys()]).toEqual(["d"]);
    const rest =
      "segments: { s: { $segment: gone }, t: { $segment: s }, u: { $segment: s }, v: { $segment: u }, w: { x: 1 } }\n";
    expect([...parse(rest).known.groups.segments.keys()]).toEqual(["w"]);
  });

  it.each(["segments", "layers", "holdouts"])("are refused in a section: %s", (kind) => {
    expect(complaints(`profiles:\n  live:\n    ${kind}: {}\n`)).toEqual([
      `INVALID_CONFIGURATION p.yaml:3:5 \`${kind}\` stands at the top of the file, and holds for every profile; move it there`,
    ]);
  });

  it("may hold slices for flags of others, where services share the file", () => {
    const text =
      "layers:\n  p: { slices: { retries: [0, 50], theirs: [50, 60] } }\nfeature_flags:\n  retries: { layer: p, serve: 5 }\n";
    const { problems, warnings, entries } = parse(text, { unknown: "warn" });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      { code: "FLAG_NOT_FOUND", flag: "theirs", place: "p.yaml:2:36", message: 'unknown flag "theirs"' },
    ]);
    expect([...entries.keys()]).toEqual(["retries"]);
  });

  it("run in a circle with those of code: the place is in the file where one of them is", () => {
    const given = code({ segments: { a: { $segment: "b" }, c: { $segment: "gone" } } });
    expect(complaints("segments: { b: { $segment: a } }\n", given)).toEqual([
      "INVALID_RULE p.yaml:1:18 `segments.b.$segment` runs in a circle: a → b → a",
      'INVALID_RULE - createFlags: `segments.c.$segment` names the segment "gone", which is not there; there is a, c, b',
    ]);
    expect(complaints("segments: { b: { x: 1 }, gone: { x: 1 } }\n", given)).toEqual([]);
  });
});

describe("what a rule names", () => {
  const declared =
    "segments: { beta: { plan: beta } }\nlayers: { page: { slices: { retries: [0, 50] } } }\nholdouts: { q3: 5 }\n";

  it.each([
    [
      "new_checkout: { when: { $segment: beat } }",
      ['5:27 `when.$segment` names the segment "beat", which is not there; did you mean "beta"?'],
    ],
    [
      "new_checkout: { when: { $or: [{ a: 1 }, { $segment: x }] } }",
      ['5:45 `when.$or.1.$segment` names the segment "x", which is not there; there is beta'],
    ],
    [
      "new_checkout: { layer: pages }",
      ['5:19 `layer` names the layer "pages", which is not there; did you mean "page"?'],
    ],
    [
      "new_checkout: { layer: page }",
      ['5:19 `layer` names the layer "page", which has no slice for "new_checkout"; give it one there'],
    ],
    [
      "new_checkout: { holdout: q4 }",
      ['5:19 `holdout` names the holdout "q4", which is not there; did you mean "q3"?'],
    ],
    ["new_checkout: { rollout: 5, hash: murmur }", [/^5:31 `hash` names the bucketing "murmur", which is not there/]],
    [
      "new_checkout: { rules: [{ when: { a: 1 }, holdout: q }, { layer: x }] }",
      [/^5:45 `rules\.0\.holdout` /, /^5:61 `rules\.1\.layer` /],
    ],
  ] as const)("must be there: %s", (entry, expected) => {
    const lines = complaints(`${declared}feature_flags:\n  ${entry}\n`);
    const wanted = expected.map((one) =>
      typeof one === "string"
        ? `INVALID_RULE p.yaml:${one}`
        : expect.stringMatching(one.source.replace("^", "^INVALID_RULE p\\.yaml:")),
    );
    expect(lines).toEqual(wanted);
    expect(parse(`${declared}feature_flags:\n  ${entry}\n`).entries.size).toBe(0);
  });

  it("is looked for in every section, and among what code declares", () => {
    const given = {
      code: { ...code({ holdouts: { q3: 5 } }).code, bucketings: new Map([["half", bucketing("half", () => 0.5)]]) },
    };
    const text =
      "feature_flags:\n  new_checkout: { holdout: q3, hash: half, rollout: 5 }\nprofiles:\n  a: { feature_flags: { new_checkout: { holdout: q4 } } }\n";
    expect(complaints(text, given)).toEqual([
      'INVALID_RULE p.yaml:4:41 `holdout` names the holdout "q4", which is not there; did you mean "q3"?',
    ]);
  });

  it("is not told of again where it is declared and wrong itself; nobody can use it all the same", () => {
    const text = [
      "segments: { beta: { plan: { $foo: 1 } }, over: { $segment: beta }, a: { $segment: b }, b: { $segment: a } }",
      "layers: { page: 5 }",
      "holdouts: { q3: 105 }",
      "feature_flags:",
      "  new_checkout: { when: { $or: [{ $segment: beta }, { $segment: over }, { $segment: a }, { $segment: bet }] } }",
      "  dark_mode: { layer: page, holdout: q3 }",
    ].join("\n");
    const { problems, known } = parse(text, code({ segments: { beta: { old: 1 } } }));
    expect(problems.map(({ place, message }) => `${place} ${message.replace(/;.*/, "")}`)).toEqual([
      "p.yaml:1:29 `segments.beta.plan.$foo` is no operator",
      "p.yaml:2:17 `layers.page` must be a layer, such as { slices: { button_colour: [0, 50], one_page: [50, 100] } }",
      "p.yaml:3:17 `holdouts.q3` must be a percentage from 0 to 100, not 105",
      "p.yaml:1:93 `segments.b.$segment` runs in a circle: a → b → a",
      'p.yaml:5:92 `when.$or.3.$segment` names the segment "bet", which is not there',
    ]);
    expect(problems.at(-1)?.message).toMatch(/did you mean "beta"\?/);
    expect(known.groups.segments.size + known.groups.layers.size + known.groups.holdouts.size).toBe(0);
  });
});

describe("units that YAML changes", () => {
  it.each([
    ["new_checkout: { deny: [007] }", ["2:26 `deny`: YAML reads 007 as the number 7; put it in quotes"]],
    [
      "answer_model: { allow: { control: [0x1F, a], treatment_a: [1e3] } }",
      [
        "2:38 `allow.control`: YAML reads 0x1F as the number 31; put it in quotes",
        "2:62 `allow.treatment_a`: YAML reads 1e3 as the number 1000; put it in quotes",
      ],
    ],
    [
      "new_checkout: { allow: [1.0], rules: [{ allow: [7, 00] }, { deny: [9007199254740993], rollout: 5 }] }",
      [
        "2:27 `allow`: YAML reads 1.0 as the number 1; put it in quotes",
        "2:54 `rules.0.allow`: YAML reads 00 as the number 0; put it in quotes",
        "2:70 `rules.1.deny`: YAML reads 9007199254740993 as the number 9007199254740992; put it in quotes",
      ],
    ],
    ['new_checkout: { allow: [7, "007", -1, 1.5] }', []],
  ])("are refused: %s", (entry, expected) => {
    const lines = complaints(`feature_flags:\n  ${entry}\n`);
    expect(lines).toEqual(expected.map((line) => `INVALID_RULE p.yaml:${line}`));
  });
});
