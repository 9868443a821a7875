import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { sectionsOf } from "./blocks.js";
import { plainProblems } from "./plain-blocks.js";
import { openWorkshop, type Program } from "./programs.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const workshop = openWorkshop(root);
afterAll(() => workshop.close());

const fixture = (name: string) =>
  sectionsOf(name, readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8"));
const under = (programs: readonly Program[], heading: string) =>
  programs.find(({ section }) => section.heading === heading) as Program;

describe("a sound page", () => {
  const sections = fixture("sound.md");
  const programs = workshop.layOut(sections);

  test("has every block found", () => {
    const found = sections.flatMap(({ blocks }) => blocks).map(({ language, line }) => `${language}:${line}`);
    const blocks = "sh:4 ts:14 ts:25 text:30 yaml:36 dotenv:41 ts:46 ts:50 text:58 json:65 ts:69";
    expect(found.join(" ")).toBe(blocks);
  });

  test("passes every check", async () => {
    const plain = sections.flatMap(({ blocks }) => blocks).filter(({ language }) => language !== "ts");
    expect(plain.flatMap((block) => plainProblems(block, root))).toEqual([]);
    expect([...workshop.typeCheck(programs).values()].flat()).toEqual([]);
    expect((await Promise.all(programs.map((program) => workshop.run(program)))).flat()).toEqual([]);
  });
});

describe("a broken page", () => {
  const sections = fixture("broken.md");
  const programs = workshop.layOut(sections);

  test("fails for each block that is not TypeScript", () => {
    const plain = sections.flatMap(({ blocks }) => blocks).filter(({ language }) => language !== "ts");
    expect(plain.flatMap((block) => plainProblems(block, root))).toEqual([
      'broken.md:32: npm run: package.json has no script "deploy"',
      "broken.md:32: npx left-pad-cli: no package here has that command",
      "broken.md:32: node missing/file.js: there is no such file",
      "broken.md:32: npm frobnicate: not a command that these pages use",
      expect.stringMatching(/^broken\.md:39: .*keys must be unique/),
      expect.stringMatching(/^broken\.md:44: .*JSON/),
      "broken.md:48: not a variable: NOT A VARIABLE",
      "broken.md:52: this is TypeScript; say ts",
      'broken.md:56: "" is no language of these pages; use ts, yaml, json, dotenv, sh, text',
      'broken.md:60: "js" is no language of these pages; use ts, yaml, json, dotenv, sh, text',
    ]);
  });

  test("fails for a type error, with its line on the page", () => {
    const problems = workshop.typeCheck(programs).get(under(programs, "Wrong type"));
    expect(problems).toEqual([expect.stringMatching(/^broken\.md:7: Type 'string' is not assignable/)]);
  });

  test("fails for code that throws, and shows what it threw", async () => {
    const problems = await workshop.run(under(programs, "Throws"));
    expect(problems).toEqual([expect.stringMatching(/"Throws" failed[\s\S]*AssertionError[\s\S]*broken\.md:16/)]);
  });

  test("fails for output that is not what the page promises", async () => {
    const problems = await workshop.run(under(programs, "Promises something else"));
    expect(problems).toEqual(['broken.md:26: the code under "Promises something else" prints\nfalse\n']);
  });

  test("fails for a block that never ends on the page", () => {
    expect(() => sectionsOf("open.md", "# Open\n\n```ts\nconst a = 1;\n")).toThrow(
      "open.md:3: this code block has no end",
    );
  });
});
