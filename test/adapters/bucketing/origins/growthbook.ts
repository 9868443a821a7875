import { type FeatureDefinition, GrowthBookClient } from "@growthbook/growthbook";
import type { Case, Origin } from "../against-origin.js";

/** The client with its payload given at the start; it is told of no host. */
export function openGrowthBook(hashVersion: 1 | 2): (cases: readonly Case[]) => Origin {
  return (cases) => {
    const features = Object.fromEntries(cases.map((asked, at) => [`case-${at}`, featureOf(asked, hashVersion)]));
    const client = new GrowthBookClient({}).initSync({ payload: { features } });
    return {
      ask: (at, id) => client.getFeatureValue<number>(`case-${at}`, -2, { attributes: { id } }),
      close: () => client.destroy(),
    };
  };
}

function featureOf({ salt: seed, percentage, weights }: Case, hashVersion: number): FeatureDefinition<number> {
  const coverage = Number((percentage / 100).toPrecision(12));
  const rule = { coverage, seed, hashVersion, hashAttribute: "id" };
  if (weights === undefined) return { defaultValue: -1, rules: [{ ...rule, force: 0 }] };
  const variations = weights.map((_, index) => index);
  // Weights of one each stand for none: GrowthBook shares out evenly then.
  const shares = weights.every((weight) => weight === 1) ? undefined : weights.map(asWritten);
  return { defaultValue: -1, rules: [{ ...rule, key: "key", variations, ...(shares && { weights: shares }) }] };
}

/** A weight in percent as the share that a file would hold. */
function asWritten(weight: number): number {
  return weight > 1 ? Number((weight / 100).toPrecision(12)) : weight;
}
