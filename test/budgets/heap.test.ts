import { expect, test } from "vitest";
import { figures } from "./built.js";

// For 10,000 flags with metadata and dependencies, behind the default chain and with an audit log, in MB.
test.each([
  ["constant booleans", "constant", 6],
  ["a tenth rollouts and a tenth named values", "mixed", 8],
])("10,000 flags, %s, keep little heap", (_, kind, most) => {
  const { bytes, flags } = figures<{ bytes: number; flags: number }>("heap.mjs", ["--expose-gc"], [kind]);
  expect(flags).toBe(10_000);
  // Fewer than 100 bytes a flag would mean that the flags were collected.
  expect(bytes).toBeGreaterThan(1_000_000);
  expect(bytes).toBeLessThanOrEqual(most * 1e6);
});
