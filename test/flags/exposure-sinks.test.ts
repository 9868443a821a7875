import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFlags, defineFlags, type Exposure, type ExposureSink, flag } from "burgee";
import { jsonLinesExposures } from "burgee/exposures";
import { afterEach, describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../changes/fixtures/temporary-folder.js";
import { exposuresOf } from "./fixtures/exposed.js";
import { errorsOf, isolated, rejectionOf, settled } from "./fixtures/isolated.js";

const registry = defineFlags({ banner: flag.boolean({ default: false, rule: { rollout: 50 } }) });
const create = (exposures: { sinks: ExposureSink[]; window?: number }, more: object = {}) =>
  createFlags(registry, { ...isolated, exposures, ...more });

function askAbout(flags: ReturnType<typeof create>, count: number, from = 1): void {
  for (let number = from; number < from + count; number++) flags.isEnabled("banner", { userId: `u${number}` });
}

/** A sink that keeps each batch, and refuses while it is broken. */
class List implements ExposureSink {
  readonly name = "list";
  readonly batches: (readonly Exposure[])[] = [];
  broken = false;
  closed = 0;

  get units(): string[] {
    return this.batches.flat().map(({ unit }) => unit);
  }
  write(exposures: readonly Exposure[]): void {
    if (this.broken) throw new Error("disk full");
    this.batches.push(exposures);
  }
  close(): void {
    this.closed += 1;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe("an exposure sink", () => {
  it("gets what happened in one turn in one batch, whether anybody listens or not", async () => {
    const list = new List();
    const flags = create({ sinks: [list] });
    askAbout(flags, 3);
    expect(list.batches).toEqual([]);
    await Promise.resolve();
    expect(list.batches.map((batch) => batch.map(({ unit, sequence }) => `${unit} ${sequence}`))).toEqual([
      ["u1 1", "u2 2", "u3 3"],
    ]);
    const stop = flags.on("exposure", () => {});
    askAbout(flags, 1, 4);
    stop();
    askAbout(flags, 5);
    await settled();
    expect(list.units).toEqual(["u1", "u2", "u3", "u4", "u5"]);
  });

  it("gets what listeners get, before they do, as every other sink does", async () => {
    const [one, other] = [new List(), new List()];
    const flags = create({ sinks: [one, other] });
    const heard: unknown[] = [];
    flags.on("exposure", (exposure) => heard.push(exposure, one.units.length, other.units.length));
    askAbout(flags, 2);
    await settled();
    const [first, second] = one.batches.flat();
    expect(heard).toEqual([first, 2, 2, second, 2, 2]);
    expect(other.batches).toEqual(one.batches);
  });

  it("is called outside the context of whoever asked", async () => {
    const contexts: unknown[] = [];
    const flags = create({ sinks: [{ name: "own", write: () => void contexts.push(flags.snapshot().context) }] });
    flags.runWithContext({ userId: "u1" }, () => flags.isEnabled("banner"));
    await settled();
    expect(contexts).toEqual([{}]);
  });

  it("may evaluate flags while it writes", async () => {
    const list = new List();
    const write = (exposures: readonly Exposure[]) => {
      list.write(exposures);
      if (list.units.length === 1) askAbout(flags, 2_000, 2);
    };
    const flags = create({ sinks: [{ name: "own", write }] });
    askAbout(flags, 1);
    await flags.flush();
    expect(list.units).toEqual(Array.from({ length: 2_001 }, (_, index) => `u${index + 1}`));
  });

  it("that refuses is told of, and gets the same again, in order", async () => {
    vi.useFakeTimers();
    const list = new List();
    const flags = create({ sinks: [list] });
    const errors = errorsOf(flags);
    list.broken = true;
    askAbout(flags, 2);
    const failed = {
      code: "EXPOSURE_SINK_FAILED",
      message: 'The exposure sink "list" refused exposures from 1 on, which are kept: disk full',
    };
    expect(await rejectionOf(flags.flush())).toMatchObject(failed);
    expect(errors).toMatchObject([failed]);
    askAbout(flags, 1, 3);
    list.broken = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(list.units).toEqual(["u1", "u2", "u3"]);
    await flags.flush();
  });

  it("that does not keep up costs no more memory than 100,000 exposures", async () => {
    const written: number[] = [];
    let free = () => {};
    const write = (exposures: readonly Exposure[]) => {
      written.push(...exposures.map(({ sequence }) => sequence));
      return new Promise<void>((resolve) => {
        free = resolve;
      });
    };
    const flags = create({ sinks: [{ name: "slow", write }] });
    const errors = errorsOf(flags);
    askAbout(flags, 150_000);
    expect(errors).toMatchObject([
      {
        code: "EXPOSURE_OVERFLOW",
        message:
          'The exposure sink "slow" has kept 100000 exposures waiting; the oldest are dropped from now on, exposure 1001 first',
      },
    ]);
    const closing = flags.close();
    for (let turn = 0; turn < 1_000 && written.at(-1) !== 150_000; turn++) {
      free();
      await Promise.resolve();
    }
    free();
    await closing;
    expect([written[0], written[999], written[1_000], written.length]).toEqual([1, 1_000, 51_001, 100_000]);
    expect(errors.slice(1)).toMatchObject([
      { code: "EXPOSURE_OVERFLOW", message: 'The exposure sink "slow" is back, and lacks 50000 exposures for good' },
    ]);
  });

  it("is one of a list that is copied", async () => {
    const list = new List();
    const exposures: { sinks: ExposureSink[]; window?: number } = { sinks: [list], window: 1 };
    const flags = create(exposures);
    exposures.sinks.length = 0;
    exposures.window = 100;
    for (const _turn of [1, 2]) askAbout(flags, 2);
    await flags.flush();
    expect(list.units).toEqual(["u1", "u2", "u1", "u2"]);
  });
});

describe("flush", () => {
  it("brings everything to listeners and sinks", async () => {
    const list = new List();
    const flags = create({ sinks: [list] });
    const exposures = exposuresOf(flags);
    askAbout(flags, 2);
    const flushed = flags.flush();
    expect([list.units.length, exposures.length]).toEqual([2, 2]);
    await flushed;
    await flags.flush();
    expect([list.units.length, exposures.length]).toEqual([2, 2]);
  });

  it("waits for a sink that takes its time", async () => {
    let written = false;
    const write = async () => {
      await settled();
      written = true;
    };
    const flags = create({ sinks: [{ name: "slow", write }] });
    askAbout(flags, 1);
    await flags.flush();
    expect(written).toBe(true);
  });
});

describe("close", () => {
  it("brings everything to listeners and sinks, that of the same turn too, and closes the sinks once", async () => {
    const list = new List();
    const flags = create({ sinks: [list] });
    const exposures = exposuresOf(flags);
    askAbout(flags, 2);
    await Promise.all([flags.close(), flags.close()]);
    expect(exposures.map(({ unit }) => unit)).toEqual(["u1", "u2"]);
    expect([list.units, list.closed]).toEqual([["u1", "u2"], 1]);
    await flags.flush();
  });

  it("is the end: whatever is asked afterwards is answered, and told to nobody", async () => {
    const list = new List();
    const flags = create({ sinks: [list] });
    const exposures = exposuresOf(flags);
    askAbout(flags, 1);
    const closing = flags.close();
    askAbout(flags, 10);
    await closing;
    const late = exposuresOf(flags);
    askAbout(flags, 10);
    await settled();
    expect([list.units, exposures.length, late.length]).toEqual([["u1"], 1, 0]);
    expect(typeof flags.isEnabled("banner", { userId: "u1" })).toBe("boolean");
  });

  it("stays the end for whoever listens afterwards, the first listener included", async () => {
    const flags = create({ sinks: [] });
    await flags.close();
    const exposures = exposuresOf(flags);
    askAbout(flags, 10);
    await settled();
    expect(exposures).toEqual([]);
  });

  it("may be asked for again by a listener that it delivers to", async () => {
    let closed = 0;
    const source = { name: "source", prepare: () => undefined, close: () => void closed++ };
    const flags = create({ sinks: [] }, { resolvers: [source, "rollout"] });
    const heard: string[] = [];
    flags.on("exposure", ({ unit }) => {
      heard.push(unit);
      expect(flags.close()).toBe(closing);
      heard.push("closing");
    });
    askAbout(flags, 1);
    const closing = flags.close();
    await closing;
    expect([heard, closed]).toEqual([["u1", "closing"], 1]);
  });

  it("delivers what waits to a listener that asks again, and no more", async () => {
    const flags = create({ sinks: [] });
    const heard: string[] = [];
    flags.on("exposure", ({ unit }) => {
      heard.push(unit);
      askAbout(flags, 10);
    });
    askAbout(flags, 2);
    await flags.close();
    expect(heard).toEqual(["u1", "u2"]);
  });

  it("may come from a listener, and loses nothing even so", async () => {
    const list = new List();
    const flags = create({ sinks: [list] });
    const heard: string[] = [];
    let closing: Promise<void> | undefined;
    flags.on("exposure", ({ unit }) => {
      heard.push(unit);
      if (closing !== undefined) return;
      askAbout(flags, 1, 10);
      closing = flags.close();
    });
    askAbout(flags, 2);
    await settled();
    await closing;
    expect(heard).toEqual(["u1", "u2", "u10"]);
    expect([list.units, list.closed]).toEqual([["u1", "u2", "u10"], 1]);
  });

  it("tells what a sink refuses to the end", async () => {
    const list = new List();
    const flags = create({ sinks: [list] });
    const errors = errorsOf(flags);
    list.broken = true;
    askAbout(flags, 2);
    await flags.close();
    expect(errors.at(-1)).toMatchObject({
      code: "EXPOSURE_SINK_FAILED",
      message: 'The exposure sink "list" was closed without 2 exposures that it refused: disk full',
    });
    expect(list.closed).toBe(1);
  });
});

describe("a process", () => {
  const program = fileURLToPath(new URL("fixtures/exposing-program.ts", import.meta.url));
  const run = async (...words: readonly string[]) =>
    (await promisify(execFile)(process.execPath, ["--import", "tsx", ...words])).stdout;

  it("that evaluates and closes at once has everything in its file", async () => {
    const path = join(temporaryFolder(), "exposures.jsonl");
    await run(program, "20000", path);
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    const exposures = lines.map((line): Exposure => JSON.parse(line));
    expect(exposures.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1));
    expect(new Set(exposures.map(({ unit }) => unit)).size).toBe(20_000);
    expect(exposures.every(({ variant, value }) => variant === value)).toBe(true);
  });

  it("shares a file with others", async () => {
    const path = join(temporaryFolder(), "exposures.jsonl");
    await Promise.all([run(program, "5000", path), run(program, "5000", path)]);
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    const units = lines.map((line): string => JSON.parse(line).unit);
    expect([units.length, new Set(units).size]).toEqual([10_000, 5_000]);
  });

  it("never takes what another is just writing for what a crash left", async () => {
    const path = join(temporaryFolder(), "exposures.jsonl");
    const other = fork(fileURLToPath(new URL("fixtures/appending-program.mjs", import.meta.url)), [path]);
    await once(other, "message");
    const sink = jsonLinesExposures({ path });
    for (let count = 0; count < 60; count++) await sink.write([{ unit: `u${count}` } as Exposure]);
    await sink.close?.();
    other.send("enough");
    await once(other, "exit");
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    const units = lines.map((line): string | undefined => JSON.parse(line).unit).filter((unit) => unit !== undefined);
    expect(units).toEqual(Array.from({ length: 60 }, (_, count) => `u${count}`));
  });

  it("that asks about very many users in one turn needs little memory", async () => {
    expect(await run("--max-old-space-size=48", program, "500000")).toBe("500000");
  });
});

describe("jsonLinesExposures", () => {
  it("is a sink that flags bring exposures to", async () => {
    const path = join(temporaryFolder(), "exposures.jsonl");
    const flags = create({ sinks: [jsonLinesExposures({ path })] });
    const exposures = exposuresOf(flags);
    askAbout(flags, 3);
    await flags.flush();
    expect(readFileSync(path, "utf8")).toBe(exposures.map((exposure) => `${JSON.stringify(exposure)}\n`).join(""));
    await flags.close();
  });
});
