// Bytes that one evaluation of each operator allocates, once the code is warm. Run it by
// node --expose-gc --import tsx bench/allocation.ts
// A number after it is how many rounds are measured, fewer being faster.
import { getHeapStatistics } from "node:v8";
import { checkCondition } from "../src/rules/condition-check.js";
import { compileCondition } from "../src/rules/condition-compile.js";
import type { Context } from "../src/rules/context.js";

const person: Context = {
  userId: "user-4711",
  plan: "pro",
  country: "DE",
  language: "de",
  shouted: "DE",
  age: 42,
  height: 1.75,
  tags: ["beta", "staff"],
  scores: [3, 8, 21],
  address: { city: "Bern", geo: { zone: 3 } },
  orders: [
    { sku: "a", count: 1 },
    { sku: "b", count: 5 },
  ],
  email: "ana.smith@example.com",
  version: "2.4.1",
  since: "2026-01-02T03:04:05.678Z",
  born: new Date(0),
  ip: "10.1.2.3",
  ip6: "2001:db8::42",
};

/** What is asked, by the operator whose bytes it tells. */
const questions: readonly (readonly [label: string, condition: unknown])[] = [
  ["a bare value", { plan: "pro" }],
  ["`$eq`", { address: { $eq: { city: "Bern", geo: { zone: 3 } } } }],
  ["`$ne`", { plan: { $ne: "free" } }],
  ["`$in`", { country: { $in: ["FR", "DE"] } }],
  ["`$nin`", { country: { $nin: ["FR", 5, null] } }],
  ["`$gt`", { age: { $gt: 18 } }],
  ["`$gte`", { age: { $gte: 18 } }],
  ["`$lt`", { age: { $lt: 64 } }],
  ["`$lte`", { age: { $lte: 64 } }],
  ["`$exists`", { nothing: { $exists: false } }],
  ["`$type`", { born: { $type: ["string", "date"] } }],
  ["`$size`", { tags: { $size: 2 } }],
  ["`$all`", { tags: { $all: ["staff", "beta"] } }],
  ["`$elemMatch`", { orders: { $elemMatch: { sku: "b", count: { $gt: 4 } } } }],
  ["`$and`", { $and: [{ plan: "pro" }, { country: "DE" }, { age: { $gt: 18 } }] }],
  ["`$or`", { $or: [{ plan: "free" }, { country: "FR" }, { age: { $gt: 18 } }] }],
  ["`$nor`", { $nor: [{ plan: "free" }, { country: "FR" }] }],
  ["`$not`", { $not: { plan: "free" }, age: { $not: { $gt: 100 } } }],
  ["`$segment`", { $segment: "adults" }],
  ["`$startsWith`", { email: { $startsWith: ["ben", "ana"] } }],
  ["`$endsWith`", { email: { $endsWith: "@example.com" } }],
  ["`$contains`", { email: { $contains: "smith" } }],
  ["`$before`", { since: { $before: "2026-03-01" }, born: { $before: "2026-03-01" } }],
  ["`$after`", { since: { $after: "2025-03-01T00:00:00Z" } }],
  ["`$cidr`", { ip: { $cidr: ["192.168.0.0/16", "10.0.0.0/8"] }, ip6: { $cidr: "2001:db8::/32" } }],
  ["`$ini`", { language: { $ini: ["FR", "DE"] } }],
  ["`$ini`, of a text with capitals", { shouted: { $ini: ["fr", "de"] } }],
  ["`$regex`", { email: { $regex: "@example\\.(com|org)$" } }],
  ["`$semver`", { version: { $semver: ">=2.3" } }],
  ["a path through objects", { "address.geo.zone": { $gte: 3 } }],
  ["a path through a list", { "orders.sku": "b" }],
  ["a number with a fraction", { height: { $gt: 1.5 } }],
];

/** Few enough for no collection to fall into most rounds, whatever is allocated. */
const CALLS = 200;
const ROUNDS = Number(process.argv[2] ?? 5_000);
const WARM = 100_000;

const adults = { age: { $gte: 18 } };

function compile(input: unknown): (context: Context) => boolean {
  const check = checkCondition(input, []);
  if ("issues" in check) throw new Error(check.issues.map(({ message }) => message).join("; "));
  return compileCondition(check.condition, { base: { region: "eu" }, segments: new Map([["adults", adults]]) });
}

/** The least of a few measurements: the machine may be busy, and the compiler late. */
function bytesOf(question: (context: Context) => boolean): number {
  return Math.min(...Array.from({ length: 3 }, () => medianOf(question)));
}

/**
 * The median over short rounds, a million calls in all, so that neither a collection nor a compilation in some of them
 * counts. What asking for the heap's size allocates itself changes when V8 compiles that: each round is compared with
 * one that asks nothing.
 */
function medianOf(question: (context: Context) => boolean): number {
  for (let call = 0; call < WARM; call++) question(person);
  globalThis.gc?.();
  const rounds = new Float64Array(ROUNDS);
  for (let round = 0; round < ROUNDS; round++) rounds[round] = bytesOfRound(question) - bytesOfRound(nothing);
  return (rounds.sort()[ROUNDS >> 1] as number) / CALLS;
}

function bytesOfRound(question: (context: Context) => boolean): number {
  const before = getHeapStatistics().used_heap_size;
  for (let call = 0; call < CALLS; call++) question(person);
  return getHeapStatistics().used_heap_size - before;
}

const nothing = () => true;

if (globalThis.gc === undefined) throw new Error("run this with node --expose-gc");
const compiled = questions.map(([label, condition]) => ({ label, question: compile(condition) }));
for (const { label, question } of compiled) {
  if (!question(person)) throw new Error(`${label} does not hold, and would measure less than it should`);
}
console.log("| operator | bytes |\n|---|---|");
for (const { label, question } of compiled) {
  const bytes = Math.max(0, bytesOf(question));
  console.log(`| ${label} | ${bytes < 0.5 ? 0 : Math.round(bytes)} |`);
}
