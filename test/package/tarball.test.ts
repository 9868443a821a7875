import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundled, entries, exportProblems, exportsOf } from "../../tsup.config.js";
import { packed } from "./stranger.js";

const files = () =>
  execFileSync("tar", ["-tzf", packed().tarball], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""))
    .sort();

const inPython = (name: string) => `dist/python/${name}`;

describe("the tarball", () => {
  test("has its pages and its manifest", () => {
    expect(files().filter((path) => !/^(dist|docs)\//.test(path))).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
    ]);
  });

  test("has every page that README.md links to in docs/, and pages with their pictures only", () => {
    const pages = files().filter((path) => path.startsWith("docs/"));
    expect(pages.filter((path) => !/\.(md|svg)$/.test(path))).toEqual([]);
    const readme = readFileSync(join(packed().root, "README.md"), "utf8");
    const linked = [...readme.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, path]) => path);
    expect(pages).toEqual(expect.arrayContaining(linked));
  });

  test("has built files only beside them, and all entries", () => {
    const built = files().filter((path) => path.startsWith("dist/"));
    const program = built.filter((path) => /^dist\/python\/(\w+\/)?\w+\.(py|txt)$/.test(path));
    expect(program).toEqual(expect.arrayContaining(["train.py", "probe.py", "requirements.txt"].map(inPython)));
    expect(
      built.filter((path) => !/^dist\/((services\/)?[\w-]+\.(c?js|c?js\.map|d\.ts)|bundled-licences\.txt)$/.test(path)),
    ).toEqual(program);
    expect(built).toEqual(
      expect.arrayContaining(Object.keys(entries).flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`])),
    );
  });

  test("carries the licence of every package that the build holds parts of", () => {
    const licences = readFileSync(join(packed().stranger, "node_modules/burgee/dist/bundled-licences.txt"), "utf8");
    for (const name of bundled) expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
    expect(licences.match(/Permission (is hereby granted|to use, copy, modify)/g)).toHaveLength(bundled.length);
  });

  test("has no long lines: Node prints the one from which an error was thrown that nobody caught", () => {
    for (const path of files().filter((name) => /^dist\/.*js$/.test(name))) {
      const text = readFileSync(join(packed().stranger, "node_modules/burgee", path), "utf8");
      const longest = Math.max(...text.split("\n").map((line) => (line.startsWith("//#") ? 0 : line.length)));
      expect(longest, path).toBeLessThan(1_000);
    }
  });

  test("needs no step at installation", () => {
    const { scripts } = JSON.parse(readFileSync(join(packed().stranger, "node_modules/burgee/package.json"), "utf8"));
    expect(Object.keys(scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$|^prepare$/)]),
    );
  });
});

describe("the build's comparison of exports", () => {
  const built = exportsOf(["index", "sql"]);

  test("accepts what is built", () => {
    expect(exportProblems(built, built)).toEqual([]);
  });

  test("refuses an export that is not built, and an entry that is not exported", () => {
    expect(exportProblems({ ...built, "./http": "./dist/http.js" }, built)).toEqual([
      '"./http" is exported but not built; list it in tsup.config.ts',
    ]);
    const { "./sql": _, ...less } = built;
    expect(exportProblems(less, built)).toEqual([expect.stringMatching(/^"\.\/sql" is built but not exported; add/)]);
  });

  test("refuses another file, and types that are not first", () => {
    const other = { ...built, "./sql": { types: "./dist/sql.d.ts", default: "./dist/other.js" } };
    expect(exportProblems(other, built)).toEqual([expect.stringMatching(/^"\.\/sql" must be/)]);
    const turned = { ...built, ".": { default: "./dist/index.js", types: "./dist/index.d.ts" } };
    expect(exportProblems(turned, built)).toEqual(['"." must give "types" first']);
  });
});
