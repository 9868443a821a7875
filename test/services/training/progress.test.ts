import {
  advanceProgress,
  formatProgress,
  noProgress,
  progressWriter,
  type TrainingEvent,
  type TrainingNews,
} from "burgee/services/training";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const event = (news: TrainingNews, at = 0): TrainingEvent => ({ ...news, id: "x", at });
const start = (steps = 500, resumedFrom: number | null = null, at = 1_000) =>
  event(
    {
      type: "start",
      rank: 0,
      worldSize: 1,
      pid: 1,
      python: "3",
      torch: "2",
      strategy: "single",
      device: "cpu",
      parameters: 1,
      shardParameters: 1,
      resumedFrom,
      steps,
    },
    at,
  );
const step = (number: number, at: number, loss = 1.8342) =>
  event({ type: "step", step: number, loss, samplesPerSecond: 5_200.4, memoryBytes: 412_345_678 }, at);
const progressOf = (...events: TrainingEvent[]) => events.reduce(advanceProgress, noProgress);

describe("a line of progress", () => {
  it("has a bar, the share, the step, the loss, the time that is left, the speed and the memory", () => {
    const text = formatProgress(progressOf(start(), step(190, 20_000)), { width: 120 });
    expect(text).toBe(
      "[███████████▍                  ]   38 %  step 190/500  loss 1.8342  31 s left  5,200 samples/s  412 MB",
    );
  });

  it("does not go back where a rank starts after the first steps", () => {
    const before = progressOf(start(), step(5, 11_000));
    expect(advanceProgress(before, start(500, null, 12_000))).toEqual({ ...before, at: 12_000 });
  });

  it("tells the time that is left by this run alone", () => {
    expect(formatProgress(progressOf(start(), step(100, 11_000)), { width: 200 })).toContain("  40 s left");
    expect(formatProgress(progressOf(start(500, 90), step(100, 11_000)), { width: 200 })).toContain(
      "  6 min 40 s left",
    );
    expect(formatProgress(progressOf(start(50_000), step(1, 3_000)), { width: 200 })).toContain("  27 h 46 min left");
    expect(formatProgress(progressOf(start(500, 90)), { width: 200 })).not.toContain("left");
  });

  it("gives up what is least needed where there is little room", () => {
    const progress = progressOf(start(), step(190, 20_000));
    expect(formatProgress(progress, { width: 60 })).toBe(
      "[█████████               ]   38 %  step 190/500  loss 1.8342",
    );
    expect(formatProgress(progress, { width: 30 })).toBe("[██▋    ]   38 %  step 190/500");
    expect(formatProgress(progress, { width: 25 })).toBe(" 38 %  step 190/500");
    expect(formatProgress(progress, { width: 4 })).toBe(" 38 ");
    expect(formatProgress(progress)).toBe(
      "[██████          ]   38 %  step 190/500  loss 1.8342  31 s left  5,200 samples/s",
    );
  });

  it("says how it stands before the first step, and at the end", () => {
    expect(formatProgress(noProgress)).toBe("starting");
    expect(formatProgress(progressOf(start()), { width: 60 })).toMatch(/^\[ +\] {4}0 % {2}step 0\/500$/);
    const done = event({ type: "done", step: 500, loss: null, path: null });
    expect(formatProgress(progressOf(start(), step(499, 2_000), done), { width: 60 })).toMatch(
      / done {2}100 % {2}step 500\/500 {2}loss 1\.83/,
    );
    const cancelled = event({ type: "cancelled", step: 7, path: null });
    expect(formatProgress(progressOf(start(), cancelled))).toContain("cancelled    1 %  step 7/500");
    const failed = event({ type: "failed", reason: "lost", message: "gone" });
    expect(formatProgress(progressOf(failed))).toBe("failed  step 0");
    expect(formatProgress(progressOf(step(4, 1)), { width: 12 })).toBe("step 4");
  });

  it("never is wider than its room, and events change no progress that was given", () => {
    const number = fc.integer({ min: 0, max: 1e9 });
    const anyEvent = fc.oneof(
      fc.tuple(number, fc.option(number), number).map(([steps, from, at]) => start(steps, from, at)),
      fc.tuple(number, number, fc.double({ noNaN: true })).map(([at, by, loss]) => step(by, at, loss)),
      fc.tuple(number, number).map(([by, at]) => event({ type: "done", step: by, loss: null, path: null }, at)),
    );
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 6 }), fc.integer({ min: 1, max: 200 }), (events, width) => {
        let progress = noProgress;
        for (const one of events) {
          progress = Object.freeze(advanceProgress(progress, one));
          const text = formatProgress(progress, { width });
          expect(text.length).toBeLessThanOrEqual(width);
          expect(text).not.toMatch(/NaN|Infinity\/|undefined|\n/);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a writer of progress", () => {
  const written = (isTTY: boolean, ...events: TrainingEvent[]) => {
    let text = "";
    const write = progressWriter({
      isTTY,
      columns: 60,
      write: (chunk: string) => {
        text += chunk;
      },
    });
    for (const one of events) write(one);
    return text;
  };
  const story = [
    event({ type: "launch", python: "python3", strategy: "single", pids: [1] }),
    start(),
    step(190, 20_000),
    event({ type: "checkpoint", step: 190, path: "/kept/step-190" }),
    event({ type: "log", rank: 0, level: "info", message: "quiet" }),
    event({ type: "log", rank: 0, level: "warn", message: "loud\u001b[2J\r" }),
    step(380, 39_000),
  ];

  it("writes lines where nobody looks", () => {
    const done = event({ type: "done", step: 500, loss: 0.5, path: null });
    expect(written(false, ...story, done).split("\n")).toEqual([
      expect.stringMatching(/^\[.*step 190\/500.*412 MB$/),
      "checkpoint of step 190: /kept/step-190",
      "warn: loud�[2J�",
      expect.stringMatching(/^\[.*step 380\/500.*MB$/),
      expect.stringMatching(/^\[█{30}\] {2}done {2}100 %/),
      "",
    ]);
  });

  it("takes a terminal that does not know its width for one of 80 columns", () => {
    let text = "";
    const write = progressWriter({ isTTY: true, columns: 0, write: (chunk: string) => (text += chunk) });
    for (const one of [start(), step(190, 20_000)]) write(one);
    expect(text.split("\r\u001b[K").at(-1)).toHaveLength(79);
  });

  it("moves a bar on a terminal, with lines above it, and leaves the cursor below", () => {
    const failed = event({ type: "failed", reason: "lost", message: "gone" });
    const text = written(true, ...story, failed);
    expect(text.startsWith("starting\r\u001b[K")).toBe(true);
    expect(text).toContain("\r\u001b[Kcheckpoint of step 190: /kept/step-190\n[");
    expect(text.endsWith("\n")).toBe(true);
    const lines = text.split("\n").map((line) => line.split("\r\u001b[K").at(-1));
    expect(lines).toEqual([
      "checkpoint of step 190: /kept/step-190",
      "warn: loud�[2J�",
      "gone",
      expect.stringContaining("failed   76 %  step 380/500"),
      "",
    ]);
    for (const part of text.replaceAll("\r\u001b[K", "\n").split("\n")) expect(part.length).toBeLessThan(120);
  });
});
