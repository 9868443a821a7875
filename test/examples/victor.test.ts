import { describe, expect, it } from "vitest";
import { victorFlags } from "../../examples/tour/registry/victor.js";
import { describeFlags } from "./documented.js";

const gradual = { since: "1.0.0", stable: false, strategy: "gradual" } as const;
const immediate = { since: "1.0.0", stable: true, strategy: "immediate" } as const;

describe("the nine flags of Victor 1.0.0", () => {
  it("are all there and no others", () => {
    expect(victorFlags.names).toEqual([
      "hierarchical_planning_enabled",
      "enhanced_memory_enabled",
      "dynamic_skills_enabled",
      "self_improvement_enabled",
      "multimodal_vision_enabled",
      "multimodal_audio_enabled",
      "dynamic_personas_enabled",
      "lazy_loading_enabled",
      "parallel_execution_enabled",
    ]);
  });

  describeFlags({
    hierarchical_planning_enabled: {
      ...gradual,
      variable: "VICTOR_FEATURE_HIERARCHICAL_PLANNING_ENABLED",
      default: false,
      metadata: { maxDepth: 5, minSubtasks: 2, maxSubtasks: 10 },
    },
    enhanced_memory_enabled: {
      ...gradual,
      variable: "VICTOR_FEATURE_ENHANCED_MEMORY_ENABLED",
      default: false,
      metadata: {
        episodicMaxEpisodes: 1000,
        episodicRecallThreshold: 0.3,
        semanticMaxFacts: 5000,
        semanticQueryThreshold: 0.25,
      },
    },
    dynamic_skills_enabled: {
      ...gradual,
      variable: "VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED",
      default: false,
      dependents: ["self_improvement_enabled"],
      metadata: { maxTools: 20, minCompatibility: 0.5, autoComposition: true },
    },
    multimodal_vision_enabled: {
      ...gradual,
      variable: "VICTOR_FEATURE_MULTIMODAL_VISION_ENABLED",
      default: false,
      metadata: { supportedFormats: ["png", "jpg", "jpeg", "gif", "webp"], maxImageSizeMb: 10 },
    },
    multimodal_audio_enabled: {
      ...gradual,
      variable: "VICTOR_FEATURE_MULTIMODAL_AUDIO_ENABLED",
      default: false,
      metadata: { supportedFormats: ["wav", "mp3", "ogg", "flac"], maxAudioSizeMb: 25 },
    },
    dynamic_personas_enabled: {
      ...gradual,
      variable: "VICTOR_FEATURE_DYNAMIC_PERSONAS_ENABLED",
      default: false,
      metadata: { maxPersonas: 10, adaptationThreshold: 0.7, switchingCooldownSeconds: 300 },
    },
    lazy_loading_enabled: {
      ...immediate,
      variable: "VICTOR_FEATURE_LAZY_LOADING_ENABLED",
      default: true,
      metadata: { loadOnAccess: true, preloadCritical: true },
    },
    parallel_execution_enabled: {
      ...immediate,
      variable: "VICTOR_FEATURE_PARALLEL_EXECUTION_ENABLED",
      default: true,
      metadata: { maxWorkers: 10, timeoutSeconds: 300, chunkSize: 5 },
    },
    self_improvement_enabled: {
      ...gradual,
      variable: "VICTOR_FEATURE_SELF_IMPROVEMENT_ENABLED",
      default: false,
      dependencies: ["dynamic_skills_enabled"],
      metadata: { windowSize: 100, decayRate: 0.95, minSamples: 5 },
    },
  });
});
