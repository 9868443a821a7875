import { createFlags } from "burgee";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkoutPages, registry } from "../checkout.js";

describe("checkoutPages", () => {
  // Nothing from outside: neither variables nor files of the machine that runs the tests.
  const open = () => createFlags(registry, { env: false, profile: false, logger: false });
  let flags: ReturnType<typeof open>;
  beforeEach(() => {
    flags = open();
  });
  afterEach(() => flags.close());

  it("is one page while the flag is on", () => {
    flags.setFlag("new_checkout", true);
    expect(checkoutPages(flags, "ana")).toEqual(["checkout"]);
  });

  it("is three pages while the flag is off", () => {
    flags.setFlag("new_checkout", false);
    expect(checkoutPages(flags, "ana")).toEqual(["address", "payment", "confirmation"]);
  });

  it("changes while it runs, and says so", () => {
    const heard: (boolean | undefined)[] = [];
    const stop = flags.onFlagChanged("new_checkout", (change) => heard.push(change.value));
    flags.setFlag("new_checkout", true, { actor: "ana", reason: "launch" });
    flags.kill("new_checkout", { actor: "ben", reason: "incident 12" });
    expect(checkoutPages(flags, "ana")).toHaveLength(3);
    flags.revive("new_checkout");
    stop();
    flags.resetFlag("new_checkout");
    expect(heard).toEqual([true, false, true]);
  });

  it("gives each user the same pages every time", () => {
    const pages = (userId: string) => checkoutPages(flags, userId).length;
    const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    expect(users.map(pages)).toEqual(users.map(pages));
    expect(new Set(users.map(pages))).toEqual(new Set([1, 3]));
  });
});
