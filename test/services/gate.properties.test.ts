import { gate } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settled } from "../flags/fixtures/isolated.js";
import { type Closing, deferred, off, RealEcho, setUp } from "./fixtures/echo.js";

type Command =
  | { readonly do: "on" | "off" | "list" | "kill" | "revive" | "close" }
  | { readonly do: "call" | "callFor" }
  | { readonly do: "end" | "fail" | "start" | "startFails"; readonly which: number }
  | { readonly do: "pass"; readonly milliseconds: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Command>({ do: "on" }, { do: "off" }, { do: "list" }) },
  { weight: 2, arbitrary: fc.constantFrom<Command>({ do: "kill" }, { do: "revive" }) },
  { weight: 8, arbitrary: fc.constantFrom<Command>({ do: "call" }, { do: "callFor" }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom("end" as const, "fail" as const, "start" as const, "startFails" as const),
      which: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("pass" as const), milliseconds: fc.integer({ min: 1, max: 3_000 }) }),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ do: "close" }) },
);

describe("a gate, whatever happens to it", () => {
  it("loses no call, and disposes each service once, after its last call", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 40 }),
        fc.constantFrom("lazy" as const, "eager" as const),
        async (commands, start) => {
          const { clock, flags } = setUp();
          const services: RealEcho[] = [];
          const starts: { readonly give: (real: RealEcho) => void; readonly fail: (error: Error) => void }[] = [];
          let underWay = 0;
          const lamp = gate(flags, "lamp", {
            on: async (): Promise<Closing> => {
              // Never more than one that starts, but for those that took too long.
              underWay++;
              const { promise, resolve, reject } = deferred<RealEcho>();
              starts.push({ give: resolve, fail: reject });
              try {
                return await promise;
              } finally {
                underWay--;
              }
            },
            off,
            start,
            drainMs: Number.POSITIVE_INFINITY,
            startTimeoutMs: Number.POSITIVE_INFINITY,
          });
          let closed = false;
          let calls = 0;
          const told: Promise<string>[] = [];
          const ask = (answer: Promise<string>) => {
            calls++;
            told.push(answer.catch((error: Error) => error.message));
          };
          for (const one of commands) {
            const before = services.at(-1)?.calls.length ?? 0;
            switch (one.do) {
              case "on":
              case "off":
                flags.setFlag("lamp", one.do === "on");
                break;
              case "list":
                flags.setRule("lamp", { allow: ["ana"] });
                break;
              case "kill":
              case "revive":
                flags[one.do]("lamp");
                break;
              case "call":
              case "callFor": {
                const context = one.do === "callFor" ? { userId: "ana" } : {};
                ask(lamp.for(context).echo("x"));
                const serving = lamp.status().state === "ready";
                const reached = (services.at(-1)?.calls.length ?? 0) > before;
                // The model: the real one is called where it is ready and the flag is on for the context.
                expect(reached).toBe(serving && !closed && flags.isEnabled("lamp", context));
                break;
              }
              case "end":
              case "fail": {
                const open = services.flatMap((service) => service.calls.splice(one.which, 1));
                for (const call of open) one.do === "end" ? call.end() : call.fail(new Error("its own"));
                break;
              }
              case "start": {
                const real = new RealEcho(services.length + 1);
                const next = starts.shift();
                if (next !== undefined) {
                  services.push(real);
                  next.give(real);
                }
                break;
              }
              case "startFails":
                starts.shift()?.fail(new Error("no luck"));
                break;
              case "pass":
                clock.set(clock.now() + one.milliseconds);
                break;
              case "close":
                closed = true;
                void lamp.close();
            }
            await settled();
            expect(underWay).toBeLessThanOrEqual(1);
            const { state } = lamp.status();
            const on =
              !closed &&
              flags.explain("lamp").resolution.source !== "kill" &&
              flags.isEnabled("lamp", { userId: "ana" });
            expect(state === "disabled").toBe(!on);
            // One serves at most, and only where it may.
            expect(services.filter(({ disposed }) => disposed === 0).length).toBeLessThanOrEqual(1);
            if (state === "ready") expect(services.at(-1)?.disposed).toBe(0);
          }
          const closing = lamp.close();
          while (starts.length > 0 || services.some((service) => service.calls.length > 0)) {
            for (const next of starts.splice(0)) next.fail(new Error("over"));
            for (const call of services.flatMap((service) => service.calls.splice(0))) call.end();
            await settled();
          }
          await closing;
          expect(await Promise.all(told)).toHaveLength(calls);
          const answers = await Promise.all(told);
          expect(answers.every((answer) => /^(null:x|\d+:x|its own)$/.test(answer))).toBe(true);
          expect(services.map(({ disposed, wrongs }) => [disposed, wrongs])).toEqual(services.map(() => [1, []]));
          expect(clock.waiting).toEqual([]);
          await flags.close();
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
