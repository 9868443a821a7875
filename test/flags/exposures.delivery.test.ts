import { createFlags, defineFlags, type Exposure, flag } from "burgee";
import { describe, expect, it } from "vitest";
import { exposuresOf } from "./fixtures/exposed.js";
import { errorsOf, isolated, recorder, settled } from "./fixtures/isolated.js";

const registry = defineFlags({
  banner: flag.boolean({ default: false, rule: { rollout: 50 } }),
  other: flag.boolean({ default: false, rule: { rollout: 50 } }),
});
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });
type Flags = ReturnType<typeof create>;

/** Asks about so many users, `u1` the first unless told otherwise. */
function askAbout(flags: Flags, count: number, from = 1): void {
  for (let number = from; number < from + count; number++) flags.isEnabled("banner", { userId: `u${number}` });
}

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("delivery", () => {
  it("waits for the evaluation and all that is done in the same turn, and comes before any other work", async () => {
    const flags = create();
    const heard: string[] = [];
    flags.on("exposure", ({ unit }) => heard.push(unit));
    setImmediate(() => heard.push("later work"));
    askAbout(flags, 3);
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual(["u1", "u2", "u3"]);
    await settled();
    expect(heard).toEqual(["u1", "u2", "u3", "later work"]);
    askAbout(flags, 1, 4);
    await Promise.resolve();
    expect(heard.at(-1)).toBe("u4");
  });

  it("goes to every listener, in order, numbered from 1", async () => {
    const flags = create();
    const heard: string[] = [];
    flags.on("exposure", ({ unit, sequence }) => heard.push(`a ${unit} ${sequence}`));
    flags.on("exposure", ({ unit, sequence }) => heard.push(`b ${unit} ${sequence}`));
    askAbout(flags, 2);
    await settled();
    expect(heard).toEqual(["a u1 1", "b u1 1", "a u2 2", "b u2 2"]);
  });

  it("has the time of the evaluation", async () => {
    let now = 5;
    const flags = create({ clock: () => now });
    const exposures = exposuresOf(flags);
    askAbout(flags, 1);
    now = 6;
    await settled();
    expect(exposures[0]?.at).toBe(5);
  });

  it("runs outside the context of whoever asked", async () => {
    const flags = create();
    const ambient: unknown[] = [];
    flags.on("exposure", () => ambient.push(flags.snapshot().context));
    flags.runWithContext({ userId: "ana" }, () => flags.isEnabled("banner"));
    await settled();
    flags.runWithContext({ userId: "ben" }, () => askAbout(flags, 1_000));
    expect(ambient).toHaveLength(1_001);
    expect(ambient.every((context) => Object.keys(context as object).length === 0)).toBe(true);
  });

  it("does not wait for the end of a long loop, and keeps the order", () => {
    const flags = create();
    const heard: number[] = [];
    flags.on("exposure", ({ sequence }) => void heard.push(sequence));
    for (let number = 1; number <= 25_000; number++) {
      askAbout(flags, 1, number);
      expect(number - heard.length).toBeLessThan(1_000);
    }
    expect(heard).toEqual(count(1, 25_000));
  });

  it("of what a listener causes comes after all that waits, even where that is very much", async () => {
    const flags = create();
    const heard: number[] = [];
    flags.on("exposure", ({ sequence }) => {
      heard.push(sequence);
      if (sequence === 1) askAbout(flags, 2_500, 100);
    });
    askAbout(flags, 3);
    await settled();
    expect(heard).toEqual(count(1, 2_503));
  });

  it("does not pile up in a loop inside another event's listener", () => {
    const flags = create();
    let heard = 0;
    flags.on("exposure", () => void heard++);
    flags.on("audit", () => askAbout(flags, 5_000));
    flags.setFlag("other", true);
    expect(heard).toBe(5_000);
  });

  it("survives listeners that throw or reject, which are told of", async () => {
    const { logger, lines } = recorder();
    const flags = create({ logger });
    const errors = errorsOf(flags);
    flags.on("exposure", () => {
      throw new Error("mine");
    });
    flags.on("exposure", async () => {
      throw new Error("later");
    });
    const exposures = exposuresOf(flags);
    askAbout(flags, 1);
    await settled();
    expect(exposures).toHaveLength(1);
    expect(errors).toMatchObject([
      { code: "LISTENER_FAILED", message: 'A listener failed on the event "exposure": mine' },
      { code: "LISTENER_FAILED", message: 'A listener failed on the event "exposure": later' },
    ]);
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(2);
    const answers = count(2, 1_500).map((number) => flags.isEnabled("banner", { userId: `u${number}` }));
    expect(new Set(answers)).toEqual(new Set([true, false]));
    expect(exposures.length).toBeGreaterThan(1_000);
  });

  it("survives a clock that throws", async () => {
    let broken = false;
    const clock = () => {
      if (broken) throw new Error("no time");
      return 1;
    };
    const flags = create({ clock });
    const errors = errorsOf(flags);
    const exposures = exposuresOf(flags);
    broken = true;
    expect(typeof flags.isEnabled("banner", { userId: "u1" })).toBe("boolean");
    broken = false;
    await settled();
    expect(exposures).toEqual([]);
    expect(errors).toMatchObject([{ code: "INVALID_OPTIONS", message: expect.stringContaining("no time") }]);
  });
});

describe("a listener of exposures", () => {
  it("that comes later hears of what happens from then on", async () => {
    const flags = create();
    askAbout(flags, 2);
    const exposures = exposuresOf(flags);
    askAbout(flags, 1);
    await settled();
    expect(exposures).toMatchObject([{ unit: "u1", sequence: 1 }]);
  });

  it("that was removed hears no more, not even of what waits; the next one begins anew", async () => {
    const flags = create();
    const first: Exposure[] = [];
    const stop = flags.on("exposure", (exposure) => void first.push(exposure));
    askAbout(flags, 1);
    await settled();
    askAbout(flags, 1, 2);
    stop();
    const second = exposuresOf(flags);
    askAbout(flags, 1, 3);
    askAbout(flags, 1);
    await settled();
    expect(first.map(({ unit }) => unit)).toEqual(["u1"]);
    expect(second.map(({ unit, sequence }) => `${unit} ${sequence}`)).toEqual(["u3 2", "u1 3"]);
  });

  it("leaves the others as they were", async () => {
    const flags = create();
    const stop = flags.on("exposure", () => {});
    const exposures = exposuresOf(flags);
    askAbout(flags, 1);
    await settled();
    stop();
    stop();
    askAbout(flags, 2);
    await settled();
    expect(exposures.map(({ unit }) => unit)).toEqual(["u1", "u2"]);
  });

  it("may listen once, or until a signal", async () => {
    const flags = create();
    const heard: string[] = [];
    flags.once("exposure", ({ unit }) => heard.push(`once ${unit}`));
    askAbout(flags, 2);
    await settled();
    const until = new AbortController();
    flags.on("exposure", ({ unit }) => heard.push(`until ${unit}`), { signal: until.signal });
    askAbout(flags, 1);
    await settled();
    until.abort();
    askAbout(flags, 1, 5);
    await settled();
    flags.on("exposure", ({ unit }) => heard.push(`never ${unit}`), { signal: until.signal });
    askAbout(flags, 1, 6);
    await settled();
    expect(heard).toEqual(["once u1", "until u1"]);
  });

  it("of another event collects nothing", async () => {
    const flags = create();
    flags.on("error", () => {});
    askAbout(flags, 1);
    const exposures = exposuresOf(flags);
    await settled();
    expect(exposures).toEqual([]);
  });
});
