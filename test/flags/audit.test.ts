import { join } from "node:path";
import {
  type AuditEntry,
  type AuditQuery,
  createFlags,
  defineFlags,
  flag,
  readAuditFile,
  verifyAuditEntries,
} from "burgee";
import { describe, expect, it } from "vitest";
import { MemoryAuditLog } from "../../src/changes/memory-audit.js";
import { temporaryFolder } from "../changes/fixtures/temporary-folder.js";
import { errorsOf, isolated, thrownBy } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const registry = defineFlags({
  parent: flag.boolean({ default: true }),
  child: flag.boolean({ default: true, dependsOn: ["parent"] }),
  limit: flag.number({ default: 10 }),
});
const AT = Date.UTC(2027, 0, 1);
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });

describe("an audit entry", () => {
  it("is written for each command, with all that it affected and from what to what", async () => {
    const { path, write } = profileFile("feature_flags: {}\n");
    const flags = create({ profile: path, clock: () => AT });
    flags.setFlag("limit", 20, { source: "ops", actor: "ana", reason: "launch" });
    flags.setRule("limit", { rollout: 50, serve: 30 });
    flags.resetFlag("limit");
    flags.kill("parent", { actor: "ben" });
    flags.revive("parent");
    write("feature_flags:\n  limit: 5\n");
    await flags.reload({ actor: "cid" });
    const at = "2027-01-01T00:00:00.000Z";
    const bare = flags
      .getAuditLog()
      .toReversed()
      .map(({ sequence: _, hash: __, previousHash: ___, ...entry }) => entry);
    const from = (value: unknown) => ({ from: { value } });
    expect(bare).toEqual([
      {
        action: "set",
        flag: "limit",
        setting: { value: 20 },
        affected: [{ flag: "limit", from: { value: 10 }, to: { value: 20 } }],
        source: "ops",
        actor: "ana",
        reason: "launch",
        at,
      },
      {
        action: "set",
        flag: "limit",
        setting: { rule: { rollout: 50, serve: 30 } },
        affected: [{ flag: "limit", ...from(20), to: { rule: { rollout: 50, serve: 30 } } }],
        source: "runtime",
        at,
      },
      {
        action: "reset",
        flag: "limit",
        affected: [{ flag: "limit", from: { rule: { rollout: 50, serve: 30 } }, to: { value: 10 } }],
        source: "runtime",
        at,
      },
      {
        action: "kill",
        flag: "parent",
        affected: [
          { flag: "parent", ...from(true), to: { value: false } },
          { flag: "child", ...from(true), to: { value: false } },
        ],
        source: "runtime",
        actor: "ben",
        at,
      },
      {
        action: "revive",
        flag: "parent",
        affected: [
          { flag: "parent", ...from(false), to: { value: true } },
          { flag: "child", ...from(false), to: { value: true } },
        ],
        source: "runtime",
        at,
      },
      {
        action: "reload",
        affected: [{ flag: "limit", ...from(10), to: { value: 5 } }],
        source: "reload",
        actor: "cid",
        at,
      },
    ]);
  });

  it("is found by whom it was about or affected, by actor, source, time and number, newest first", () => {
    let now = AT;
    const flags = create({ clock: () => now++ });
    flags.kill("parent", { actor: "ana" });
    flags.setFlag("limit", 1, { source: "ops" });
    flags.setFlag("limit", 2, { actor: "ana" });
    const actions = (about?: "child" | "limit" | AuditQuery, query?: AuditQuery) => {
      const entries = typeof about === "object" ? flags.getAuditLog(about) : flags.getAuditLog(about, query);
      return entries.map(({ action, sequence }) => `${action} ${sequence}`);
    };
    expect(actions()).toEqual(["set 3", "set 2", "kill 1"]);
    expect(actions("child")).toEqual(["kill 1"]);
    expect(actions("limit", { limit: 1 })).toEqual(["set 3"]);
    expect(actions(undefined, { actor: "ana" })).toEqual(["set 3", "kill 1"]);
    expect(actions(undefined, { source: "ops" })).toEqual(["set 2"]);
    const [, second] = flags.getAuditLog();
    expect(actions(undefined, { since: second?.at })).toEqual(["set 3", "set 2"]);
    expect(actions(undefined, { until: second?.at })).toEqual(["kill 1"]);
    expect(actions({ flag: "limit", limit: 1 })).toEqual(["set 3"]);
    expect(actions({ actor: "ana" })).toEqual(["set 3", "kill 1"]);
    expect(thrownBy(() => flags.getAuditLog({ flag: "limt" })).code).toBe("FLAG_NOT_FOUND");
    expect(thrownBy(() => flags.getAuditLog(undefined, { limit: -1 })).code).toBe("INVALID_OPTIONS");
  });

  it("is heard by `audit` listeners, frozen", () => {
    const flags = create();
    const heard: AuditEntry[] = [];
    flags.on("audit", (entry) => void heard.push(entry));
    flags.kill("limit");
    expect(heard).toEqual(flags.getAuditLog());
    expect(Object.isFrozen(heard[0])).toBe(true);
  });
});

describe("the chain of entries", () => {
  it("verifies, and finds that it was cut off", () => {
    const flags = create();
    expect(flags.auditHead()).toEqual({ sequence: 0, hash: "0".repeat(64) });
    flags.setFlag("limit", 1);
    flags.setFlag("limit", 2);
    const head = flags.auditHead();
    expect(head.sequence).toBe(2);
    expect(flags.verify()).toEqual({ ok: true, entries: 2, head });
    expect(flags.verify({ head })).toMatchObject({ ok: true });
    expect(flags.verify({ head: { ...head, sequence: 3 } })).toMatchObject({ ok: false, sequence: 3 });
  });

  it("goes on over a clear, which leaves an entry that says who cleared how many", () => {
    const flags = create();
    flags.setFlag("limit", 1);
    flags.setFlag("limit", 2);
    const before = flags.auditHead();
    expect(flags.clearAuditLog({ actor: "ana", reason: "tidy" })).toBe(2);
    expect(flags.getAuditLog()).toMatchObject([
      {
        action: "clear",
        actor: "ana",
        reason: "tidy",
        cleared: 2,
        affected: [],
        sequence: 3,
        previousHash: before.hash,
      },
    ]);
    expect(flags.verify({ head: before })).toMatchObject({ ok: true });
  });

  it("keeps as many entries as it is told", () => {
    const flags = create({ audit: { limit: 2 } });
    for (const value of [1, 2, 3]) flags.setFlag("limit", value);
    expect(flags.getAuditLog().map(({ sequence }) => sequence)).toEqual([3, 2]);
    expect(flags.verify()).toMatchObject({ ok: true, entries: 2 });
  });

  it("may be kept by another log", () => {
    const log = new MemoryAuditLog({ limit: 5 });
    const flags = create({ audit: { log } });
    flags.setFlag("limit", 1);
    expect(log.entries()).toEqual(flags.getAuditLog());
    expect(log.head()).toEqual(flags.auditHead());
  });

  it("whose log refuses an entry leaves the change standing, and tells", () => {
    const log = new MemoryAuditLog();
    log.append = () => {
      throw new Error("no room");
    };
    const flags = create({ audit: { log } });
    const errors = errorsOf(flags);
    const heard: unknown[] = [];
    flags.onFlagChanged("limit", ({ value }) => heard.push(value));
    expect(flags.setFlag("limit", 1)).toBe(true);
    expect(heard).toEqual([1]);
    expect(errors).toMatchObject([{ code: "AUDIT_SINK_FAILED" }]);
    expect(errors[0]?.message).toContain("no room");
  });

  it("goes on in its file after a restart", async () => {
    const file = join(temporaryFolder(), "audit", "flags.jsonl");
    const first = create({ audit: { file } });
    first.setFlag("limit", 1);
    first.kill("parent");
    await first.flush();
    expect(readAuditFile(file)).toHaveLength(2);
    const head = first.auditHead();
    expect(thrownBy(() => create({ audit: { file } })).code).toBe("AUDIT_FILE_LOCKED");
    await first.close();
    const second = create({ audit: { file } });
    expect(second.auditHead()).toEqual(head);
    second.setFlag("limit", 2);
    await second.close();
    const entries = readAuditFile(file);
    expect(entries.map(({ action, sequence }) => [action, sequence])).toEqual([
      ["set", 1],
      ["kill", 2],
      ["set", 3],
    ]);
    expect(verifyAuditEntries(entries, { head })).toMatchObject({ ok: true, entries: 3 });
  });
});

describe("a head that cannot be read", () => {
  const { hash } = { hash: "0".repeat(64) };
  it.each([
    ["of a store", { head: { revision: 0, hash } }],
    ["as text", { head: JSON.stringify({ sequence: 0, hash }) }],
    ["with a sequence that is text", { head: { sequence: "0", hash } }],
    ["without a hash", { head: { sequence: 0 } }],
    ["that is null", { head: null }],
    ["under another name", { hed: { sequence: 0, hash } }],
    ["bare", { sequence: 0, hash }],
    ["in no object", null],
  ])("is refused, and not taken for verified: %s", (_, options) => {
    const flags = createFlags(defineFlags({ x: flag.boolean({ default: false }) }), { profile: false, logger: false });
    expect(() => Reflect.apply(flags.verify, flags, [options])).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
    expect(flags.verify({ head: { sequence: 0, hash } }).ok).toBe(true);
  });
});
