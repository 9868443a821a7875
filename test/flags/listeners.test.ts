import { createFlags, defineFlags, flag } from "burgee";
import { describe, expect, it } from "vitest";
import { errorsOf, isolated, recorder, settled, thrownBy } from "./fixtures/isolated.js";

const registry = defineFlags({ open: flag.boolean({ default: false }), limit: flag.number({ default: 10 }) });
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });

describe("a listener", () => {
  it("that throws or rejects disturbs nobody, and is told of", async () => {
    const { logger, lines } = recorder();
    const flags = create({ logger });
    const errors = errorsOf(flags);
    const heard: unknown[] = [];
    flags.onFlagChanged("limit", () => {
      throw new Error("mine");
    });
    flags.onFlagChanged("limit", async () => {
      throw new Error("later");
    });
    flags.onFlagChanged("limit", ({ value }) => heard.push(value));
    expect(flags.setFlag("limit", 20)).toBe(true);
    await settled();
    expect(heard).toEqual([20]);
    expect(errors).toMatchObject([
      { code: "LISTENER_FAILED", flag: "limit" },
      { code: "LISTENER_FAILED", flag: "limit" },
    ]);
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(2);
  });

  it("of errors that throws goes to the log only", () => {
    const { logger, lines } = recorder();
    const flags = create({ logger });
    flags.on("error", () => {
      throw new Error("worse");
    });
    flags.isEnabled("nope" as "open");
    const [first, second, ...more] = lines.filter(({ level }) => level === "error");
    expect(first?.details.code).toBe("FLAG_NOT_FOUND");
    expect(second?.message).toContain("worse");
    expect(more).toEqual([]);
  });

  it("of entries that throws is told of like any other", () => {
    const { logger, lines } = recorder();
    const flags = create({ logger });
    const errors = errorsOf(flags);
    flags.on("audit", () => {
      throw new Error("mine");
    });
    expect(flags.setFlag("limit", 20)).toBe(true);
    expect(errors).toMatchObject([{ code: "LISTENER_FAILED" }]);
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("must listen to something that happens", () => {
    const error = thrownBy(() => create().on("eror" as "error", () => {}));
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toContain('there is no event "eror"; did you mean "error"?');
    expect(thrownBy(() => create().once("change" as "error", () => {})).message).toContain("onFlagChanged");
    expect(thrownBy(() => create().onFlagChanged("limit", 5 as never)).code).toBe("INVALID_OPTIONS");
  });

  it("stops when told, when its signal aborts, or after the first call", () => {
    const flags = create();
    const heard: string[] = [];
    const abort = new AbortController();
    const stop = flags.onFlagChanged("limit", () => heard.push("stopped"));
    flags.onFlagChanged("limit", () => heard.push("aborted"), { signal: abort.signal });
    flags.onFlagChanged("limit", () => heard.push("once"), { once: true });
    flags.once("audit", () => void heard.push("audit once"));
    flags.onFlagChanged("limit", () => heard.push("never"), { signal: AbortSignal.abort() });
    flags.setFlag("limit", 1);
    stop();
    abort.abort();
    flags.setFlag("limit", 2);
    expect(heard).toEqual(["audit once", "stopped", "aborted", "once"]);
  });

  it("runs outside the ambient context of whoever made the change", async () => {
    const flags = create();
    flags.setRule("open", { allow: ["ana"] });
    const inside: boolean[] = [];
    flags.onFlagChanged("limit", () => inside.push(flags.isEnabled("open")));
    flags.on("audit", () => void inside.push(flags.isEnabled("open")));
    flags.runWithContext({ userId: "ana" }, () => {
      expect(flags.isEnabled("open")).toBe(true);
      flags.setFlag("limit", 20);
      expect(flags.isEnabled("open")).toBe(true);
    });
    expect(inside).toEqual([false, false]);
  });
});
