// What the measured processes have in common: `node <script> <path of an adapter> …`, and one line of JSON at the end.
import { pathToFileURL } from "node:url";

/** 97 constants and the three flags with rules: a hundred. */
export const hundred = { constants: 97, rules: true };
/** What W5 asks for at once. */
export const thousand = { constants: 1_000, rules: false };

/** The four questions about one flag, in the order of W1 to W4. */
export const questions = { w1: "constant", w2: "rollout", w3: "experiment", w4: "targeting" };

/** The adapter's module, loaded only now. */
export function loadAdapter() {
  const path = process.argv[2];
  if (path === undefined) throw new Error("name an adapter's file as the first argument");
  return import(pathToFileURL(path).href);
}

/** Hands the figures to the driver and ends, whatever an SDK has left open. */
export function report(figures) {
  process.stdout.write(`\nJSON${JSON.stringify(figures)}\n`, () => process.exit(0));
}
