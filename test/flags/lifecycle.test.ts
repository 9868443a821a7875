import { createFlags, defineFlags, flag, type Prepared, type Resolver } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorsOf, isolated, rejectionOf, settled } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const registry = defineFlags({
  limit: flag.number({ default: 10 }),
  other: flag.number({ default: 0 }),
  chat: flag.boolean({ default: false, requires: z.object({ TOKEN: z.string() }) }),
});

/** A source of answers that lives elsewhere. */
class Table implements Resolver {
  readonly name: string = "table";
  readonly log: string[] = [];
  /** What goes wrong. */
  broken: ReadonlySet<string> = new Set();
  values: Readonly<Record<string, unknown>> = {};
  next: Readonly<Record<string, unknown>> = {};
  changed = (_names?: readonly string[]): void => {};

  prepare({ name }: { readonly name: string }): Prepared | undefined {
    return name in this.values ? { value: this.values[name] } : undefined;
  }
  onChange(changed: (names?: readonly string[]) => void): () => void {
    this.#note("onChange");
    this.changed = changed;
    return () => this.log.push("disconnected");
  }
  async start(): Promise<void> {
    await settled();
    this.#note("start");
  }
  async reload(): Promise<void> {
    await settled();
    this.#note("reload");
    this.values = this.next;
  }
  async close(): Promise<void> {
    this.#note("close");
  }
  #note(what: string): void {
    this.log.push(what);
    if (this.broken.has(what)) throw new Error(`no ${what}`);
  }
}

function start(options: { readonly broken?: readonly string[] } = {}) {
  const table = new Table();
  table.broken = new Set(options.broken);
  const file = profileFile("feature_flags:\n  other: 1\n");
  const resolvers = [table, "profile", "overrides"] as const;
  const flags = createFlags(registry, { ...isolated, profile: file.path, resolvers });
  return { flags, table, errors: errorsOf(flags), ...file };
}

describe("a resolver's life", () => {
  it("is connected, started, reloaded, and closed last of all", async () => {
    const { flags, table, errors } = start();
    const ready: unknown[] = [];
    flags.on("ready", (event) => void ready.push(event));
    expect(ready).toEqual([]);
    await flags.ready();
    expect(ready).toHaveLength(1);
    await flags.reload();
    await flags.close();
    expect(table.log).toEqual(["onChange", "start", "reload", "disconnected", "close"]);
    expect(errors).toEqual([]);
  });

  it("answers before it has started, and tells when its data changed, for some flags or all", async () => {
    const { flags, table } = start();
    table.values = { limit: 5, other: 6 };
    table.changed(["limit"]);
    expect(flags.getAllFlags()).toMatchObject({ limit: 5, other: 1 });
    table.changed();
    expect(flags.getAllFlags()).toMatchObject({ limit: 5, other: 6 });
    expect(flags.getAuditLog().map(({ source, affected }) => [source, affected.length])).toEqual([
      ["table", 1],
      ["table", 1],
    ]);
    table.changed();
    expect(flags.getAuditLog()).toHaveLength(2);
  });

  it("that turns a flag on whose requirements are unmet leaves it off, and tells", () => {
    const { flags, table, errors } = start();
    table.values = { chat: true };
    table.changed();
    expect(flags.evaluate("chat").source).toBe("requirement");
    expect(errors).toMatchObject([{ code: "REQUIREMENT_UNMET", flag: "chat" }]);
  });

  it("takes part in a reload with the profile: one entry for both", async () => {
    const { flags, table, write } = start();
    table.next = { limit: 5 };
    write("feature_flags:\n  other: 2\n");
    await flags.reload();
    expect(flags.getAllFlags()).toMatchObject({ limit: 5, other: 2 });
    expect(flags.getAuditLog()).toMatchObject([
      { action: "reload", source: "reload", affected: [{ flag: "limit" }, { flag: "other" }] },
    ]);
  });

  it("may refuse a reload, and with it the profile's part", async () => {
    const { flags, table, write } = start({ broken: ["reload"] });
    table.next = { limit: 5 };
    write("feature_flags:\n  other: 2\n");
    const error = await rejectionOf(flags.reload());
    expect(error).toMatchObject({ code: "RELOAD_FAILED" });
    expect(error.message).toBe('resolver "table" refused the reload: no reload');
    expect(flags.getAllFlags()).toMatchObject({ limit: 10, other: 1 });
  });

  it("reloads once at a time, however many ask", async () => {
    const { flags, table } = start({ broken: ["reload"] });
    await flags.ready();
    table.reload = async () => {
      table.log.push("begin");
      await settled();
      table.log.push("end");
      if (table.log.length < 5) throw new Error("not yet");
    };
    const results = await Promise.allSettled([flags.reload(), flags.reload(), flags.reload()]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(table.log.slice(2)).toEqual(["begin", "end", "begin", "end", "begin", "end"]);
  });

  it("is not asked to reload where the profile is refused already", async () => {
    const { flags, table, write } = start();
    await flags.ready();
    write("feature_flags:\n  other: many\n");
    await rejectionOf(flags.reload());
    expect(table.log).toEqual(["onChange", "start"]);
  });

  it("that cannot start rejects ready(), is told of once, and stops nobody else", async () => {
    const table = new Table();
    table.broken = new Set(["start"]);
    const second = new Table();
    Object.defineProperty(second, "name", { value: "second" });
    const file = profileFile("feature_flags:\n  limit: 1\n");
    const profile = { path: file.path, watch: { settleMs: 5 } };
    const flags = createFlags(registry, { ...isolated, profile, resolvers: [table, second, "profile"] });
    const errors = errorsOf(flags);
    const error = await rejectionOf(flags.ready());
    expect(error).toMatchObject({
      code: "RESOLVER_FAILED",
      message: 'resolver "table" could not start: no start',
    });
    expect(errors).toEqual([error]);
    expect(second.log).toEqual(["onChange", "start"]);
    const seen = new Promise((resolve) => flags.onFlagChanged("limit", ({ value }) => resolve(value)));
    file.write("feature_flags:\n  limit: 2\n");
    expect(await seen).toBe(2);
    await flags.close();
  });

  it("that cannot be followed or closed is told of, and stops nobody else", async () => {
    const { flags, errors } = start({ broken: ["onChange", "close"] });
    await flags.ready();
    await flags.close();
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ["RESOLVER_FAILED", 'resolver "table" cannot be followed: no onChange'],
      ["RESOLVER_FAILED", 'resolver "table" could not close: no close'],
    ]);
  });

  it("that breaks in the middle of a reload is passed over, and the failure is told", async () => {
    const { flags, table, errors } = start();
    await flags.ready();
    const poisoned = {
      get limit(): number {
        throw new Error("torn page");
      },
    };
    table.prepare = ({ name }) => {
      if (name !== "limit") return undefined;
      return {
        get value() {
          return poisoned.limit;
        },
      };
    };
    await flags.reload();
    await settled();
    expect(errors).toMatchObject([{ code: "RESOLVER_FAILED", flag: "limit" }]);
    expect(errors[0]?.message).toContain("torn page");
    expect(flags.value("limit")).toBe(10);
  });
});

describe("close()", () => {
  it("may come before anything has started: nothing is then, and nothing is announced", async () => {
    const { flags, table, errors } = start();
    const ready: unknown[] = [];
    flags.on("ready", (event) => void ready.push(event));
    await flags.close();
    expect(table.log).toEqual(["onChange", "disconnected", "close"]);
    expect(ready).toEqual([]);
    await flags.ready();
    expect(errors).toEqual([]);
  });

  it("lets a reload that has begun end", async () => {
    const { flags, write } = start();
    write("feature_flags:\n  other: 2\n");
    const reloading = flags.reload();
    await flags.close();
    await reloading;
    expect(flags.value("other")).toBe(2);
  });
});
