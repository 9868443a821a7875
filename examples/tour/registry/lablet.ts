import { defineFlags, flag } from "burgee";

/**
 * Lablet, brought in by three phases, each building on the one before: foundation, scheduling, auto-scaling. Turning
 * the first off takes the others with it, whatever their own variables say.
 */
export const labletFlags = defineFlags({
  lablet_enabled: flag.boolean({
    default: false,
    description: "The lablet collections and APIs beside the old ones",
    env: "LABLET_ENABLED",
    exposed: true,
    metadata: {
      phase: 1,
      etcd: { host: "localhost", port: 2379 },
      artifactStorage: { endpoint: "http://localhost:9000", bucket: "lablet-artifacts" },
    },
  }),
  scheduler_enabled: flag.boolean({
    default: false,
    description: "Places lablets on workers by schedule",
    env: "SCHEDULER_ENABLED",
    dependsOn: ["lablet_enabled"],
    metadata: { phase: 2, reconcileIntervalSeconds: 30 },
  }),
  controller_enabled: flag.boolean({
    default: false,
    description: "Adds and removes workers as they are needed",
    env: "CONTROLLER_ENABLED",
    dependsOn: ["scheduler_enabled"],
    metadata: { phase: 3 },
  }),
});
