import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
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

describe("the services", () => {
  test.each(["nodenext", "bundler"])("compile strictly with %s, and answer while their flags are off", (resolution) => {
    const tsc = join(packed().root, "node_modules/typescript/lib/tsc.js");
    expect(node(tsc, "-p", `tsconfig.${resolution}.json`)).toBe("");
    expect(node(`out-${resolution}/services.js`).split("\n")).toEqual([
      "[] false",
      "false disabled",
      "whatsapp_enabled disabled, enable_tabby disabled, enable_fsdp disabled",
    ]);
  });

  test("find the program in Python that comes with the package", () => {
    // An interpreter of the machine's own, which need not have torch; or none, which is told as such.
    expect(node("out-nodenext/probe.js")).toMatch(/^(Python 3\.\d+\.\d+|no-python)$/);
  });

  test("load no other package while their flags are off", () => {
    expect(packagesLoadedBy("out-nodenext/services.js")).toEqual(["burgee"]);
  });
});

describe("what is loaded", () => {
  test("the list is V8's own: it shows a package that is loaded", () => {
    expect(packagesLoadedBy("--input-type=module", "-e", 'import "pino"')).toContain("pino");
  });

  test("importing burgee loads no other package", () => {
    expect(packagesLoadedBy("--input-type=module", "-e", 'import "burgee"')).toEqual(["burgee"]);
  });

  test("flags without a profile that log nothing load no other package", () => {
    expect(packagesLoadedBy("import.mjs")).toEqual(["burgee"]);
  });

  test("a profile loads no other package either: burgee brings what reads it", () => {
    const program = `
      import { createFlags, defineFlags, flag } from "burgee";
      import { writeFileSync } from "node:fs";
      writeFileSync("profile.yaml", "feature_flags:\\n  new_checkout: true\\n");
      const registry = defineFlags({ new_checkout: flag.boolean({ default: false }) });
      const flags = createFlags(registry, { env: { files: [] }, profile: "profile.yaml" });
      if (!flags.isEnabled("new_checkout")) throw new Error("the profile was not read");`;
    expect(packagesLoadedBy("--input-type=module", "-e", program)).toEqual(["burgee"]);
  });
});

describe("a bundler", () => {
  test("drops what a program does not use", async () => {
    const all = await bundled('import * as burgee from "burgee"; globalThis.burgee = burgee;');
    const little = await bundled('import { errorCodes } from "burgee"; console.log(errorCodes.CLOSED);');
    const nothing = await bundled('import "burgee"; console.log(1);');
    expect(little).toContain("close() was called");
    expect(little.length).toBeLessThan(10_000);
    expect(all.length).toBeGreaterThan(5 * little.length);
    expect(nothing.length).toBeLessThan(100);
  });
});

describe("a bundled program", () => {
  const program = `
    import { createFlags, defineFlags, flag } from "burgee";
    import { writeFileSync } from "node:fs";
    const text = (on) => "feature_flags:\\n  new_checkout: " + on + "\\n" + "# nothing is said here\\n".repeat(1_000);
    writeFileSync("bundled.yaml", text(false));
    const registry = defineFlags({ new_checkout: flag.boolean({ default: false }) });
    async function main() {
      const warnings = [];
      const logger = { info() {}, warn: (_, message) => warnings.push(message), error() {} };
      const flags = createFlags(registry, { env: { files: [] }, profile: "bundled.yaml", logger });
      writeFileSync("bundled.yaml", text(true));
      await flags.reload();
      console.log(JSON.stringify({ on: flags.isEnabled("new_checkout"), warnings }));
    }
    main().catch((error) => console.log(error.code, error.message));`;

  test.each(["esm", "cjs"] as const)("reads its profile where burgee is installed beside it, as %s", async (format) => {
    await bundled(program, format);
    expect(JSON.parse(node(`bundles/bundle-${bundles}.${format === "esm" ? "js" : "cjs"}`))).toEqual({
      on: true,
      warnings: [],
    });
  });

  test("says what to do where burgee is not there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "burgee-bundle-"));
    try {
      writeFileSync(join(folder, "program.mjs"), await bundled(program));
      const said = execFileSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8" });
      expect(said).toMatch(/^PACKAGE_MISSING yaml-package\.cjs is not there, and is needed for YAML; .*`external`/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

let bundles = 0;

/** A program of the stranger's as one minified file with everything that it needs. */
async function bundled(program: string, format: "esm" | "cjs" = "esm"): Promise<string> {
  const name = `bundle-${++bundles}`;
  const { stranger } = packed();
  writeFileSync(join(stranger, `${name}.mjs`), program);
  const entry = { [name]: join(stranger, `${name}.mjs`) };
  const outDir = join(stranger, "bundles");
  await build({
    config: false,
    entry,
    outDir,
    format,
    platform: "node",
    noExternal: [/./],
    minify: true,
    silent: true,
  });
  return readFileSync(join(outDir, `${name}.${format === "esm" ? "js" : "cjs"}`), "utf8");
}
