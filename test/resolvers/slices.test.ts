import { afterEach, describe, expect, it, vi } from "vitest";
import { inSlices } from "../../src/resolvers/slices.js";
import type { Steps } from "../../src/resolvers/steps.js";
import { settled } from "../flags/fixtures/isolated.js";

function* count(to: number, seen: number[] = []): Steps<number> {
  for (let next = 0; next < to; next++) {
    seen.push(next);
    yield;
  }
  return to;
}

/** A machine on which each step takes so many milliseconds. */
function slow(milliseconds: number): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += milliseconds;
    return now;
  });
}

/** The steps that were done in each turn of the event loop, until the work is done. */
async function perTurn(seen: readonly number[], work: Promise<unknown>): Promise<number[]> {
  const turns: number[] = [];
  let over = false;
  work.finally(() => {
    over = true;
  });
  for (let before = 0; !over; before = seen.length) {
    await settled();
    turns.push(seen.length - before);
  }
  return turns;
}

describe("inSlices", () => {
  afterEach(() => vi.restoreAllMocks());

  it("takes as many steps at a time as take 8 ms, each slice in a turn of its own", async () => {
    slow(1);
    const seen: number[] = [];
    const work = inSlices(count(20, seen));
    expect(seen).toEqual([]);
    expect((await perTurn(seen, work)).filter((steps) => steps > 0)).toEqual([8, 8, 4]);
    expect(await work).toBe(20);
  });

  it("takes one step at a time where each takes too long, and all at once where they take nothing", async () => {
    slow(100);
    const three: number[] = [];
    expect((await perTurn(three, inSlices(count(3, three)))).filter((steps) => steps > 0)).toEqual([1, 1, 1]);
    slow(0);
    const many: number[] = [];
    expect((await perTurn(many, inSlices(count(1_000, many)))).filter((steps) => steps > 0)).toEqual([1_000]);
  });

  it("passes a failure on, and stops between slices when it is told to", async () => {
    slow(100);
    await expect(
      inSlices(
        (function* () {
          yield;
          throw new Error("oops");
        })(),
      ),
    ).rejects.toThrow("oops");
    const seen: number[] = [];
    const aborting = new AbortController();
    const work = inSlices(
      (function* (): Steps<void> {
        for (const step of count(9, seen)) {
          if (seen.length === 2) aborting.abort(new Error("closed"));
          yield step;
        }
      })(),
      aborting.signal,
    );
    await expect(work).rejects.toThrow("closed");
    expect(seen).toEqual([0, 1]);
  });
});
