import { expect, it } from "vitest";
import { runExample } from "./child.js";

it("whatsapp sends while its flag is on, and takes webhooks that Meta has signed, each once", async () => {
  const { code, stdout, stderr } = await runExample("whatsapp/main.ts");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /^WhatsApp is off here \(flag "whatsapp_enabled", variable FEATURE_WHATSAPP_ENABLED\): .*\nsent wamid\.1\n/,
  );
  expect(stdout).toMatch(/\nsent wamid\.2\n/);
  expect(stdout).toMatch(/\nwindow, not sent: .* \(status 400, code 131047, trace A\d\): .*template instead/);
  expect(stdout).toContain("\nthe challenge: 1158201444\n  Ann says: Thank you\nanswered with 200\n  (known already: ");
  expect(stdout).toContain("\n  wamid.1 is delivered\nanswered with 200\n");
  expect(stdout).toMatch(/app's secret\nanswered with 401\n/);
  expect(stdout).toMatch(/come back with it\nanswered with 503\n$/);
  expect(stdout).not.toContain("Send me money");
});
