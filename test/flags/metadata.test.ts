import { flag } from "burgee";
import { describe, expect, it } from "vitest";
import { looseFlags, thrownBy } from "./fixtures/isolated.js";

describe("what is known of a flag", () => {
  it("is the definition, its dependents and its variable", () => {
    const flags = looseFlags({
      parent: flag.boolean({ default: false, owner: "team", metadata: { phase: 1 } }),
      "child.one": flag.boolean({ default: false, dependsOn: ["parent"], exposed: true }),
      grandchild: flag.boolean({ default: false, dependsOn: ["child.one"], env: "GRAND" }),
    });
    expect(flags.getFlagMetadata("parent")).toEqual({
      kind: "boolean",
      name: "parent",
      default: false,
      owner: "team",
      metadata: { phase: 1 },
      exposed: false,
      variable: "FLAG_PARENT",
      dependencies: [],
      dependents: ["child.one", "grandchild"],
    });
    expect(flags.getFlagMetadata("child.one")).toMatchObject({
      variable: "FLAG_CHILD_ONE",
      dependencies: ["parent"],
      exposed: true,
      metadata: {},
    });
    expect(flags.getFlagMetadata("grandchild").variable).toBe("GRAND");
    expect(Object.isFrozen(flags.getFlagMetadata("parent"))).toBe(true);
    expect(thrownBy(() => flags.getFlagMetadata("nope")).code).toBe("FLAG_NOT_FOUND");
  });

  it.each([{ env: false as const }, { resolvers: ["profile" as const] }])(
    "names no variable where none is read",
    (more) => {
      const flags = looseFlags({ f: flag.boolean({ default: false }) }, more);
      expect(flags.getFlagMetadata("f").variable).toBeUndefined();
    },
  );
});
