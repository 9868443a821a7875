import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "tsup";
import { describe, expect, test } from "vitest";
import { node, packagesLoadedBy, packed } from "./stranger.js";

const said = "true sqlite\nBurgeeError FLAG_DISABLED";

describe("a stranger", () => {
  test("imports it", () => {
    expect(node("import.mjs")).toBe(said);
  });

  test("requires it", () => {
    expect(node("--no-warnings", "require.cjs")).toBe(said);
  });

  test.each(["nodenext", "bundler"])("compiles against it strictly with %s, and runs the result", (resolution) => {
    const tsc = join(packed().root, "node_modules/typescript/lib/tsc.js");
    expect(node(tsc, "-p", `tsconfig.${resolution}.json`)).toBe("");
    expect(node(`out-${resolution}/program.js`)).toBe(said);
    if (resolution === "nodenext") expect(node("--no-warnings", `out-${resolution}/common.cjs`)).toBe(said);
  });

  test("can read its manifest", () => {
    const program = 'console.log(createRequire(import.meta.url)("burgee/package.json").name)';
    expect(node("--input-type=module", "-e", `import { createRequire } from "node:module"; ${program}`)).toBe("burgee");
  });
});

describe("what is loaded", () => {
  const rare = ["pino", "yaml"];

  test("the list is V8's own: it shows a package that is loaded", () => {
    const loaded = packagesLoadedBy("--input-type=module", "-e", 'import "yaml"; import "pino"');
    expect(loaded).toEqual(expect.arrayContaining(rare));
  });

  test("importing burgee loads neither yaml nor pino", () => {
    const loaded = packagesLoadedBy("--input-type=module", "-e", 'import "burgee"');
    expect(loaded).toContain("burgee");
    expect(loaded.filter((name) => rare.includes(name))).toEqual([]);
  });

  test("flags without a profile that log nothing load neither of them", () => {
    expect(packagesLoadedBy("import.mjs").filter((name) => rare.includes(name))).toEqual([]);
  });

  test("a profile loads yaml, and not pino", () => {
    const program = `
      import { createFlags, defineFlags, flag } from "burgee";
      import { writeFileSync } from "node:fs";
      writeFileSync("profile.yaml", "feature_flags:\\n  new_checkout: true\\n");
      const registry = defineFlags({ new_checkout: flag.boolean({ default: false }) });
      const flags = createFlags(registry, { env: { files: [] }, profile: "profile.yaml" });
      if (!flags.isEnabled("new_checkout")) throw new Error("the profile was not read");`;
    const loaded = packagesLoadedBy("--input-type=module", "-e", program);
    expect(loaded.filter((name) => rare.includes(name))).toEqual(["yaml"]);
  });
});

describe("a bundler", () => {
  test("drops what a program does not use", async () => {
    const all = await bundled('import * as burgee from "burgee"; globalThis.burgee = burgee;');
    const little = await bundled('import { errorCodes } from "burgee"; console.log(errorCodes.CLOSED);');
    const nothing = await bundled('import "burgee"; console.log(1);');
    expect(little).toContain("close() was called");
    // murmurhash-js does not say that it has no side effects, so a bundler may keep it.
    expect(little.length).toBeLessThan(10_000);
    expect(all.length).toBeGreaterThan(5 * little.length);
    expect(nothing.length).toBeLessThan(100);
  });
});

let bundles = 0;

/** A program of the stranger's as one minified file with everything that it needs. */
async function bundled(program: string): Promise<string> {
  const name = `bundle-${++bundles}`;
  const { stranger } = packed();
  writeFileSync(join(stranger, `${name}.mjs`), program);
  const entry = { [name]: join(stranger, `${name}.mjs`) };
  const outDir = join(stranger, "bundles");
  await build({
    config: false,
    entry,
    outDir,
    format: "esm",
    platform: "node",
    noExternal: [/./],
    minify: true,
    silent: true,
  });
  return readFileSync(join(outDir, `${name}.js`), "utf8");
}
