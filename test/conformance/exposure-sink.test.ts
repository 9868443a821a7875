import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exposure, ExposureSink } from "burgee";
import { jsonLinesExposures } from "burgee/exposures";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../changes/fixtures/temporary-folder.js";

/** A sink, and how to read what it has. */
interface Made {
  readonly sink: ExposureSink;
  readonly held: () => readonly unknown[];
}

const sinks: Readonly<Record<string, () => Made>> = {
  jsonLinesExposures: () => {
    const path = join(temporaryFolder(), "exposures.jsonl");
    const held = () =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    const sink = jsonLinesExposures({ path });
    onTestFinished(async () => sink.close?.());
    return { sink, held };
  },
  "a list": () => {
    const exposures: Exposure[] = [];
    return { sink: { name: "list", write: (more) => void exposures.push(...more) }, held: () => exposures };
  },
};

function exposures(count: number, from = 1): Exposure[] {
  const values = [true, false, "treatment_a", 0.5, null, { model: "m", nested: [1, 'ü\n"💡'] }];
  return Array.from({ length: count }, (_, index) => {
    const sequence = from + index;
    const value = values[index % values.length];
    return Object.freeze({ flag: "model", value, unit: `用户 ${sequence}`, source: "rollout", at: 1e12, sequence });
  });
}

describe.each(Object.entries(sinks))("%s, as an exposure sink", (_name, make) => {
  it("has a name", () => {
    expect(make().sink.name).not.toBe("");
  });

  it("has what was written when the write is through, whole and in order", async () => {
    const { sink, held } = make();
    const all = exposures(2_500);
    await sink.write(all.slice(0, 1));
    expect(held()).toEqual(all.slice(0, 1));
    await sink.write(all.slice(1, 1_001));
    await sink.write(all.slice(1_001));
    expect(held()).toEqual(all);
    await sink.close?.();
    expect(held()).toEqual(all);
  });

  it("keeps the order of writes that nobody waited for", async () => {
    const { sink, held } = make();
    const all = exposures(50);
    await Promise.all(all.map((exposure) => sink.write([exposure])));
    await sink.close?.();
    expect(held()).toEqual(all);
  });

  it("changes nothing of what it is given", async () => {
    const { sink } = make();
    const given = Object.freeze(exposures(3));
    await sink.write(given);
    expect(given).toEqual(exposures(3));
  });

  it("can be closed where nothing was written, and again", async () => {
    const { sink } = make();
    await sink.close?.();
    await sink.close?.();
  });
});
