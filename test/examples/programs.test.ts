import { describe, expect, it } from "vitest";
import { runExample } from "./child.js";

describe("the small programs", () => {
  it("quick start greets four users, one of them with the new checkout", async () => {
    const { code, stdout, stderr } = await runExample("quick-start/main.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^hello (ana|ben|cleo), here is the old checkout$/gm)).toHaveLength(3);
    expect(stdout).toContain("hello kim, here is the new checkout\n");
  });

  it("quick start can be set from outside", async () => {
    const variables = { FLAG_NEW_CHECKOUT: "true", FLAG_GREETING: "moin" };
    const { code, stdout } = await runExample("quick-start/main.ts", [], variables);
    expect(code).toBe(0);
    expect(stdout.match(/^moin \w+, here is the new checkout$/gm)).toHaveLength(4);
  });

  it("custom resolver answers from its own sources in its own order", async () => {
    const { code, stdout, stderr } = await runExample("custom-resolver/main.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/lunch in Berlin: true\nlunch elsewhere: false/);
    expect(stdout).toMatch(/max_upload_mb: 10 → 50 \(plans\)\nmax_upload_mb: 50 → 5 \(/);
  });

  it("the program of in-tests shows each user pages", async () => {
    const { code, stdout, stderr } = await runExample("in-tests/main.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^\w+: (checkout|address → payment → confirmation)$/gm)).toHaveLength(4);
  });
});
