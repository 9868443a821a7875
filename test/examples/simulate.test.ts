import { expect, it } from "vitest";
import { runExample } from "./child.js";

it("simulate shows an edit that keeps the share and moves the customers, and one that moves nobody out", async () => {
  const { code, stdout, stderr } = await runExample("simulate/main.ts");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("50,000 asked");
  expect(stdout).toMatch(/^new_checkout: 5,996 move, 12\.0 %/m);
  expect(stdout).toMatch(/^ {2}true {3}10\.1 % → 10\.0 % /m);
  expect(stdout).toMatch(/^ {2}gift_cards: 5,996 \(12\.0 %\), mostly true → false$/m);
  expect(stdout).toMatch(/^ {2}new_checkout and answer_model: independent /m);
  expect(stdout).toMatch(
    /\n3010 customers would lose the new checkout: stop\nwith a second rule for the others, 2986 move: go\n$/,
  );
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});
