import { describe, expect, it } from "vitest";
import { BUCKETS, bucketOf } from "../../src/rules/bucket.js";
import { bucketing, murmur3v1 } from "../../src/rules/bucketing.js";
import type { Groups } from "../../src/rules/groups.js";
import { checkGroups, type GivenGroups, segmentIssues } from "../../src/rules/groups-check.js";
import { referenceIssues, usedGroups } from "../../src/rules/references.js";
import { checked, compile, here, model, onOff } from "./subjects.js";

function groupsOf(given: GivenGroups): Groups {
  const { groups, issues } = checkGroups(given);
  expect(issues).toEqual([]);
  return groups;
}

const groups = groupsOf({
  segments: {
    staff: { email: { $endsWith: "@example.com" } },
    testers: { $or: [{ $segment: "staff" }, { beta: true }] },
  },
  layers: {
    checkout_page: { by: "tenantId", slices: { new_checkout: [0, 40], answer_model: ["40%", 80] } },
    other: { slices: { answer_model: [0, 100] } },
  },
  holdouts: { q3: "10%", q4: { share: 20, by: "tenantId", salt: "held" } },
});
const scope = { ...here, groups };
const ids = Array.from({ length: 4_000 }, (_, index) => `u${index}`);

describe("a layer", () => {
  it("admits the units within the flag's slice, by the layer's own unit and bucket", () => {
    const rule = compile({ layer: "checkout_page" }, onOff, scope);
    for (const tenantId of ids.slice(0, 500)) {
      const bucket = bucketOf(tenantId, "checkout_page", "layer");
      expect(rule.decide({ tenantId }).value).toBe(bucket < 0.4);
    }
    expect(rule.decide({ userId: "u1" })).toMatchObject({ value: false, detail: "no unit", reason: "DEFAULT" });
    expect(rule.outcomes.map(({ detail }) => detail)).toEqual([
      "no unit",
      "outside its slice of the layer",
      "within its slice of the layer",
    ]);
  });

  it("lets experiments of one layer share nobody, and takes the hashed rest as any rule does", () => {
    const first = compile({ layer: "checkout_page" }, onOff, scope);
    const second = compile({ layer: "checkout_page" }, model, scope);
    const counts = { first: 0, second: 0, both: 0 };
    for (const id of ids) {
      const context = { tenantId: id, userId: id };
      const inFirst = first.decide(context).value === true;
      const inSecond = second.decide(context).detail === undefined;
      if (inFirst) counts.first++;
      if (inSecond) counts.second++;
      if (inFirst && inSecond) counts.both++;
    }
    expect(counts.both).toBe(0);
    expect(counts.first / ids.length).toBeCloseTo(0.4, 1);
    expect(counts.second / ids.length).toBeCloseTo(0.4, 1);
  });

  it("begins at its first bucket and ends before its last", () => {
    const at = bucketOf("t1", "edge", "layer") * BUCKETS;
    const within = (from: number, to: number) => {
      const slice = [from, to].map((bucket) => (bucket * 100) / BUCKETS);
      const edge = groupsOf({ layers: { edge: { slices: { new_checkout: slice } } } });
      return compile({ layer: "edge" }, onOff, { ...here, groups: edge }).decide({ userId: "t1" }).value;
    };
    expect([within(at, at + 1), within(at - 1, at), within(at + 1, at + 2)]).toEqual([true, false, false]);
  });

  it("is told apart from the rollout, which is hashed by itself", () => {
    const rule = compile({ layer: "other", rollout: 50 }, model, scope);
    const shares = ids.filter((userId) => rule.decide({ userId }).detail === undefined).length / ids.length;
    expect(shares).toBeCloseTo(0.5, 1);
  });
});

describe("a holdout", () => {
  it("keeps its share out of every rule that names it, the same units", () => {
    const rules = [compile({ holdout: "q3" }, onOff, scope), compile({ holdout: "q3", rollout: 50 }, model, scope)];
    for (const userId of ids.slice(0, 500)) {
      const held = bucketOf(userId, "q3", "holdout") < 0.1;
      for (const rule of rules) expect(rule.decide({ userId }).detail === "held out").toBe(held);
    }
    expect(rules[0]?.decide({ userId: "u1" })).toMatchObject({ value: true, reason: "SPLIT", detail: "not held out" });
    expect(rules[0]?.decide({})).toMatchObject({ value: false, detail: "no unit" });
  });

  it("has a unit and a salt of its own", () => {
    const rule = compile({ holdout: "q4" }, onOff, scope);
    for (const tenantId of ids.slice(0, 200))
      expect(rule.decide({ tenantId, userId: "u1" }).value).toBe(bucketOf(tenantId, "held", "holdout") >= 0.2);
  });

  it("does not keep out those on the allow list, and is asked before the layer", () => {
    const held = ids.find((id) => bucketOf(id, "q3", "holdout") < 0.1) as string;
    expect(compile({ holdout: "q3", allow: [held], rollout: 5 }, onOff, scope).decide({ userId: held }).value).toBe(
      true,
    );
    const both = compile({ holdout: "q3", layer: "other" }, model, scope);
    expect(both.decide({ userId: held })).toMatchObject({ detail: "held out", value: "control" });
    expect(both.trace({ userId: held }).gates).toEqual([
      {
        kind: "holdout",
        name: "q3",
        bucket: bucketOf(held, "q3", "holdout"),
        from: 0,
        to: expect.closeTo(0.1),
        passes: false,
      },
      { kind: "layer", name: "other", bucket: bucketOf(held, "other", "layer"), from: 0, to: 1, passes: true },
    ]);
    expect(both.trace({}).gates?.[0]).toMatchObject({ bucket: undefined, passes: false });
  });
});

describe("segments", () => {
  it("are conditions by name, within each other", () => {
    const rule = compile({ when: { $segment: "testers" } }, onOff, scope);
    expect(rule.decide({ email: "a@example.com" }).value).toBe(true);
    expect(rule.decide({ beta: true }).value).toBe(true);
    expect(rule.decide({ email: "a@example.org" }).value).toBe(false);
  });

  it("that run in a circle are named whole, once", () => {
    const { groups: round } = checkGroups({
      segments: {
        a: { $segment: "b" },
        b: { $not: { $segment: "c" } },
        c: { $or: [{ x: 1 }, { $segment: "a" }] },
        d: { $segment: "a" },
      },
    });
    expect(segmentIssues(round.segments)).toEqual([
      {
        path: ["segments", "c", "$or", 1, "$segment"],
        message: "`segments.c.$or.1.$segment` runs in a circle: a → b → c → a",
      },
    ]);
    const { groups: itself } = checkGroups({ segments: { a: { $segment: "a" } } });
    expect(segmentIssues(itself.segments).map(({ message }) => message)).toEqual([
      "`segments.a.$segment` runs in a circle: a → a",
    ]);
  });

  it("that are not there are told with the nearest name", () => {
    const { groups: odd } = checkGroups({ segments: { staff: { a: 1 }, b: { $segment: "staf" } } });
    expect(segmentIssues(odd.segments)).toEqual([
      {
        path: ["segments", "b", "$segment"],
        message: '`segments.b.$segment` names the segment "staf", which is not there; did you mean "staff"?',
      },
    ]);
  });

  it.each(["first to last", "last to first"])("may be nested, but not for ever, written from %s", (order) => {
    const chain = (length: number) => {
      const links = Array.from({ length }, (_, i) => [
        `s${i}`,
        i === length - 1 ? { a: 1 } : { $segment: `s${i + 1}` },
      ]);
      return Object.fromEntries(order === "first to last" ? links : links.reverse());
    };
    const issuesOf = (length: number) => segmentIssues(checkGroups({ segments: chain(length) }).groups.segments);
    expect(issuesOf(51)).toEqual([]);
    expect(issuesOf(52)).toHaveLength(1);
    expect(issuesOf(20_000)[0]?.message).toContain("is nested more than 50 segments deep");
  });

  it("may not come to very many by naming each other again and again", () => {
    const twice = (levels: number) =>
      Object.fromEntries(
        Array.from({ length: levels }, (_, i) => {
          const next = { $segment: `s${i + 1}` };
          return [
            `s${i}`,
            i === levels - 1
              ? { a: 1 }
              : {
                  $or: [
                    { ...next, a: 1 },
                    { ...next, b: 1 },
                  ],
                },
          ];
        }),
      );
    const issuesOf = (levels: number) => segmentIssues(checkGroups({ segments: twice(levels) }).groups.segments);
    expect(issuesOf(9)).toEqual([]);
    expect(issuesOf(10).map(({ message }) => message)).toEqual([
      "`segments.s0.$or.1.$segment` makes it more than 1000 segments, one within the other",
    ]);
    expect(issuesOf(40).length).toBeGreaterThan(0);
  });
});

describe("groups that are wrong", () => {
  it.each<[GivenGroups, string[]]>([
    [{ segments: [] }, ["`segments` must be a mapping: names, and what each stands for"]],
    [{ segments: { a: { plan: { $inn: [] } } } }, [expect.stringContaining("`segments.a.plan.$inn`")]],
    [{ layers: { a: 5 } }, [expect.stringContaining("`layers.a` must be a layer")]],
    [
      { layers: { a: {} } },
      ["`layers.a.slices` must give each flag where its slice begins and ends: { button_colour: [0, 50] }"],
    ],
    [{ layers: { a: { slices: {}, sallt: "x" } } }, ['`layers.a.sallt` is unknown here; did you mean "salt"?']],
    [
      { layers: { a: { slices: { f: [50, 50] } } } },
      ["`layers.a.slices.f` must be two percentages, the smaller first: [0, 50]"],
    ],
    [
      { layers: { a: { slices: { f: [0, 101] } } } },
      ["`layers.a.slices.f` must be two percentages, the smaller first: [0, 50]"],
    ],
    [
      { layers: { a: { slices: { f: 50 } } } },
      ["`layers.a.slices.f` must be two percentages, the smaller first: [0, 50]"],
    ],
    [
      { layers: { a: { slices: { f: [0, 50], g: [40, 60], h: [60, 100] } } } },
      ['`layers.a.slices.g` overlaps with that of "f" from 40 % to 50 %; slices of one layer exclude each other'],
    ],
    [
      { layers: { a: { by: [], slices: {} } } },
      ["`layers.a.by` must be the name of an attribute, or a list of such names"],
    ],
    [{ holdouts: { a: 101 } }, ["`holdouts.a` must be a percentage from 0 to 100, not 101"]],
    [{ holdouts: { a: { share: "x" } } }, ["`holdouts.a.share` must be a percentage from 0 to 100, not x"]],
    [
      { holdouts: { a: { share: 5, bye: "x", salt: "" } } },
      ['`holdouts.a.bye` is unknown here; did you mean "by"?', "`holdouts.a.salt` must not be empty"],
    ],
  ])("%j", (given, messages) => {
    expect(checkGroups(given).issues.map(({ message }) => message)).toEqual(messages);
  });

  it("finds the overlap with a slice that holds several", () => {
    const slices = { wide: [0, 90], a: [10, 20], b: [30, 40] };
    expect(checkGroups({ layers: { l: { slices } } }).issues.map(({ path }) => path.at(-1))).toEqual(["a", "b"]);
  });

  it("names slices for flags that are not there, where it is known what there is", () => {
    const given = { layers: { l: { slices: { new_chekout: [0, 5] } } } };
    expect(checkGroups(given, ["new_checkout"]).issues).toEqual([
      {
        path: ["layers", "l", "slices", "new_chekout"],
        message: '`layers.l.slices.new_chekout` is for a flag that is not there; did you mean "new_checkout"?',
      },
    ]);
    expect(checkGroups(given).issues).toEqual([]);
  });
});

describe("what a rule names", () => {
  const halves = { ...bucketing("halves", () => 0.5), problem: () => "it knows halves only" };
  const known = { groups, bucketings: new Map([murmur3v1, halves].map((one) => [one.name, one])) };
  const issuesOf = (input: unknown, subject = onOff) => referenceIssues(checked(input, subject), subject, known);

  it.each([
    [
      { when: { $segment: "stuff" } },
      ["when", "$segment"],
      'names the segment "stuff", which is not there; did you mean "staff"?',
    ],
    [{ holdout: "q5" }, ["holdout"], 'names the holdout "q5", which is not there; did you mean "q3"?'],
    [{ layer: "checkout" }, ["layer"], 'names the layer "checkout", which is not there; there is checkout_page, other'],
    [
      { layer: "other" },
      ["layer"],
      'names the layer "other", which has no slice for "new_checkout"; give it one there',
    ],
    [
      { rollout: 5, hash: "murmur3-v2" },
      ["hash"],
      'names the bucketing "murmur3-v2", which is not there; did you mean "murmur3-v1"?',
    ],
    [{ rollout: 5, hash: "halves" }, ["hash"], '"halves" cannot have these shares: it knows halves only'],
    [{ rules: [{ rollout: 5, hash: "x" }] }, ["rules", 0, "hash"], expect.stringContaining('names the bucketing "x"')],
  ])("%j", (rule, path, message) => {
    const said = typeof message === "string" ? `\`${path.join(".")}\` ${message}` : message;
    expect(issuesOf(rule)).toEqual([{ path, message: said }]);
  });

  it("may be declared nowhere at all", () => {
    const nothing = { groups: groupsOf({}), bucketings: known.bucketings };
    expect(referenceIssues(checked({ holdout: "q3" }, onOff), onOff, nothing)[0]?.message).toBe(
      '`holdout` names the holdout "q3", which is not there; none is declared',
    );
  });

  it("is right, and is gathered with what it names itself", () => {
    const rule = {
      rules: [
        { when: { $segment: "testers" }, layer: "checkout_page" },
        { holdout: "q3", rollout: 5 },
      ],
    };
    expect(issuesOf(rule)).toEqual([]);
    expect(usedGroups(checked(rule, onOff), onOff, groups)).toEqual({
      segments: { testers: groups.segments.get("testers"), staff: groups.segments.get("staff") },
      layers: { checkout_page: { by: "tenantId", slice: [0, 40] } },
      holdouts: { q3: { share: 10 } },
    });
    expect(usedGroups(checked({ rollout: 5 }, onOff), onOff, groups)).toBeUndefined();
    expect(usedGroups(checked({ when: { plan: "pro" } }, onOff), onOff, groups)).toBeUndefined();
  });

  it.each([
    { $not: { $segment: "staff" } },
    { $nor: [{ plan: "pro", $segment: "staff" }] },
    { plan: "pro", $or: [{ country: "DE" }, { $and: [{ $segment: "staff" }] }] },
  ])("is found inside %j", (when) => {
    const segments = { staff: groups.segments.get("staff") };
    expect(usedGroups(checked({ when }, onOff), onOff, groups)).toEqual({ segments });
    expect(referenceIssues(checked({ when }, onOff), onOff, { ...known, groups: groupsOf({}) })).toHaveLength(1);
  });

  it("is an error to compile where it is not there", () => {
    expect(() => compile({ layer: "nowhere" }, onOff, scope)).toThrow(TypeError);
    expect(() => compile({ layer: "other" }, onOff, scope)).toThrow('no slice for "new_checkout"');
    expect(() => compile({ rollout: 5, hash: "nothing" }, onOff, scope)).toThrow('"nothing", which is not there');
  });
});
