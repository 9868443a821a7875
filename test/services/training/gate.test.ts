import { createFlags, defineFlags, flag } from "burgee";
import { fsdpFlag, type TrainingEvent, trainerFactory } from "burgee/services/training";
import { describe, expect, it, onTestFinished } from "vitest";
import { job, listener, standIn } from "./stand-in.js";

function flagsOf(variables: Record<string, string> = {}) {
  const registry = defineFlags({ enable_fsdp: fsdpFlag(), sharded: fsdpFlag({ env: "SHARDED", default: true }) });
  const flags = createFlags(registry, { profile: false, logger: false, env: { files: [], variables } });
  onTestFinished(() => flags.close());
  return flags;
}

const strategyOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.type === "launch" ? [`${event.strategy} ${event.pids.length}`] : []));

describe("training behind its flag", () => {
  it("is off unless ENABLE_FSDP says otherwise, and truly trains in one process then", async () => {
    const training = trainerFactory(flagsOf(), { ...standIn("good"), processes: 3 });
    const { events, onEvent } = listener();
    expect(await training.service.train(job, { onEvent })).toMatchObject({ outcome: "done" });
    expect(strategyOf(events)).toEqual(["single 1"]);
    expect(training.status()).toMatchObject({ flag: "enable_fsdp", state: "disabled" });
  });

  it("takes several processes while it is on", async () => {
    const training = trainerFactory(flagsOf({ ENABLE_FSDP: "true" }), {
      ...standIn("good"),
      processes: 3,
      name: "training",
    });
    const { events, onEvent } = listener();
    expect(await training.service.train(job, { onEvent })).toMatchObject({ outcome: "done" });
    expect(strategyOf(events)).toEqual(["fsdp1 3"]);
    expect(training.status()).toMatchObject({ name: "training", state: "ready" });
  });

  it("lets a training go on when the flag is switched, and finds it afterwards", async () => {
    const flags = flagsOf();
    const training = trainerFactory(flags, standIn("hang"));
    const { service } = training;
    const first = listener();
    const one = service.train({ ...job, id: "one" }, { onEvent: first.onEvent });
    await first.first(({ type }) => type === "checkpoint");
    flags.setFlag("enable_fsdp", true);
    await training.ready();
    const second = listener();
    const two = service.train({ ...job, id: "two" }, { onEvent: second.onEvent });
    await second.first(({ type }) => type === "checkpoint");
    flags.setFlag("enable_fsdp", false);
    expect((await service.listJobs()).map(({ id, trainer, endedAt }) => [id, trainer, endedAt])).toEqual([
      ["one", "default", null],
      ["two", "fsdp", null],
    ]);
    expect(await service.cancel("two")).toMatchObject([{ state: "cancelled" }]);
    flags.setFlag("enable_fsdp", true);
    await training.ready();
    expect(await service.cancel("one")).toMatchObject([{ state: "cancelled", trainer: "default" }]);
    expect([await one, await two]).toMatchObject([{ outcome: "cancelled" }, { outcome: "cancelled" }]);
  });

  it("can be another flag's", async () => {
    const training = trainerFactory(flagsOf(), { ...standIn("good"), flag: "sharded" });
    const { events, onEvent } = listener();
    await training.service.train(job, { onEvent });
    expect(strategyOf(events)).toEqual(["fsdp1 2"]);
  });

  it("takes the interpreter that the flags' variables name, whether it is on or off", async () => {
    const { python, env } = standIn("good");
    for (const ENABLE_FSDP of ["false", "true"]) {
      const flags = flagsOf({ ENABLE_FSDP, BURGEE_PYTHON: python });
      const training = trainerFactory(flags, { env });
      await training.ready();
      expect(await training.service.probe()).toMatchObject({ python });
    }
    const other = standIn("good").python;
    const flags = flagsOf({ BURGEE_PYTHON: "/nowhere/python" });
    for (const options of [{ python: other }, { variables: { BURGEE_PYTHON: other, PATH: process.env.PATH } }])
      expect(await trainerFactory(flags, { ...options, env, name: python }).service.probe()).toMatchObject({
        python: other,
      });
  });

  it("is healthy where it finds an interpreter that can do what was asked", async () => {
    const check = async (probe: object) => {
      const flags = flagsOf({ ENABLE_FSDP: "true" });
      await trainerFactory(flags, standIn("good", probe)).ready();
      return (await flags.checkServices({ timeoutMs: 60_000 }))[0];
    };
    expect(await check({})).toMatchObject({ state: "ready", healthy: true });
    expect(await check({ torch: "1.13.1", fsdp1: false })).toMatchObject({
      healthy: false,
      error: { message: expect.stringContaining("FSDP on the CPU needs torch 2.4 or newer") },
    });
  });

  it("refuses options that cannot be used, before anybody turns it on", () => {
    expect(() => trainerFactory(flagsOf(), { processes: 0 })).toThrow("`processes` must be at least 1");
    expect(() => trainerFactory(flagsOf(), { proceses: 2 } as never)).toThrow('did you mean "processes"?');
  });

  it("needs a flag that is there, and is boolean", () => {
    const registry = defineFlags({ model: flag.string({ default: "small" }), plain: flag.boolean({ default: true }) });
    const flags = createFlags(registry, {
      profile: false,
      logger: false,
    });
    onTestFinished(() => flags.close());
    // @ts-expect-error there is no flag 'enable_fsdp' in this registry
    expect(() => trainerFactory(flags)).toThrow(expect.objectContaining({ code: "FLAG_NOT_FOUND" }));
    // @ts-expect-error 'model' is not a boolean flag
    expect(() => trainerFactory(flags, { flag: "model" })).toThrow(expect.objectContaining({ code: "TYPE_MISMATCH" }));
    // @ts-expect-error what 'plain' requires does not give what this service needs
    expect(() => trainerFactory(flags, { flag: "plain" })).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTIONS",
        message: 'trainerFactory needs a flag that fsdpFlag() defines, and "plain" is none',
      }),
    );
  });
});
