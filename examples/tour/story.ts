import { BurgeeError } from "burgee";
import type { StoryFlags } from "./flags.js";
import type { Screen } from "./screen.js";
import { describeSetting } from "./setting.js";

/**
 * An afternoon with two flags, one depending on the other. Variables may pin either of them, or have it on already:
 * then a step is refused, or changes nothing, and says so.
 */
export function tellStory(flags: StoryFlags, screen: Screen): void {
  const stops = listen(flags, screen);
  const step = (title: string, act: () => boolean) => attempt(title, act, screen);
  const ana = { actor: "ana", source: "ops" };
  const ben = { actor: "ben", source: "pager" };

  step("Ana turns self_improvement_enabled on, which needs dynamic_skills_enabled", () =>
    flags.setFlag("self_improvement_enabled", true, { ...ana, reason: "try it out" }),
  );
  step("Ana turns dynamic_skills_enabled on", () =>
    flags.setFlag("dynamic_skills_enabled", true, { ...ana, reason: "discovery passed its tests" }),
  );
  step("Ana turns self_improvement_enabled on again", () =>
    flags.setFlag("self_improvement_enabled", true, { ...ana, reason: "try it out" }),
  );
  step("Ben kills dynamic_skills_enabled: what depends on it goes off as well", () =>
    flags.kill("dynamic_skills_enabled", { ...ben, reason: "incident 12" }),
  );
  step("Ben revives it, and all is as it was", () =>
    flags.revive("dynamic_skills_enabled", { ...ben, reason: "incident 12 is over" }),
  );
  step("Ana takes her overrides back", () => flags.resetAll({ ...ana, reason: "the tour is over" }) > 0);
  for (const stop of stops) stop();
}

/** One listener for a single flag and one for all of them. */
function listen(flags: StoryFlags, { say, paint }: Screen): (() => void)[] {
  return [
    flags.onFlagChanged("dynamic_skills_enabled", (change) => {
      const skills = change.value === undefined ? "depend on the user" : change.value ? "are loaded" : "are put away";
      say(paint.dim(`    heard of dynamic_skills_enabled: skills ${skills}`));
    }),
    flags.onFlagChanged("*", (change) => {
      const from = describeSetting(change.previous, change.previousRule);
      const to = describeSetting(change.value, change.rule);
      const because = change.cause.flag === undefined ? "" : `, because of ${change.cause.flag}`;
      say(paint.dim(`    heard of *: ${change.flag} ${from} → ${to} (${change.cause.kind}${because})`));
    }),
  ];
}

function attempt(title: string, act: () => boolean, { say, paint }: Screen): void {
  say(`  ${title}`);
  try {
    say(act() ? paint.green("    done") : "    nothing to do: it was so already");
  } catch (error) {
    if (!(error instanceof BurgeeError)) throw error;
    say(paint.yellow(`    refused, ${error.code}: ${error.message.replaceAll("\n", "\n    ")}`));
  }
}
