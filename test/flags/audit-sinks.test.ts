import { type AuditEntry, type AuditSink, createFlags, defineFlags, flag } from "burgee";
import { afterEach, describe, expect, it, vi } from "vitest";
import { errorsOf, isolated, recorder, rejectionOf, settled } from "./fixtures/isolated.js";

const registry = defineFlags({ limit: flag.number({ default: 10 }) });
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });

/** A sink that refuses until it is mended. */
function moody() {
  const got: AuditEntry[] = [];
  const state = { broken: true };
  const sink: AuditSink = {
    name: "moody",
    write: (entries) => {
      if (state.broken) throw new Error("disk full");
      got.push(...entries);
    },
  };
  return { sink, got, state };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("an audit sink", () => {
  it("that fails lets the change stand, is told of, and gets the entry later", async () => {
    vi.useFakeTimers();
    const { sink, got, state } = moody();
    const flags = create({ audit: { sinks: [sink] } });
    const errors = errorsOf(flags);
    expect(flags.setFlag("limit", 1)).toBe(true);
    expect(flags.value("limit")).toBe(1);
    expect(errors).toMatchObject([{ code: "AUDIT_SINK_FAILED" }]);
    expect(errors[0]?.message).toContain("disk full");
    expect((await rejectionOf(flags.flush())).code).toBe("AUDIT_SINK_FAILED");
    flags.setFlag("limit", 2);
    expect(got).toEqual([]);
    state.broken = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(got.map(({ sequence }) => sequence)).toEqual([1, 2]);
    await flags.flush();
    await flags.close();
    expect(errors).toHaveLength(1);
  });

  it("is closed with the flags, after all that it lacked", async () => {
    const { sink, got, state } = moody();
    let closed = 0;
    const flags = create({ audit: { sinks: [{ ...sink, close: () => void closed++ }] } });
    flags.setFlag("limit", 1);
    state.broken = false;
    const closing = flags.close();
    expect(flags.close()).toBe(closing);
    await closing;
    expect([got.length, closed]).toEqual([1, 1]);
  });

  it("tells at the start what it found amiss", async () => {
    const { logger, lines } = recorder();
    const sink: AuditSink = { name: "tape", open: () => ({ problem: "the end was torn" }), write: () => {} };
    const flags = create({ audit: { sinks: [sink] }, logger });
    const errors = errorsOf(flags);
    await settled();
    expect(errors).toMatchObject([{ code: "AUDIT_FILE_DAMAGED", message: 'audit sink "tape": the end was torn' }]);
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("that holds most is gone on from, and one that holds another chain is told of", async () => {
    const tape = (name: string, sequence: number): AuditSink => ({
      name,
      open: () => ({ head: { sequence, hash: String(sequence).repeat(64) } }),
      write: () => {},
    });
    const flags = create({ audit: { sinks: [tape("short", 3), tape("long", 5)] } });
    const errors = errorsOf(flags);
    expect(flags.auditHead()).toEqual({ sequence: 5, hash: "5".repeat(64) });
    await settled();
    expect(errors.map(({ code, message }) => [code, message.slice(0, 38)])).toEqual([
      ["AUDIT_FILE_DAMAGED", 'audit sink "short" ends in entry 3 of '],
    ]);
    flags.kill("limit");
    expect(flags.auditHead().sequence).toBe(6);
    expect(flags.verify()).toMatchObject({ ok: true });
  });

  it("that cannot be opened refuses the start, and those before it are closed again", async () => {
    let closed = 0;
    const fine: AuditSink = {
      name: "fine",
      write: () => {},
      close: async () => {
        closed++;
        throw new Error("nor can it be closed");
      },
    };
    const broken: AuditSink = {
      name: "broken",
      open: () => {
        throw new Error("no tape");
      },
      write: () => {},
    };
    expect(() => create({ audit: { sinks: [fine, broken] } })).toThrow("no tape");
    await settled();
    expect(closed).toBe(1);
  });
});
