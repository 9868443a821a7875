import { gate } from "burgee";
import { describe, expect, it } from "vitest";
import { settled } from "../flags/fixtures/isolated.js";
import { type Closing, off, START, setUp } from "./fixtures/echo.js";

describe("a gate that is closed", () => {
  it.each([
    ["by its flags", "lazy"],
    ["by its flags", "eager"],
    ["by itself", "lazy"],
    ["by itself", "eager"],
  ] as const)("%s stays so when its service asks for it meanwhile (%s)", async (by, start) => {
    const { flags } = setUp();
    const seen: unknown[] = [];
    let starts = 0;
    const lamp = gate(flags, "lamp", {
      on: (): Closing => {
        starts++;
        return { ...off, close: async () => void seen.push(flags.services()[0]?.state, await lamp.service.echo("x")) };
      },
      off,
      start,
    });
    flags.setFlag("lamp", true);
    await lamp.ready();
    // The gate hears of no change of another flag, and looks when it is asked.
    flags.setFlag("size", 2);
    await (by === "by itself" ? lamp.close() : flags.close());
    expect(seen).toEqual(["disabled", "null:x"]);
    expect(starts).toBe(1);
    expect(lamp.status().state).toBe("disabled");
    expect(await lamp.service.echo("x")).toBe("null:x");
    expect(await lamp.use((service) => service.echo("y"))).toBe("null:y");
  });

  it("stays so when a start that it gives up asks for it", async () => {
    const { flags } = setUp();
    let starts = 0;
    const lamp = gate(flags, "lamp", {
      on: async (_config, { signal }): Promise<Closing> => {
        starts++;
        signal.addEventListener("abort", () => void lamp.status());
        await settled();
        return { ...off, close: async () => {} };
      },
      off,
      start: "eager",
    });
    flags.setFlag("lamp", true);
    flags.setFlag("size", 2);
    await lamp.close();
    await settled();
    expect([starts, lamp.status().state]).toEqual([1, "disabled"]);
  });

  it("stays so when the flags' clock asks for it", async () => {
    let ask = () => {};
    const now = () => {
      ask();
      return START;
    };
    const { flags, make, made } = setUp({ clock: { now, wake: () => () => {} } });
    const lamp = gate(flags, "lamp", { on: make, off, start: "eager" });
    flags.setFlag("lamp", true);
    flags.setFlag("size", 2);
    ask = () => {
      ask = () => {};
      lamp.status();
    };
    await lamp.close();
    expect([made.length, lamp.status().state]).toEqual([1, "disabled"]);
    expect(await lamp.service.echo("x")).toBe("null:x");
  });
});
