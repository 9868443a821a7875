import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AffectedFlag, AuditEntry } from "../../src/changes/audit.js";
import {
  canonicalText,
  chainEntry,
  GENESIS,
  headOf,
  verifyAuditEntries,
  writtenAhead,
} from "../../src/changes/hash-chain.js";
import { chain, record } from "./fixtures/records.js";

const runs = { numRuns: 1000 };
const json = fc.jsonValue({ maxDepth: 3 });

/** The same value with its members in another order, and with copies of its own all the way down. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  );
}

describe("canonicalText", () => {
  it("sorts keys by code unit, at every depth", () => {
    expect(canonicalText({ b: 1, a: { z: 1, Z: 2 }, "10": 1, "9": 2 })).toBe('{"10":1,"9":2,"a":{"Z":2,"z":1},"b":1}');
    expect(canonicalText({ "\ufb33": 1, "\u{1f600}": 2 })).toBe('{"\u{1f600}":2,"\ufb33":1}');
  });

  it("treats what is not JSON as JSON.stringify does", () => {
    expect(canonicalText({ gone: undefined, kept: [undefined, () => 1] })).toBe('{"kept":[null,null]}');
    expect(canonicalText([-0, Number.NaN, Number.POSITIVE_INFINITY, new Date(0)])).toBe(
      '[0,null,null,"1970-01-01T00:00:00.000Z"]',
    );
    expect(canonicalText(undefined)).toBe("null");
    expect(() => canonicalText(1n)).toThrow(TypeError);
  });

  it("keeps keys that JavaScript treats specially", () => {
    const value: unknown = JSON.parse('{"constructor":1,"__proto__":{"b":1,"a":2}}');
    expect(canonicalText(value)).toBe('{"__proto__":{"a":2,"b":1},"constructor":1}');
  });

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(json, (value) => canonicalText(shuffled(value)) === canonicalText(value)),
      runs,
    );
  });

  it("is the text that JSON.stringify gives of the value with its members in order", () => {
    const inOrder = (value: unknown): string => {
      if (Array.isArray(value)) return `[${value.map(inOrder).join(",")}]`;
      if (typeof value !== "object" || value === null) return JSON.stringify(value);
      const members = new Map(Object.entries(value));
      const keys = [...members.keys()].sort();
      return `{${keys.map((key) => `${JSON.stringify(key)}:${inOrder(members.get(key))}`).join(",")}}`;
    };
    fc.assert(
      fc.property(json, (value) => canonicalText(value) === inOrder(JSON.parse(JSON.stringify(value)))),
      runs,
    );
  });

  it("has one text for each JSON value, and gives the value back", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      runs,
    );
  });
});

describe("chainEntry", () => {
  it("chains to the head, with the SHA-256 of its canonical text", () => {
    const [first, second] = chain(2) as [AuditEntry, AuditEntry];
    expect(first).toMatchObject({ sequence: 1, previousHash: "0".repeat(64) });
    expect(second).toMatchObject({ sequence: 2, previousHash: first.hash });
    const { hash, ...body } = second;
    expect(hash).toBe(createHash("sha256").update(canonicalText(body)).digest("hex"));
  });

  it("is frozen throughout, and leaves the record alone", () => {
    const given = record({ setting: { value: { limits: [1, 2] } } });
    const entry = chainEntry(given, GENESIS);
    expect(() => Object.assign(entry.affected[0]?.to ?? {}, { value: 1 })).toThrow(TypeError);
    expect(Object.isFrozen((entry.setting as { value: { limits: number[] } }).value.limits)).toBe(true);
    expect(Object.isFrozen(given.affected)).toBe(false);
  });

  it("has the hash of its canonical text, whatever it says and in whatever order", () => {
    fc.assert(
      fc.property(json, json, fc.boolean(), (one, other, isAhead) => {
        const affected: AffectedFlag[] = [
          { flag: "b", from: { value: one }, to: { value: other } },
          { flag: "a", to: { value: shuffled(one) }, from: { value: null } },
        ];
        const [json, text] = writtenAhead(affected[0] as AffectedFlag);
        const parts = { setting: { value: shuffled(other) }, affected: isAhead ? affected.with(0, json) : affected };
        const entry = chainEntry(record(parts), GENESIS, isAhead ? new Map([[json, text]]) : undefined);
        expect(verifyAuditEntries([entry])).toMatchObject({ ok: true });
        expect(entry.affected).toEqual(JSON.parse(JSON.stringify(affected)));
        expect(Object.isFrozen(entry.affected[1]?.to)).toBe(true);
      }),
      runs,
    );
  });

  it("takes its place from the head, even where the record was an entry before", () => {
    const [first] = chain(1) as [AuditEntry];
    const again = chainEntry(first, headOf(first));
    expect(again).toMatchObject({ sequence: 2, previousHash: first.hash });
    expect(verifyAuditEntries([first, again])).toMatchObject({ ok: true });
  });
});

describe("verifyAuditEntries", () => {
  it("accepts a sound chain, and gives its head", () => {
    const entries = chain(3);
    const head = headOf(entries[2] as AuditEntry);
    expect(verifyAuditEntries(entries)).toEqual({ ok: true, entries: 3, head });
    expect(verifyAuditEntries(JSON.parse(JSON.stringify(entries)))).toEqual({ ok: true, entries: 3, head });
    expect(verifyAuditEntries([])).toEqual({ ok: true, entries: 0, head: GENESIS });
  });

  it("accepts a chain whose beginning was forgotten, unless it is known what came before", () => {
    const entries = chain(5);
    const kept = entries.slice(2);
    expect(verifyAuditEntries(kept)).toMatchObject({ ok: true, entries: 3 });
    expect(verifyAuditEntries(kept, { after: headOf(entries[1] as AuditEntry) })).toMatchObject({ ok: true });
    expect(verifyAuditEntries(kept, { after: headOf(entries[0] as AuditEntry) })).toMatchObject({
      ok: false,
      sequence: 2,
      problem: expect.stringContaining("entry 2 is missing"),
    });
  });

  it("finds an edit of the first entry kept, whichever that is", () => {
    const [first, ...others] = chain(5).slice(2) as [AuditEntry, ...AuditEntry[]];
    const verdict = verifyAuditEntries([{ ...first, actor: "eve" }, ...others]);
    expect(verdict).toEqual({
      ok: false,
      sequence: 3,
      problem: "entry 3 was edited: its hash does not fit its content",
    });
  });

  it("finds an entry 1 that continues from something", () => {
    const forged = chain(2, { sequence: 0, hash: "f".repeat(64) });
    expect(verifyAuditEntries(forged)).toMatchObject({ ok: false, sequence: 1 });
  });

  it("finds an entry that was rewritten together with its hash", () => {
    const entries = chain(4);
    const rewritten = chainEntry(record({ actor: "eve" }), headOf(entries[0] as AuditEntry));
    entries[1] = rewritten;
    expect(verifyAuditEntries(entries)).toEqual({
      ok: false,
      sequence: 3,
      problem: "entry 3 does not continue from entry 2: one of the two was rewritten",
    });
  });

  it("finds what is no entry", () => {
    const entries: unknown[] = chain(3);
    for (const stranger of [null, 5, {}, { ...(entries[1] as AuditEntry), sequence: 0 }]) {
      const verdict = verifyAuditEntries([entries[0], stranger, entries[2]] as AuditEntry[]);
      expect(verdict).toEqual({ ok: false, sequence: 2, problem: "it is not an audit entry" });
    }
    expect(verifyAuditEntries([null] as unknown as AuditEntry[])).toMatchObject({ ok: false, sequence: 1 });
    const circular = { ...chain(1)[0] };
    Object.assign(circular, { reason: circular });
    expect(verifyAuditEntries([circular] as AuditEntry[])).toMatchObject({ ok: false, sequence: 1 });
  });

  it("finds any single edit, of any field at any depth", () => {
    fc.assert(
      fc.property(fc.nat({ max: 4 }), fc.nat(), json, (index, where, replacement) => {
        const entries: unknown[] = JSON.parse(JSON.stringify(chain(5)));
        const places = leaves(entries[index]);
        const place = places[where % places.length] as Place;
        fc.pre(canonicalText(place.holder[place.key]) !== canonicalText(replacement));
        place.holder[place.key] = replacement;
        const verdict = verifyAuditEntries(entries as AuditEntry[]);
        expect(verdict.ok).toBe(false);
        if (!verdict.ok && place.key !== "sequence") expect(verdict.sequence).toBe(index + 1);
      }),
      runs,
    );
  });

  it("finds any member that was added or taken away", () => {
    fc.assert(
      fc.property(fc.nat({ max: 4 }), fc.nat(), fc.string(), fc.boolean(), (index, where, name, adds) => {
        const entries: unknown[] = JSON.parse(JSON.stringify(chain(5)));
        const { holder, key } = leaves(entries[index])[where % leaves(entries[index]).length] as Place;
        if (!adds) Reflect.deleteProperty(holder, key);
        else if (Array.isArray(holder)) holder.push(name);
        else Object.defineProperty(holder, `added ${name}`, { value: name, enumerable: true });
        expect(verifyAuditEntries(entries as AuditEntry[])).toMatchObject({ ok: false, sequence: index + 1 });
      }),
      runs,
    );
  });

  it("finds any deletion in the middle and any swap", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 8 }), fc.nat(), fc.nat(), (length, a, b) => {
        const entries = chain(length);
        const deleted = entries.toSpliced(1 + (a % (length - 2)), 1);
        expect(verifyAuditEntries(deleted)).toMatchObject({ ok: false, sequence: 2 + (a % (length - 2)) });
        const [left, right] = [a % length, b % length].sort((x, y) => x - y) as [number, number];
        fc.pre(left !== right);
        const swapped = entries.with(left, entries[right] as AuditEntry).with(right, entries[left] as AuditEntry);
        expect(verifyAuditEntries(swapped).ok).toBe(false);
      }),
      runs,
    );
  });

  describe("with a head noted earlier", () => {
    const entries = chain(5);
    const at = (sequence: number) => headOf(entries[sequence - 1] as AuditEntry);

    it("accepts any head of the chain, and the one just before the first kept", () => {
      for (let sequence = 1; sequence <= 5; sequence++) {
        expect(verifyAuditEntries(entries, { head: at(sequence) }).ok).toBe(true);
      }
      expect(verifyAuditEntries(entries, { head: GENESIS }).ok).toBe(true);
      expect(verifyAuditEntries(entries.slice(2), { head: at(2) }).ok).toBe(true);
      expect(verifyAuditEntries([], { head: GENESIS }).ok).toBe(true);
      expect(verifyAuditEntries([], { head: at(3), after: at(3) }).ok).toBe(true);
    });

    it("finds an end that was cut off", () => {
      expect(verifyAuditEntries(entries.slice(0, 3), { head: at(5) })).toEqual({
        ok: false,
        sequence: 4,
        problem: "entry 5, noted earlier, is gone: the chain was cut off after entry 3",
      });
      expect(verifyAuditEntries([], { head: at(1) })).toMatchObject({ ok: false, sequence: 1 });
    });

    it("finds a chain that was written anew", () => {
      const anew = chain(5, GENESIS).slice(0, 2);
      for (const reason of ["a", "b", "c"])
        anew.push(chainEntry(record({ reason }), headOf(anew.at(-1) as AuditEntry)));
      expect(verifyAuditEntries(anew).ok).toBe(true);
      expect(verifyAuditEntries(anew, { head: at(4) })).toMatchObject({
        ok: false,
        sequence: 4,
        problem: expect.stringContaining("rewritten"),
      });
      expect(verifyAuditEntries(entries.slice(2), { head: { ...at(2), hash: "f".repeat(64) } }).ok).toBe(false);
    });

    it("says where a head is too old to be compared, and takes no nonsense for one", () => {
      expect(verifyAuditEntries(entries.slice(3), { head: at(2) })).toEqual({
        ok: false,
        sequence: 2,
        problem: "entry 2, noted earlier, is older than the entries given, which begin at 4",
      });
      expect(verifyAuditEntries(entries, { head: { ...at(2), sequence: 1.5 } }).ok).toBe(false);
      expect(verifyAuditEntries(entries, { head: { ...at(2), sequence: Number.NaN } }).ok).toBe(false);
    });
  });
});

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every member of a value, at any depth. */
function leaves(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...leaves(holder[key])]);
}
