import { gate, gateBy } from "burgee";
import { describe, expect, it } from "vitest";
import { rejectionOf, settled } from "../flags/fixtures/isolated.js";
import { deferred, off, START, setUp } from "./fixtures/echo.js";

describe("flags.services()", () => {
  it("lists every gate, in order, until it is closed", async () => {
    const { flags, make, real } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off, name: "first" });
    const kind = gateBy(flags, "kind", { a: off, b: off });
    expect(flags.services().map(({ name, flag, state }) => [name, flag, state])).toEqual([
      ["first", "lamp", "disabled"],
      ["kind", "kind", "ready"],
    ]);
    flags.setFlag("lamp", true);
    const answer = lamp.service.echo("x");
    const closing = lamp.close();
    expect(lamp.close()).toBe(closing);
    expect(await lamp.service.echo("y")).toBe("null:y");
    expect(flags.services()).toHaveLength(2);
    real(1).calls[0]?.end();
    await closing;
    expect(await answer).toBe("1:x");
    expect(real(1).disposed).toBe(1);
    expect(flags.services().map(({ name }) => name)).toEqual(["kind"]);
    await kind[Symbol.asyncDispose]();
    expect(flags.services()).toEqual([]);
    // The flag is on, and the gate is closed.
    flags.setFlag("lamp", false);
    flags.setFlag("lamp", true);
    expect(await lamp.service.echo("y")).toBe("null:y");
    await lamp.ready();
    expect(lamp.status().state).toBe("disabled");
  });
});

describe("flags.checkServices()", () => {
  it("asks what is ready how it is", async () => {
    const { clock, flags, make } = setUp({ env: { variables: { API_KEY: "k-123456", PORT: "1" }, files: [] } });
    const answers: (() => unknown)[] = [
      () => undefined,
      () => false,
      () => Promise.reject(new Error("no access with k-123456")),
      () => new Promise(() => {}),
      () => true,
    ];
    let next = 0;
    const on = make;
    const keyed = gate(flags, "keyed", { on, off, healthCheck: () => answers[next++]?.() });
    gate(flags, "lamp", { on, off, healthCheck: () => false });
    await flags.checkServices();
    expect(next).toBe(0);
    flags.setFlag("keyed", true);
    await keyed.ready();
    const told: unknown[] = [];
    for (const _ of answers) {
      const checked = flags.checkServices({ timeoutMs: 200 });
      await settled();
      clock.set(clock.now() + 200);
      const [status] = await checked;
      told.push([status?.state, status?.healthy, status?.error?.message]);
    }
    expect(told).toEqual([
      ["ready", true, undefined],
      ["ready", false, 'the service "keyed" is not healthy'],
      ["ready", false, 'the service "keyed" is not healthy: no access with [hidden]'],
      ["ready", false, 'the service "keyed" did not answer its health check within 200 ms'],
      ["ready", true, undefined],
    ]);
    expect(clock.waiting).toEqual([]);
    expect((await rejectionOf(flags.checkServices({ timeoutMs: -1 }))).code).toBe("INVALID_OPTIONS");
    expect((await rejectionOf(flags.checkServices({ timeOutMs: 1 } as never))).code).toBe("INVALID_OPTIONS");
  });

  it("forgets an answer about a service that is gone by then", async () => {
    const { flags, make } = setUp();
    const answer = deferred<boolean>();
    const lamp = gate(flags, "lamp", { on: make, off, healthCheck: () => answer.promise });
    flags.setFlag("lamp", true);
    await lamp.ready();
    const checked = flags.checkServices();
    flags.setFlag("lamp", false);
    answer.resolve(false);
    expect(await checked).toMatchObject([{ state: "disabled", healthy: true }]);
  });
});

describe("flags.close()", () => {
  it("closes every gate, and waits for none before the audit log is written", async () => {
    const written: string[] = [];
    const sink = { name: "memory", write: () => {}, close: async () => void written.push("audit") };
    const { flags, make, real, clock } = setUp({ audit: { sinks: [sink] } });
    const lamp = gate(flags, "lamp", { on: make, off });
    flags.setFlag("lamp", true);
    const answer = lamp.service.echo("x");
    const closing = flags.close().then(() => written.push("closed"));
    await settled();
    await settled();
    expect(written).toEqual(["audit"]);
    real(1).calls[0]?.end();
    expect(await answer).toBe("1:x");
    await closing;
    expect(written).toEqual(["audit", "closed"]);
    expect(real(1).disposed).toBe(1);
    expect(flags.services()).toEqual([]);
    expect(await lamp.service.echo("x")).toBe("null:x");
    expect(clock.waiting).toEqual([]);
    expect(clock.now()).toBe(START);
  });
});
