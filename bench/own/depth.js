// What a flag's dependencies cost whoever asks it.
import { createFlags, defineFlags, flag } from "../../dist/index.js";
import { murmur3 } from "../lib/murmur3.js";
import { contexts, PLAIN, seedOf, verify } from "./lib/questions.js";
import { short, times } from "./lib/report.js";
import { benchmark } from "./lib/rounds.js";
import { nsPerCall } from "./lib/time.js";

const DEPTHS = [0, 1, 2, 5, 10];
const DEEPEST = 10;
/** So many that nearly every user is asked about at every level, and few enough for each level to hash. */
const SHARE = 99.9;
const THRESHOLD = Math.round((SHARE * 2 ** 32) / 100);

const cases = Object.fromEntries(DEPTHS.map((depth) => [`depth ${depth}`, { measure: () => measureDepth(depth) }]));

await benchmark(import.meta.url, cases, (figures) => {
  const of = (depth) => figures[`depth ${depth}`];
  return {
    title: "Dependencies",
    text:
      "A rollout that depends on a chain of flags, in nanoseconds. Parents that are constant are folded when they " +
      `change, not when they are asked. Parents that are rollouts (${SHARE} %, each hashed by itself) are asked one by ` +
      "one. The floor is so many hashes by hand; what a level adds is beside what it adds there.",
    columns: [
      ...["levels", "constants ns", "a level adds", "rollouts ns", "a level adds"],
      ...["floor ns", "a level adds", "× floor", "a level × floor's"],
    ],
    rows: DEPTHS.map((depth) => row(depth, of(depth), of(0))),
  };
});

/** Flags named `kind-0`, `kind-1` and so on, each depending on the one before it, all of one rule. */
function chain(kind, rule) {
  const parents = (level) => (level === 0 ? {} : { dependsOn: [`${kind}-${level - 1}`] });
  return Array.from({ length: DEEPEST }, (_, level) => [
    `${kind}-${level}`,
    flag.boolean({ default: true, rule, ...parents(level) }),
  ]);
}

async function measureDepth(depth) {
  const parent = (kind) => (depth === 0 ? {} : { dependsOn: [`${kind}-${depth - 1}`] });
  const rule = { rollout: SHARE };
  const flags = createFlags(
    defineFlags({
      ...Object.fromEntries([...chain("constant", undefined), ...chain("rollout", rule)]),
      overConstants: flag.boolean({ default: false, rule, ...parent("constant") }),
      overRollouts: flag.boolean({ default: false, rule, ...parent("rollout") }),
    }),
    PLAIN,
  );
  const asked = {
    constants: (context) => flags.isEnabled("overConstants", context),
    rollouts: (context) => flags.isEnabled("overRollouts", context),
  };
  const own = seedOf("overConstants", "rollout");
  const seeds = [seedOf("overRollouts", "rollout")];
  for (let level = 0; level < depth; level++) seeds.push(seedOf(`rollout-${level}`, "rollout"));
  const raw = {
    constants: ({ userId }) => murmur3(userId, own) < THRESHOLD,
    rollouts: ({ userId }) => {
      for (let i = 0; i < seeds.length; i++) if (murmur3(userId, seeds[i]) >= THRESHOLD) return false;
      return true;
    },
  };
  const inputs = contexts();
  verify(asked, raw, inputs);
  return {
    constants: await nsPerCall(asked.constants, inputs),
    rollouts: await nsPerCall(asked.rollouts, inputs),
    floor: await nsPerCall(raw.rollouts, inputs),
  };
}

function row(depth, told, shallow) {
  const added = (key) => (told[key] - shallow[key]) / depth;
  const cells = (key) => [short(told[key]), short(added(key))];
  return [
    depth,
    ...["constants", "rollouts", "floor"].flatMap(cells),
    times(told.rollouts, told.floor),
    times(added("rollouts"), added("floor")),
  ];
}
