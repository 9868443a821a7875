import { nullObject, type SwallowedCalls, swallowedCalls } from "burgee";
import { describe, expectTypeOf, it } from "vitest";

interface Mailer {
  send(to: string, text: string): Promise<{ sent: boolean; reason?: string }>;
  limit(): number;
}

const noMailer = nullObject<Mailer>({ resolves: { send: { sent: false } }, returns: { limit: 0 } });

describe("nullObject", () => {
  it("gives the interface that is named, or the one that its place has", () => {
    expectTypeOf(noMailer).toEqualTypeOf<Mailer>();
    const placed: Mailer = nullObject({ resolves: { send: { sent: false } }, returns: { limit: 0 } });
    expectTypeOf(placed).toEqualTypeOf<Mailer>();
    const kept: { off: Mailer } = { off: nullObject({ resolves: { send: { sent: false } }, returns: { limit: 0 } }) };
    expectTypeOf(kept.off.send).parameters.toEqualTypeOf<[to: string, text: string]>();
  });

  it("types the arguments of an answer that is computed", () => {
    nullObject<Mailer>({
      resolves: {
        send: (to, text) => {
          expectTypeOf(to).toEqualTypeOf<string>();
          expectTypeOf(text).toEqualTypeOf<string>();
          return { sent: false };
        },
      },
      returns: { limit: () => 0 },
    });
    nullObject<Mailer>({ resolves: { send: async () => ({ sent: false }) }, returns: { limit: 0 } });
  });

  it("takes methods of every kind, and leaves out the group that has none", () => {
    interface Odd {
      nothing(): Promise<void>;
      maybe?(): Promise<string>;
      either(): string | Promise<string>;
      stream(): AsyncIterable<number>;
      generic<R>(key: string): Promise<R>;
      unknowable(): Promise<unknown>;
      unknown(): unknown;
      adder(): (n: number) => number;
      readonly property: (n: number) => Promise<number>;
      overloaded(): Promise<string>;
      overloaded(key: string): Promise<number>;
    }
    nullObject<Odd>({
      resolves: { nothing: undefined, generic: undefined, unknowable: "text", property: (n) => n, overloaded: 0 },
      returns: {
        either: "text",
        stream: async function* () {},
        unknown: 1,
        adder: () => (n) => n,
      },
    });
    nullObject<{ a(): Promise<number> }>({ resolves: { a: 1 } });
    nullObject<{ a(): number }>({ returns: { a: 1 } });
    nullObject<{ a?(): number }>({});
  });

  it("takes a class by what it shows", () => {
    class Real {
      readonly #secret = 1;
      async ask(): Promise<number> {
        return this.#secret;
      }
    }
    expectTypeOf(nullObject<Real>({ resolves: { ask: 0 } }).ask()).toEqualTypeOf<Promise<number>>();
  });
});

describe("swallowedCalls", () => {
  it("has the methods' names", () => {
    expectTypeOf(swallowedCalls(noMailer)).toEqualTypeOf<SwallowedCalls<Mailer>>();
    expectTypeOf(swallowedCalls(noMailer)).toEqualTypeOf<{ readonly send: number; readonly limit: number }>();
  });
});
