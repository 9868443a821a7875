// What a gate adds to a call: beside the same call of the null object, and of the real service, without it.
import { createFlags, defineFlags, flag, gate } from "../../dist/index.js";
import { bytesPerCall } from "./lib/bytes.js";
import { contexts, PLAIN } from "./lib/questions.js";
import { short, wholeBytes } from "./lib/report.js";
import { benchmark } from "./lib/rounds.js";
import { nsPerCall } from "./lib/time.js";

const INPUTS = contexts(1_000);

/** Two implementations of one interface, so that neither is all that a call site ever sees. */
class NullService {
  answer({ userId }) {
    return userId.length;
  }
  other() {
    return 0;
  }
}
class RealService extends NullService {}

const SITUATIONS = {
  "off for everybody": { value: false },
  "off for everybody, with arguments": { value: false, more: [1, "two"] },
  "on for everybody": { value: true },
  "a rollout of 25 %, by `for`": { rule: { rollout: 25 }, each: true },
};

const cases = Object.entries(SITUATIONS).map(([name, how]) => [name, { measure: () => measure(how) }]);

await benchmark(import.meta.url, Object.fromEntries(cases), (figures) => ({
  title: "Gated services",
  text:
    "One call of a method through a gate, in nanoseconds, beside the same call of the object that serves, and what it " +
    "allocates (a gate takes arguments as a list). By `for`, an object is made for each context.",
  columns: ["what", "ns", "called directly, ns", "more, ns", "bytes a call"],
  rows: Object.keys(SITUATIONS).map((name) => {
    const { ns, direct, bytes } = figures[name];
    return [name, short(ns), short(direct), short(ns - direct), wholeBytes(bytes)];
  }),
}));

async function measure({ value, rule, more = [], each = false }) {
  const flags = createFlags(
    defineFlags({ lamp: flag.boolean({ default: value ?? false, ...(rule && { rule }) }) }),
    PLAIN,
  );
  const off = new NullService();
  const real = new RealService();
  const lamp = gate(flags, "lamp", { on: () => real, off });
  const serving = value ? real : off;
  const { service } = lamp;
  const gated = each ? (context) => lamp.for(context).answer(context) : (context) => service.answer(context, ...more);
  const direct = (context) => serving.answer(context, ...more);
  for (const context of INPUTS)
    if (gated(context) !== direct(context)) throw new Error("the gate gives another answer");
  const told = {
    ns: await nsPerCall(gated, INPUTS),
    direct: await nsPerCall(direct, INPUTS),
    bytes: bytesPerCall(gated, INPUTS),
  };
  await flags.close();
  return told;
}
