import type { AdapterInfo, Figures, Measured, SideBySide } from "../../bench/report/results.js";

/** One adapter's figures, for tests of the report. */
export function measured(name: string, info: Partial<AdapterInfo>, figures: Partial<Measured> = {}): Measured {
  const whole: AdapterInfo = { title: name, mode: "sync", note: `how ${name} is asked`, ...info };
  return { name, info: whole, rounds: [], cold: [], heap: [], ...figures };
}

/** Rounds in which every workload took as long, W5 a hundred times that. */
export function rounds(...times: readonly number[]): readonly Figures[] {
  return times.map((time) => ({ w1: time, w2: time, w3: time, w4: time, w5: time * 100 }));
}

/** A floor, burgee and two other SDKs, of which one is faster at everything but memory. */
export const run: SideBySide = {
  measuredAt: "2026-01-02T03:04:05.000Z",
  command: "npm run bench",
  machine: { cpu: "A CPU", cores: 2, memoryBytes: 8 * 2 ** 30, system: "Linux x64", node: "v20.19.0", v8: "11.3" },
  measured: [
    measured(
      "slow",
      { title: "slow & steady", package: "slow-sdk", mode: "async" },
      {
        version: "1.2.3",
        footprint: { packages: 30, bytes: 9_000_000 },
        rounds: rounds(4_000, 5_000, 6_000),
        bytes: { w1: 1_200, w2: 1_200, w3: 1_200, w4: 1_200 },
        cold: [{ import: 50, total: 70 }],
        heap: [500_000],
      },
    ),
    measured(
      "burgee",
      { package: "burgee" },
      {
        version: "0.1.0",
        footprint: { packages: 5, bytes: 1_000_000 },
        rounds: rounds(30, 20, 10),
        bytes: { w1: 0, w2: 0, w3: 0, w4: 0 },
        cold: [
          { import: 8, total: 20 },
          { import: 9, total: 24 },
          { import: 10, total: 22 },
        ],
        heap: [2_000_000],
      },
    ),
    measured(
      "raw",
      { title: "raw floor", floor: true },
      { rounds: rounds(10, 10, 10), cold: [{ import: 1, total: 2 }] },
    ),
    measured("raw-seeded", { title: "raw floor, seeded", floor: true }, { rounds: [{ w2: 5, w3: 5, w5: 500 }] }),
    measured(
      "fast",
      { title: "fast", package: "fast-sdk" },
      { version: "4.5.6", rounds: rounds(100, 90, 110), cold: [{ import: 5, total: 11 }], heap: [3_000_000] },
    ),
    measured("burgee-full", { title: "burgee, full", package: "burgee" }, { version: "0.1.0", heap: [100_000] }),
  ],
};
