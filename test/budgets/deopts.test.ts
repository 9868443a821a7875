import { expect, test } from "vitest";
import { programPath, run } from "./built.js";

// Code that V8 has optimised stays so: after a warm-up, a million questions about contexts of many shapes and
// alphabets, with changes between, throw no optimised function away. --single-threaded compiles at the same calls in
// every run.
const words = ["--trace-deopt", "--single-threaded", "--allow-natives-syntax"];

test("once warm, nothing is deoptimised in a million questions", () => {
  const trace = run(process.execPath, [...words, programPath("deopts.mjs")]);
  const found = [
    ...trace.matchAll(/bailout \(kind: \S+, reason: (.*?)\): begin\. deoptimizing \S+ <JSFunction (\S*)/g),
  ];
  const deopts = found.map(([, reason, name]) => `${name}: ${reason}`);
  // The program's own marker is deoptimised after the warm-up, on purpose: the trace is there and is understood.
  const marker = deopts.indexOf("marker: not a Smi");
  expect(marker).toBeGreaterThanOrEqual(0);
  expect(deopts.slice(marker + 1)).toEqual([]);
});
