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
