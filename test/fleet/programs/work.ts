import { BurgeeError, type StoredFlags } from "burgee";
import { anyCommand } from "./commands.js";
import { counters, type FleetFlags } from "./fleet-registry.js";
import { oneOf, seeded } from "./random.js";

export interface Work {
  readonly name: string;
  readonly seed: number;
  /** How many increments of the counters, and how many other commands, shall have changed something. */
  readonly increments: number;
  readonly others: number;
}

export interface Worked {
  /** By counter, how many increments were acknowledged. */
  readonly counted: Readonly<Record<string, number>>;
  /** How many increments had to be tried again because somebody else was quicker. */
  readonly conflicts: number;
  /** How many commands were refused by a rule of the flags, or changed nothing. */
  readonly idle: number;
}

/** Does the work, its two kinds mixed, one command after the other. */
export async function work(flags: StoredFlags<FleetFlags>, { name, seed, ...asked }: Work): Promise<Worked> {
  const random = seeded(seed);
  const counted = Object.fromEntries(counters.map((counter) => [counter, 0]));
  let { increments, others } = asked;
  let conflicts = 0;
  let idle = 0;
  for (let count = 1; increments + others > 0; count++) {
    const reason = `${name}-${count}`;
    if (random() * (increments + others) < increments) {
      const counter = oneOf(random, counters);
      conflicts += await increment(flags, counter, reason);
      counted[counter] = (counted[counter] ?? 0) + 1;
      increments--;
    } else if (await changedSomething(flags, random, reason)) others--;
    else idle++;
  }
  return { counted, conflicts, idle };
}

/** Reads, adds one and writes, until nobody has written between. Gives how often somebody had. */
async function increment(flags: StoredFlags<FleetFlags>, counter: (typeof counters)[number], reason: string) {
  for (let conflicts = 0; ; conflicts++) {
    const expectedRevision = flags.revision(counter);
    const next = flags.value(counter) + 1;
    try {
      await flags.setFlag(counter, next, { expectedRevision, reason });
      return conflicts;
    } catch (error) {
      if (!(error instanceof BurgeeError && error.code === "STORE_CONFLICT")) throw error;
    }
  }
}

async function changedSomething(flags: StoredFlags<FleetFlags>, random: () => number, reason: string) {
  try {
    return await anyCommand(flags, random, reason);
  } catch (error) {
    if (error instanceof BurgeeError && error.code === "DEPENDENCY_UNMET") return false;
    throw error;
  }
}
