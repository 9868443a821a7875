// What every SDK is asked, so that all of them do the same work.

/** One constant boolean, on. */
export const CONSTANT = "flag-50";
/** On for 25 % of the users. */
export const ROLLOUT = "rollout-25";
/** A for 50 % of the users, B for 25 %, C for 25 %. */
export const EXPERIMENT = "experiment-3";
/** On for who is in Germany or France and has the plan `pro`. */
export const TARGETING = "targeting-rule";

const countries = ["DE", "FR", "US", "GB", "JP"];

/** The users: each has an id, a country and a plan. One in five is targeted. */
export function users(count = 10_000) {
  return Array.from({ length: count }, (_, index) => ({
    id: `user-${100_000 + index * 7}`,
    country: countries[index % countries.length],
    plan: index % 10 < 5 ? "pro" : "free",
  }));
}

/** What the targeting rule must answer. */
export function isTargeted({ country, plan }) {
  return (country === "DE" || country === "FR") && plan === "pro";
}

/** The names of the constant flags; every other one is on, the first included. */
export function constantNames(count) {
  return Array.from({ length: count }, (_, index) => `flag-${index}`);
}

/** Whether the constant flag with this number is on. */
function isOn(index) {
  return index % 2 === 0;
}

/** The names of the constant flags that are on. */
export function constantNamesOn(count) {
  return constantNames(count).filter((_, index) => isOn(index));
}

/**
 * The flags of a setup in an SDK's own words: `constants` flags that never change, and the three that decide by user
 * where `rules` is true.
 *
 * @param setup `{ constants: number, rules: boolean }`
 * @param words `constant(name, on, index)`, `rollout(name, index)`, `experiment(name, index)` and `targeting(name, index)`
 * @returns what the words returned, in order
 */
export function flagsOf({ constants, rules }, words) {
  const flags = constantNames(constants).map((name, index) => words.constant(name, isOn(index), index));
  if (!rules) return flags;
  return [
    ...flags,
    words.rollout(ROLLOUT, constants),
    words.experiment(EXPERIMENT, constants + 1),
    words.targeting(TARGETING, constants + 2),
  ];
}

/** Asks for flags one by one, for SDKs that have no call for all of them. */
export function allByName(names, ask) {
  const answers = {};
  for (const name of names) answers[name] = ask(name);
  return answers;
}

/** The names under which an object has `true`. */
export function namesOfTrue(answers) {
  return Object.keys(answers).filter((name) => answers[name] === true);
}
