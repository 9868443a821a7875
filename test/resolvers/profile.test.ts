import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RegisteredFlag } from "../../src/registry/registry.js";
import { profilePath, profileResolver, readProfileText } from "../../src/resolvers/profile.js";
import { fixtureRegistry } from "../fixtures/registry.js";

const folder = mkdtempSync(join(tmpdir(), "burgee-profile-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("profileResolver", () => {
  it("answers from its entries, and from others once they are swapped", () => {
    const flag = fixtureRegistry.flags.get("new_checkout") as RegisteredFlag;
    const before = { value: true, place: "burgee.yaml:2:3" };
    const resolver = profileResolver(new Map([["new_checkout", before]]));
    expect(resolver.name).toBe("profile");
    expect(resolver.prepare(flag)).toBe(before);
    resolver.swap(new Map());
    expect(resolver.prepare(flag)).toBeUndefined();
  });
});

describe("profilePath", () => {
  it("is burgee.yaml unless somebody asks for another", () => {
    expect(profilePath(undefined)).toEqual({ path: "burgee.yaml", asked: false });
    expect(profilePath("config/flags.yaml")).toEqual({ path: "config/flags.yaml", asked: true });
  });

  it("knows the home folder", () => {
    expect(profilePath("~")).toEqual({ path: join(homedir(), "."), asked: true });
    expect(profilePath("~/flags.yaml")).toEqual({ path: join(homedir(), "flags.yaml"), asked: true });
    expect(profilePath("~ana/flags.yaml").path).toBe("~ana/flags.yaml");
  });
});

describe("readProfileText", () => {
  it("gives the text, undefined for a missing file, and a problem for one that cannot be read", () => {
    const path = join(folder, "burgee.yaml");
    expect(readProfileText(path)).toBeUndefined();
    writeFileSync(path, "\uFEFFfeature_flags: {}\n");
    expect(readProfileText(path)).toEqual({ text: "feature_flags: {}\n" });
    expect(readProfileText(folder)).toEqual({
      problem: { code: "INVALID_CONFIGURATION", place: folder, message: "is a folder and not a file" },
    });
  });
});
