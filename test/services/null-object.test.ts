import { nullObject, swallowedCalls } from "burgee";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

interface Mailer {
  send(to: string, text: string): Promise<{ sent: boolean; to?: string[] }>;
  limit(): number;
  limits(): { daily: { mails: number } };
}

function noMailer(): Mailer {
  return nullObject<Mailer>({
    resolves: { send: { sent: false, to: ["nobody"] } },
    returns: { limit: 0, limits: { daily: { mails: 0 } } },
  });
}

/** A call from untyped code. */
const untyped = nullObject as (answers: unknown) => Record<PropertyKey, (...args: unknown[]) => unknown>;

describe("an answer", () => {
  test("that is a value is resolved or returned", async () => {
    const mailer = noMailer();
    const promise = mailer.send("ana", "hello");
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toEqual({ sent: false, to: ["nobody"] });
    expect(mailer.limit()).toBe(0);
  });

  test("that is a value is a copy, frozen throughout", async () => {
    const given = { sent: false, to: ["nobody"] };
    const mailer = nullObject<Pick<Mailer, "send">>({ resolves: { send: given } });
    given.to.push("ana");
    const answer = await mailer.send("ana", "hello");
    expect(answer).toEqual({ sent: false, to: ["nobody"] });
    expect(() => answer.to?.push("ben")).toThrow(TypeError);
    expect(Object.isFrozen(noMailer().limits().daily)).toBe(true);
    expect(Object.isFrozen(given.to)).toBe(false);
  });

  test("that is an object with a class is kept as it is", () => {
    const date = new Date(0);
    expect(untyped({ returns: { since: date } }).since?.()).toBe(date);
  });

  test("that is a function gets the arguments, and computes it", async () => {
    const mailer = nullObject<Mailer>({
      resolves: { send: async (to, text) => ({ sent: false, to: [to, text] }) },
      returns: { limit: () => 7, limits: () => ({ daily: { mails: 1 } }) },
    });
    expect(await mailer.send("ana", "hello")).toEqual({ sent: false, to: ["ana", "hello"] });
    expect(mailer.limit()).toBe(7);
    expect(mailer.limits()).toEqual({ daily: { mails: 1 } });
  });

  test("that throws makes a promise reject, and is thrown by a method that gives none", async () => {
    const failure = new Error("mail is off");
    const fail = () => {
      throw failure;
    };
    const mailer = nullObject<Pick<Mailer, "send" | "limit">>({ resolves: { send: fail }, returns: { limit: fail } });
    await expect(mailer.send("ana", "hello")).rejects.toBe(failure);
    expect(() => mailer.limit()).toThrow(failure);
    expect(swallowedCalls(mailer)).toEqual({ send: 1, limit: 1 });
  });
});

describe("a null object", () => {
  test("is frozen, and its methods work without it", async () => {
    const mailer = noMailer();
    const { send, limit } = mailer;
    expect(await send("ana", "hello")).toEqual({ sent: false, to: ["nobody"] });
    expect(limit()).toBe(0);
    expect(Object.isFrozen(mailer)).toBe(true);
    expect(Object.keys(mailer)).toEqual(["send", "limit", "limits"]);
    expect(swallowedCalls(mailer)).toEqual({ send: 1, limit: 1, limits: 0 });
  });

  test("may have methods of any name", () => {
    const symbol = Symbol("own");
    const names = ["__proto__", "constructor", "then", "toString", "calls", "resolves", "0", "", symbol];
    const object = untyped({ returns: Object.fromEntries(names.map((name, index) => [name, index])) });
    expect(new Set(Reflect.ownKeys(object))).toEqual(new Set(names));
    for (const [index, name] of names.entries()) expect(object[name]?.()).toBe(index);
    expect(swallowedCalls(object)).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
  });
});

describe("swallowedCalls", () => {
  test("is the state of that moment, each object by itself", () => {
    const [one, other] = [noMailer(), noMailer()];
    one.limit();
    const before = swallowedCalls(one);
    one.limit();
    expect(before).toEqual({ send: 0, limit: 1, limits: 0 });
    expect(swallowedCalls(one)).toEqual({ send: 0, limit: 2, limits: 0 });
    expect(swallowedCalls(other)).toEqual({ send: 0, limit: 0, limits: 0 });
    expect(Object.isFrozen(before)).toBe(true);
  });

  test.each([[{}], [{ ...noMailer() }], [Object.create(noMailer())]])(
    "refuses what nullObject did not make",
    (object) => {
      expect(() => swallowedCalls(object)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining("the gate's `off`") }),
      );
    },
  );

  test("counts every call, whatever the methods are called and whatever they answer", async () => {
    const answers = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    const property = fc.asyncProperty(answers, answers, fc.array(fc.nat()), async (resolves, given, calls) => {
      const returns = Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(resolves, name)));
      const object = untyped({ resolves, returns });
      const names = [...Object.keys(resolves), ...Object.keys(returns)];
      const counts = new Map(names.map((name) => [name, 0]));
      for (const call of names.length === 0 ? [] : calls) {
        const name = names[call % names.length] ?? "";
        counts.set(name, (counts.get(name) ?? 0) + 1);
        const answer = object[name]?.(call);
        expect(answer instanceof Promise).toBe(Object.hasOwn(resolves, name));
        expect(await answer).toEqual(Object.hasOwn(resolves, name) ? resolves[name] : returns[name]);
      }
      expect(swallowedCalls(object)).toEqual(Object.fromEntries(counts));
    });
    await fc.assert(property, { numRuns: 1_000 });
  });
});

describe("untyped code is refused", () => {
  test.each([
    [undefined, "they must be an object: { resolves, returns }"],
    [{ resolve: {} }, 'there is no group `resolve`; did you mean "resolves"?'],
    [{ methods: {} }, "there is no group `methods`; there are resolves, returns"],
    [{ resolves: [] }, "`resolves` must be an object with an answer for each method"],
    [{ returns: () => {} }, "`returns` must be an object with an answer for each method"],
    [{ resolves: { a: 1, b: 1 }, returns: { b: 1 } }, "the method `b` stands in `resolves` and in `returns`"],
  ])("%j", (answers, message) => {
    expect(() => untyped(answers)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(message) }),
    );
  });

  test("with everything that is wrong in one error", () => {
    const answers = { resolve: {}, resolves: 1, returns: 2 };
    expect(() => untyped(answers)).toThrow(/`resolve`;[\s\S]*`resolves` must[\s\S]*`returns` must/);
  });
});
