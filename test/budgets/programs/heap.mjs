// Prints the bytes of heap that 10,000 flags keep, with metadata, dependencies and the audit log. Run with --expose-gc,
// and "mixed" where a tenth of the flags shall have rollouts, and a tenth named values.
import { createFlags, defineFlags, flag } from "burgee";

const FLAGS = 10_000;
const mixed = process.argv[2] === "mixed";

/** Every flag has an owner and metadata; of ten, one is a parent and nine depend on it, the last one by another. */
function definitionOf(n) {
  const first = n - (n % 10);
  const parent = n % 10 === 9 ? n - 1 : first;
  const common = {
    owner: n % 2 === 0 ? "checkout" : "search",
    metadata: { ticket: n },
    ...(n !== first && { dependsOn: [`flag_${parent}`] }),
  };
  if (mixed && n % 10 === 3) return flag.boolean({ default: false, rule: { rollout: 25 }, ...common });
  if (mixed && n % 10 === 5) return flag.oneOf(["a", "b"], { default: "a", ...common });
  return flag.boolean({ default: true, ...common });
}

/** A tenth of the first thousand flags is set, so that the audit log has entries. */
function makeFlags(count) {
  const names = Array.from({ length: count }, (_, n) => [`flag_${n}`, definitionOf(n)]);
  const options = { env: { files: [] }, profile: false, logger: false };
  const flags = createFlags(defineFlags(Object.fromEntries(names)), options);
  for (let n = 1; n < Math.min(count, 1000); n += 10) flags.setFlag(`flag_${n}`, false, { actor: "somebody" });
  return flags;
}

async function heapUsed() {
  for (let time = 0; time < 4; time++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

// What is compiled and loaded by the first flags belongs to no flag.
makeFlags(20);
const before = await heapUsed();
const flags = makeFlags(FLAGS);
const bytes = (await heapUsed()) - before;
if (!flags.isEnabled("flag_0") || flags.getAuditLog().length !== 100) throw new Error("these are not the flags");
process.stdout.write(`\n${JSON.stringify({ bytes, flags: flags.registry.names.length })}\n`);
