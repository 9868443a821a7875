import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS, bucketOf } from "../../src/rules/bucket.js";
import type { CompiledRule } from "../../src/rules/compile.js";
import { checked, compile, here, issuesOf, messagesOf, model, onOff, unitBelow } from "./subjects.js";

const at = (time: string) => Date.parse(time);
const compileAt = (input: unknown, time: string | number): CompiledRule =>
  compile(input, onOff, here, typeof time === "number" ? time : at(time));
/** The share that is in, as the threshold of the trace says. */
const shareAt = (input: unknown, time: string | number) =>
  compileAt(input, time).trace({ userId: "u1" }).rollout?.percentage;

describe("a schedule", () => {
  const rule = { schedule: { from: "2027-01-10", until: "2027-01-20T12:00:00+02:00" } };

  it("is in force from `from` on and before `until`", () => {
    const values = ["2027-01-09T23:59:59.999Z", "2027-01-10T00:00Z", "2027-01-20T09:59:59.999Z", "2027-01-20T10:00Z"];
    expect(values.map((time) => compileAt(rule, time).constant?.value)).toEqual([false, true, true, false]);
    expect(compileAt(rule, "2027-01-01").constant).toMatchObject({ reason: "STATIC", detail: "outside its schedule" });
  });

  it("tells when it next stands otherwise, and how it stands", () => {
    const before = compileAt(rule, "2027-01-01");
    const during = compileAt(rule, "2027-01-10");
    const after = compileAt(rule, "2027-02-01");
    expect([before.next, during.next, after.next]).toEqual([at("2027-01-10"), at("2027-01-20T10:00Z"), undefined]);
    expect(before.standing).toEqual({
      schedule: { from: "2027-01-10T00:00:00.000Z", until: "2027-01-20T10:00:00.000Z" },
    });
    expect(during.standing).toEqual({});
    expect(after.standing).toEqual(before.standing);
  });

  it("may be open at one end", () => {
    expect(compileAt({ schedule: { from: "2027-01-10" } }, "2027-01-11")).toMatchObject({
      constant: { value: true },
      next: undefined,
    });
    expect(compileAt({ schedule: { until: "2027-01-10" } }, "2027-01-09")).toMatchObject({
      constant: { value: true },
      next: at("2027-01-10"),
    });
  });

  it("lets those on the allow list pass at any time, and all others while it is in force", () => {
    const listed = { ...rule, allow: ["ana"] };
    const before = compileAt(listed, "2027-01-01");
    expect(before.decide({ userId: "ana" })).toMatchObject({ value: true, detail: "on the allow list" });
    expect(before.decide({ userId: "ben" })).toMatchObject({ value: false, detail: "outside its schedule" });
    expect(before.decide({})).toMatchObject({ value: false, detail: "outside its schedule" });
    expect(compileAt(listed, "2027-01-10").constant).toMatchObject({ value: true });
    expect(compileAt({ ...listed, deny: ["eve"] }, "2027-01-10").decide({ userId: "eve" }).value).toBe(false);
  });

  it("chooses an item of a list, and stands beside one", () => {
    const list = {
      rules: [
        { name: "sale", ...rule },
        { name: "rest", rollout: 0 },
      ],
    };
    expect(compileAt(list, "2027-01-01").constant).toMatchObject({ value: false, rule: "rest" });
    expect(compileAt(list, "2027-01-10").constant).toMatchObject({ value: true, rule: "sale" });
    const beside = { ...rule, rules: [{ when: { plan: "pro" } }] };
    expect(compileAt(beside, "2027-01-01").constant).toMatchObject({ value: false, detail: "outside its schedule" });
    expect(compileAt(beside, "2027-01-10").decide({ plan: "pro" }).value).toBe(true);
    expect(compileAt(beside, "2027-01-10").next).toBe(at("2027-01-20T10:00Z"));
    const listed = { ...beside, allow: ["ana"] };
    expect(compileAt(listed, "2027-01-01").decide({ userId: "ana", plan: "pro" }).value).toBe(true);
    expect(compileAt(listed, "2027-01-10").decide({ userId: "ben", plan: "pro" }).value).toBe(true);
  });
});

describe("steps", () => {
  const rule = {
    steps: [
      { at: "2027-01-11T09:00Z", rollout: 5 },
      { at: "2027-01-12T09:00Z", rollout: "25%" },
      { at: "2027-01-13T09:00Z", rollout: 100 },
    ],
  };

  it("count from their time on; before the first nobody passes", () => {
    expect(compileAt(rule, "2027-01-11T08:59:59.999Z").constant?.value).toBe(false);
    expect(shareAt(rule, "2027-01-11T09:00Z")).toBe(5);
    expect(shareAt(rule, "2027-01-12T08:59:59.999Z")).toBe(5);
    expect(shareAt(rule, "2027-01-12T09:00Z")).toBe(25);
    expect(compileAt(rule, "2027-01-13T09:00Z").constant?.value).toBe(true);
  });

  it("stand as a plain rollout does", () => {
    const stands = (time: string) => {
      const { standing, next } = compileAt(rule, time);
      return [standing, next];
    };
    expect(stands("2027-01-01")).toEqual([{ rollout: 0 }, at("2027-01-11T09:00Z")]);
    expect(stands("2027-01-11T09:00Z")).toEqual([{ rollout: 5 }, at("2027-01-12T09:00Z")]);
    expect(stands("2027-01-12T09:00Z")).toEqual([{ rollout: 25 }, at("2027-01-13T09:00Z")]);
    expect(stands("2027-02-01")).toEqual([{ rollout: 100 }, undefined]);
  });

  it("remove nobody as they grow", () => {
    const early = compileAt(rule, "2027-01-11T09:00Z");
    const late = compileAt(rule, "2027-01-12T09:00Z");
    const ids = Array.from({ length: 2_000 }, (_, index) => ({ userId: `u${index}` }));
    const inEarly = ids.filter((id) => early.decide(id).value);
    expect(inEarly.length).toBeGreaterThan(50);
    expect(inEarly.every((id) => late.decide(id).value)).toBe(true);
  });

  it("wait for a schedule", () => {
    const both = { ...rule, schedule: { from: "2027-01-12" } };
    expect(compileAt(both, "2027-01-11T10:00Z")).toMatchObject({ constant: { value: false }, next: at("2027-01-12") });
    expect(shareAt(both, "2027-01-12")).toBe(5);
  });
});

describe("a linear rollout", () => {
  const day = 86_400_000;
  const from = at("2027-01-10");
  const rule = { linear: { from: "2027-01-10", until: "2027-01-20", start: 10, end: 60 } };

  it("grows evenly from its start to its end", () => {
    expect(shareAt(rule, from - 1)).toBe(10);
    expect(shareAt(rule, from)).toBe(10);
    expect(shareAt(rule, from + 5 * day)).toBeCloseTo(35, 10);
    expect(shareAt(rule, from + 10 * day)).toBe(60);
    const down = { linear: { from: "2027-01-10", until: "2027-01-20", start: "100%", end: 0 } };
    expect(shareAt(down, from + 5 * day)).toBeCloseTo(50, 10);
    expect(compileAt(down, from + 10 * day).constant?.value).toBe(false);
  });

  it("goes from nobody to everybody unless it says more", () => {
    const whole = { linear: { from: "2027-01-10", until: "2027-01-20" } };
    expect(compileAt(whole, from - 1).constant?.value).toBe(false);
    expect(compileAt(whole, from).constant).toBeUndefined();
    expect(shareAt(whole, from + day)).toBeCloseTo(10, 10);
    expect(compileAt(whole, from + 10 * day).constant?.value).toBe(true);
  });

  it("moves on a grid that all processes share, between a second and a minute wide", () => {
    const grid = (length: number) => {
      const ramp = { linear: { from: new Date(from), until: new Date(from + length) } };
      return (compileAt(ramp, from + 1).next as number) - from;
    };
    expect([grid(10_000), grid(20_000_000), grid(365 * day)]).toEqual([1_000, 2_000, 60_000]);
    expect(shareAt(rule, from + 59_999)).toBe(10);
    expect(shareAt(rule, from + 60_000)).toBeGreaterThan(10);
    expect(shareAt(rule, from + 119_999)).toBe(shareAt(rule, from + 60_000));
  });

  it("stands as itself while it runs, and as a rollout before and after", () => {
    const linear = { from: "2027-01-10T00:00:00.000Z", until: "2027-01-20T00:00:00.000Z", start: 10, end: 60 };
    expect(compileAt(rule, from - 1)).toMatchObject({ standing: { rollout: 10 }, next: from });
    expect(compileAt(rule, from).standing).toEqual({ linear });
    expect(compileAt(rule, from + 9 * day).standing).toEqual({ linear });
    expect(compileAt(rule, from + 10 * day)).toMatchObject({ standing: { rollout: 60 }, next: undefined });
  });

  it("never goes back while it grows, at any time", () => {
    fc.assert(
      fc.property(fc.nat(10 * day), fc.nat(10 * day), (a, b) => {
        const [early, late] = [Math.min(a, b), Math.max(a, b)].map((passed) => shareAt(rule, from + passed) as number);
        expect(early).toBeLessThanOrEqual(late as number);
        expect(late).toBeLessThanOrEqual(10 + (50 * Math.max(a, b)) / (10 * day) + 1e-9);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("what a rule may give at another time", () => {
  const laterOf = (input: unknown, time = "2027-01-01") => compileAt(input, time).later.map(({ value }) => value);

  it("is known beforehand", () => {
    expect(laterOf({ schedule: { from: "2027-01-10" } })).toEqual([true, false]);
    expect(laterOf({ steps: [{ at: "2027-01-10", rollout: 5 }] })).toEqual(expect.arrayContaining([true, false]));
    expect(laterOf({ steps: [{ at: "2027-01-10", rollout: 0 }] })).toEqual([false]);
    expect(laterOf({ linear: { from: "2027-01-10", until: "2027-01-11" } })).toContain(true);
    expect(laterOf({ rules: [{ schedule: { from: "2027-01-10" } }] })).toEqual([true, false]);
    expect(laterOf({ allow: ["ana"], schedule: { from: "2027-01-10" } })).toEqual([true, false]);
    expect(laterOf({ schedule: { until: "2027-01-10" }, serve: false, otherwise: true })).toEqual([false, true]);
    expect(laterOf({ rules: [{ schedule: { until: "2027-01-10" }, serve: false }, { serve: true }] })).toEqual([
      false,
      true,
    ]);
    expect(laterOf({ by: "instance", steps: [{ at: "2027-01-10", rollout: 100 }] })).toContain(true);
    expect(laterOf({ schedule: { from: "2027-01-10" }, rules: [{ allow: [], rollout: 0 }] })).toEqual([false]);
    expect(laterOf({ schedule: { until: "2026-01-10" } })).toEqual([]);
    expect(laterOf({ rollout: 25 })).toEqual([]);
  });
});

it("what an experiment may give at another time are its variants with a share, those forced, and the rest", () => {
  const rule = { schedule: { from: "2027-01-10" }, allow: { treatment_b: ["ana"] }, weights: { treatment_a: 1 } };
  const { later } = compile(rule, model, here, at("2027-01-01"));
  expect(later.map(({ variant }) => variant)).toEqual(["treatment_b", "treatment_a", "control"]);
});

describe("times that cannot be read", () => {
  const forms = 'a date or a date and time of ISO 8601, such as "2026-03-01" or "2026-03-01T09:30:00Z"';
  const zone =
    "needs a zone, or it would be another time on another machine: end it with Z, or with an offset such as +01:00";
  const holed: unknown[] = [{ at: "2027-01-01", rollout: 5 }];
  holed[2] = { at: "2027-01-02", rollout: 6 };

  it.each([
    [{ schedule: {} }, "`schedule` needs `from`, `until` or both"],
    [{ schedule: "2027-01-01" }, "`schedule` must be { from, until }, of which one may be left out"],
    [{ schedule: { from: "tomorrow" } }, `\`schedule.from\` must be ${forms}`],
    [{ schedule: { from: "2027-02-30" } }, "`schedule.from` names a day that no calendar has"],
    [{ schedule: { from: "2027-01-01T09:00" } }, `\`schedule.from\` ${zone}`],
    [{ schedule: { from: new Date(Number.NaN) } }, "`schedule.from` must be a Date of the years 0 to 9999"],
    [{ schedule: { from: new Date(8.64e15) } }, "`schedule.from` must be a Date of the years 0 to 9999"],
    [{ schedule: { from: 1_800_000_000 } }, `\`schedule.from\` is a number; write ${forms}, or in code a Date`],
    [{ schedule: { until: null } }, "`schedule.until` must be a text, or in code a Date"],
    [{ schedule: { form: "2027-01-01" } }, '`schedule.form` is unknown here; did you mean "from"?'],
    [{ schedule: { from: "2027-01-02", until: "2027-01-01" } }, "`schedule.until` must be later than `from`"],
    [{ schedule: { from: "2027-01-02", until: "2027-01-02" } }, "`schedule.until` must be later than `from`"],
    [{ steps: [] }, "`steps` must be a list of steps, such as [{ at: 2027-01-31, rollout: 5 }]"],
    [{ steps: holed }, "`steps.1` must be { at, rollout }"],
    [{ steps: [5] }, "`steps.0` must be { at, rollout }"],
    [{ steps: [{ rollout: 5 }] }, "`steps.0` needs `at`"],
    [{ steps: [{ at: "2027-01-01" }] }, "`steps.0.rollout` must be a percentage from 0 to 100"],
    [
      {
        steps: [
          { at: "2027-01-02", rollout: 5 },
          { at: "2027-01-01", rollout: 6 },
        ],
      },
      "`steps.1.at` must be later than that of the step before",
    ],
    [{ linear: { until: "2027-01-01" } }, "`linear` needs `from`"],
    [{ linear: { from: "2027-01-02", until: "2027-01-01" } }, "`linear.until` must be later than `from`"],
    [
      { linear: { from: "2027-01-01", until: "2027-01-02", start: 50, end: "50%" } },
      "`linear` goes nowhere; write rollout: 50",
    ],
    [{ linear: { from: "2027-01-01", until: "2027-01-02", end: 0 } }, "`linear` goes nowhere; write rollout: 0"],
    [
      { linear: { from: "2027-01-01", until: "2027-01-02", end: 101 } },
      "`linear.end` must be a percentage from 0 to 100, not 101",
    ],
    [
      { rollout: 5, steps: [{ at: "2027-01-01", rollout: 5 }] },
      "`rollout` and `steps` exclude each other: give the share in one way",
    ],
  ])("%j is refused", (rule, message) => {
    expect(messagesOf(rule)).toEqual([message]);
  });

  it("are all told at once, with the way to each", () => {
    const linear = { from: 5, until: "x", start: -1, ende: 5 };
    expect(issuesOf({ linear }).map(({ path }) => path.join("."))).toEqual([
      "linear.ende",
      "linear.from",
      "linear.until",
      "linear.start",
    ]);
  });

  it("are read as ISO text in UTC, Dates too", () => {
    expect(checked({ schedule: { from: new Date(0), until: "2027-01-01T01:00+01:00" } }, onOff)).toEqual({
      schedule: { from: "1970-01-01T00:00:00.000Z", until: "2027-01-01T00:00:00.000Z" },
    });
  });
});

it("a step's threshold is exact", () => {
  const userId = unitBelow(0.25, "new_checkout");
  const hash = bucketOf(userId, "new_checkout") * BUCKETS;
  const steps = [hash - 1, hash, hash + 1].map((buckets, index) => ({
    at: new Date(index * 1_000),
    rollout: (buckets * 100) / BUCKETS,
  }));
  expect([0, 1_000, 2_000].map((now) => compileAt({ steps }, now).decide({ userId }).value)).toEqual([
    false,
    false,
    true,
  ]);
});
