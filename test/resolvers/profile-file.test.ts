import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ProfileSubject, parseProfile } from "../../src/resolvers/profile-file.js";
import { profileFixtures } from "../fixtures/profiles.js";
import { fixtureRegistry } from "../fixtures/registry.js";

const { flags } = fixtureRegistry;

function parse(text: string, subject: Partial<ProfileSubject> = {}) {
  return parseProfile(text, { file: "burgee.yaml", flags, unknown: "error", ...subject });
}

/** The problems as a person reads them. */
function complaints(text: string, subject: Partial<ProfileSubject> = {}): string[] {
  return parse(text, subject).problems.map(({ place, message }) => `${place} ${message}`);
}

const SECTIONS = `feature_flags:
  new_checkout: false
  greeting: hello
profiles:
  development:
    feature_flags:
      new_checkout: true
  production:
    feature_flags:
      new_checkout: { rollout: 25, locked: true }
`;

describe("parseProfile", () => {
  it("gives an answer with its place for each entry", () => {
    const { entries, problems, warnings, section } = parse("feature_flags:\n  new_checkout: true\n  retries: 5\n");
    expect(Object.fromEntries(entries)).toEqual({
      new_checkout: { value: true, place: "burgee.yaml:2:3", overridable: true },
      retries: { value: 5, place: "burgee.yaml:3:3", overridable: true },
    });
    expect([problems, warnings, section]).toEqual([[], [], undefined]);
  });

  it("lays the chosen section over the top, entry by entry", () => {
    expect(Object.fromEntries(parse(SECTIONS, { name: "production" }).entries)).toEqual({
      new_checkout: { rule: { rollout: 25 }, place: "burgee.yaml:10:7" },
      greeting: { value: "hello", place: "burgee.yaml:3:3", overridable: true },
    });
    const { entries, section } = parse(SECTIONS, { name: "development" });
    expect(section).toBe("development");
    expect(entries.get("new_checkout")).toMatchObject({ value: true, place: "burgee.yaml:7:7" });
    expect(parse(SECTIONS).entries.get("new_checkout")).toMatchObject({ value: false });
  });

  it("reads nothing where nothing is written", () => {
    const texts = ["", "\n", "# a comment\n", "---\n", "~\n", "feature_flags:\n", "profiles:\n", "profiles:\n  a:\n"];
    for (const text of [...texts, "profiles: { a: { feature_flags: } }\n", "{feature_flags}\n", "\uFEFF"]) {
      const { known, ...reading } = parse(text);
      expect(reading).toEqual({ entries: new Map(), problems: [], warnings: [] });
      expect(known.groups).toEqual({ segments: new Map(), layers: new Map(), holdouts: new Map() });
    }
  });

  it("counts lines and columns past a byte order mark and carriage returns", () => {
    expect(parse("\uFEFFfeature_flags:\r\n  retries: 5\r\n").entries.get("retries")?.place).toBe("burgee.yaml:2:3");
    expect(complaints("\uFEFFretries: 5")).toEqual([
      'burgee.yaml:1:1 "retries" is a flag; write it inside `feature_flags:`',
    ]);
  });

  it.each(profileFixtures("good"))("accepts good/%s", (_, text) => {
    expect(complaints(text)).toEqual([]);
  });

  it.each([...profileFixtures("bad"), ...profileFixtures("bad-text")])(
    "refuses %s, each problem with its place",
    (_, text) => {
      const { problems } = parse(text);
      expect(problems.length).toBeGreaterThan(0);
      for (const { place } of problems) expect(place).toMatch(/^burgee\.yaml:\d+:\d+$/);
    },
  );
});

describe("the choice of a section", () => {
  it("refuses a name that the file has not, and lists those it has", () => {
    expect(complaints(SECTIONS, { name: "prodution" })).toEqual([
      'burgee.yaml:4:1 there is no profile "prodution"; the file has development, production; did you mean "production"?',
    ]);
    expect(complaints(SECTIONS, { name: "qa", nameFrom: "BURGEE_PROFILE" })).toEqual([
      'burgee.yaml:4:1 there is no profile "qa" (chosen by BURGEE_PROFILE); the file has development, production',
    ]);
    expect(complaints(SECTIONS, { name: "test", nameFrom: "NODE_ENV" })).toEqual([
      'burgee.yaml:4:1 there is no profile "test" (chosen by NODE_ENV); the file has development, production',
    ]);
    expect(parse(SECTIONS, { name: "constructor" }).problems).toHaveLength(1);
  });

  it("lets NODE_ENV choose nothing where the file has no sections, but nobody else", () => {
    const text = "feature_flags:\n  new_checkout: true\n";
    const { entries, problems, section } = parse(text, { name: "production", nameFrom: "NODE_ENV" });
    expect([entries.size, problems, section]).toEqual([1, [], undefined]);
    expect(complaints(`${text}profiles:\n`, { name: "production", nameFrom: "NODE_ENV" })).toEqual([]);
    for (const nameFrom of ["option", undefined] as const) {
      expect(complaints(text, { name: "production", nameFrom })).toEqual([
        'burgee.yaml:1:1 there is no profile "production"; the file has none',
      ]);
    }
  });

  it("checks every section, whichever is chosen", () => {
    const text = `${SECTIONS}      dark_mode: maybe\n  staging:\n    feature_flags: { nonsense: 1 }\n    other: 1\n`;
    expect(complaints(text, { name: "development" })).toEqual([
      'burgee.yaml:11:18 "maybe" is not a boolean; write true or false (or yes/no, on/off, enabled/disabled, 1/0)',
      'burgee.yaml:14:5 unknown key "other"; the profile "staging" may hold feature_flags, and keys that begin with x-',
      'burgee.yaml:13:22 unknown flag "nonsense"',
    ]);
  });

  it("has no answer for a bad entry, not even that of the top", () => {
    const text = "feature_flags:\n  new_checkout: true\nprofiles:\n  a: { feature_flags: { new_checkout: maybe } }\n";
    expect(parse(text, { name: "a" }).entries.has("new_checkout")).toBe(false);
    expect(parse(text).entries.has("new_checkout")).toBe(true);
  });
});

describe("keys and flags that nobody knows", () => {
  it("are refused with the nearest one that is known", () => {
    const text = "feature_flag: {}\nelse: 1\nretries: 1\nfeature_flags:\n  new_chekout: true\n  zzz: 1\n";
    expect(parse(text).problems.map(({ code, place, message, flag }) => [code, place, message, flag])).toEqual([
      [
        "INVALID_CONFIGURATION",
        "burgee.yaml:1:1",
        'unknown key "feature_flag"; did you mean "feature_flags"?',
        undefined,
      ],
      [
        "INVALID_CONFIGURATION",
        "burgee.yaml:2:1",
        'unknown key "else"; a profile may hold feature_flags, profiles, segments, layers, holdouts, and keys that begin with x-',
        undefined,
      ],
      ["INVALID_CONFIGURATION", "burgee.yaml:3:1", '"retries" is a flag; write it inside `feature_flags:`', undefined],
      ["FLAG_NOT_FOUND", "burgee.yaml:5:3", 'unknown flag "new_chekout"; did you mean "new_checkout"?', "new_chekout"],
      ["FLAG_NOT_FOUND", "burgee.yaml:6:3", 'unknown flag "zzz"', "zzz"],
    ]);
  });

  it("are warnings where services share the file, but a key of a section is not", () => {
    const text =
      "billing: { when: 2020-01-01 }\nfeature_flags:\n  theirs: 1\n  retries: 2\nprofiles: { a: { b: 1 } }\n";
    const { entries, problems, warnings } = parse(text, { unknown: "warn" });
    expect([...entries.keys()]).toEqual(["retries"]);
    expect(problems.map(({ place }) => place)).toEqual(["burgee.yaml:5:18"]);
    expect(warnings.map(({ code, place, flag }) => [code, place, flag])).toEqual([
      ["INVALID_CONFIGURATION", "burgee.yaml:1:1", undefined],
      ["FLAG_NOT_FOUND", "burgee.yaml:3:3", "theirs"],
    ]);
  });

  it("are kept apart from what every object has", () => {
    const text = "feature_flags:\n  __proto__: true\n  toString: true\n  constructor: true\n__proto__: 1\n";
    const { entries, problems } = parse(text);
    expect([...entries.keys()]).toEqual(["constructor"]);
    expect(problems.map(({ message }) => message)).toEqual([
      'unknown key "__proto__"; a profile may hold feature_flags, profiles, segments, layers, holdouts, and keys that begin with x-',
      'unknown flag "__proto__"',
      'unknown flag "toString"',
    ]);
  });
});

describe("the form", () => {
  it("must be mappings throughout", () => {
    const tail = "must be a mapping: names, each with a colon and what belongs to it";
    expect(complaints("- a\n")).toEqual([`burgee.yaml:1:1 a profile ${tail}`]);
    expect(complaints("feature_fl")).toEqual([`burgee.yaml:1:1 a profile ${tail}`]);
    expect(complaints("feature_flags: [a]\nprofiles: b\n")).toEqual([
      `burgee.yaml:1:16 \`feature_flags:\` ${tail}`,
      `burgee.yaml:2:11 \`profiles:\` ${tail}`,
    ]);
    expect(complaints("profiles:\n  a: 1\n")).toEqual([`burgee.yaml:2:6 the profile "a" ${tail}`]);
  });

  it("says what is wrong with an alias where a mapping should stand", () => {
    expect(complaints("feature_flags: *base\n")).toEqual(["burgee.yaml:1:16 no anchor `&base` ends before this alias"]);
  });

  it("gives a key that is written twice by name, and no answer for a flag that is", () => {
    const { entries, problems } = parse(
      "feature_flags:\n  retries: 1\n  dark_mode: no\n  retries: 2\nfeature_flags: {}\n",
    );
    expect(problems.map(({ place, message }) => `${place} ${message}`)).toEqual([
      'burgee.yaml:5:1 the key "feature_flags" is written twice; it stands in line 1 already',
      'burgee.yaml:4:3 the key "retries" is written twice; it stands in line 2 already',
    ]);
    expect([...entries.keys()]).toEqual(["dark_mode"]);
  });

  it("checks what stands under x- as YAML only", () => {
    expect(complaints("x-anything: [1, { a: 1 }]\nprofiles: { a: { x-b: 2 } }\n")).toEqual([]);
    expect(complaints("x-twice: { a: 1, a: 2 }\n")).toEqual([
      'burgee.yaml:1:18 the key "a" is written twice; it stands in line 1 already',
    ]);
  });
});

describe("anchors, aliases and merge keys", () => {
  const text = `x-base: &base
  new_checkout: &careful { rollout: 5 }
  dark_mode: maybe
feature_flags:
  <<: *base
  dark_mode: yes
  search.v2-beta: *careful
profiles:
  a: { feature_flags: { <<: *base } }
  b: { feature_flags: { <<: *base } }
`;

  it("give entries, and a problem that sections share is said once", () => {
    const { entries, problems } = parse(text);
    expect(Object.fromEntries(entries)).toEqual({
      dark_mode: { value: true, place: "burgee.yaml:6:3", overridable: true },
      new_checkout: { rule: { rollout: 5 }, place: "burgee.yaml:2:3", overridable: true },
      "search.v2-beta": { rule: { rollout: 5 }, place: "burgee.yaml:7:3", overridable: true },
    });
    expect(problems.map(({ place, flag }) => [place, flag])).toEqual([["burgee.yaml:3:14", "dark_mode"]]);
  });

  it("make whole sections", () => {
    const shared = "profiles:\n  a: &a { feature_flags: { retries: 1 } }\n  b: *a\n  c: { <<: *a }\n";
    for (const name of ["a", "b", "c"])
      expect(parse(shared, { name }).entries.get("retries")).toMatchObject({ value: 1 });
  });

  it("cannot multiply without end", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `x-a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`,
    );
    const bomb = ["x-a0: &a0 [1]", ...levels, "feature_flags: { anything: *a12, retries: 1 }"].join("\n");
    const { entries, problems } = parse(bomb);
    expect(new Set(problems.map(({ message }) => message))).toEqual(
      new Set(["aliases multiply this file into more than 1,000,000 values"]),
    );
    expect([...entries.keys()]).toEqual(["retries"]);
  });

  it("may be many, if each stands for little", () => {
    const sections = Array.from({ length: 500 }, (_, i) => `  s${i}: { feature_flags: { new_checkout: *r } }`);
    const { problems, entries } = parse(["x-r: &r { rollout: 5 }", "profiles:", ...sections].join("\n"), {
      name: "s499",
    });
    expect([problems, entries.size]).toEqual([[], 1]);
  });
});

describe("YAML that is none", () => {
  it.each([
    ["a tab", "feature_flags:\n\tretries: 1\n", "2:1 a tab is used for indentation; YAML takes spaces only"],
    [
      "an open bracket",
      "feature_flags: { retries: 1\n",
      "2:1 a bracket or brace is opened and never closed, or closed too far to the left",
    ],
    ["an open quote", 'feature_flags: { greeting: "hi\n', "2:1 a quote is opened and never closed"],
    [
      "two documents",
      "feature_flags: {}\n---\n{}\n",
      "2:1 a profile is one document; take the `---` and all that follows it away",
    ],
    [
      "a mapping on its key's line",
      "feature_flags: retries: 1\n",
      "1:16 a mapping cannot begin on the line of its key; give it a line of its own, or put the text in quotes if it is one",
    ],
    [
      "an unknown tag",
      "feature_flags: { greeting: !secret hi }\n",
      "1:28 a tag (a word that begins with !) that has no meaning here; if it is a text, put it in quotes",
    ],
    [
      "a reserved character",
      "feature_flags: { greeting: @hi }\n",
      "1:28 a text cannot begin with this character; put it in quotes",
    ],
  ])("is refused in plain words: %s", (_, text, expected) => {
    const { entries, problems } = parse(text);
    expect(problems.map(({ place, message }) => `${place} ${message}`)).toEqual([`burgee.yaml:${expected}`]);
    expect(problems[0]?.code).toBe("INVALID_CONFIGURATION");
    expect(entries.size).toBe(0);
  });

  it("is never quoted", () => {
    const texts = [
      "a: !hunter2 b\n",
      "a: @hunter2\n",
      "hunter2\nb: 1\n",
      'a: "\\hunter2"\n',
      "a: &x hunter2 &y\n",
      "- hunter2\nb\n",
    ];
    for (const text of texts) {
      expect(parse(text).problems.length).toBeGreaterThan(0);
      expect(complaints(text).join()).not.toContain("hunter2");
    }
  });

  it("may be nested 100 levels deep, and no deeper", () => {
    const nested = (depth: number) => `x-a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`;
    expect(complaints(nested(99))).toEqual([]);
    for (const depth of [100, 150, 3_000, 20_000]) {
      expect(parse(nested(depth)).problems).toEqual([
        {
          code: "INVALID_CONFIGURATION",
          place: "burgee.yaml:1:105",
          message: "this is nested more than 100 levels deep",
        },
      ]);
    }
  });

  it("never throws: not for any beginning of a good profile", () => {
    const texts = profileFixtures("good").map(([, text]) => text);
    for (const text of texts)
      for (let end = 0; end <= text.length; end++) parse(text.slice(0, end), { name: "production" });
  });

  it("never throws: not for anything else", () => {
    const piece = fc.constantFrom(
      ..."\n -:?,[]{}#&*!|>'\"%@`~".split(""),
      "\n  ",
      ": ",
      "- ",
      "<<: ",
      "&a ",
      "*a",
      "---\n",
      "...\n",
      "%YAML 1.1\n",
      "!!set ",
      "!!binary ",
      "feature_flags:\n",
      "profiles:\n",
      "new_checkout",
      "retries",
      "anything",
      "serve",
      "rollout",
      "1",
      "null",
      "x-a",
      "\t",
      "\r\n",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom("error", "warn"), (pieces, unknown) => {
        const { problems, warnings } = parse(pieces.join(""), { unknown, name: "a" });
        for (const { place, message } of [...problems, ...warnings])
          expect(`${place} ${message}`).toMatch(/^burgee\.yaml:[1-9]\d*:[1-9]\d* \S/);
      }),
      { numRuns: 3000 },
    );
  });
});
