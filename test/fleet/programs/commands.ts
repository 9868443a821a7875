import type { StoredFlags } from "burgee";
import { colors, type FleetFlags, models, sizes, switches, texts } from "./fleet-registry.js";
import { oneOf } from "./random.js";

type Fleet = StoredFlags<FleetFlags>;
type Command = (flags: Fleet, random: () => number, reason: string) => Promise<boolean>;

const colorNames = ["red", "green", "blue"] as const;
const flagOf = (random: () => number) => oneOf(random, [...switches, ...colors, ...models, ...sizes, ...texts]);

const commands: readonly [Command, ...Command[]] = [
  (flags, random, reason) => flags.setFlag(oneOf(random, switches), random() < 0.5, { reason }),
  (flags, random, reason) => flags.setFlag(oneOf(random, colors), oneOf(random, colorNames), { reason }),
  (flags, random, reason) => flags.setFlag(oneOf(random, sizes), Math.floor(random() * 1_000), { reason }),
  (flags, random, reason) => flags.setFlag(oneOf(random, texts), `text ${random()}`, { reason }),
  (flags, random, reason) => flags.setRollout(oneOf(random, switches), percentage(random), { reason }),
  (flags, random, reason) => flags.setRollout(oneOf(random, models), percentage(random), { reason }),
  (flags, random, reason) => {
    const rule = { when: { plan: "pro" }, serve: Math.floor(random() * 1_000), otherwise: 1 };
    return flags.setRule(oneOf(random, sizes), rule, { reason });
  },
  (flags, random, reason) => flags.resetFlag(flagOf(random), { reason }),
  (flags, random, reason) => flags.kill(flagOf(random), { reason }),
  (flags, random, reason) => flags.revive(flagOf(random), { reason }),
];

/** One command of any kind, on any of the twenty flags. Gives whether it changed anything. */
export function anyCommand(flags: Fleet, random: () => number, reason: string): Promise<boolean> {
  return oneOf(random, commands)(flags, random, reason);
}

function percentage(random: () => number): number {
  return Math.floor(random() * 101);
}
