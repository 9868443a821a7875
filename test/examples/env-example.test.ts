import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { registry } from "../../examples/tour/registry/index.js";
import { flagsWith, type TourFlagName } from "./documented.js";

const text = readFileSync(fileURLToPath(new URL("../../examples/tour/.env.example", import.meta.url)), "utf8");
const variables = parse(text);

/** Left to their rules, and so commented out. */
const byRule: readonly TourFlagName[] = ["new_checkout", "answer_model"];

/** Variables that are no flags: what flags require, with the default where there is one. */
const others = {
  WHATSAPP_PHONE_NUMBER_ID: "",
  WHATSAPP_TOKEN: "",
  WHATSAPP_VERIFY_TOKEN: "",
  TOGETHER_API_KEY: "",
  DATABASE_URL: "",
  DATABASE_READ_REPLICA_URL: "",
  DATABASE_URL_US: "",
  DATABASE_URL_EU: "",
  DATABASE_URL_ASIA: "",
  TABBY_URL: "http://tabbyml:8080",
  TABBY_API_KEY: "",
  LOG_LEVEL: "INFO",
};

describe(".env.example", () => {
  it("holds every flag's variable with its default, every required variable, and nothing else", async () => {
    const flags = flagsWith({});
    const names = registry.names.filter((name) => !byRule.includes(name));
    const defaults = names.map((name) => [
      flags.getFlagMetadata(name).variable,
      String(flags.getFlagMetadata(name).default),
    ]);
    expect(variables).toEqual({ ...Object.fromEntries(defaults), ...others });
    await flags.close();
  });

  it("shows the flags that are left to their rules in comments", async () => {
    const flags = flagsWith({});
    for (const name of byRule) expect(text).toMatch(new RegExp(`^# ${flags.getFlagMetadata(name).variable}=`, "m"));
    await flags.close();
  });

  it("can be used as it is, and changes nothing", async () => {
    const [plain, copied] = [flagsWith({}), flagsWith(variables)];
    expect(copied.getAllFlags()).toEqual(plain.getAllFlags());
    await Promise.all([plain.close(), copied.close()]);
  });

  it("says something of every variable", () => {
    const lines = text.split("\n");
    const silent = lines.filter((line, index) => {
      if (!/^[A-Z_]+=/.test(line)) return false;
      const above = lines.slice(0, index).findLast((before) => !/^[A-Z_]+=/.test(before));
      return above === undefined || !above.startsWith("#");
    });
    expect(silent).toEqual([]);
  });
});
