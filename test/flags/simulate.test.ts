import {
  bucketOf,
  type Context,
  createFlags,
  defineFlags,
  flag,
  type Resolver,
  resolver,
  type SimulatedFlag,
  type Simulation,
  simulate,
} from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { bucketing } from "../../src/rules/bucketing.js";
import { isolated, settled, thrownBy, withVariables } from "./fixtures/isolated.js";

const registry = defineFlags({
  new_checkout: flag.boolean({ default: false, rule: { rollout: 10 } }),
  answer_model: flag.experiment({ control: 50, treatment_a: 25, treatment_b: 25 }, { default: "control" }),
  backend: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
  max_upload_mb: flag.number({ default: 10, rule: { rollout: 20, serve: 50 } }),
  sizes: flag.json(z.object({ max: z.number() }), { default: { max: 1 } }),
  skills: flag.boolean({ default: false, rule: { rollout: 40 } }),
  self_improvement: flag.boolean({ default: true, dependsOn: ["skills"] }),
  deep: flag.boolean({ default: false, dependsOn: ["self_improvement"], rule: { rollout: 50 } }),
});

const users = (size: number) => Array.from({ length: size }, (_, n) => ({ userId: `u${n}` }));

/** The only flag, or the one of that name. */
function flagOf({ flags }: Simulation, name = flags[0]?.flag): SimulatedFlag {
  const found = flags.find((one) => one.flag === name);
  if (found === undefined) throw new Error(`no flag "${name}" in the simulation`);
  return found;
}

/** Counts by value: `[before, after]`. */
function countsOf(simulated: SimulatedFlag): Record<string, [number, number]> {
  return Object.fromEntries(
    simulated.shares.map(({ value, before, after }) => [
      typeof value === "object" ? JSON.stringify(value) : String(value),
      [before.count, after.count],
    ]),
  );
}

const flowOf = ({ flow }: Pick<SimulatedFlag, "flow">) => flow.map(({ from, to, count }) => [from, to, count]);

describe("simulate() of a registry", () => {
  it("counts who gets what before and after, and who moves", () => {
    const people = users(5_000);
    const below = (share: number) => people.filter(({ userId }) => bucketOf(userId, "new_checkout") < share).length;
    const result = simulate(registry, { new_checkout: { rollout: 30 } }, people);
    const simulated = flagOf(result);
    expect(result.size).toBe(5_000);
    expect(countsOf(simulated)).toEqual({
      true: [below(0.1), below(0.3)],
      false: [5_000 - below(0.1), 5_000 - below(0.3)],
    });
    expect(flowOf(simulated)).toEqual([[false, true, below(0.3) - below(0.1)]]);
    expect(simulated.moved.count).toBe(below(0.3) - below(0.1));
    expect(result.alsoMoved).toEqual([]);
    expect(result.pairs).toEqual([]);
  });

  it("gives shares in percent, with the 95 % interval around them", () => {
    const { shares, moved } = flagOf(simulate(registry, { new_checkout: { rollout: 30 } }, 10_000));
    const [on] = shares;
    expect(on?.after.percentage).toBeCloseTo(((on?.after.count ?? 0) / 10_000) * 100, 12);
    expect(on?.after.low).toBeGreaterThan((on?.after.percentage ?? 0) - 1);
    expect(on?.after.low).toBeLessThan(on?.after.percentage ?? 0);
    expect(on?.after.high).toBeGreaterThan(on?.after.percentage ?? 0);
    expect(on?.after.high).toBeLessThan((on?.after.percentage ?? 0) + 1);
    // A rollout of 30 % lies within the interval of one that was counted.
    expect([(on?.after.low ?? 0) < 30, (on?.after.high ?? 0) > 30]).toEqual([true, true]);
    expect(moved.percentage).toBeCloseTo(moved.count / 100, 12);
  });

  it("makes users up where it is given a number of them", () => {
    const named = Array.from({ length: 300 }, (_, n) => ({ userId: `user-${n + 1}` }));
    const rules = { answer_model: { weights: { control: 1, treatment_b: 1 } } };
    expect(simulate(registry, rules, 300)).toEqual(simulate(registry, rules, named));
  });

  it("takes values as well as rules, of every kind of flag", () => {
    const result = simulate(
      registry,
      {
        new_checkout: true,
        answer_model: "treatment_b",
        backend: { rollout: 50, serve: "postgresql" },
        max_upload_mb: 10,
        sizes: { max: 2 },
      },
      1_000,
    );
    expect(result.flags.map(({ flag: name }) => name)).toEqual([
      "new_checkout",
      "answer_model",
      "backend",
      "max_upload_mb",
      "sizes",
    ]);
    expect(countsOf(flagOf(result, "new_checkout")).true?.[1]).toBe(1_000);
    expect(countsOf(flagOf(result, "answer_model")).treatment_b?.[1]).toBe(1_000);
    expect(flowOf(flagOf(result, "backend"))).toEqual([["sqlite", "postgresql", expect.any(Number)]]);
    expect(flowOf(flagOf(result, "max_upload_mb"))).toEqual([[50, 10, expect.any(Number)]]);
    expect(countsOf(flagOf(result, "sizes"))).toEqual({ '{"max":2}': [0, 1_000], '{"max":1}': [1_000, 0] });
  });

  it("takes an object for a json flag as a value unless it serves one, and tells such values apart by what they hold", () => {
    const rule = { serve: { max: 1 }, rollout: 50, otherwise: { max: 3 } };
    const simulated = flagOf(simulate(registry, { sizes: rule }, 1_000));
    expect(Object.keys(countsOf(simulated)).sort()).toEqual(['{"max":1}', '{"max":3}']);
    expect(flowOf(simulated)).toEqual([[{ max: 1 }, { max: 3 }, simulated.moved.count]]);
  });

  it("takes json values for the same whatever the order of their keys", () => {
    const nested = z.object({ max: z.number(), by: z.record(z.string(), z.number()) });
    const turned = { rollout: 50, serve: { by: { b: 2, a: 1 }, max: 1 }, otherwise: { by: { b: 2, a: 1 }, max: 2 } };
    const loose = defineFlags({ sizes: flag.json(z.any(), { default: { max: 1, by: { a: 1, b: 2 } } }) });
    const strict = defineFlags({ sizes: flag.json(nested, { default: { max: 1, by: { a: 1, b: 2 } } }) });
    for (const named of [loose, strict]) {
      const simulated = flagOf(simulate(named, { sizes: turned }, 1_000));
      expect(simulated.shares).toHaveLength(2);
      expect(flowOf(simulated)).toEqual([[{ max: 1, by: { a: 1, b: 2 } }, turned.otherwise, simulated.moved.count]]);
      expect(simulated.moved.count).toBeLessThan(600);
    }
    expect(flagOf(simulate(loose, { sizes: [1, 2] }, 10, { before: { sizes: [2, 1] } })).moved.count).toBe(10);
  });

  it("runs a schema once over each value, as setting it would", () => {
    const changing = defineFlags({ limit: flag.number({ default: 1, schema: z.number().transform((n) => n + 100) }) });
    const given = [{ serve: 5, rollout: 100 }, 5].map((limit) => flagOf(simulate(changing, { limit }, 10)));
    expect(given.map(flowOf)).toEqual([[[101, 105, 10]], [[101, 105, 10]]]);
  });

  it("lists named values in the order of the definition, others by how many have them", () => {
    const people = users(1_000);
    const names = simulate(registry, { answer_model: { weights: { treatment_b: 9, control: 1 } } }, people);
    expect(flagOf(names).shares.map(({ value }) => value)).toEqual(["control", "treatment_a", "treatment_b"]);
    const numbers = simulate(registry, { max_upload_mb: { rollout: 90, serve: 70, otherwise: 5 } }, people);
    expect(flagOf(numbers).shares.map(({ value }) => value)).toEqual([70, 5, 10, 50]);
  });

  it("lists the flow with the most first", () => {
    const weights = { control: 40, treatment_a: 59, treatment_b: 1 };
    const { flow } = flagOf(simulate(registry, { answer_model: { weights } }, 5_000));
    expect(flow.length).toBeGreaterThan(1);
    expect(flow.map(({ count }) => count)).toEqual(flow.map(({ count }) => count).sort((a, b) => b - a));
  });

  it("speaks of variants by their names, where they have payloads", () => {
    const paid = defineFlags({
      model: flag.experiment(
        { small: 1, large: 1 },
        { default: "small", payloads: { small: { t: 1 }, large: { t: 1 } } },
      ),
    });
    const simulated = flagOf(simulate(paid, { model: "large" }, 500));
    expect(simulated.shares.map(({ value }) => value)).toEqual(["small", "large"]);
    expect(flowOf(simulated)).toEqual([["small", "large", simulated.moved.count]]);
  });

  it("answers of nobody", () => {
    const result = simulate(registry, { new_checkout: true, skills: true }, []);
    expect(result).toMatchObject({ size: 0, alsoMoved: [], pairs: [] });
    expect(flagOf(result)).toMatchObject({
      shares: [],
      flow: [],
      moved: { count: 0, percentage: 0, low: 0, high: 100 },
    });
    expect(simulate(registry, { skills: undefined }, 10)).toEqual({ size: 10, flags: [], alsoMoved: [], pairs: [] });
  });

  it("starts from other rules where it is told what stands before", () => {
    const people = users(2_000);
    const { moved } = flagOf(
      simulate(registry, { new_checkout: { rollout: 30 } }, people, { before: { new_checkout: false } }),
    );
    expect(moved.count).toBe(people.filter(({ userId }) => bucketOf(userId, "new_checkout") < 0.3).length);
    const parent = simulate(registry, { self_improvement: true }, people, { before: { skills: true } });
    expect(flagOf(parent).heldOff).toEqual([]);
  });

  it("counts the same as two sets of flags would answer", () => {
    const share = fc.oneof(fc.constantFrom(0, 100, 50), fc.double({ min: 0.001, max: 100, noNaN: true }));
    const unit = fc.record(
      { userId: fc.constantFrom("u1", "u2", "u3", "u4", "u5", ""), tenantId: fc.constantFrom("t1", "t2", "t3") },
      { requiredKeys: [] },
    );
    const onOff = fc.oneof(fc.boolean(), fc.record({ rollout: share, by: fc.constantFrom("userId", "tenantId") }));
    const weights = fc.record({ control: fc.nat(9), treatment_a: fc.nat(9), treatment_b: fc.constant(1) });
    const rules = fc.record(
      { skills: onOff, self_improvement: onOff, deep: onOff, answer_model: fc.record({ weights, rollout: share }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(rules, fc.array(unit, { maxLength: 12 }), (edits, people) => {
        const before = createFlags(registry, isolated);
        const edited: Resolver = {
          name: "edited",
          prepare: ({ name }) => {
            const edit = edits[name as keyof typeof edits];
            if (edit === undefined) return undefined;
            return typeof edit === "boolean" ? { value: edit } : { rule: edit };
          },
        };
        const after = createFlags(registry, { ...isolated, resolvers: [edited, "rollout"] });
        const result = simulate(registry, edits, people);
        expect(result.size).toBe(people.length);
        for (const { flag: name, shares, moved, heldOff } of result.flags) {
          const asked = people.map((person: Context) => {
            const known = name as "skills";
            return [before.value(known, person), after.evaluate(known, person)] as const;
          });
          for (const { value, ...counted } of shares) {
            expect(counted.before.count).toBe(asked.filter(([was]) => was === value).length);
            expect(counted.after.count).toBe(asked.filter(([, is]) => is.value === value).length);
          }
          expect(moved.count).toBe(asked.filter(([was, is]) => was !== is.value).length);
          expect(heldOff.reduce((sum, { count }) => sum + count, 0)).toBe(
            asked.filter(([, is]) => is.source === "dependency").length,
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("what moves along", () => {
  const people = users(3_000);

  it("is every flag that depends on a simulated one, however far, and changes for that reason", () => {
    const result = simulate(registry, { skills: false }, people);
    const flags = createFlags(registry, isolated);
    const on = (name: "self_improvement" | "deep") => people.filter((person) => flags.isEnabled(name, person)).length;
    expect(result.alsoMoved.map((moves) => [moves.flag, flowOf(moves)])).toEqual([
      ["self_improvement", [[true, false, on("self_improvement")]]],
      ["deep", [[true, false, on("deep")]]],
    ]);
    expect(result.alsoMoved[0]?.moved.percentage).toBeCloseTo(on("self_improvement") / 30, 9);
  });

  it("counts of a flag that is simulated itself only what a flag it depends on has changed", () => {
    const result = simulate(registry, { skills: true, self_improvement: { rollout: 50 } }, people);
    const own = flagOf(result, "self_improvement");
    const [along] = result.alsoMoved;
    expect(along?.flag).toBe("self_improvement");
    // On for those who had skills and are in no rollout is gone by its own rule; off by the parent has come back.
    expect(along?.flow.map(({ from, to }) => [from, to])).toEqual([[false, true]]);
    expect(own.moved.count).toBeGreaterThan(along?.moved.count ?? 0);
  });

  it("is nothing where everybody gets what they had", () => {
    expect(simulate(registry, { skills: { rollout: 40 } }, people).alsoMoved).toEqual([]);
  });

  it("tells for whom a flag stays off, and by which", () => {
    const { heldOff, shares } = flagOf(simulate(registry, { self_improvement: { rollout: 100 } }, people));
    const held = people.filter(({ userId }) => bucketOf(userId, "skills") >= 0.4).length;
    expect(heldOff.map(({ by, count }) => [by, count])).toEqual([["skills", held]]);
    expect(shares.find(({ value }) => value === false)?.after.count).toBe(held);
  });
});

describe("simulate() of flags", () => {
  it("starts from what they answer at this moment, from whichever source", async () => {
    const flags = createFlags(registry, {
      ...withVariables({ FLAG_BACKEND: "postgresql", FLAG_NEW_CHECKOUT: "60%" }),
      readOnly: false,
    });
    flags.setRule("max_upload_mb", { rollout: 5, serve: 99 });
    flags.kill("skills");
    const people = users(2_000);
    const result = simulate(
      flags,
      { new_checkout: { rollout: 60 }, backend: "sqlite", max_upload_mb: 99, skills: true },
      people,
    );
    expect(flagOf(result, "new_checkout").moved.count).toBe(0);
    expect(flowOf(flagOf(result, "backend"))).toEqual([["postgresql", "sqlite", 2_000]]);
    expect(flowOf(flagOf(result, "max_upload_mb"))).toEqual([
      [10, 99, people.filter(({ userId }) => bucketOf(userId, "max_upload_mb") >= 0.05).length],
    ]);
    // As if the kill did not stand ahead of the rule; and what was off with it comes back.
    expect(flowOf(flagOf(result, "skills"))).toEqual([[false, true, 2_000]]);
    expect(result.alsoMoved.map(({ flag: name, moved }) => [name, moved.count])).toEqual([
      ["self_improvement", 2_000],
      ["deep", people.filter(({ userId }) => bucketOf(userId, "deep") < 0.5).length],
    ]);
    await flags.close();
  });

  it("keeps off what is off for want of a variable, but for the flags that are simulated", async () => {
    const needy = defineFlags({
      parent: flag.boolean({ default: true, requires: z.object({ API_KEY: z.string() }) }),
      child: flag.boolean({ default: true, dependsOn: ["parent"] }),
    });
    const flags = createFlags(needy, { ...isolated, onInvalid: "warn" });
    await settled();
    expect(flagOf(simulate(flags, { child: true }, 10))).toMatchObject({
      moved: { count: 0 },
      heldOff: [{ by: "parent" }],
    });
    expect(simulate(flags, { parent: true }, 10).alsoMoved.map(({ moved }) => moved.count)).toEqual([10]);
    expect(simulate(needy, { child: { rollout: 0 } }, 10).flags[0]?.moved.count).toBe(10);
    await flags.close();
  });

  it("asks custom resolvers as the flags do", async () => {
    const office = resolver("office", (_flag, { office: where }) => (where === "berlin" ? 77 : undefined), {
      flags: ["max_upload_mb"],
    });
    const flags = createFlags(registry, { ...isolated, resolvers: [office, "rollout"] });
    const people = [
      { userId: "u1", office: "berlin" },
      { userId: "u2", office: "oslo" },
    ];
    const simulated = flagOf(simulate(flags, { max_upload_mb: 1 }, people));
    expect(countsOf(simulated)).toMatchObject({ 1: [0, 2], 77: [1, 0] });
    await flags.close();
  });

  it("changes nothing, writes nothing down, and causes no exposures", async () => {
    const flags = createFlags(registry, isolated);
    const heard: unknown[] = [];
    flags.on("exposure", (exposure) => heard.push(exposure));
    flags.onFlagChanged("*", (change) => heard.push(change));
    const rules = { new_checkout: { rollout: 90 }, answer_model: "control" } as const;
    expect(flagOf(simulate(flags, rules, 1_000)).moved.count).toBeGreaterThan(0);
    await flags.flush();
    expect(heard).toEqual([]);
    expect(flags.getAuditLog()).toEqual([]);
    expect(flags.evaluate("answer_model", { userId: "u1" }).source).toBe("rollout");
    await flags.close();
  });

  it("sees one moment, whatever changes while the population is read", async () => {
    const flags = createFlags(registry, isolated);
    function* people() {
      for (const [index, person] of users(100).entries()) {
        if (index === 50) flags.setFlag("skills", true);
        yield person;
      }
    }
    const { shares } = flagOf(simulate(flags, { skills: false }, people()));
    const before = users(100).filter(({ userId }) => bucketOf(userId, "skills") < 0.4).length;
    expect(shares.find(({ value }) => value === true)?.before.count).toBe(before);
    await flags.close();
  });

  it("lets rules name what the flags know, and what the options add or replace", async () => {
    const own = bucketing("halves", (unit) => (unit < "u5" ? 0.1 : 0.9));
    const flags = createFlags(registry, {
      ...isolated,
      segments: { staff: { plan: "staff" }, paying: { plan: "pro" } },
      bucketing: [own],
      context: { plan: "staff" },
      instance: "host-1",
    });
    const people = [{ userId: "u1" }, { userId: "u2", plan: "pro" }, { userId: "u9", plan: "free" }];
    const on = (rule: object, options = {}) =>
      countsOf(flagOf(simulate(flags, { new_checkout: { rollout: 100, ...rule } }, people, options))).true?.[1] ?? 0;
    expect(on({ when: { $segment: "staff" } })).toBe(1);
    expect(on({ when: { $segment: "staff" } }, { context: {} })).toBe(0);
    expect(on({ when: { $segment: "paying" } }, { segments: { paying: { plan: { $in: ["pro", "free"] } } } })).toBe(2);
    expect(
      on({ when: { $segment: "all" } }, { segments: { all: { $or: [{ $segment: "staff" }, { plan: "pro" }] } } }),
    ).toBe(2);
    expect(on({ rollout: 50, hash: "halves" })).toBe(2);
    // What is not in the rules stays as it is.
    const segments = { staff: { plan: "free" } };
    flags.setRule("skills", { when: { $segment: "staff" } });
    const child = flagOf(simulate(flags, { self_improvement: true }, people, { segments }));
    expect(child.heldOff.map(({ by, count }) => [by, count])).toEqual([["skills", 2]]);
    expect(child.moved.count).toBe(0);
    const here = bucketOf("host-1", "new_checkout") < 0.5 ? 3 : 0;
    expect(on({ rollout: 50, by: "instance" })).toBe(here);
    await flags.close();
  });
});

describe("simulate() of flags with a clock of their own", () => {
  it("is at the time of that clock unless another is given", async () => {
    const steps = [{ at: "2040-01-01", rollout: 100 }];
    const flags = createFlags(registry, { ...isolated, clock: () => Date.parse("2040-01-02") });
    const moved = (now?: string) => flagOf(simulate(flags, { backend: { serve: "postgresql", steps } }, 10, { now }));
    expect(moved().moved.count).toBe(10);
    expect(moved("2039-12-31").moved.count).toBe(0);
    await flags.close();
  });
});

describe("where and when rules are simulated", () => {
  const people = users(1_000);
  const on = (rule: object, options: object = {}, population: Iterable<Context> = people) =>
    countsOf(flagOf(simulate(registry, { new_checkout: rule }, population, options))).true?.[1] ?? 0;

  it("is at the time given", () => {
    const steps = [
      { at: "2027-01-11T09:00:00Z", rollout: 5 },
      { at: "2027-01-12T09:00:00Z", rollout: 50 },
    ];
    const below = (share: number) => people.filter(({ userId }) => bucketOf(userId, "new_checkout") < share).length;
    expect(on({ steps }, { now: "2027-01-11" })).toBe(0);
    expect(on({ steps }, { now: "2027-01-11T09:00:00Z" })).toBe(below(0.05));
    expect(on({ steps }, { now: new Date("2027-01-12T08:59:59Z") })).toBe(below(0.05));
    expect(on({ steps }, { now: Date.parse("2027-01-12T09:00:00Z") })).toBe(below(0.5));
    expect(on({ schedule: { until: "2001-01-01" } })).toBe(0);
  });

  it("is with the groups given", () => {
    const layers = { page: { slices: { new_checkout: [0, 40], backend: [40, 80] } } };
    const inLayer = on({ layer: "page", rollout: 100 }, { layers });
    expect(inLayer).toBeGreaterThan(330);
    expect(inLayer).toBeLessThan(470);
    const kept = on({ holdout: "q3", rollout: 100 }, { holdouts: { q3: "10%" } });
    expect(kept).toBeGreaterThan(850);
    expect(kept).toBeLessThan(950);
    expect(on({ when: { $segment: "some" }, rollout: 100 }, { segments: { some: { userId: "u7" } } })).toBe(1);
  });

  it("is with the base context and the instance given", () => {
    const rule = { when: { region: "eu" }, rollout: 100 };
    expect([on(rule), on(rule, { context: { region: "eu" } })]).toEqual([0, 1_000]);
    for (const instance of Array.from({ length: 12 }, (_, n) => `host-${n}`)) {
      const expected = bucketOf(instance, "new_checkout") < 0.5 ? 1_000 : 0;
      expect(on({ rollout: 50, by: "instance" }, { instance })).toBe(expected);
      expect(on({ rollout: 50, by: "instance" }, { context: { instance } })).toBe(expected);
    }
  });
});

describe("the sample", () => {
  const tenants = Array.from({ length: 40 }, (_, n) => ({ tenantId: `t${n}`, userId: `u${n % 3}` }));

  it("names the first few that move, with the values between which they do", () => {
    const people = users(200);
    const { sample } = flagOf(simulate(registry, { new_checkout: { rollout: 60 } }, people));
    const moving = people
      .map(({ userId }) => userId)
      .filter((unit) => {
        const bucket = bucketOf(unit, "new_checkout");
        return bucket >= 0.1 && bucket < 0.6;
      });
    expect(sample).toEqual(moving.slice(0, 5).map((unit) => ({ unit, from: false, to: true })));
  });

  it("names them as the rule reads them, and by their user where it does not", () => {
    const named = (rule: object, people: Iterable<Context> = tenants) =>
      flagOf(simulate(registry, { backend: { serve: "postgresql", ...rule } }, people))
        .sample.slice(0, 2)
        .map(({ unit }) => unit);
    expect(named({})).toEqual(["u0", "u1"]);
    expect(named({ rollout: 100, by: "tenantId" })).toEqual(["t0", "t1"]);
    expect(named({ rollout: 100, by: ["instance", "tenantId"] })).toEqual(["t0", "t1"]);
    expect(named({ by: "tenantId" }, [{ userId: "u1" }, { targetingKey: "k1" }])).toEqual(["u1", "k1"]);
    expect(named({}, [{ plan: "pro" }, { plan: "pro" }])).toEqual([]);
    const list = { serve: undefined, rules: [{ when: { plan: "pro" }, serve: "postgresql", by: "tenantId" }] };
    expect(named(list, [{ plan: "pro", tenantId: "t7", userId: "u7" }])).toEqual(["t7"]);
  });
});

describe("pairs", () => {
  const fresh = defineFlags(
    Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`flag_${n}`, flag.boolean({ default: false })] as const)),
  );

  it("tell flags with one salt from flags with salts of their own", () => {
    const rules = {
      flag_0: { rollout: 50 },
      flag_1: { rollout: 50, salt: "flag_0" },
      flag_2: { rollout: 50 },
      flag_3: { rollout: 50, salt: "flag_0", serve: false, otherwise: true },
    };
    const { pairs } = simulate(fresh, rules, 10_000);
    const byName = new Map(pairs.map((pair) => [pair.flags.join(), pair]));
    expect(byName.get("flag_0,flag_1")).toMatchObject({ cramersV: 1, phi: 1, p: 0, degrees: 1 });
    expect(byName.get("flag_0,flag_3")).toMatchObject({ cramersV: 1, phi: -1 });
    expect(byName.get("flag_0,flag_2")?.p).toBeGreaterThan(0.001);
    expect(Math.abs(byName.get("flag_0,flag_2")?.phi ?? 1)).toBeLessThan(0.04);
    expect(pairs).toHaveLength(6);
  });

  it("hold what two flags give together after, whatever they gave before", () => {
    const rules = { answer_model: { weights: { control: 1, treatment_b: 1 } }, new_checkout: { rollout: 50 } } as const;
    const [pair] = simulate(registry, rules, 20_000).pairs;
    expect(pair).toMatchObject({ flags: ["answer_model", "new_checkout"], degrees: 1 });
    expect(pair?.p).toBeGreaterThan(0.001);
  });

  it("leave out flags that give everybody the same, and those beyond the first ten", () => {
    expect(simulate(fresh, { flag_0: true, flag_1: { rollout: 50 } }, 1_000).pairs).toEqual([]);
    const all = Object.fromEntries(fresh.names.map((name) => [name, { rollout: 50 }]));
    const { flags, pairs } = simulate(fresh, all, 1_000);
    expect(flags).toHaveLength(12);
    expect(pairs).toHaveLength(45);
    expect(pairs.flatMap((pair) => pair.flags)).not.toContain("flag_10");
  });
});

describe("the population", () => {
  it("is read once, a member at a time, and not changed", () => {
    let given = 0;
    let ended = 0;
    function* people() {
      try {
        const person = { userId: "" };
        // A reader of a file may use one object for all.
        for (; given < 500; given++) yield Object.assign(person, { userId: `u${given}` });
      } finally {
        ended++;
      }
    }
    const result = simulate(registry, { new_checkout: { rollout: 30 }, skills: true }, people());
    expect([given, ended, result.size]).toEqual([500, 1, 500]);
    expect(result).toEqual(simulate(registry, { new_checkout: { rollout: 30 }, skills: true }, users(500)));
    const frozen = users(20).map((person) => Object.freeze(person));
    expect(simulate(registry, { skills: true }, new Set(frozen)).size).toBe(20);
  });

  it.each<[unknown, RegExp]>([
    [-1, /^the population cannot be used: -1 is no number of users; give a whole number$/],
    [1.5, /1\.5 is no number of users/],
    [Number.NaN, /NaN is no number of users/],
    [undefined, /undefined is none; give contexts, such as \[{ userId: "u1" }\], or a number of users$/],
    ["u1", /"u1" is none/],
    [{}, /an object is none/],
    [["u1"], /its member 1 is "u1" and no context; give objects such as { userId: "u1" }$/],
    [[{ userId: "u1" }, null], /its member 2 is null and no context/],
  ])("%j is refused", (population, message) => {
    const error = thrownBy(() => simulate(registry, { skills: true }, population as number));
    expect([error.code, error.message]).toEqual(["INVALID_OPTIONS", expect.stringMatching(message)]);
  });
});

describe("what is refused", () => {
  it("is told all at once, each with its place", () => {
    const rules = {
      new_checkout: { rollout: 130 },
      new_chekout: true,
      backend: "postgres",
      answer_model: { when: { $segment: "stuff" } },
      skills: { rollout: 50, layer: "page", hash: "md5" },
    };
    const options = { before: { max_upload_mb: "many" }, segments: { staff: { plan: "staff" } } };
    const error = thrownBy(() => simulate(registry, rules as never, 10, options as never));
    expect(error.code).toBe("INVALID_RULE");
    expect(error.problems.map(({ code, place, flag: name }) => [code, place, name])).toEqual([
      ["INVALID_RULE", "rules.new_checkout", "new_checkout"],
      ["FLAG_NOT_FOUND", "rules.new_chekout", "new_chekout"],
      ["INVALID_VALUE", "rules.backend", "backend"],
      ["INVALID_RULE", "rules.answer_model", "answer_model"],
      ["INVALID_RULE", "rules.skills", "skills"],
      ["INVALID_RULE", "rules.skills", "skills"],
      ["INVALID_VALUE", "before.max_upload_mb", "max_upload_mb"],
    ]);
    for (const part of [
      "these rules cannot be simulated (7 problems)\n",
      "rules.new_checkout: `rollout` must be a percentage from 0 to 100, not 130",
      'rules.new_chekout: unknown flag "new_chekout"; did you mean "new_checkout"?',
      'rules.backend: "postgres" is not one of sqlite, postgresql; did you mean "postgresql"?',
      'rules.answer_model: `when.$segment` names the segment "stuff", which is not there; did you mean "staff"?',
      'names the layer "page", which is not there; none is declared',
      'names the bucketing "md5", which is not there',
      'before.max_upload_mb: "many" is not a number',
    ]) {
      expect(error.message).toContain(part);
    }
  });

  it.each<[unknown, string]>([
    [undefined, "rules: must be rules and values by flag, such as { new_checkout: { rollout: 25 } }"],
    [[], "rules: must be rules and values by flag"],
  ])("are rules such as %j", (rules, message) => {
    expect(thrownBy(() => simulate(registry, rules as never, 10)).message).toContain(message);
  });

  it("are definitions that count and name what is not there; those that do not count may", () => {
    const named = defineFlags({
      parent: flag.boolean({ default: false, rule: { when: { $segment: "staff" } } }),
      child: flag.boolean({ default: true, dependsOn: ["parent"] }),
      other: flag.boolean({ default: false, rule: { when: { $segment: "staff" } } }),
      free: flag.boolean({ default: false }),
    });
    const error = thrownBy(() => simulate(named, { child: { rollout: 1 } }, 10));
    expect(error.problems).toEqual([
      {
        code: "INVALID_RULE",
        flag: "parent",
        place: "the definition of parent",
        message: '`when.$segment` names the segment "staff", which is not there; none is declared',
      },
    ]);
    expect(simulate(named, { free: true }, 10).size).toBe(10);
    expect(simulate(named, { child: false }, 10, { before: { parent: true } }).size).toBe(10);
    expect(simulate(named, { parent: true }, 10, { segments: { staff: { plan: "staff" } } }).size).toBe(10);
  });

  it.each<[object, RegExp]>([
    [{ befor: {} }, /there is no option `befor` of simulate; did you mean "before"\?/],
    [{ now: "tomorrow" }, /^`now` must be a date or a date and time of ISO 8601/],
    [{ now: Number.NaN }, /^`now` must be a time, and not NaN$/],
    [{ now: new Date(Number.NaN) }, /^`now` must be a time, and not an object$/],
    [{ now: true }, /^`now` must be a time, and not true$/],
    [{ context: 7 }, /^simulate was given options it cannot use\n {2}`context` must be an object$/],
    [
      { layers: { page: { slices: { nobody: [0, 1] } } } },
      /`layers\.page\.slices\.nobody` is for a flag that is not there/,
    ],
    [
      { segments: { a: { $segment: "b" } } },
      /^simulate was given options it cannot use\n {2}`segments\.a\.\$segment` names/,
    ],
    [{ segments: { a: { $segment: "a" } } }, /runs in a circle: a → a/],
    [{ bucketing: [{}] }, /`bucketing\.0` must be a bucketing/],
  ])("are options such as %j", (options, message) => {
    const error = thrownBy(() => simulate(registry, { skills: true }, 10, options));
    expect([error.code, error.message]).toEqual(["INVALID_OPTIONS", expect.stringMatching(message)]);
  });

  it.each([undefined, null, {}, 7])("is a source such as %j", (source) => {
    const error = thrownBy(() => simulate(source as never, {}, 10));
    expect([error.code, error.message]).toEqual([
      "INVALID_OPTIONS",
      "simulate needs a registry or flags first: what defineFlags or createFlags gives",
    ]);
  });
});

describe("its types", () => {
  it("know the flags and what each can be", () => {
    const flags = createFlags(registry, isolated);
    const wrong = [
      // @ts-expect-error no such flag
      () => simulate(registry, { new_chekout: true }, 1),
      // @ts-expect-error not one of its values
      () => simulate(flags, { backend: "mysql" }, 1),
      // @ts-expect-error no boolean
      () => simulate(registry, { new_checkout: "yes" }, 1),
      // @ts-expect-error weights of names that it does not have
      () => simulate(flags, { answer_model: { weights: { treatment_c: 1 } } }, 1),
      // @ts-expect-error a number flag serves numbers
      () => simulate(registry, { skills: true }, 1, { before: { max_upload_mb: { serve: "big" } } }),
    ];
    for (const run of wrong) expect(run).toThrow(/cannot be simulated/);
  });
});
