import { describe, expect, it } from "vitest";
import { readSettings } from "../../examples/tour/settings.js";
import { runExample } from "./child.js";

describe("NODE_ENV", () => {
  it.each(["test", "qa", "local", "ci", "demo"])("%s means development, and the tour says so", (given) => {
    const { environment, notice } = readSettings({ NODE_ENV: given }, undefined);
    expect(environment).toBe("development");
    expect(notice).toMatch(new RegExp(`NODE_ENV=${given} is no environment .*development`));
  });

  it.each([
    ["Production", "production"],
    ["PRODUCTION", "production"],
    ["production ", "production"],
    ["prod", "production"],
    ["prd", "production"],
    ["produciton", "production"],
    ["Staging", "staging"],
    ["stage", "staging"],
    ["stg", "staging"],
    ["dev", "development"],
    ["developement", "development"],
  ])("%s is refused, and %s offered", (given, meant) => {
    for (const variable of ["NODE_ENV", "BURGEE_PROFILE"]) {
      const read = () => readSettings({ [variable]: given }, undefined);
      expect(read).toThrow(`${variable}: there is no ${given}; did you mean ${meant}?`);
    }
  });

  it.each(["development", "staging", "production"])("%s is taken without a word", (given) => {
    expect(readSettings({ NODE_ENV: given }, undefined)).toMatchObject({ environment: given, notice: undefined });
  });

  it("does not matter where BURGEE_PROFILE is set", () => {
    const settings = readSettings({ NODE_ENV: "prod", BURGEE_PROFILE: "staging" }, undefined);
    expect(settings).toMatchObject({ environment: "staging", chosenBy: "BURGEE_PROFILE", notice: undefined });
  });
});

describe("the tour", () => {
  it("ends with 1 for a slip in NODE_ENV, before it shows anything", async () => {
    expect(await runExample("tour/main.ts", ["--once"], { NODE_ENV: "Production" })).toEqual({
      code: 1,
      stdout: "",
      stderr: "NODE_ENV: there is no Production; did you mean production?\n",
    });
  });

  it("says in its header that NODE_ENV=test is none of its environments", async () => {
    const { code, stdout } = await runExample("tour/main.ts", ["--once"], { NODE_ENV: "test" });
    expect(code).toBe(0);
    expect(stdout.split("\n")[1]).toMatch(/^NODE_ENV=test is no environment of the tour .*flags of development\.$/);
  });
});
