import { expect } from "vitest";
import { changesAfter, each, expectAgreement, expectNothingLost, type Instance, launch, tell } from "./instances.js";
import { startBystanders } from "./pauses.js";
import type { StorePlace } from "./programs/store-place.js";

/** What agreement may take once the store is back, at most: the promise of the design. */
export const LONGEST_CONVERGENCE_MS = 2_000;

/** Three instances that evaluate and give commands without a break, while something is done to their store. */
export interface Disturbance {
  readonly what: string;
  /** The store as the instances see it, and as it is reached undisturbed. */
  readonly through: StorePlace;
  readonly direct: StorePlace;
  /** Gives the last revision that is committed. */
  readonly revision: () => Promise<number>;
  /** How long it takes until anybody can know of it, in milliseconds: for so long an instance waits for an answer. */
  readonly unnoticedMs?: number | undefined;
  /** Does it, and undoes it; gives when the store could be reached again, in milliseconds since 1970. */
  readonly disturb: (instances: readonly Instance[]) => Promise<number>;
}

export async function expectUnharmed(disturbance: Disturbance): Promise<void> {
  const { what, through, direct, revision, disturb, unnoticedMs = 0 } = disturbance;
  const bystanders = await startBystanders();
  const instances = await launch(3, () => through);
  await each(instances, (instance) => instance.ask("startEvaluating", undefined));
  await each(instances, (instance) => instance.ask("ready", 30_000));
  await each(instances, (instance, index) => instance.ask("startTraffic", { name: `i${index}`, seed: index + 1 }));
  await each(instances, (instance) => instance.ask("reach", 20));

  const recovered = await disturb(instances);
  const convergence = await convergenceOf(instances, recovered, await revision());

  // The instances can write again, not only read.
  const committed = await revision();
  await each(instances, (instance) => instance.ask("reach", committed + 20));
  const outcomes = (await each(instances, (instance) => instance.ask("stopTraffic", undefined))).flat();
  const loops = await each(instances, (instance) => instance.ask("stopEvaluating", undefined));
  const { chain } = await expectAgreement(instances, direct);
  const commands = expectNothingLost(chain, outcomes);
  await expectSameOrder(instances);

  const pauses = await bystanders.expectNeverPaused(loops);
  tell(what, { convergenceMs: Math.round(convergence.ms), commands, ...pauses });
  expect(convergence.ownMs - unnoticedMs).toBeLessThanOrEqual(LONGEST_CONVERGENCE_MS);
}

/**
 * How long it took until all instances were ready, with everything that was committed before: by the clock, and less the time
 * for which an instance could have run and the machine had no processor for it.
 */
export async function convergenceOf(instances: readonly Instance[], recovered: number, revision: number) {
  const reached = await each(instances, (instance) => instance.ask("reach", revision));
  return {
    ms: Math.max(...reached.map(({ at }) => at - recovered)),
    ownMs: Math.max(...reached.map(({ at, waitedMs }) => at - recovered - waitedMs)),
  };
}

/** Everybody was told of the same changes, each once, in the order of their revisions, and nobody had to start anew. */
async function expectSameOrder(instances: readonly Instance[]): Promise<void> {
  const seen = await each(instances, (instance) => instance.ask("changes", undefined));
  const first = seen.map((changes) => changes[0]?.revision ?? 0);
  // The first of three may have written before the last was there.
  const common = Math.max(...first);
  const [expected = []] = seen.map((changes) => changesAfter(common, changes));
  expect(expected.length).toBeGreaterThan(0);
  const order = expected.map(({ revision }) => revision ?? 0);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  for (const changes of seen) expect(changesAfter(common, changes)).toEqual(expected);
}
