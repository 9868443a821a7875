import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ATTRIBUTE_OPERATORS, CONDITION_OPERATORS } from "../../src/rules/condition-operators.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The rows of a table of operators and bytes. */
function bytesIn(markdown: string): ReadonlyMap<string, number> {
  const rows = markdown.matchAll(/^\| (?<label>[^|]+) \| (?<bytes>\d+) \|$/gm);
  return new Map(Array.from(rows, ({ groups }) => [groups?.label ?? "", Number(groups?.bytes)]));
}

it("nothing is allocated by the operators that claim so in the reference, and every operator is measured", async () => {
  const claimed = bytesIn(readFileSync(`${root}docs/reference/conditions.md`, "utf8"));
  const args = ["--expose-gc", "--import", "tsx", "bench/allocation.ts", "500"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const measured = bytesIn(stdout);
  expect([...measured.keys()]).toEqual([...claimed.keys()]);
  const named = [...ATTRIBUTE_OPERATORS, ...CONDITION_OPERATORS].filter((name) => !measured.has(`\`${name}\``));
  expect(named).toEqual([]);
  const free = [...claimed].filter(([, bytes]) => bytes === 0).map(([label]) => label);
  expect(free.length).toBeGreaterThan(20);
  expect(free.filter((label) => measured.get(label) !== 0)).toEqual([]);
});
