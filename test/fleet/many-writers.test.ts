import { afterAll, beforeAll, expect, test } from "vitest";
import { changesAfter, each, expectAgreement, launchReady, tell } from "./instances.js";
import { PostgresServer } from "./postgres-server.js";
import { counters } from "./programs/fleet-registry.js";
import type { StorePlace } from "./programs/store-place.js";

const PROCESSES = 10;
const INCREMENTS = 300;
const OTHERS = 700;
const CHANGES = PROCESSES * (INCREMENTS + OTHERS);

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server?.close());

test("ten processes make 10,000 changes at once: none is lost, and all see the same in the same order", {
  // A minute or two on a machine of its own; each change waits for the one before.
  timeout: 900_000,
}, async () => {
  const place: StorePlace = { kind: "postgres", url: server.url(await server.newDatabase()) };
  const instances = await launchReady(PROCESSES, () => place);
  const begun = performance.now();
  const worked = await each(instances, (instance, index) =>
    instance.ask("work", { name: `p${index}`, seed: index + 1, increments: INCREMENTS, others: OTHERS }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  const { head, chain } = await expectAgreement(instances, place);

  // Each command that changed something is in the chain, and nothing else is.
  expect(head.sequence).toBe(CHANGES);
  expect(new Set(chain.map(({ reason }) => reason)).size).toBe(CHANGES);

  // A lost update would be an increment that was acknowledged and is not in the sum.
  const [first] = await each(instances.slice(0, 1), (instance) => instance.ask("view", undefined));
  const [values] = first?.values ?? [];
  const counted = counters.map((counter) => worked.reduce((sum, one) => sum + (one.counted[counter] ?? 0), 0));
  expect(counters.map((counter) => Object(values)[counter])).toEqual(counted);
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(PROCESSES * INCREMENTS);

  const seen = await each(instances, (instance) => instance.ask("changes", undefined));
  const [expected = []] = seen;
  const order = expected.map(({ revision }) => revision ?? 0);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(expected.length).toBeGreaterThan(PROCESSES * INCREMENTS);
  for (const changes of seen) {
    expect(changesAfter(0, changes)).toEqual(expected);
    expect(changes.filter(({ cause }) => cause === "resync")).toEqual([]);
  }
  for (const errors of await each(instances, (instance) => instance.ask("errors", undefined)))
    expect(errors).toEqual([]);
  tell("ten processes", {
    ...{ changes: CHANGES, seconds: Math.round(seconds), perSecond: Math.round(CHANGES / seconds) },
    conflicts: worked.reduce((sum, { conflicts }) => sum + conflicts, 0),
    changeEvents: expected.length,
  });
});
