import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ClientFeaturesResponse, InMemStorageProvider, Unleash } from "unleash-client";
import type { Case, Origin } from "../against-origin.js";

/** The client with its flags given at the start; the one request that it makes gets a "not modified" from this machine. */
export async function openUnleash(cases: readonly Case[]): Promise<Origin> {
  const server = createServer((_, response) => response.writeHead(304).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new Unleash({
    appName: "burgee-tests",
    url: `http://127.0.0.1:${port}/api/`,
    refreshInterval: 0,
    disableMetrics: true,
    bootstrap: { data: cases.map(featureOf) },
    storageProvider: new InMemStorageProvider<ClientFeaturesResponse>(),
    skipInstanceCountWarning: true,
  });
  client.on("error", (error) => {
    throw error;
  });
  await new Promise((resolve) => client.once("synchronized", resolve));
  return {
    ask(at, userId) {
      if (cases[at]?.weights === undefined) return client.isEnabled(`case-${at}`, { userId }) ? 0 : -1;
      const variant = client.getVariant(`case-${at}`, { userId });
      return variant.enabled ? Number(variant.name) : -1;
    },
    close() {
      client.destroy();
      server.close();
    },
  };
}

function featureOf({ salt, percentage, weights = [] }: Case, at: number) {
  const strategy = {
    name: "flexibleRollout",
    parameters: { rollout: String(percentage), stickiness: "userId", groupId: salt },
    constraints: [],
    variants: weights.map((weight, index) => ({
      name: String(index),
      weight,
      stickiness: "userId",
      weightType: "fix",
    })),
  };
  return {
    name: `case-${at}`,
    type: "release",
    enabled: true,
    stale: false,
    impressionData: false,
    project: "default",
    strategies: [strategy],
    variants: [],
  };
}
