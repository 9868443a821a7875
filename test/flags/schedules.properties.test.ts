import { createFlags, defineFlags, type FlagChange, flag } from "burgee";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isolated } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";

const START = Date.UTC(2027, 0, 1);
const HOUR = 3_600_000;
const CONTEXTS = [{}, { userId: "u1" }, { userId: "u2", plan: "pro" }, { userId: "u3" }];

const hour = fc.integer({ min: 0, max: 20 }).map((count) => new Date(START + count * HOUR).toISOString());
const twoHours = fc
  .tuple(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 1, max: 10 }))
  .map(([from, length]) => [START + from * HOUR, START + (from + length) * HOUR].map((time) => new Date(time)));
const share = fc.constantFrom(0, 10, 50, 100);
const schedule = fc.oneof(
  hour.map((from) => ({ from })),
  hour.map((until) => ({ until })),
  twoHours.map(([from, until]) => ({ from, until })),
);
const steps = fc
  .uniqueArray(fc.record({ at: hour, rollout: share }), { selector: ({ at }) => at, minLength: 1, maxLength: 4 })
  .map((list) => list.toSorted((a, b) => (a.at < b.at ? -1 : 1)));
const ends = fc.tuple(share, share).filter(([first, last]) => first !== last);
const linear = fc.tuple(twoHours, ends).map(([[from, until], [first, last]]) => ({
  linear: { from, until, start: first, end: last },
}));
const timed = fc.oneof(
  schedule.map((one) => ({ schedule: one })),
  steps.map((list) => ({ steps: list })),
  linear,
  fc.tuple(schedule, steps).map(([one, list]) => ({ schedule: one, steps: list, allow: ["u3"] })),
);
const rule = fc.oneof(
  timed,
  fc.tuple(schedule, timed).map(([one, last]) => ({
    rules: [{ when: { plan: "pro" }, schedule: one }, last],
  })),
);

/** Two flags of which one depends on the other; both with times. */
const rules = fc.record({ parent: rule, child: rule });
const registryOf = ({ parent, child }: { parent: object; child: object }) =>
  defineFlags({
    parent: flag.boolean({ default: false, rule: parent }),
    child: flag.boolean({ default: false, dependsOn: ["parent"], rule: child }),
  });

describe("flags with schedules", () => {
  it("say at any time what flags that are created then say, and every change begins where the last one ended", () => {
    const moments = fc.array(fc.integer({ min: -HOUR, max: 32 * HOUR }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(rules, moments, (given, offsets) => {
        const registry = registryOf(given);
        const clock = new ManualClock(START - 2 * HOUR);
        const flags = createFlags(registry, { ...isolated, clock });
        const last = new Map<string, unknown>();
        flags.onFlagChanged("*", (change: FlagChange) => {
          const from = change.previousRule ?? change.previous;
          if (last.has(change.flag)) expect(from).toEqual(last.get(change.flag));
          last.set(change.flag, change.rule ?? change.value);
        });
        for (const offset of offsets.toSorted((a, b) => a - b)) {
          clock.set(START + offset);
          const fresh = createFlags(registry, { ...isolated, clock: () => START + offset });
          for (const context of CONTEXTS) {
            for (const name of registry.names)
              expect(flags.evaluate(name, context)).toEqual(fresh.evaluate(name, context));
          }
          expect(clock.waiting.every((time) => time > START + offset)).toBe(true);
          void fresh.close();
        }
        expect(flags.verify({ head: flags.auditHead() }).ok).toBe(true);
        expect(flags.getAuditLog().every(({ affected }) => affected.length > 0)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
