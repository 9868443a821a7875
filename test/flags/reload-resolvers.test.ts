import type { FlagsOptions, Logger, Resolver } from "burgee";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { flag } from "../../src/registry/flag.js";
import { type BooleanFlags, errorsOf, looseFlags, rejectionOf, settled } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const MANY = 150;
const names = Array.from({ length: MANY }, (_, index) => `f${index}`);
const definitions = {
  ...Object.fromEntries(names.map((name) => [name, flag.boolean({ default: false })])),
  chat: flag.boolean({ default: false, requires: z.object({ TOKEN: z.string() }) }),
};
const REFUSED = "feature_flags: { chat: on }\n";

/** Somebody's own source of answers, which says the same of all flags but `chat`. */
class Source implements Resolver {
  readonly name: string;
  value = false;
  readonly asked: string[] = [];
  changed: (names?: readonly string[]) => void = () => undefined;

  constructor(name = "mine") {
    this.name = name;
  }

  prepare({ name }: { readonly name: string }) {
    if (name === "chat") return undefined;
    this.asked.push(name);
    return { value: this.value };
  }
  async reload(): Promise<void> {
    this.value = true;
  }
  onChange(changed: (names?: readonly string[]) => void) {
    this.changed = changed;
    return () => undefined;
  }
}

function start(resolvers: readonly Resolver[], options: FlagsOptions = {}) {
  const file = profileFile("feature_flags: {}\n");
  const steps = [...resolvers, "profile", "overrides"] as const;
  const flags = looseFlags(definitions, { profile: file.path, resolvers: steps, ...options });
  const told = () => flags.getAuditLog().map(({ action, source, affected }) => [action, source, affected.length]);
  return { flags, ...file, told, errors: errorsOf(flags) };
}

function onIn(flags: BooleanFlags): string[] {
  return names.filter((name) => flags.isEnabled(name));
}

/** A machine on which a slice has room for two steps. */
function slow(): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += 4;
    return now;
  });
}

/** Waits for something, a turn of the event loop at a time. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await settled();
}

afterEach(() => vi.restoreAllMocks());

describe("what a resolver that can reload says while flags are worked out", () => {
  it("waits: nothing of the reload is seen before all of it is", async () => {
    slow();
    const mine = new Source();
    const { flags, told } = start([mine]);
    mine.asked.length = 0;
    const seen = new Set<string>();
    const reload = flags.reload();
    let over = false;
    reload.finally(() => {
      over = true;
    });
    while (!over) {
      seen.add(onIn(flags).join());
      if (mine.asked.length === 20) mine.changed();
      await settled();
    }
    seen.add(onIn(flags).join());
    expect([...seen]).toEqual(["", names.join()]);
    expect(told()).toEqual([["reload", "reload", MANY]]);
  });

  it("is part of the reload where that is accepted: the resolver is asked for those flags again", async () => {
    slow();
    const mine = new Source();
    const { flags, told } = start([mine]);
    mine.asked.length = 0;
    const reload = flags.reload();
    await until(() => mine.asked.length >= MANY);
    expect(onIn(flags)).toEqual([]);
    mine.value = false;
    mine.changed(["f7", "nobody's", "f9"]);
    await reload;
    expect(names.filter((name) => !flags.isEnabled(name))).toEqual(["f7", "f9"]);
    expect(mine.asked.slice(MANY)).toEqual(["f7", "f9"]);
    expect(told()).toEqual([["reload", "reload", MANY - 2]]);
    mine.changed(["f7"]);
    expect(told()).toHaveLength(1);
  });

  it("is worked out in slices where it is much", async () => {
    slow();
    const mine = new Source();
    const { flags, told } = start([mine]);
    mine.asked.length = 0;
    const reload = flags.reload();
    await until(() => mine.asked.length >= MANY);
    mine.value = false;
    mine.changed();
    expect(mine.asked).toHaveLength(MANY);
    const perTurn: number[] = [];
    for (let before = mine.asked.length; mine.asked.length < 2 * MANY; before = mine.asked.length) {
      await settled();
      perTurn.push(mine.asked.length - before);
    }
    await reload;
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(2);
    expect(onIn(flags)).toEqual([]);
    expect(told()).toEqual([]);
  });

  it("is carried out by itself, after the reload, where that is refused", async () => {
    slow();
    const mine = new Source();
    const { flags, write, told, errors } = start([mine]);
    mine.asked.length = 0;
    write(REFUSED);
    const refused = rejectionOf(flags.reload());
    await until(() => mine.asked.length >= 50);
    mine.changed(["f2"]);
    mine.changed(["f140", "f2"]);
    expect(onIn(flags)).toEqual([]);
    await until(() => mine.asked.length >= 100);
    expect(onIn(flags)).toEqual([]);
    expect(await refused).toMatchObject({ code: "RELOAD_FAILED", problems: [{ flag: "chat" }] });
    expect(onIn(flags)).toEqual(["f2", "f140"]);
    expect(told()).toEqual([["reload", "mine", 2]]);
    expect(errors).toHaveLength(1);
  });

  it("is not carried out any more where the flags are closed", async () => {
    slow();
    const mine = new Source();
    const { flags, write } = start([mine]);
    mine.asked.length = 0;
    write(REFUSED);
    const refused = rejectionOf(flags.reload());
    await until(() => mine.asked.length >= 50);
    mine.changed(["f2"]);
    await flags.close();
    await refused;
    expect(onIn(flags)).toEqual([]);
  });
});

describe("what a resolver says while it reloads", () => {
  it("is taken back with a refused reload, and what another one says then is not", async () => {
    const mine = new Source();
    const other = new Source("other");
    mine.reload = async () => {
      mine.value = true;
      mine.changed(["f1"]);
      other.value = true;
      other.changed(["f2"]);
    };
    other.reload = async () => {
      other.changed(["f3"]);
    };
    const { flags, write, told } = start([other, mine]);
    write(REFUSED);
    await rejectionOf(flags.reload());
    // The other one was asked first: what it says while mine is asked is news of its own.
    expect(onIn(flags)).toEqual(["f2"]);
    expect(told()).toEqual([["reload", "other", 1]]);
    mine.changed(["f5"]);
    expect(told()).toHaveLength(1);
  });

  it("is carried out at once again after a reload, whatever came of it", async () => {
    const mine = new Source();
    const { flags, write, told } = start([mine]);
    mine.reload = async () => Promise.reject(new Error("away"));
    write("# the same\nfeature_flags: {}\n");
    await rejectionOf(flags.reload());
    mine.value = true;
    mine.changed(["f1"]);
    expect(onIn(flags)).toEqual(["f1"]);
    mine.reload = async () => undefined;
    flags.once("audit", () => {
      mine.value = false;
      mine.changed(["f4"]);
    });
    await flags.reload();
    expect(names.filter((name) => !flags.isEnabled(name))).toEqual(["f4"]);
    expect(told()).toEqual([
      ["reload", "mine", 1],
      ["reload", "reload", MANY - 1],
      ["reload", "mine", 1],
    ]);
  });
});

describe("code of the user's that runs while flags are worked out", () => {
  /** Gives commands once, in the middle of a reload; what was seen then. */
  function commanding(flagsOf: () => BooleanFlags) {
    const seen: unknown[] = [];
    const command = () => {
      if (seen.length > 0) return;
      const flags = flagsOf();
      seen.push(flags.explain("f4").resolution.source, flags.snapshot().isEnabled("f4"));
      flags.setFlag("f3", true);
      flags.kill("f4");
      flags.revive("f4");
      seen.push(onIn(flags));
    };
    return { seen, command };
  }
  const BEFORE = ["default", false, ["f3"]];

  it("may give commands in the last turn, which hold", async () => {
    slow();
    const mine = new Source();
    const prepare = mine.prepare.bind(mine);
    const { flags } = start([mine]);
    mine.asked.length = 0;
    mine.prepare = (asked) => {
      // Asked for the second time, after all others.
      if (asked.name === "f7" && mine.asked.length >= MANY) flags.kill("f3");
      return prepare(asked);
    };
    const reload = flags.reload();
    await until(() => mine.asked.length >= MANY);
    mine.changed(["f7"]);
    await reload;
    expect(mine.asked).toHaveLength(MANY + 1);
    expect(names.filter((name) => !flags.isEnabled(name))).toEqual(["f3"]);
    expect(flags.evaluate("f3").source).toBe("kill");
  });

  it.each([
    { who: "a resolver", refused: true },
    { who: "a resolver", refused: false },
    { who: "a logger", refused: true },
    { who: "a logger", refused: false },
  ])("gives its commands to what is in force: $who, refused: $refused", async ({ who, refused }) => {
    let running = false;
    const { seen, command } = commanding(() => flags);
    const broken: Resolver = {
      name: "broken",
      prepare({ name }) {
        if (!running || name !== "f100") return undefined;
        if (who === "a resolver") command();
        throw new Error("oops");
      },
      reload() {
        running = true;
      },
    };
    const error: Logger["error"] = (_, message) => {
      if (who === "a logger" && message.includes("oops")) command();
    };
    const logger: Logger = { info() {}, warn() {}, error };
    const { flags, write } = start([broken], { logger });
    const profile = `feature_flags:\n${names.map((name) => `  ${name}: on\n`).join("")}`;
    write(refused ? `${profile}  chat: on\n` : profile);
    const result = await Promise.allSettled([flags.reload()]);
    expect(result).toMatchObject([{ status: refused ? "rejected" : "fulfilled" }]);
    expect(seen).toEqual(BEFORE);
    expect(onIn(flags)).toEqual(refused ? ["f3"] : names);
    flags.setFlag("f4", false);
    expect(flags.explain("f3").steps.find(({ step }) => step === "overrides")).toMatchObject({ value: true });
    const log = flags.getAuditLog().map(({ action }) => action);
    expect(log.filter((action) => action !== "reload")).toEqual(["set", "revive", "kill", "set"]);
    expect(flags.verify().ok).toBe(true);
  });
});
