import { BurgeeError } from "../errors.js";
import type { RegisteredFlag, Registry } from "../registry/registry.js";
import { show } from "../registry/value.js";
import type { Checked } from "../resolvers/layer.js";
import { instantProblem, readInstant } from "../rules/instant.js";
import { type ReadUnit, type RuleScope, unitAttributes, unitReader } from "../rules/unit.js";
import { checkCall } from "./check-call.js";
import type { FlagsBase } from "./flags-base.js";
import { type Answers, countAnswers, type Simulation } from "./simulate-count.js";
import { decisionsOf, type Ground, type GroundOptions, openGround } from "./simulate-ground.js";
import { members, type Population } from "./simulate-population.js";
import { EditReader, type Edits, type SimulatedRules } from "./simulate-rules.js";

/**
 * What rules may name, and where and when they are simulated. All of it is optional; of a `Flags` object, what it has
 * itself counts unless given.
 */
export interface SimulateOptions<T> extends GroundOptions {
  /** What flags do before, in place of their definition's rule or their present answer. */
  readonly before?: SimulatedRules<T> | undefined;
  /**
   * When: a Date, milliseconds since 1970, or ISO 8601. Now unless given, by the clock of a `Flags` object. Its present
   * answers are of now, whatever is given.
   */
  readonly now?: Date | number | string | undefined;
}

const OPTIONS = ["segments", "layers", "holdouts", "bucketing", "context", "instance", "before", "now"];

/**
 * Says how many an edit will touch, before it is made: who gets what before and after, who moves from which value to
 * which, and what the flags have to do with each other. It changes nothing, and causes no exposures.
 *
 * Of a registry, *before* is what the definitions say; of a `Flags` object, what it answers at this moment, from
 * whichever source. *After* is the same with `rules` in the place of whatever answered for those flags, as if nothing
 * stood ahead of them: no variable, no locked entry, no kill. Dependencies count in both, so that a parent takes its
 * children along; the requirements of the flags in `rules` do not, for the machine that simulates is seldom the one that
 * serves.
 *
 * The segments, layers, holdouts, bucketings, context and instance of the options count for the rules that are given, in
 * `rules` and `before`. What a `Flags` object answers otherwise is as it is now, by its own: to see what another segment
 * does to a flag, give the rule that the flag has.
 *
 * The population is read once, a member at a time, and nothing of it is kept but a few units: the memory that is needed
 * grows with the number of different values, not of members.
 *
 * @param source a registry, or flags
 * @param rules by flag, a rule or a value; a rule may name the segments, layers, holdouts and bucketings that there are
 * @param population contexts, or a number of made-up users: `{ userId: "user-1" }` and on
 * @throws BurgeeError `INVALID_RULE`, listing everything that is wrong with the rules; `INVALID_OPTIONS`
 *
 * @example
 * const { flags } = simulate(registry, { new_checkout: { rollout: 30 } }, 100_000);
 * console.log(flags[0]?.moved.count); // so many will see another checkout
 */
export function simulate<T>(
  source: Registry<T> | FlagsBase<T>,
  rules: SimulatedRules<NoInfer<T>>,
  population: Population,
  options: SimulateOptions<NoInfer<T>> = {},
): Simulation {
  checkCall(options, OPTIONS, "simulate");
  const ground = openGround(source, options, readNow(options.now));
  const reader = new EditReader(ground.flags, ground.scope);
  const edits = reader.read(rules, "rules");
  const earlier = reader.read(options.before ?? {}, "before");
  const flags = [...edits.keys()].map((name) => ground.flags.get(name) as RegisteredFlag);
  const children = [...new Set(flags.flatMap(({ dependents }) => dependents))];
  if (ground.byDefinition) checkDefinitions([...flags, ...children], earlier, reader);
  reader.refuse();
  const asked = answersOf(ground, earlier, edits, [...flags, ...children]);
  return countAnswers(members(population), asked.slice(0, flags.length), asked.slice(flags.length));
}

/** The definitions' own rules of these flags and their ancestors, where they count: what they name may be missing here. */
function checkDefinitions(flags: readonly RegisteredFlag[], earlier: Edits, reader: EditReader): void {
  const concerned = new Set(flags.flatMap((flag) => [...flag.ancestors, flag]));
  for (const flag of concerned) if (!earlier.has(flag.name)) reader.checkDefinition(flag);
}

function answersOf(ground: Ground, earlier: Edits, edits: Edits, flags: readonly RegisteredFlag[]): Answers[] {
  const before = decisionsOf(ground, earlier);
  const after = decisionsOf(ground, new Map([...earlier, ...edits]));
  return flags.map((flag) => ({
    flag,
    before: before(flag),
    after: after(flag),
    readUnit: unitOf(edits.get(flag.name), ground.scope),
  }));
}

/** Reads the unit that a member is named by: the first that the rule hashes, or else its user. */
function unitOf(edit: Checked | undefined, scope: RuleScope): ReadUnit {
  const rule = edit !== undefined && "rule" in edit ? edit.rule : {};
  const named = [rule, ...(rule.rules ?? [])].flatMap(({ by }) => (by === undefined ? [] : unitAttributes(by)));
  // All of a process is one unit, which names nobody.
  const attributes = new Set([...named.filter((attribute) => attribute !== "instance"), ...unitAttributes(undefined)]);
  return unitReader([...attributes], scope);
}

/** @throws BurgeeError `INVALID_OPTIONS` for what is no time */
function readNow(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const at = given instanceof Date ? given.getTime() : typeof given === "string" ? readInstant(given) : given;
  if (typeof at === "number" && Math.abs(at) <= 8.64e15) return at;
  const problem = typeof given === "string" ? instantProblem(given) : `must be a time, and not ${show(given)}`;
  throw new BurgeeError("INVALID_OPTIONS", `\`now\` ${problem}`);
}
