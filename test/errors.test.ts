import { BurgeeError } from "burgee";
import { describe, expect, it } from "vitest";
import { messageOf } from "../src/errors.js";

describe("messageOf", () => {
  it("is the message of an error, and the text of anything else", () => {
    const thrown = [new TypeError("broken"), "text", 5, null, undefined, Symbol("s")];
    expect(thrown.map(messageOf)).toEqual(["broken", "text", "5", "null", "undefined", "Symbol(s)"]);
    expect(messageOf(Object.assign(new Error(), { message: 5 }))).toBe("5");
  });

  it("never throws", () => {
    const trap = Object.defineProperty(new Error(), "message", {
      get() {
        throw new Error("trap");
      },
    });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const thrown of [Object.create(null), trap, revoked.proxy, { toString: null, valueOf: null }]) {
      expect(messageOf(thrown)).toBe("what was thrown cannot be shown as text");
    }
  });
});

describe("an error as JSON", () => {
  it("has its message, which JSON leaves out of other errors, and not its cause", () => {
    const error = new BurgeeError("STORE_UNAVAILABLE", "The store is away.", { flag: "x", cause: new Error("secret") });
    const json = {
      name: "BurgeeError",
      code: "STORE_UNAVAILABLE",
      message: "The store is away.",
      flag: "x",
      problems: [],
    };
    expect(JSON.parse(JSON.stringify(error))).toEqual(json);
    expect(JSON.parse(JSON.stringify(new BurgeeError("CLOSED", "closed")))).not.toHaveProperty("flag");
  });
});
