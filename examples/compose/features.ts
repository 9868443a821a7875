import { fileURLToPath } from "node:url";
import { createFlags, defineFlags } from "burgee";
import { codeCompletionFactory, tabbyFlag } from "burgee/services/code-completion";
import { fsdpFlag, trainerFactory } from "burgee/services/training";

export const registry = defineFlags({ enable_fsdp: fsdpFlag(), enable_tabby: tabbyFlag() });

/** The flags and the gates of the app. The script that starts containers opens the same, so that both decide alike. */
export function openFeatures() {
  const flags = createFlags(registry, {
    env: { files: [fileURLToPath(new URL(".env", import.meta.url))] },
    profile: false,
  });
  // Neither starts anything by being there: each loads its service at the first call, and only while its flag is on.
  return { flags, training: trainerFactory(flags), completion: codeCompletionFactory(flags) };
}
