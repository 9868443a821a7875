import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { sectionsOf } from "./blocks.js";
import { plainProblems } from "./plain-blocks.js";
import { openWorkshop } from "./programs.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guides = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md"))
  .map((path) => join("docs", path).split(sep).join("/"));
const pages = ["README.md", "CONTRIBUTING.md", ...guides.sort()].filter((page) => existsSync(join(root, page)));

const workshop = openWorkshop(root);
afterAll(() => workshop.close());

const read = pages.map((page) => ({ page, sections: sectionsOf(page, readFileSync(join(root, page), "utf8")) }));
const laidOut = read.map(({ page, sections }) => ({ page, sections, programs: workshop.layOut(sections) }));
const types = workshop.typeCheck(laidOut.flatMap(({ programs }) => programs));

for (const { page, sections, programs } of laidOut.filter(({ sections }) => sections.length > 0)) {
  describe(page, () => {
    const plain = sections.flatMap(({ blocks }) => blocks).filter(({ language }) => language !== "ts");
    if (plain.length > 0) {
      test("its commands exist and its data can be read", () => {
        expect(plain.flatMap((block) => plainProblems(block, root))).toEqual([]);
      });
    }
    for (const program of programs) {
      test(`"${program.section.heading}" compiles`, () => {
        expect(types.get(program)).toEqual([]);
      });
      test.concurrent(`"${program.section.heading}" runs`, async ({ expect }) => {
        expect(await workshop.run(program)).toEqual([]);
      });
    }
  });
}

test("there are pages", () => {
  expect(pages).toContain("CONTRIBUTING.md");
});
