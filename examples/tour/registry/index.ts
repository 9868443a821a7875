import { defineFlags } from "burgee";
import { companionFlags } from "./companion.js";
import { labletFlags } from "./lablet.js";
import { optionalFeatureFlags } from "./optional-features.js";
import { showcaseFlags } from "./showcase.js";
import { victorFlags } from "./victor.js";

/** Every flag of the tour. A name that two of the parts had would be refused here. */
export const registry = defineFlags(victorFlags, companionFlags, optionalFeatureFlags, labletFlags, showcaseFlags);
