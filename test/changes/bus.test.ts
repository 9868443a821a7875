import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { ChangeBus } from "../../src/changes/bus.js";
import type { FlagChange } from "../../src/changes/change.js";
import type { Outside } from "../../src/changes/dispatcher.js";
import type { BurgeeError } from "../../src/errors.js";

let sequence = 0;

function change(flag: string): FlagChange {
  sequence += 1;
  return { flag, previous: false, value: true, source: "ops", cause: { kind: "set" }, at: 0, sequence };
}

function newBus(outside?: Outside) {
  const errors: BurgeeError[] = [];
  const bus = new ChangeBus({ onError: (error) => errors.push(error), outside });
  const heard: string[] = [];
  const hear = (listener: string) => (one: FlagChange) => void heard.push(`${listener}:${one.flag}`);
  return { bus, errors, heard, hear };
}

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("ChangeBus", () => {
  it("tells the flag's listeners, then those of every flag, each in the order of registration", () => {
    const { bus, heard, hear } = newBus();
    bus.onChange("*", hear("any 1"));
    bus.onChange("a", hear("a 1"));
    bus.onChange("*", hear("any 2"));
    bus.onChange("b", hear("b"));
    bus.onChange("a", hear("a 2"));
    bus.publish([change("a"), change("b"), change("c")]);
    expect(heard).toEqual(["a 1:a", "a 2:a", "any 1:a", "any 2:a", "b:b", "any 1:b", "any 2:b", "any 1:c", "any 2:c"]);
  });

  it("hands over the change itself", () => {
    const { bus } = newBus();
    const given = change("a");
    const taken: FlagChange[] = [];
    bus.onChange("a", (one) => taken.push(one));
    bus.publish([given]);
    expect(taken[0]).toBe(given);
  });

  it.each(["__proto__", "constructor", "toString", "**", "*a", "~a"])("treats %s as a name like any other", (name) => {
    const { bus, heard, hear } = newBus();
    bus.onChange(name, hear("own"));
    bus.onChange("other", hear("other"));
    bus.publish([change("a")]);
    expect(heard).toEqual([]);
    bus.publish([change(name)]);
    expect(heard).toEqual([`own:${name}`]);
  });

  it("calls a function registered twice twice, and stops each by itself", () => {
    const { bus, heard, hear } = newBus();
    const listener = hear("twice");
    const stop = bus.onChange("a", listener);
    bus.onChange("a", listener);
    bus.publish([change("a")]);
    stop();
    stop();
    bus.publish([change("a")]);
    expect(heard).toHaveLength(3);
  });

  it("refuses a listener that is no function", () => {
    const { bus } = newBus();
    expect(() => bus.onChange("a", undefined as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS", message: "A listener must be a function, not undefined." }),
    );
  });

  describe("options", () => {
    it("once: hears of one change only", () => {
      const { bus, heard, hear } = newBus();
      bus.onChange("a", hear("once"), { once: true });
      bus.publish([change("a"), change("a")]);
      expect(heard).toEqual(["once:a"]);
    });

    it("once: is not called again by a change made inside it", () => {
      const { bus, heard, hear } = newBus();
      const listener = (one: FlagChange) => {
        hear("once")(one);
        bus.publish([change("a")]);
      };
      bus.onChange("a", listener, { once: true });
      bus.publish([change("a")]);
      expect(heard).toEqual(["once:a"]);
    });

    it("signal: stops when aborted, and never begins where it was", () => {
      const { bus, heard, hear } = newBus();
      const controller = new AbortController();
      bus.onChange("a", hear("a"), { signal: controller.signal });
      bus.publish([change("a")]);
      controller.abort();
      bus.publish([change("a")]);
      bus.onChange("a", hear("late"), { signal: controller.signal })();
      bus.publish([change("a")]);
      expect(heard).toEqual(["a:a"]);
    });

    it("signal: keeps nothing of a listener that has stopped", () => {
      const { bus } = newBus();
      const listeners = new Set<unknown>();
      const signal = {
        aborted: false,
        addEventListener: (_: string, listener: unknown) => listeners.add(listener),
        removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
      } as unknown as AbortSignal;
      const stop = bus.onChange("a", () => {}, { signal });
      bus.onChange("a", () => {}, { signal, once: true });
      expect(listeners.size).toBe(2);
      stop();
      bus.publish([change("a")]);
      expect(listeners.size).toBe(0);
    });
  });

  describe("a listener that fails", () => {
    it("disturbs nobody, and is reported with flag and cause", () => {
      const { bus, errors, heard, hear } = newBus();
      const cause = new Error("boom");
      bus.onChange("a", () => {
        throw cause;
      });
      bus.onChange("a", hear("after"));
      bus.onChange("*", hear("any"));
      bus.publish([change("a"), change("b")]);
      expect(heard).toEqual(["after:a", "any:a", "any:b"]);
      expect(errors).toMatchObject([
        { code: "LISTENER_FAILED", flag: "a", cause, message: 'A listener failed on the change of "a": boom' },
      ]);
    });

    it("is reported too where its promise rejects", async () => {
      const { bus, errors, heard, hear } = newBus();
      const cause = new Error("later");
      bus.onChange("*", async () => {
        throw cause;
      });
      bus.onChange("*", async () => "fine");
      bus.onChange("*", hear("any"));
      bus.publish([change("a")]);
      expect(heard).toEqual(["any:a"]);
      await settled();
      expect(errors).toMatchObject([{ code: "LISTENER_FAILED", flag: "a", cause }]);
    });

    it("disturbs nobody even where the report fails", async () => {
      const heard: string[] = [];
      const bus = new ChangeBus({
        onError: () => {
          throw new Error("nobody listens");
        },
      });
      bus.onChange("a", () => {
        throw new Error("boom");
      });
      bus.onChange("a", async () => {
        throw new Error("later");
      });
      bus.onChange("a", () => void heard.push("after"));
      bus.publish([change("a")]);
      bus.publish([change("a")]);
      await settled();
      expect(heard).toEqual(["after", "after"]);
    });
  });

  describe("inside a delivery", () => {
    it("a change waits until those before it have reached everybody", () => {
      const { bus, heard, hear } = newBus();
      bus.onChange("a", (one) => {
        hear("first")(one);
        bus.publish([change("c")]);
        bus.publish([change("d")]);
        heard.push("first done");
      });
      bus.onChange("c", () => bus.publish([change("e")]));
      bus.onChange("*", hear("any"));
      bus.publish([change("a"), change("b")]);
      expect(heard).toEqual(["first:a", "first done", "any:a", "any:b", "any:c", "any:d", "any:e"]);
    });

    it("a listener that was added hears of the next change only", () => {
      const { bus, heard, hear } = newBus();
      bus.onChange("a", () => bus.onChange("*", hear("new")), { once: true });
      bus.onChange("a", hear("a"));
      bus.publish([change("a"), change("b")]);
      expect(heard).toEqual(["a:a", "new:b"]);
    });

    it("a listener that was removed is not called again, and nobody is skipped", () => {
      const { bus, heard, hear } = newBus();
      bus.onChange("a", () => {
        stopSelf();
        stopNext();
      });
      const stopSelf = bus.onChange("a", hear("self"));
      const stopNext = bus.onChange("*", hear("next"));
      bus.onChange("a", hear("a"));
      bus.onChange("*", hear("any"));
      bus.publish([change("a"), change("b")]);
      expect(heard).toEqual(["a:a", "any:a", "any:b"]);
    });
  });

  it("calls listeners outside the ambient context of whoever made the change", async () => {
    const storage = new AsyncLocalStorage<string>();
    const { bus, errors } = newBus((run) => storage.exit(run));
    const seen: unknown[] = [];
    bus.onChange("a", async () => {
      seen.push(storage.getStore());
      await settled();
      seen.push(storage.getStore());
      throw new Error("boom");
    });
    storage.run("caller", () => bus.publish([change("a")]));
    await settled();
    await settled();
    await settled();
    expect(seen).toEqual([undefined, undefined]);
    expect(errors).toHaveLength(1);
  });
});
