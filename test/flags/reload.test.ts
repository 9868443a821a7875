import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createFlags, defineFlags, type FlagsOptions, flag } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorsOf, isolated, recorder, rejectionOf } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const registry = defineFlags({
  open: flag.boolean({ default: false }),
  limit: flag.number({ default: 10 }),
  chat: flag.boolean({ default: false, requires: z.object({ TOKEN: z.string() }) }),
});
const START = "feature_flags:\n  open: true\n  limit: 20\n";

function start(options: FlagsOptions = {}, text = START) {
  const file = profileFile(text);
  const flags = createFlags(registry, { ...isolated, profile: file.path, ...options });
  const reloads: unknown[] = [];
  flags.on("reload", ({ source, changed }) => void reloads.push({ source, changed }));
  return { flags, ...file, errors: errorsOf(flags), reloads };
}

describe("reload()", () => {
  it("puts the whole file in force at once, with one entry and one event", async () => {
    const { flags, write, reloads } = start();
    const changes: unknown[] = [];
    flags.onFlagChanged("*", ({ flag: name, value, source, cause, actor }) => {
      changes.push({ name, value, source, cause, actor, all: flags.getAllFlags() });
    });
    write("feature_flags:\n  open: false\n  limit: 30\n");
    await flags.reload({ actor: "ana" });
    const all = { open: false, limit: 30, chat: false };
    const shared = { source: "reload", cause: { kind: "reload" }, actor: "ana", all };
    expect(changes).toEqual([
      { name: "open", value: false, ...shared },
      { name: "limit", value: 30, ...shared },
    ]);
    expect(flags.getAuditLog()).toMatchObject([{ action: "reload", affected: [{ flag: "open" }, { flag: "limit" }] }]);
    expect(reloads).toEqual([{ source: "reload", changed: ["open", "limit"] }]);
  });

  it("writes no entry where nothing changed, be the text the same or not", async () => {
    const { flags, write, reloads } = start();
    await flags.reload();
    write(`# a comment\n${START}`);
    await flags.reload();
    expect(flags.getAuditLog()).toEqual([]);
    expect(reloads).toEqual([
      { source: "reload", changed: [] },
      { source: "reload", changed: [] },
    ]);
    expect(flags.explain("open").steps.find(({ step }) => step === "profile")?.place).toMatch(/:3:3$/);
  });

  it("may be given another source than its own", async () => {
    const { flags, write, reloads } = start();
    write("feature_flags: {}\n");
    await flags.reload({ source: "ops" });
    expect(reloads).toEqual([{ source: "ops", changed: ["open", "limit"] }]);
  });

  it.each([
    { what: "a value of the wrong kind", text: "feature_flags:\n  limit: 30\n  open: maybe\n", says: ":3:9: " },
    { what: "no YAML", text: "feature_flags:\n  limit: [30\n", says: "bracket" },
    { what: "an unknown flag", text: "feature_flags:\n  limit: 30\n  opne: true\n", says: 'did you mean "open"?' },
    { what: "half of it", text: "feature_flags:\n  limit: 3", says: "half-written" },
    { what: "an unmet requirement", text: "feature_flags:\n  limit: 30\n  chat: true\n", says: "TOKEN (missing)" },
    { what: "nothing", text: "", says: "half-written" },
  ])("leaves the last good values in force for $what, and is put right by the next", async ({ text, says }) => {
    const { flags, write, errors, reloads } = start();
    write(text);
    const error = await rejectionOf(flags.reload());
    expect(error.code).toBe("RELOAD_FAILED");
    expect(error.message).toContain(says);
    expect(error.message).toMatch(/last good values stay in force/);
    expect(errors).toEqual([error]);
    expect(reloads).toEqual([]);
    expect(flags.getAllFlags()).toEqual({ open: true, limit: 20, chat: false });
    // What was refused must not come in by a later command either.
    flags.kill("chat");
    flags.setFlag("limit", 1);
    flags.resetFlag("limit");
    expect(flags.getAllFlags()).toEqual({ open: true, limit: 20, chat: false });
    write("feature_flags:\n  limit: 40\n");
    await flags.reload();
    expect(flags.getAllFlags()).toEqual({ open: false, limit: 40, chat: false });
  });

  it("refuses bytes that are no UTF-8, as the start does", async () => {
    const { flags, path } = start();
    writeFileSync(path, Buffer.from([...Buffer.from("feature_flags:\n  limit: 30 # "), 0xff, 0x0a]));
    expect((await rejectionOf(flags.reload())).code).toBe("RELOAD_FAILED");
    expect(flags.value("limit")).toBe(20);
  });

  it("refuses a file that is gone, or is none, with every problem's place", async () => {
    const { flags, path } = start();
    rmSync(path);
    const gone = await rejectionOf(flags.reload());
    expect(gone.message).toContain(`${path} does not exist (any more)`);
    mkdirSync(path);
    expect((await rejectionOf(flags.reload())).message).toContain(`${path} cannot be read: EISDIR`);
    expect(flags.value("limit")).toBe(20);
  });

  it("lists every problem", async () => {
    const { flags, write, path } = start();
    write("feature_flags:\n  open: maybe\n  limit: many\n");
    const { problems } = await rejectionOf(flags.reload());
    expect(problems.map(({ place, flag: name }) => [place, name])).toEqual([
      [`${path}:2:9`, "open"],
      [`${path}:3:10`, "limit"],
    ]);
  });

  it("refuses a requirement once: a flag that lacked it before does not stop others", async () => {
    const { flags, write } = start({ onInvalid: "warn" }, "feature_flags:\n  chat: true\n");
    expect(flags.evaluate("chat").source).toBe("requirement");
    write("feature_flags:\n  chat: true\n  limit: 30\n");
    await flags.reload();
    expect(flags.value("limit")).toBe(30);
  });

  it("tolerates with `onInvalid: warn` what the start does, and warns; but never broken YAML", async () => {
    const { logger, lines } = recorder();
    const { flags, write } = start({ onInvalid: "warn", unknown: "warn", logger });
    write("feature_flags:\n  open: maybe\n  limit: 30\n  theirs: 1\n");
    await flags.reload();
    expect(flags.getAllFlags()).toMatchObject({ open: false, limit: 30 });
    const warnings = lines.filter(({ level }) => level === "warn").map(({ details }) => details);
    expect(warnings).toEqual([
      { code: "FLAG_NOT_FOUND", flag: "theirs" },
      { code: "INVALID_VALUE", flag: "open" },
    ]);
    write("feature_flags:\n  limit: {\n");
    expect((await rejectionOf(flags.reload())).code).toBe("RELOAD_FAILED");
  });

  it("runs one at a time, each with the file as it then is", async () => {
    const { flags, write, reloads } = start();
    write("feature_flags:\n  limit: 1\n");
    const both = [flags.reload({ source: "a" }), flags.reload({ source: "b" })];
    await Promise.all(both);
    expect(reloads).toEqual([
      { source: "a", changed: ["open", "limit"] },
      { source: "b", changed: [] },
    ]);
    write("feature_flags:\n  limit: oops\n");
    const failing = flags.reload();
    const next = flags.reload();
    expect((await rejectionOf(failing)).code).toBe("RELOAD_FAILED");
    expect((await rejectionOf(next)).code).toBe("RELOAD_FAILED");
  });

  it("does not read the environment again", async () => {
    const variables: Record<string, string> = { FLAG_LIMIT: "1" };
    const { flags } = start({ env: { variables, files: [] } });
    variables.FLAG_LIMIT = "2";
    await flags.reload();
    expect(flags.value("limit")).toBe(1);
  });

  it("does nothing where there is no profile, asked for or not", async () => {
    const flags = createFlags(registry, isolated);
    await flags.reload();
    const { profile: _, ...unasked } = isolated;
    await createFlags(registry, unasked).reload();
    expect(flags.getAuditLog()).toEqual([]);
  });

  it("reads a profile that was missing at the start, where that was tolerated", async () => {
    const { path, write } = profileFile("");
    rmSync(path);
    const flags = createFlags(registry, { ...isolated, profile: path, onInvalid: "warn" });
    expect((await rejectionOf(flags.reload())).message).toContain("does not exist");
    write(START);
    await flags.reload();
    expect(flags.value("limit")).toBe(20);
  });
});
