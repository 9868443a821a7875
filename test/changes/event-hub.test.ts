import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import type { Outside } from "../../src/changes/dispatcher.js";
import { EventHub } from "../../src/changes/event-hub.js";
import { BurgeeError } from "../../src/errors.js";

interface Events {
  readonly error: BurgeeError;
  readonly ready: { readonly at: number };
  readonly reload: { readonly changed: readonly string[] };
}

function newHub(outside?: Outside) {
  const last: BurgeeError[] = [];
  const hub = new EventHub<Events>({ lastResort: (error) => last.push(error), outside });
  const errors: BurgeeError[] = [];
  hub.on("error", (error) => errors.push(error));
  return { hub, last, errors };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const boom = new Error("boom");
const fail = () => {
  throw boom;
};

describe("EventHub", () => {
  it("tells an event's listeners, in order, with its payload", () => {
    const { hub } = newHub();
    const heard: unknown[] = [];
    hub.on("ready", ({ at }) => heard.push(["first", at]));
    hub.on("reload", ({ changed }) => heard.push(changed));
    hub.on("ready", ({ at }) => heard.push(["second", at]));
    hub.emit("ready", { at: 5 });
    expect(heard).toEqual([
      ["first", 5],
      ["second", 5],
    ]);
  });

  it("stops by function, by signal and after the first", () => {
    const { hub } = newHub();
    const heard: string[] = [];
    const controller = new AbortController();
    const stop = hub.on("ready", () => heard.push("stopped"));
    hub.on("ready", () => heard.push("aborted"), { signal: controller.signal });
    hub.once("ready", () => heard.push("once"), { once: false });
    hub.once("ready", () => heard.push("never"), { signal: AbortSignal.abort() });
    hub.emit("ready", { at: 1 });
    stop();
    controller.abort();
    hub.emit("ready", { at: 2 });
    expect(heard).toEqual(["stopped", "aborted", "once"]);
  });

  it("lets an event that a listener causes wait its turn", () => {
    const { hub } = newHub();
    const heard: string[] = [];
    hub.on("ready", () => {
      hub.emit("reload", { changed: [] });
      heard.push("first");
    });
    hub.on("ready", () => heard.push("second"));
    hub.on("reload", () => heard.push("reload"));
    hub.emit("ready", { at: 1 });
    expect(heard).toEqual(["first", "second", "reload"]);
  });

  it("makes an error event of a listener that fails, and tells the others all the same", async () => {
    const { hub, errors, last } = newHub();
    const heard: number[] = [];
    hub.on("ready", fail);
    hub.on("ready", async () => fail());
    hub.on("ready", ({ at }) => heard.push(at));
    hub.emit("ready", { at: 7 });
    await settled();
    expect(heard).toEqual([7]);
    const failure = { code: "LISTENER_FAILED", message: 'A listener failed on the event "ready": boom', cause: boom };
    expect(errors).toMatchObject([failure, failure]);
    expect(last).toEqual([]);
  });

  it("hands an error listener that fails to the last resort, and turns in no circle", async () => {
    const { hub, errors, last } = newHub();
    hub.on("error", fail);
    hub.on("error", async () => fail());
    const given = new BurgeeError("RELOAD_FAILED", "no such file");
    hub.emit("error", given);
    await settled();
    expect(errors).toEqual([given]);
    const failure = { code: "LISTENER_FAILED", message: 'A listener failed on the event "error": boom', cause: boom };
    expect(last).toMatchObject([failure, failure]);
  });

  it("does not throw where nobody listens, nor where the last resort fails", () => {
    const hub = new EventHub<Events>({ lastResort: fail });
    hub.emit("error", new BurgeeError("RELOAD_FAILED", "unheard"));
    hub.on("error", fail);
    expect(() => hub.emit("error", new BurgeeError("RELOAD_FAILED", "heard"))).not.toThrow();
  });

  it("refuses a listener that is no function", () => {
    const { hub } = newHub();
    expect(() => hub.on("ready", "listener" as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("calls listeners outside the ambient context", () => {
    const storage = new AsyncLocalStorage<string>();
    const { hub } = newHub((run) => storage.exit(run));
    const seen: unknown[] = [];
    hub.on("ready", () => seen.push(storage.getStore()));
    storage.run("caller", () => hub.emit("ready", { at: 1 }));
    expect(seen).toEqual([undefined]);
  });
});
