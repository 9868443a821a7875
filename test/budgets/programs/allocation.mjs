// Prints the bytes that one call allocates, by question. Run with --expose-gc.
import { getHeapStatistics } from "node:v8";
import { gate, nullObject } from "burgee";
import { CONTEXTS, contextsOf, someFlags } from "./questions.mjs";

/** A million calls in all, in rounds so short that most of them see neither a collection nor a compilation. */
const CALLS = 200;
const ROUNDS = 2_500;
const TIMES = 2;
const WARM = 50_000;

const flags = someFlags();
const contexts = contextsOf("user");
const snapshot = flags.snapshot({ userId: "user-000001", country: "DE", plan: "pro" });

/** What comes of a call goes here, so that no call is found to be without effect. */
const kept = { value: undefined, context: undefined };

/** It is kept, so that it is made whatever becomes of it. */
function fresh({ userId, country, plan }) {
  kept.context = { userId, country, plan };
  return kept.context;
}

/** Questions by their label. */
const ascii = {
  "isEnabled, static": (context) => flags.isEnabled("static_500", context),
  "isEnabled, static, no context": () => flags.isEnabled("static_500"),
  "isEnabled, rollout": (context) => flags.isEnabled("rollout", context),
  "isEnabled, rollout, no unit": () => flags.isEnabled("rollout"),
  "isEnabled, targeting": (context) => flags.isEnabled("targeting", context),
  "isEnabled, behind two parents": (context) => flags.isEnabled("child", context),
  "resolveVariant, experiment": (context) => flags.resolveVariant("experiment", context),
  "value, number": (context) => flags.value("number", context),
  "value, string": (context) => flags.value("string", context),
  "value, json": (context) => flags.value("json", context),
  "value, number by rule": (context) => flags.value("numberByRule", context),
  "evaluate, rollout": (context) => flags.evaluate("rollout", context),
  "snapshot.isEnabled, static": () => snapshot.isEnabled("static_500"),
  "snapshot.isEnabled, rollout": () => snapshot.isEnabled("rollout"),
  "snapshot.resolveVariant": () => snapshot.resolveVariant("experiment"),
};

/** A service whose flag is off for everybody. Its answers allocate nothing, so that only the gate is measured. */
const noGreeter = nullObject({
  returns: { greet: (context) => context.plan, limit: 0, three: (one, two, three) => (one < two ? three : one) },
});
const gated = gate(flags, "static_501", { on: () => noGreeter, off: noGreeter });
const { service } = gated;
const forOne = gated.for(contexts[7]);
const { greet } = service;
const gates = {
  "a gate that is off, no argument": () => service.limit(),
  "a gate that is off, an argument": (context) => service.greet(context),
  "a gate that is off, three arguments": (context) => service.three(1, 2, context),
  "a gate that is off, a method by itself": (context) => greet(context),
  "a gate that is off, for a context": (context) => forOne.greet(context),
};

const others = { "Latin-1": "grün", Cyrillic: "ключ", Chinese: "用户", emoji: "🦊🦉" };

/** What the heap grows by while a question is asked so many times, in bytes, with what reading it allocates. */
function growth(question, over, calls, from) {
  const before = getHeapStatistics().used_heap_size;
  for (let call = 0; call < calls; call++) kept.value = question(over[(from + call) % CONTEXTS]);
  return getHeapStatistics().used_heap_size - before;
}

/** What a call allocates, in bytes: the median over rounds with calls, less that over rounds with none. */
function medianOf(question, over) {
  growth(question, over, WARM, 0);
  globalThis.gc();
  const empty = new Float64Array(ROUNDS);
  const full = new Float64Array(ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    empty[round] = growth(question, over, 0, round);
    full[round] = growth(question, over, CALLS, round);
  }
  return (full.sort()[ROUNDS >> 1] - empty.sort()[ROUNDS >> 1]) / CALLS;
}

/** The least of a few: the machine may be busy, and the compiler late. */
const bytesOf = (question, over) => Math.min(...Array.from({ length: TIMES }, () => medianOf(question, over)));

/** A large object is measured call by call, so that few enough are made for the heap to hold. */
function bytesOfAll() {
  const sizes = [];
  for (let call = 0; call < 2_000; call++) {
    const before = getHeapStatistics().used_heap_size;
    kept.value = flags.getAllFlags(contexts[call % CONTEXTS]);
    sizes.push(getHeapStatistics().used_heap_size - before);
  }
  return sizes.sort((one, other) => one - other)[sizes.length >> 1];
}

// A promise is what the null object itself makes.
const noMailer = nullObject({ resolves: { send: { sent: false } } });
const mail = gate(flags, "static_503", { on: () => noMailer, off: noMailer }).service;

const bytes = {};
for (const [label, question] of Object.entries({ ...ascii, ...gates })) bytes[label] = bytesOf(question, contexts);
bytes["isEnabled, rollout, a fresh context"] =
  bytesOf((context) => flags.isEnabled("rollout", fresh(context)), contexts) - bytesOf(fresh, contexts);
bytes["a gate that is off, beside its null object's promise"] =
  bytesOf((context) => mail.send(context), contexts) - bytesOf((context) => noMailer.send(context), contexts);
flags.runWithContext(contexts[7], () => {
  bytes["isEnabled in runWithContext, static"] = bytesOf(() => flags.isEnabled("static_500"), contexts);
  bytes["isEnabled in runWithContext, rollout"] = bytesOf(() => flags.isEnabled("rollout"), contexts);
});
// The ambient context has been used now: a process that uses it anywhere pays nothing elsewhere.
bytes["isEnabled, rollout, after runWithContext"] = bytesOf(ascii["isEnabled, rollout"], contexts);
bytes["isEnabled, no context, after runWithContext"] = bytesOf(ascii["isEnabled, rollout, no unit"], contexts);
for (const [label, alphabet] of Object.entries(others)) {
  const over = contextsOf(alphabet);
  bytes[`isEnabled, rollout, an id in ${label}`] = bytesOf(ascii["isEnabled, rollout"], over);
  bytes[`resolveVariant, experiment, an id in ${label}`] = bytesOf(ascii["resolveVariant, experiment"], over);
}
process.stdout.write(`\n${JSON.stringify({ bytes, all: bytesOfAll() })}\n`);
