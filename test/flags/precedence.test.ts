import { createFlags, defineFlags, flag, type Resolver, resolver } from "burgee";
import { describe, expect, it } from "vitest";
import { isolated, thrownBy, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

type Profile<V> = { readonly value: V; readonly locked: boolean } | undefined;

/** What every source says of the one flag `f`; undefined where it says nothing. */
interface World<V> {
  readonly kill: boolean;
  readonly env: V | undefined;
  readonly profile: Profile<V>;
  readonly override: V | undefined;
  readonly rollout: V | undefined;
  readonly default: V;
}

/** kill > env > locked profile > overrides > profile > rollout > default. */
function expected<V>(world: World<V>, off: V) {
  if (world.kill) return { value: off, source: "kill" };
  if (world.env !== undefined) return { value: world.env, source: "env" };
  if (world.profile?.locked) return { value: world.profile.value, source: "profile" };
  if (world.override !== undefined) return { value: world.override, source: "overrides" };
  if (world.profile !== undefined) return { value: world.profile.value, source: "profile" };
  if (world.rollout !== undefined) return { value: world.rollout, source: "rollout" };
  return { value: world.default, source: "default" };
}

/** Every world that the choices make. */
function worlds<V>(choices: { [K in keyof World<V>]: readonly World<V>[K][] }): World<V>[] {
  return choices.kill.flatMap((kill) =>
    choices.env.flatMap((env) =>
      choices.profile.flatMap((profile) =>
        choices.override.flatMap((override) =>
          choices.rollout.flatMap((rollout) =>
            choices.default.map((fallback) => ({ kill, env, profile, override, rollout, default: fallback })),
          ),
        ),
      ),
    ),
  );
}

/** Writes each profile once. Gives the option for one. */
function profiles<V>() {
  const files = new Map<string, string>();
  return (profile: Profile<V>) => {
    if (profile === undefined) return false;
    const text = `feature_flags:\n  f: { rollout: 100, serve: ${profile.value}, locked: ${profile.locked} }\n`;
    const path = files.get(text) ?? profileFile(text).path;
    files.set(text, path);
    return { path };
  };
}

const isPinned = (world: World<unknown>) => world.env !== undefined || world.profile?.locked === true;

describe("the chain", () => {
  it("answers by precedence in every combination of sources of a boolean", () => {
    const option = profiles<boolean>();
    const sides = [undefined, true, false];
    const all = worlds<boolean>({
      kill: [false, true],
      env: sides,
      profile: [undefined, ...[true, false].flatMap((value) => [true, false].map((locked) => ({ value, locked })))],
      override: sides,
      rollout: sides,
      default: [true, false],
    });
    expect(all).toHaveLength(540);
    for (const world of all) {
      const rule = world.rollout === undefined ? undefined : { rollout: 100, serve: world.rollout };
      const registry = defineFlags({ f: flag.boolean({ default: world.default, rule }) });
      const variables = world.env === undefined ? {} : { FLAG_F: String(world.env) };
      const flags = createFlags(registry, { ...withVariables(variables), profile: option(world.profile) });
      if (world.kill) flags.kill("f");
      const { override } = world;
      if (override !== undefined && isPinned(world)) {
        expect(thrownBy(() => flags.setFlag("f", override)).code).toBe("FLAG_PINNED");
      } else if (override !== undefined) {
        expect(flags.setFlag("f", override)).toBe(true);
      }
      const { value, source } = flags.evaluate("f", { userId: "u1" });
      expect({ world, value, source }).toEqual({ world, ...expected(world, false) });
    }
  });

  it.each([
    { off: 6, gives: 6 },
    { off: undefined, gives: 5 },
  ])("answers by precedence in every combination of sources of a number whose off is $off", ({ off, gives }) => {
    const option = profiles<number>();
    const all = worlds<number>({
      kill: [false, true],
      env: [undefined, 1],
      profile: [undefined, { value: 2, locked: true }, { value: 2, locked: false }],
      override: [undefined, 3],
      rollout: [undefined, 4],
      default: [5],
    });
    expect(all).toHaveLength(48);
    for (const world of all) {
      const rule = world.rollout === undefined ? undefined : { serve: world.rollout };
      const registry = defineFlags({ f: flag.number({ default: world.default, off, rule }) });
      const variables = world.env === undefined ? {} : { FLAG_F: String(world.env) };
      const flags = createFlags(registry, { ...withVariables(variables), profile: option(world.profile) });
      if (world.override !== undefined && !isPinned(world)) flags.setFlag("f", world.override);
      if (world.kill) flags.kill("f");
      const { value, source } = flags.evaluate("f");
      expect({ world, value, source }).toEqual({ world, ...expected(world, gives) });
    }
  });

  it("puts a locked entry that comes by a reload ahead of a standing override, and the override back after it", async () => {
    const file = profileFile("feature_flags:\n  f: false\n");
    const registry = defineFlags({ f: flag.boolean({ default: false }) });
    const flags = createFlags(registry, { ...isolated, profile: file.path });
    flags.setFlag("f", true);
    file.write("feature_flags:\n  f: { rollout: 0, locked: true }\n");
    await flags.reload();
    expect(flags.evaluate("f")).toMatchObject({ value: false, source: "profile" });
    expect(thrownBy(() => flags.setFlag("f", true)).code).toBe("FLAG_PINNED");
    file.write("feature_flags:\n  f: false\n");
    await flags.reload();
    expect(flags.evaluate("f")).toMatchObject({ value: true, source: "overrides" });
  });

  it("gives a rule of the profile or an override to everybody it reaches, in place of the definition's rule", () => {
    const { path } = profileFile('feature_flags:\n  f: { allow: ["ana"] }\n');
    const registry = defineFlags({ f: flag.boolean({ default: true, rule: { allow: ["ben"] } }) });
    const flags = createFlags(registry, { ...isolated, profile: path });
    const on = () => ["ana", "ben", "cid"].filter((userId) => flags.isEnabled("f", { userId }));
    expect(on()).toEqual(["ana"]);
    flags.setRule("f", { deny: ["ana"] });
    expect(on()).toEqual(["ben", "cid"]);
    flags.resetFlag("f");
    expect(on()).toEqual(["ana"]);
  });

  it("reads a percentage from a variable as a rollout that nothing overrides", () => {
    const registry = defineFlags({ f: flag.boolean({ default: false }) });
    const flags = createFlags(registry, withVariables({ FLAG_F: "50%" }));
    const on = Array.from({ length: 200 }, (_, user) => flags.isEnabled("f", { userId: `u${user}` }));
    expect(new Set(on)).toEqual(new Set([true, false]));
    expect(flags.evaluate("f", { userId: "u1" })).toMatchObject({ reason: "SPLIT", source: "env" });
    expect(thrownBy(() => flags.setFlag("f", true)).code).toBe("FLAG_PINNED");
  });
});

describe("a resolver of one's own", () => {
  const registry = defineFlags({ f: flag.number({ default: 0 }) });
  const create = (steps: readonly ("env" | "overrides" | Resolver)[]) =>
    createFlags(registry, { ...withVariables({ FLAG_F: "1" }), resolvers: steps });

  it("stands where the list puts it", () => {
    const mine: Resolver = { name: "mine", prepare: () => ({ value: 2 }) };
    expect(create([mine, "env"]).evaluate("f")).toMatchObject({ value: 2, source: "mine", reason: "STATIC" });
    expect(create(["env", mine]).evaluate("f")).toMatchObject({ value: 1, source: "env" });
  });

  it("pins the flag where it always answers ahead of the overrides, and yields where it says so", () => {
    const always: Resolver = { name: "mine", prepare: () => ({ value: 2, place: "table 7" }) };
    const yields: Resolver = { name: "mine", prepare: () => ({ value: 2, overridable: true }) };
    const error = thrownBy(() => create([always, "overrides"]).setFlag("f", 3));
    expect(error).toMatchObject({ code: "FLAG_PINNED", flag: "f" });
    expect(error.message).toContain("pinned by mine (table 7)");
    const yielding = create([yields, "overrides"]);
    expect(yielding.evaluate("f")).toMatchObject({ value: 2, source: "mine" });
    yielding.setFlag("f", 3);
    expect(yielding.evaluate("f")).toMatchObject({ value: 3, source: "overrides" });
  });

  it("does not pin what it decides by context only", () => {
    const vip = resolver("vip", (_, context) => (context.vip === true ? 9 : undefined));
    const flags = create([vip, "overrides", "env"]);
    flags.setFlag("f", 3);
    expect(flags.evaluate("f", { vip: true })).toMatchObject({ value: 9, source: "vip", reason: "TARGETING_MATCH" });
    expect(flags.evaluate("f")).toMatchObject({ value: 3, source: "overrides" });
  });
});
