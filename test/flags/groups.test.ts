import { type Bucketing, createFlags, defineFlags, type FlagsOptions, flag, type Resolver } from "burgee";
import { describe, expect, it } from "vitest";
import { bucketing } from "../../src/rules/bucketing.js";
import { errorsOf, isolated, recorder, rejectionOf, settled, thrownBy } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const registry = defineFlags({
  open: flag.boolean({ default: false, rule: { when: { $segment: "beta" } } }),
  colour: flag.experiment({ control: 50, blue: 50 }, { default: "control" }),
  layout: flag.experiment({ control: 50, wide: 50 }, { default: "control" }),
  limit: flag.number({ default: 10 }),
});
const BETA = { segments: { beta: { plan: "beta" } } };
const create = (options: FlagsOptions = {}) => createFlags(registry, { ...isolated, ...BETA, ...options });
const refusal = (options: unknown) => thrownBy(() => create(options as FlagsOptions));

/** Flags over a profile, and how it is written anew and read. */
function withProfile(text: string, options: FlagsOptions = {}) {
  const { path, write } = profileFile(text);
  const flags = create({ profile: path, ...options });
  const changes: string[] = [];
  flags.onFlagChanged("*", ({ flag: name }) => void changes.push(name));
  const reload = (content: string) => {
    write(content);
    return flags.reload();
  };
  return { flags, reload, changes };
}

describe("groups and bucketings in the options", () => {
  it.each<[object, string[]]>([
    [{ segments: [] }, ["`segments` must be a mapping: names, and what each stands for"]],
    [{ segments: { a: {} } }, ["`segments.a` is empty"]],
    [{ segments: { a: { plan: { $inn: [1] } } } }, ['`segments.a.plan.$inn` is no operator; did you mean "$in"?']],
    [{ layers: { page: 5 } }, ["`layers.page` must be a layer"]],
    [
      { layers: { page: { slices: { colour: [0, 60], layout: ["50%", 100] } } } },
      ['`layers.page.slices.layout` overlaps with that of "colour" from 50 % to 60 %'],
    ],
    [
      { layers: { page: { slices: { color: [0, 60] } } } },
      ['`layers.page.slices.color` is for a flag that is not there; did you mean "colour"?'],
    ],
    [{ holdouts: { q: 105 } }, ["`holdouts.q` must be a percentage from 0 to 100, not 105"]],
    [{ holdouts: { q: { share: 5, bye: "x" } } }, ['`holdouts.q.bye` is unknown here; did you mean "by"?']],
    [{ bucketing: {} }, ["`bucketing` must be a list of bucketings"]],
    [{ bucketing: [{ name: "x" }] }, ["`bucketing.0` must be a bucketing: { name, rollout, variant, point }"]],
    [
      { bucketing: [{ ...bucketing("x", () => 0), name: "" }] },
      ["a bucketing needs a name, which rules give as `hash`"],
    ],
    [
      { bucketing: [bucketing("murmur3-v1", () => 0)] },
      ['`bucketing` names "murmur3-v1", which is burgee\'s own; give yours another name'],
    ],
    [
      { bucketing: [bucketing("x", () => 0), bucketing("y", () => 0), bucketing("x", () => 0)] },
      ['`bucketing` names "x" twice'],
    ],
    [{ segment: {} }, ['there is no option `segment`; did you mean "segments"?']],
    [{ clock: {} }, ["`clock` must be a function, or a clock: { now(), wake(at, ring) }"]],
    [{ clock: { now: () => 0 } }, ["`clock` must be a function, or a clock"]],
    [{ clock: { now: () => Number.NaN, wake: () => () => {} } }, ["`clock` must give milliseconds since 1970"]],
    [
      { layers: { page: 5 }, holdouts: { q: "x" }, bucketing: [{ ...bucketing("x", () => 0), name: "" }] },
      ["`layers.page`", "`holdouts.q`", "a bucketing needs a name"],
    ],
  ])("are refused, all that is wrong at once: %j", (options, messages) => {
    const error = refusal(options);
    expect(error.code).toBe("INVALID_OPTIONS");
    const lines = error.message.split("\n").slice(1);
    expect(lines).toEqual(messages.map((message) => expect.stringContaining(message)));
  });

  it("may give slices to flags of others, where services share them", () => {
    const layers = { page: { slices: { theirs: [0, 50] as const, colour: [50, 100] as const } } };
    expect(create({ layers, unknown: "warn" }).value("limit")).toBe(10);
  });

  it("are copied: what the caller changes afterwards counts for nothing", () => {
    const segments = { beta: { plan: { $in: ["beta"] } } };
    const flags = create({ segments });
    segments.beta.plan.$in.push("pro");
    flags.setRule("limit", { when: { $segment: "beta" }, serve: 20 });
    expect(flags.value("limit", { plan: "pro" })).toBe(10);
    expect(flags.value("limit", { plan: "beta" })).toBe(20);
  });

  it("are refused where segments name what is nowhere, or run in a circle, whole", () => {
    const error = refusal({
      segments: { ...BETA.segments, a: { $segment: "b" }, b: { $or: [{ $segment: "a" }] }, c: { $segment: "x" } },
    });
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "INVALID_RULE createFlags: `segments.b.$or.0.$segment` runs in a circle: a → b → a",
      'INVALID_RULE createFlags: `segments.c.$segment` names the segment "x", which is not there; there is beta, a, b, c',
    ]);
  });

  it("say so too where the profile that might mend them is not there", () => {
    const error = refusal({ segments: { ...BETA.segments, c: { $segment: "x" } }, profile: "/nowhere/profiles.yaml" });
    expect(error.problems.map(({ code, place }) => [code, place])).toEqual([
      ["INVALID_CONFIGURATION", "/nowhere/profiles.yaml"],
      ["INVALID_RULE", undefined],
    ]);
  });

  it("take a bucketing by its name, and its shares are checked", () => {
    const halves: Bucketing = {
      ...bucketing("halves", (unit) => (unit.startsWith("a") ? 0 : 0.9)),
      problem: ({ percentage }) => (percentage === undefined || percentage === 50 ? undefined : "it knows halves only"),
    };
    const flags = create({ bucketing: [halves] });
    flags.setRule("open", { rollout: 50, hash: "halves" });
    expect([flags.isEnabled("open", { userId: "ana" }), flags.isEnabled("open", { userId: "ben" })]).toEqual([
      true,
      false,
    ]);
    const error = thrownBy(() => flags.setRule("open", { rollout: 25, hash: "halves" }));
    expect([error.code, error.message]).toEqual([
      "INVALID_RULE",
      'flag "open" was given a rule it cannot use: `hash` "halves" cannot have these shares: it knows halves only',
    ]);
  });
});

describe("a rule that names what is not there", () => {
  it("is refused in a definition, by its flag", () => {
    const error = refusal({ segments: { bet: { plan: "x" } } });
    expect([error.code, ...error.problems]).toEqual([
      "INVALID_CONFIGURATION",
      {
        code: "INVALID_RULE",
        flag: "open",
        message:
          'the definition of flag "open": `when.$segment` names the segment "beta", which is not there; did you mean "bet"?',
      },
    ]);
  });

  it("is refused in setRule, where nothing changes", () => {
    const flags = create();
    for (const [rule, message] of [
      [
        { when: { $segment: "beat" }, serve: 1 },
        '`when.$segment` names the segment "beat", which is not there; did you mean "beta"?',
      ],
      [{ layer: "page", serve: 1 }, '`layer` names the layer "page", which is not there; none is declared'],
      [{ holdout: "q3", serve: 1 }, '`holdout` names the holdout "q3", which is not there; none is declared'],
      [
        { hash: "md5", rollout: 1, serve: 1 },
        '`hash` names the bucketing "md5", which is not there; there is murmur3-v1, and what createFlags({ bucketing: [...] }) is given: burgee/bucketing has those of other products',
      ],
    ] as const) {
      const error = thrownBy(() => flags.setRule("limit", rule));
      expect([error.code, error.message]).toEqual([
        "INVALID_RULE",
        `flag "limit" was given a rule it cannot use: ${message}`,
      ]);
    }
    expect(flags.getAuditLog()).toEqual([]);
  });

  it("is refused in the profile with its place, beside all else", () => {
    const { path } = profileFile(
      "feature_flags:\n  limit:\n    serve: 5\n    when: { $segment: bta }\n  colour: { layer: page }\n",
    );
    expect(
      refusal({ profile: path }).problems.map(({ place, message }) => `${place?.replace(/.*yaml/, "")} ${message}`),
    ).toEqual([
      ':4:13 `when.$segment` names the segment "bta", which is not there; did you mean "beta"?',
      ':5:13 `layer` names the layer "page", which is not there; none is declared',
    ]);
  });

  it("is a failure of the resolver that gave it, told once", async () => {
    const mine: Resolver = {
      name: "mine",
      prepare: ({ name }) => (name === "limit" ? { rule: { when: { $segment: "gone" }, serve: 5 } } : undefined),
    };
    const flags = create({ resolvers: ["env", mine, "rollout"] });
    const errors = errorsOf(flags);
    await settled();
    const message = '`when.$segment` names the segment "gone", which is not there; there is beta';
    expect(errors.map(({ code, flag: name, message: text }) => [code, name, text.includes(message)])).toEqual([
      ["RESOLVER_FAILED", "limit", true],
    ]);
    expect(flags.evaluate("limit")).toMatchObject({ value: 10, source: "default" });
    expect(flags.explain("limit").steps.find(({ step }) => step === "mine")).toMatchObject({
      said: "failed",
      problem: message,
    });
  });

  it("fails as a step where that is tolerated, told once; a broken group fails all that use it", async () => {
    const { logger, lines } = recorder();
    const text = [
      "segments: { beta: { plan: { $foo: 1 } } }",
      "holdouts: { q3: 105 }",
      "feature_flags:",
      "  limit: { serve: 5, when: { $segment: nope } }",
      "  colour: { holdout: q3 }",
    ].join("\n");
    const { flags } = withProfile(text, { onInvalid: "warn", logger });
    const errors = errorsOf(flags);
    await settled();
    expect(lines.filter(({ level }) => level === "warn").map(({ message }) => message.replace(/.*yaml/, ""))).toEqual(
      [
        ":1:29: `segments.beta.plan.$foo` is no operator",
        ":2:17: `holdouts.q3` must be a percentage from 0 to 100, not 105",
        ':4:30: `when.$segment` names the segment "nope", which is not there; there is beta',
      ].map((line) => expect.stringContaining(line)),
    );
    expect(errors).toEqual([]);
    // The definition of `open` uses the segment that is broken, the entry of `colour` the holdout.
    expect(flags.evaluate("open", { plan: "beta" })).toMatchObject({ value: false, source: "default" });
    expect(flags.evaluate("colour")).toMatchObject({ value: "control", source: "rollout" });
    expect(flags.evaluate("limit")).toMatchObject({ value: 10, source: "default" });
    const failed = (name: "open" | "colour") => flags.explain(name).steps.filter(({ said }) => said === "failed");
    expect(failed("open")).toMatchObject([
      { step: "rollout", problem: expect.stringContaining('"beta", which is not there') },
    ]);
    expect(failed("colour")).toMatchObject([{ step: "profile" }]);
  });
});

describe("groups that a reload changes", () => {
  const LAYER = "layers: { page: { slices: { colour: [0, 50], layout: [50, 100] } } }";
  const RULES = "feature_flags: { colour: { layer: page }, layout: { layer: page, holdout: q3 }, limit: 20 }";
  const START = `segments: { beta: { plan: beta }, unused: { a: 1 } }\n${LAYER}\nholdouts: { q3: 5 }\n${RULES}\n`;

  it.each([
    ["a segment", START.replace("plan: beta", "plan: pro"), ["open"]],
    ["an unused segment", START.replace("{ a: 1 }", "{ a: 2 }"), []],
    ["a holdout", START.replace("q3: 5", "q3: 6"), ["layout"]],
    ["a layer's salt", START.replace("page: { slices", "page: { salt: x, slices"), ["colour", "layout"]],
    ["one slice", START.replace("[0, 50]", "[0, 40]"), ["colour"]],
  ])("change exactly the flags that use them: %s", async (_what, text, expected) => {
    const { flags, reload, changes } = withProfile(START);
    await reload(text);
    expect(changes).toEqual(expected);
    const entries = flags.getAuditLog();
    expect(entries.flatMap(({ affected }) => affected.map((one) => one.flag))).toEqual(expected);
    expect(flags.verify({ head: flags.auditHead() }).ok).toBe(true);
  });

  it("are written down as they were and as they are", async () => {
    const { flags, reload } = withProfile(START);
    await reload(START.replace("plan: beta", "plan: { $in: [beta, pro] }"));
    const rule = { when: { $segment: "beta" } };
    expect(flags.getAuditLog("open")).toMatchObject([
      {
        action: "reload",
        affected: [
          {
            from: { rule, groups: { segments: { beta: { plan: "beta" } } } },
            to: { rule, groups: { segments: { beta: { plan: { $in: ["beta", "pro"] } } } } },
          },
        ],
      },
    ]);
    expect(flags.isEnabled("open", { plan: "pro" })).toBe(true);
  });

  it("reach through segments inside segments, and through the rules of dependents", async () => {
    const nested = "segments: { beta: { $or: [{ $segment: staff }, { plan: beta }] }, staff: { team: core } }\n";
    const more = defineFlags({
      parent: flag.boolean({ default: false, rule: { when: { $segment: "beta" } } }),
      child: flag.boolean({ default: false, dependsOn: ["parent"], rule: { rollout: 100 } }),
    });
    const { path, write } = profileFile(nested);
    const flags = createFlags(more, { ...isolated, profile: path });
    const changes: unknown[] = [];
    flags.onFlagChanged("*", ({ flag: name, cause }) => void changes.push([name, cause]));
    write(nested.replace("core", "ops"));
    await flags.reload();
    expect(changes).toEqual([
      ["parent", { kind: "reload" }],
      ["child", { kind: "dependency", flag: "parent" }],
    ]);
    expect(flags.isEnabled("child", { team: "ops" })).toBe(true);
  });

  it("may go and come, as long as code stands in for them", async () => {
    const { flags, reload, changes } = withProfile(START);
    await reload("feature_flags: { limit: 20 }\n");
    expect(changes).toEqual(["colour", "layout"]);
    expect(flags.isEnabled("open", { plan: "beta" })).toBe(true);
  });

  it("may not be taken away from a definition or an override; nothing changes then", async () => {
    const { flags, reload, changes } = withProfile(START, { segments: {} });
    flags.setRule("limit", { holdout: "q3", serve: 5 });
    changes.length = 0;
    const error = await rejectionOf(
      reload("segments: { bta: { plan: beta } }\nholdouts: { q4: 1 }\nfeature_flags: {}\n"),
    );
    expect([error.code, ...error.problems]).toEqual([
      "RELOAD_FAILED",
      {
        code: "INVALID_RULE",
        flag: "open",
        message:
          'the definition of flag "open": `when.$segment` names the segment "beta", which is not there; did you mean "bta"?',
      },
      {
        code: "INVALID_RULE",
        flag: "limit",
        message:
          'the override of flag "limit": `holdout` names the holdout "q3", which is not there; did you mean "q4"?',
      },
    ]);
    expect(changes).toEqual([]);
    expect(flags.isEnabled("open", { plan: "beta" })).toBe(true);
    expect(flags.value("limit", { userId: "u1" })).toBe(5);
    // What was refused counts for nothing: the next rule is checked against what is in force.
    expect(flags.setRule("colour", { holdout: "q3" })).toBe(true);
    expect(thrownBy(() => flags.setRule("layout", { holdout: "q4" })).code).toBe("INVALID_RULE");
  });

  it("may not be taken away where faults are tolerated either, unless they were missing before", async () => {
    const { reload } = withProfile("feature_flags: {}\n", { segments: {}, onInvalid: "warn" });
    await reload("segments: { beta: { plan: beta } }\n");
    const error = await rejectionOf(reload("segments: {}\n"));
    expect(error.problems).toMatchObject([{ flag: "open" }]);
    // Missing before, missing still, though another name is the nearest now.
    const { flags, reload: again } = withProfile("feature_flags: {}\n", { segments: {}, onInvalid: "warn" });
    await again("segments: { bta: { plan: beta } }\nfeature_flags: { limit: 5 }\n");
    expect(flags.value("limit")).toBe(5);
  });

  it("hold for rules that are set afterwards", async () => {
    const { flags, reload } = withProfile(START);
    expect(thrownBy(() => flags.setRule("limit", { when: { $segment: "vip" }, serve: 5 })).code).toBe("INVALID_RULE");
    await reload(START.replace("unused", "vip"));
    flags.setRule("limit", { when: { $segment: "vip" }, serve: 5 });
    expect(flags.value("limit", { a: 1 })).toBe(5);
  });
});
