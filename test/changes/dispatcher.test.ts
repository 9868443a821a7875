import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Dispatcher } from "../../src/changes/dispatcher.js";

function newDispatcher(outside?: (run: () => void) => void) {
  const failures: unknown[] = [];
  const onFailure = (cause: unknown, { channels }: { readonly channels: readonly string[] }) =>
    void failures.push([channels, cause]);
  return { dispatcher: new Dispatcher<number>({ onFailure, outside }), failures };
}

describe("Dispatcher", () => {
  it("goes over the channels of a delivery in the order given", () => {
    const { dispatcher } = newDispatcher();
    const heard: string[] = [];
    for (const channel of ["a", "b", "c"]) dispatcher.subscribe(channel, (event) => heard.push(`${channel}${event}`));
    dispatcher.publish([
      { channels: ["c", "a"], event: 1 },
      { channels: ["b"], event: 2 },
    ]);
    expect(heard).toEqual(["c1", "a1", "b2"]);
  });

  it("reports the delivery that failed, and works like before afterwards", () => {
    const { dispatcher, failures } = newDispatcher();
    const heard: number[] = [];
    dispatcher.subscribe("a", (event) => {
      throw event;
    });
    dispatcher.subscribe("a", (event) => heard.push(event));
    dispatcher.publish([{ channels: ["a", "b"], event: 1 }]);
    dispatcher.publish([{ channels: ["a"], event: 2 }]);
    expect(heard).toEqual([1, 2]);
    expect(failures).toEqual([
      [["a", "b"], 1],
      [["a"], 2],
    ]);
  });

  it.each([{}, null, "now", 7, { aborted: false }, new AbortController()])(
    "refuses a signal that is none, and keeps no listener: %j",
    (signal) => {
      const { dispatcher } = newDispatcher();
      const heard: number[] = [];
      const subscribe = () => dispatcher.subscribe("a", (event) => heard.push(event), { signal: signal as never });
      expect(subscribe).toThrow(
        expect.objectContaining({ code: "INVALID_OPTIONS", message: "signal must be an AbortSignal" }),
      );
      dispatcher.publish([{ channels: ["a"], event: 1 }]);
      expect(heard).toEqual([]);
    },
  );

  it("counts a way outside that fails as the listener's failure", () => {
    const cause = new Error("no way out");
    const { dispatcher, failures } = newDispatcher(() => {
      throw cause;
    });
    dispatcher.subscribe("a", () => {});
    dispatcher.publish([{ channels: ["a"], event: 1 }]);
    expect(failures).toEqual([[["a"], cause]]);
  });

  it("notices a rejection whatever made the promise, and takes nothing else for one", async () => {
    const { dispatcher, failures } = newDispatcher();
    // Each realm (a vm context, a test runner's) has a Promise class of its own.
    const foreign: unknown = runInNewContext("Promise.reject('foreign')");
    expect(foreign).not.toBeInstanceOf(Promise);
    for (const result of [foreign, null, {}, 5]) dispatcher.subscribe("a", () => result);
    dispatcher.publish([{ channels: ["a"], event: 1 }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toEqual([[["a"], "foreign"]]);
  });
});
