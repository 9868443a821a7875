import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadPackage, ownFile } from "../../src/rules/load.js";

const missing = (name: string, purpose: string) =>
  expect.objectContaining({
    code: "PACKAGE_MISSING",
    message: `${name} is not there, and is needed ${purpose}; a bundler may have left it behind: have it leave burgee out of the bundle (\`external\`), and install burgee beside it`,
    cause: expect.objectContaining({ code: "MODULE_NOT_FOUND" }),
  });

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}

describe("loadPackage", () => {
  it("loads what is there", () => {
    expect(loadPackage("semver/functions/parse.js", "for versions")).toBeTypeOf("function");
  });

  it("says what is missing, for what, and what to do", () => {
    expect(thrownBy(() => loadPackage("no-such-package", "for a test"))).toEqual(
      missing("no-such-package", "for a test"),
    );
  });

  it("passes on what a package throws", () => {
    expect(() => loadPackage("#no-such-import", "for a test")).toThrow(/no-such-import/);
  });
});

describe("ownFile", () => {
  it("finds a file beside the one that asks", () => {
    expect(ownFile("load.test.ts", "for a test", import.meta.url)).toBe(fileURLToPath(import.meta.url));
  });

  it("says what is missing, also to who has no place of its own", () => {
    expect(thrownBy(() => ownFile("x.cjs", "for a test", import.meta.url))).toEqual(missing("x.cjs", "for a test"));
    // What a bundler made CommonJS has no URL.
    const none = undefined as unknown as string;
    expect(thrownBy(() => ownFile("x.cjs", "for a test", none))).toEqual(missing("x.cjs", "for a test"));
  });
});
