import { gate } from "burgee";
import { describe, expect, it } from "vitest";
import { settled } from "../flags/fixtures/isolated.js";
import { bytesInUse, usualGrowth } from "./fixtures/bytes-in-use.js";
import { type Echo, off, setUp } from "./fixtures/echo.js";

const SWITCHES = 1_000;
const IN_FLIGHT = 50;
/** After how many switches the memory is looked at again. */
const LOOK = 100;

describe("a thousand switches with calls in flight", () => {
  it.each(["at once", "later"])("lose no call, where the service starts %s", async (when) => {
    const { clock, flags, errors, made, make } = setUp();
    const lamp = gate(flags, "lamp", {
      on: (): Echo | Promise<Echo> => (when === "later" ? Promise.resolve(make()) : make()),
      off,
      start: "eager",
    });
    const resources = process.getActiveResourcesInfo().length;
    const listeners = process.eventNames().length;
    const answers = { null: 0, real: 0 };
    const bytes: number[] = [];
    let most = 0;
    for (let round = 0; round < SWITCHES; round++) {
      flags.setFlag("lamp", true);
      await lamp.ready();
      const real = made.at(-1);
      const calls = Array.from({ length: IN_FLIGHT }, (_, index) => lamp.service.echo(String(index)));
      expect(lamp.status().inFlight).toBe(IN_FLIGHT);
      // Those of one half end before the switch is told, those of the other after it.
      flags.setFlag("lamp", false);
      const meanwhile = [lamp.service.echo("m"), lamp.use((service) => service.echo("m"))];
      if (round % 2 === 0) flags.setFlag("lamp", true);
      for (const call of real?.calls.splice(0) ?? []) call.end();
      const told = await Promise.all(calls);
      expect(told).toEqual(told.map((_, index) => `${made.length}:${index}`));
      answers.real += told.length;
      answers.null += (await Promise.all(meanwhile)).filter((answer) => answer === "null:m").length;
      if (round % 2 === 0) {
        await lamp.ready();
        flags.setFlag("lamp", false);
      }
      await settled();
      most = Math.max(most, clock.waiting.length);
      if (round % LOOK === LOOK - 1) bytes.push(await bytesInUse());
    }
    expect(answers).toEqual({ null: 2 * SWITCHES, real: SWITCHES * IN_FLIGHT });
    expect(made).toHaveLength(SWITCHES * 1.5);
    expect(
      made.every(({ disposed, inFlight, wrongs }) => disposed === 1 && inFlight === 0 && wrongs.length === 0),
    ).toBe(true);
    expect(errors).toEqual([]);
    expect(most).toBe(0);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resources + 1);
    expect(process.eventNames()).toHaveLength(listeners);
    // What the test keeps of each service is some hundred bytes; a call or promise kept for each call in flight would be more.
    expect(usualGrowth(bytes)).toBeLessThan(LOOK * 8_000);
    await lamp.close();
    await flags.close();
  });
});
