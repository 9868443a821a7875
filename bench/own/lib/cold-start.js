// One start, timed by itself: `node cold-start.js code`, or `node cold-start.js alone:yaml` for a package. It imports
// nothing of its own, so that what it loads is cold.
const DIST = new URL("../../../dist/index.js", import.meta.url).href;
const FLAGS = 100;
const ALONE = "alone:";

/** A module that is loaded on its own, to see what it costs. */
async function alone(name) {
  const begun = performance.now();
  await import(name);
  return { import: performance.now() - begun };
}

/** A Map of as many values. */
function rawMap() {
  const begun = performance.now();
  const values = new Map(Array.from({ length: FLAGS }, (_, index) => [`flag-${index}`, index % 2 === 0]));
  const created = performance.now();
  if (values.get("flag-50") !== true) throw new Error("wrong answer");
  return { createFlags: created - begun, answer: performance.now() - created };
}

/** A hundred flags from import to first answer; `rule` is that of the flag which is asked. */
async function burgee({ options = {}, rule = undefined, act = () => undefined }) {
  const begun = performance.now();
  const { createFlags, defineFlags, flag } = await import(DIST);
  const imported = performance.now();
  const definitions = Array.from({ length: FLAGS }, (_, index) => [
    `flag-${index}`,
    flag.boolean({ default: index % 2 === 0, ...(index === 50 && { rule }) }),
  ]);
  const registry = defineFlags(Object.fromEntries(definitions));
  const defined = performance.now();
  const flags = createFlags(registry, options);
  const created = performance.now();
  const answer = flags.isEnabled("flag-50", { userId: "u1", version: "2.4.1" });
  const answered = performance.now();
  if (answer !== true) throw new Error("wrong answer");
  act(flags);
  const acted = performance.now();
  return {
    import: imported - begun,
    defineFlags: defined - imported,
    createFlags: created - defined,
    answer: answered - created,
    after: acted - answered,
  };
}

const STARTS = {
  empty: () => ({}),
  map: rawMap,
  code: () => burgee({}),
  dotenv: () => burgee({}),
  yaml: () => burgee({}),
  semver: () => burgee({ rule: { when: { version: { $semver: ">=2.3" } } } }),
  regex: () => burgee({ rule: { when: { version: { $regex: "^2\\." } } } }),
  // It was not there a moment ago: asking for it is a warning, and the first line of the log.
  log: () => burgee({ act: (flags) => flags.isEnabled("no-such-flag") }),
  audit: () => burgee({ options: { audit: { file: "audit.jsonl" } }, act: (flags) => flags.setFlag("flag-1", true) }),
};

const [, , what] = process.argv;
const start = STARTS[what] ?? (() => alone(what.slice(ALONE.length)));
console.log(JSON.stringify(await start()));
// Nobody is asked to close anything: what counts is over.
process.exit(0);
