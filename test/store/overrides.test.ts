import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OverrideTable } from "../../src/store/overrides.js";

const at = (expiresAt?: number) => ({ source: "ops", at: 0, ...(expiresAt !== undefined && { expiresAt }) });

describe("OverrideTable", () => {
  it("keeps one override a flag, frozen, until it is deleted", () => {
    const table = new OverrideTable();
    expect(table.get("a")).toBeUndefined();
    table.set("a", { value: 1, origin: at() });
    table.set("a", { value: 2, origin: at() });
    table.set("b", { rule: { rollout: 5 }, origin: at() });
    expect(table.get("a")).toEqual({ value: 2, origin: at() });
    expect(Object.isFrozen(table.get("a"))).toBe(true);
    expect(Object.isFrozen(table.get("a")?.origin)).toBe(true);
    expect(table.names()).toEqual(["a", "b"]);
    expect(table.delete("a")).toBe(true);
    expect(table.delete("a")).toBe(false);
    expect(table.names()).toEqual(["b"]);
  });

  it("knows what expires next, and gives up the expired one by one, the earliest first", () => {
    const table = new OverrideTable();
    expect(table.nextExpiry()).toBeUndefined();
    table.set("late", { value: 1, origin: at(30) });
    table.set("never", { value: 1, origin: at() });
    table.set("early", { value: 1, origin: at(10) });
    table.set("middle", { value: 1, origin: at(20) });
    expect(table.nextExpiry()).toBe(10);
    expect(table.takeExpired(9)).toBeUndefined();
    expect(table.takeExpired(20)).toBe("early");
    expect(table.takeExpired(20)).toBe("middle");
    expect(table.takeExpired(20)).toBeUndefined();
    expect(table.nextExpiry()).toBe(30);
    expect(table.takeExpired(1_000)).toBe("late");
    expect(table.names()).toEqual(["never"]);
    expect(table.takeExpired(Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  it("gives up in the order in which they were set those that expire together", () => {
    const table = new OverrideTable();
    for (const name of ["b", "c", "a", "d"]) table.set(name, { value: 1, origin: at(10) });
    table.set("c", { value: 2, origin: at(10) });
    expect(["b", "a", "d", "c"].map(() => table.takeExpired(10))).toEqual(["b", "a", "d", "c"]);
  });

  it("forgets a time when its override is deleted, or set anew", () => {
    const table = new OverrideTable();
    table.set("a", { value: 1, origin: at(10) });
    table.set("b", { value: 1, origin: at(20) });
    table.set("c", { value: 1, origin: at(30) });
    table.delete("a");
    expect(table.nextExpiry()).toBe(20);
    table.set("b", { value: 1, origin: at(40) });
    expect(table.nextExpiry()).toBe(30);
    table.set("c", { value: 1, origin: at() });
    expect(table.nextExpiry()).toBe(40);
    table.set("b", { value: 1, origin: at(5) });
    expect(table.takeExpired(5)).toBe("b");
    expect(table.takeExpired(1_000)).toBeUndefined();
    expect(table.names()).toEqual(["c"]);
  });

  it("finds the next one whatever was set, deleted and expired before", () => {
    const name = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
    const command = fc.oneof(
      { weight: 6, arbitrary: fc.record({ set: name, expiresAt: fc.option(fc.nat(50), { nil: undefined }) }) },
      { weight: 1, arbitrary: fc.record({ delete: name }) },
      { weight: 1, arbitrary: fc.record({ take: fc.nat(60) }) },
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 400, size: "max" }), (commands) => {
        const table = new OverrideTable();
        const model = new Map<string, number | undefined>();
        const soonest = () => [...model.values()].filter((time) => time !== undefined).sort((a, b) => a - b)[0];
        for (const what of commands) {
          if ("set" in what) {
            table.set(what.set, { value: 1, origin: at(what.expiresAt) });
            model.set(what.set, what.expiresAt);
          } else if ("delete" in what) {
            expect(table.delete(what.delete)).toBe(model.delete(what.delete));
          } else {
            const next = soonest();
            const taken = table.takeExpired(what.take);
            expect(taken === undefined).toBe(next === undefined || next > what.take);
            if (taken !== undefined) expect(model.get(taken)).toBe(next);
            if (taken !== undefined) model.delete(taken);
          }
          expect(table.nextExpiry()).toBe(soonest());
        }
        expect(table.names().sort()).toEqual([...model.keys()].sort());
      }),
      { numRuns: 1_000 },
    );
  });

  it("does not look at every override to find the next one", () => {
    const table = new OverrideTable();
    let looks = 0;
    const many = 2_000;
    for (let index = 0; index < many; index++) {
      const origin = {
        source: "ops",
        at: 0,
        get expiresAt() {
          looks++;
          return 10;
        },
      };
      table.set(`flag_${index}`, { value: index, origin });
      table.nextExpiry();
    }
    for (let index = 0; index < many; index++) expect(table.takeExpired(10)).toBe(`flag_${index}`);
    expect(looks).toBeLessThanOrEqual(2 * many);
  });

  it("keeps kills beside overrides", () => {
    const table = new OverrideTable();
    table.set("a", { value: 1, origin: at() });
    table.kill("a", at());
    expect(table.killed("a")).toEqual(at());
    expect(Object.isFrozen(table.killed("a"))).toBe(true);
    expect(table.get("a")).toBeDefined();
    expect(table.revive("a")).toBe(true);
    expect(table.revive("a")).toBe(false);
    expect(table.killed("a")).toBeUndefined();
  });
});
