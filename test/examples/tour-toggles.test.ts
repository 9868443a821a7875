import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openKept } from "../../examples/tour/kept.js";
import { readToggle } from "../../examples/tour/toggles.js";
import { runExample } from "./child.js";
import { hasScript, onTerminal, reason } from "./pty.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "burgee-toggles-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tour = (words: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  runExample("tour/main.ts", ["--once", ...words], { BURGEE_TOUR_FOLDER: folder, ...variables });
/** The value and the source in the table. */
const shown = (stdout: string, flag: string) => new RegExp(`^${flag} +(\\S+) +(\\S+)`, "m").exec(stdout)?.slice(1);

/** Several tours one after the other take a while on a busy machine. */
const patient = { timeout: 180_000 };

describe("what is toggled in a tour", patient, () => {
  it("is still so in the next one, until it is reset", async () => {
    const first = await tour(["--on", "dynamic_personas_enabled"]);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain("  dynamic_personas_enabled is set on, revision 1\n");
    expect(shown(first.stdout, "dynamic_personas_enabled")).toEqual(["true", "overrides"]);

    const second = await tour([]);
    expect(shown(second.stdout, "dynamic_personas_enabled")).toEqual(["true", "overrides"]);
    expect(second.stdout).toMatch(/Toggled so far, newest first\n {2}#1 .*dynamic_personas_enabled \(you, tour\)/);

    await tour(["--reset", "dynamic_personas_enabled", "--off", "lazy_loading_enabled"]);
    const last = await tour(["--off", "lazy_loading_enabled"]);
    expect(shown(last.stdout, "dynamic_personas_enabled")?.[0]).toBe("false");
    expect(shown(last.stdout, "lazy_loading_enabled")).toEqual(["false", "overrides"]);
    expect(last.stdout).toContain("  lazy_loading_enabled is set off already\n");
    expect(last.stdout).toMatch(/the chain of 3 entries is whole/);
  });

  it("is another environment's no business, and the story leaves it alone", async () => {
    await tour(["--on", "dynamic_skills_enabled"]);
    await tour([]);
    const { stdout } = await tour([]);
    expect(stdout).toMatch(/refused, DEPENDENCY_UNMET/);
    expect(stdout).toMatch(/heard of dynamic_skills_enabled: skills are loaded/);
    expect(shown(stdout, "dynamic_skills_enabled")).toEqual(["true", "overrides"]);
    const staging = await tour([], { BURGEE_PROFILE: "staging" });
    expect(shown(staging.stdout, "dynamic_skills_enabled")?.[0]).toBe("false");
    expect(staging.stdout).toContain("Toggled so far: nothing");
  });

  it("gives way to a variable, and is back without it", async () => {
    await tour(["--on", "dynamic_skills_enabled"]);
    const pinned = await tour([], { VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED: "false" });
    expect(pinned.code).toBe(0);
    expect(shown(pinned.stdout, "dynamic_skills_enabled")).toEqual(["false", "env"]);
    expect(shown((await tour([])).stdout, "dynamic_skills_enabled")).toEqual(["true", "overrides"]);
  });

  it.each([
    [
      ["--on", "dynamic_persona_enabled"],
      {},
      /no boolean flag dynamic_persona_enabled; did you mean dynamic_personas_enabled\?/,
    ],
    [["--on", "database_type"], {}, /no boolean flag database_type/],
    [["--on", "self_improvement_enabled"], {}, /self_improvement_enabled.*dynamic_skills_enabled/],
    [["--off", "dynamic_skills_enabled"], { VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED: "true" }, /pinned by env/],
  ])("is refused with 1 where it cannot be: %j %j", async (words, variables, message) => {
    const { code, stdout, stderr } = await tour(words, { LOG_LEVEL: "silent", ...variables });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("a tour that cannot keep anything", () => {
  it("says so and goes on, where its folder cannot be used", async () => {
    const file = join(folder, "a file");
    writeFileSync(file, "");
    const { code, stdout } = await tour(["--on", "dynamic_personas_enabled"], { BURGEE_TOUR_FOLDER: file });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SQLite cannot be used, so what you toggle is forgotten when the tour ends: /m);
    expect(stdout).toContain("  dynamic_personas_enabled is set on, revision 1\n");
    expect(stdout).toMatch(/the chain of 5 entries is whole/);
  });

  it("says so and goes on, where the file is no database", async () => {
    writeFileSync(join(folder, "tour.db"), "this is no database, but it is long enough to be looked at\n".repeat(100));
    const { code, stdout } = await tour([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/not a\s+database/);
    expect(stdout).toMatch(/the chain of 5 entries is whole/);
  });

  it("goes on in memory where libsql cannot be loaded", async () => {
    const kept = await openKept(folder, "development", () => Promise.reject(new Error("Cannot find module 'libsql'")));
    expect(kept.notice).toMatch(/SQLite cannot be used.*Cannot find module 'libsql'/);
    expect(kept.store.name).toBe("memory");
    expect(await kept.store.head()).toMatchObject({ revision: 0 });
    await kept.close();
  });
});

describe("what is typed", patient, () => {
  it.each([
    ["on a", { act: "on", flag: "a" }],
    ["  off   a_b ", { act: "off", flag: "a_b" }],
    ["reset a", { act: "reset", flag: "a" }],
    ["on", undefined],
    ["on a b", undefined],
    ["toggle a", undefined],
    ["", undefined],
  ])("%j is read as %j", (line, toggle) => {
    expect(readToggle(line)).toEqual(toggle);
  });

  it.skipIf(!hasScript)(`toggles a flag on a terminal, and another tour hears of it${reason}`, async () => {
    const variables = { NO_COLOR: "1", BURGEE_TOUR_FOLDER: folder };
    const [one, two] = [onTerminal([], variables), onTerminal([], variables)];
    await Promise.all([one.see(/Ctrl-C ends/), two.see(/Ctrl-C ends/)]);
    one.type("turn it on\n");
    await one.see(/type on, off or reset, and the name of a flag/);
    one.type("on no_such_flag\n");
    await one.see(/no boolean flag no_such_flag/);
    one.type("on dynamic_personas_enabled\n");
    await one.see(/dynamic_personas_enabled {2}false → true/);
    await two.see(/dynamic_personas_enabled {2}false → true/);
    for (const terminal of [one, two]) terminal.type("\u0003");
    expect(await Promise.all([one.ended, two.ended])).toEqual([0, 0]);
    expect(shown((await tour([])).stdout, "dynamic_personas_enabled")).toEqual(["true", "overrides"]);
  });
});
