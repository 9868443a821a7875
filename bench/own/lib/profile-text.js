import { flag } from "../../../dist/index.js";

/** How an entry of each kind is written; `turn` makes another of it. The names of the kinds are those of the flags. */
const ENTRIES = {
  boolean: (turn) => (turn % 2 === 0 ? "true" : "false"),
  rollout: (turn) => `${turn % 2 === 0 ? 25 : 30}%`,
  experiment: (turn) => `{ weights: { A: 50, B: ${turn % 2 === 0 ? 25 : 20}, C: ${turn % 2 === 0 ? 25 : 30} } }`,
  condition: (turn) => `{ when: { country: { $in: [DE, FR] }, plan: ${turn % 2 === 0 ? "pro" : "free"} } }`,
};
const KINDS = Object.keys(ENTRIES);

/** The rules of turn 0, as code has them. */
const RULES = {
  boolean: {},
  rollout: { rule: { rollout: 25 } },
  experiment: { rule: { weights: { A: 50, B: 25, C: 25 } } },
  condition: { rule: { when: { country: { $in: ["DE", "FR"] }, plan: "pro" } } },
};

/** The names of so many flags: booleans, rollouts, experiments and conditions in turn. */
function names(count) {
  return Array.from({ length: count }, (_, index) => `${KINDS[index % KINDS.length]}-${index}`);
}

function kindOf(name) {
  return name.slice(0, name.indexOf("-"));
}

/** Their definitions: bare, for a profile to say more, or with the rules that the profile of turn 0 has. */
export function profiledDefinitions(count, withRules = false) {
  return Object.fromEntries(
    names(count).map((name) => {
      const kind = kindOf(name);
      const rule = withRules ? RULES[kind] : {};
      if (kind === "experiment") return [name, flag.experiment({ A: 1, B: 1, C: 1 }, { default: "A", ...rule })];
      return [name, flag.boolean({ default: withRules && kind === "boolean", ...rule })];
    }),
  );
}

/** Their profile in YAML. `turnOf` gives, for the index of an entry, which of its settings it has. */
export function profileText(count, turnOf = () => 0) {
  const lines = names(count).map((name, index) => `  ${name}: ${ENTRIES[kindOf(name)](turnOf(index))}\n`);
  return `feature_flags:\n${lines.join("")}...\n`;
}
