import { gate, gateBy } from "burgee";
import { describe, expect, it } from "vitest";
import { rejectionOf, thrownBy } from "../flags/fixtures/isolated.js";
import { type Echo, off, RealEcho, setUp } from "./fixtures/echo.js";

describe("gateBy", () => {
  it.each<readonly [string, unknown, string]>([
    ["a promise", Promise.resolve(off), "there is a promise"],
    ["a class", RealEcho, "there is a class"],
    ["nothing", undefined, "there is no service"],
  ])("refuses %s in the place of a service", (_what, given, problem) => {
    const { flags } = setUp();
    const error = thrownBy(() => gateBy(flags, "kind", { a: given as Echo, b: off }));
    expect([error.code, error.message]).toEqual([
      "INVALID_OPTIONS",
      `${problem} for the value "a" of flag "kind"; give a function that makes the service, or an object that is one`,
    ]);
    expect(flags.services()).toEqual([]);
  });

  it("has a service wherever `off` or `methods` is given, be it one without methods", () => {
    const { flags } = setUp();
    const choices = { a: () => ({ close: async () => {} }), b: {} };
    const standing = gateBy(flags, "kind", choices, { off: {} });
    expect([standing.service, standing.for({})]).toEqual([{}, {}]);
    const waiting = gateBy(flags, "kind", choices, { methods: [] });
    expect([waiting.service, waiting.for({})]).toEqual([{}, {}]);
    expect(gateBy(flags, "kind", choices, {})).not.toHaveProperty("service");
  });
});

describe("a null object with an accessor", () => {
  class Odd {
    async echo(text: string): Promise<string> {
      return text;
    }
    get size(): number {
      throw new Error("not to be read");
    }
    get [Symbol.toStringTag](): string {
      return "Odd";
    }
  }

  it("is refused by name, its own accessors and those of its class", () => {
    const { flags } = setUp();
    const own: Echo = {
      get echo() {
        return off.echo;
      },
    };
    const message = (name: string) =>
      `\`off\` has an accessor "${name}"; a gated service has methods only, so make it one`;
    const errors = [
      thrownBy(() => gate(flags, "lamp", { on: (): Echo => off, off: own })),
      thrownBy(() => gate(flags, "lamp", { on: (): Echo => off, off: new Odd() })),
      thrownBy(() => gateBy(flags, "kind", { a: off, b: off }, { off: new Odd() })),
    ];
    expect(errors.map((error) => [error.code, error.message])).toEqual([
      ["INVALID_OPTIONS", message("echo")],
      ["INVALID_OPTIONS", message("size")],
      ["INVALID_OPTIONS", message("size")],
    ]);
  });

  it("is taken where a method of its own stands before the accessor, and with a tag", async () => {
    const { flags } = setUp();
    const tagged = Object.defineProperty(new Odd(), "size", { value: () => 0 });
    const lamp = gate(flags, "lamp", { on: (): Echo => off, off: tagged });
    expect(await lamp.service.echo("x")).toBe("x");
  });
});

describe("gate", () => {
  it("refuses a class in the place of a function", () => {
    const { flags } = setUp();
    const error = thrownBy(() => gate(flags, "lamp", { on: RealEcho as never, off }));
    expect([error.code, error.message]).toEqual([
      "INVALID_OPTIONS",
      "`on` must be a function that makes the service; of a class: `() => new X()`",
    ]);
  });

  it.each<readonly [unknown, string]>([
    [undefined, "undefined"],
    [null, "null"],
    [5, "number"],
    [Object.assign(() => 1, off), "function"],
  ])("says what a factory gave that is no service: %s", async (given, kind) => {
    const { flags } = setUp();
    const lamp = gate(flags, "lamp", { on: async () => given as Echo, off });
    flags.setFlag("lamp", true);
    expect((await rejectionOf(lamp.ready())).message).toContain(
      `the factory gave no service, but a value of the type ${kind}; it must give an object with methods`,
    );
  });
});
