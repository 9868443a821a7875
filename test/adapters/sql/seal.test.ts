import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeIn, noticeOf } from "../../../src/adapters/sql/postgres-notice.js";
import { Seal } from "../../../src/adapters/sql/seal.js";
import { START, setting } from "./commands.js";

function newSeal(key = Seal.newKey()): Seal {
  const seal = Seal.of(key);
  if (seal === undefined) throw new Error("a new key is a key");
  return seal;
}

describe("a seal", () => {
  const [seal, other] = [newSeal(), newSeal()];

  test("gives any text back, and to nobody with another key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const sealed = seal.close(text);
        expect(seal.open(sealed)).toBe(text);
        expect(other.open(sealed)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test("opens nothing that was changed or cut, or never was sealed", () => {
    const sealed = Buffer.from(seal.close("new_checkout"), "base64");
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(seal.open(changed.toString("base64"))).toBeUndefined();
      expect(seal.open(sealed.subarray(0, index).toString("base64"))).toBeUndefined();
    }
    for (const text of ["", "7", "not base64 !?"]) expect(seal.open(text)).toBeUndefined();
  });

  test("hides the text, and seals it otherwise each time", () => {
    expect(Buffer.from(seal.close("new_checkout"), "base64").includes("checkout")).toBe(false);
    expect(seal.close("new_checkout")).not.toBe(seal.close("new_checkout"));
  });

  test("takes a text of 32 bytes as base64 for a key, and nothing else", () => {
    for (const key of ["", "short", Buffer.alloc(31).toString("base64"), Buffer.alloc(33).toString("base64")])
      expect(Seal.of(key)).toBeUndefined();
  });
});

describe("a notice", () => {
  const seal = newSeal();

  function rowOf(value: unknown) {
    const { entry, flags } = setting(START, { value });
    const row = { namespace: "shop", revision: 1, hash: entry.hash, at: 0, actor: null, source: "api" };
    return { change: { entry, flags }, row: { ...row, entry: JSON.stringify(entry), flags: JSON.stringify(flags) } };
  }

  test("brings the change to those who have the key, and the revision to all", () => {
    const { change, row } = rowOf("Ω");
    const notice = noticeOf(row, seal);
    expect(notice).toMatch(/^1 [\w+/=]+$/);
    expect(changeIn(notice, seal)).toEqual(change);
    expect(changeIn(notice, newSeal())).toBeUndefined();
    expect(changeIn(notice, undefined)).toBeUndefined();
  });

  test("is the revision alone without a key", () => {
    const notice = noticeOf(rowOf(true).row, undefined);
    expect(notice).toBe("1");
    expect(changeIn(notice, seal)).toBeUndefined();
  });

  test("is shorter than 8,000 bytes, with the change wherever it fits", () => {
    const lengths = Array.from({ length: 9_000 }, (_, length) => length);
    const notices = lengths
      .filter((length) => length % 7 === 0)
      .map((length) => noticeOf(rowOf("x".repeat(length)).row, seal));
    const alone = notices.filter((notice) => notice === "1");
    expect(Math.max(...notices.map((notice) => notice.length))).toBeGreaterThan(7_960);
    expect(Math.max(...notices.map((notice) => notice.length))).toBeLessThan(8_000);
    expect(alone.length).toBeGreaterThan(0);
    expect(notices.slice(-alone.length)).toEqual(alone);
  });

  test("that brings something else, sealed, is none", () => {
    for (const text of ["", "{", "null", "7", "{}", "[]", "[null,null]", "[{},[]]", "[1,[2]]"])
      expect(changeIn(`1 ${seal.close(text)}`, seal)).toBeUndefined();
  });

  test("that somebody sealed with another revision than the change's is none", () => {
    const notice = noticeOf(rowOf(true).row, seal);
    expect(changeIn(notice.replace("1 ", "2 "), seal)).toBeUndefined();
  });
});
