import type { TourFlagName, TourFlags } from "./flags.js";
import { nearest } from "./nearest.js";
import { SettingsError } from "./settings.js";

const acts = ["on", "off", "reset"] as const;

/** Turns a flag on or off for everybody, or gives it back to its other sources. */
export interface Toggle {
  readonly act: (typeof acts)[number];
  readonly flag: string;
}

/** The flags with names for values can be set too, but not be toggled. */
type BooleanFlag = Exclude<TourFlagName, "database_type" | "answer_model">;

/** `on new_checkout`: what was typed, or undefined where it is nothing of the kind. */
export function readToggle(text: string): Toggle | undefined {
  const [word = "", flag, ...more] = text.trim().split(/\s+/);
  const act = acts.find((known) => known === word);
  return act === undefined || flag === undefined || more.length > 0 ? undefined : { act, flag };
}

/**
 * Carries it out, and says what has become of it.
 *
 * @throws SettingsError where no boolean flag has that name; BurgeeError where the flags refuse
 */
export async function toggle(flags: TourFlags, { act, flag }: Toggle): Promise<string> {
  const names = flags.registry.names.filter(isBoolean);
  const name = names.find((known) => known === flag);
  if (name === undefined) {
    const meant = nearest(flag, names);
    throw new SettingsError(`there is no boolean flag ${flag}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
  const from = { actor: "you", source: "tour" };
  const changed = act === "reset" ? await flags.resetFlag(name, from) : await flags.setFlag(name, act === "on", from);
  const setting = act === "reset" ? "is left to its other sources" : `is set ${act}`;
  return changed ? `${name} ${setting}, revision ${flags.revision(name)}` : `${name} ${setting} already`;
}

function isBoolean(name: TourFlagName): name is BooleanFlag {
  return name !== "database_type" && name !== "answer_model";
}
