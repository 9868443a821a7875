import { readFileSync } from "node:fs";
import { errorCodes } from "burgee";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/reference/errors.md", import.meta.url), "utf8");

/** The rows of the table: code, meaning, what to do. */
const rows = page
  .split("\n")
  .filter((line) => /^\| `[A-Z_]+` \|/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, code, meaning, advice]) => ({ code: code?.replaceAll("`", ""), meaning, advice }));

test("the page has every error code once, in the code's order, and no other", () => {
  expect(rows.map(({ code }) => code)).toEqual(Object.keys(errorCodes));
});

test("the page gives the meanings that the code gives", () => {
  const plain = (text: string | undefined) => text?.replaceAll("`", "");
  expect(Object.fromEntries(rows.map(({ code, meaning }) => [code, plain(meaning)]))).toEqual(errorCodes);
});

test("the page says what to do about each", () => {
  expect(rows.filter(({ advice }) => advice === undefined || advice.length < 10)).toEqual([]);
});
