import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { CodeCompletionFailure } from "../../../src/services/code-completion/index.js";

/** Every word, by the compiler's own word for it. */
const failures: Readonly<Record<CodeCompletionFailure, true>> = {
  "empty-prompt": true,
  "invalid-request": true,
  unauthorized: true,
  forbidden: true,
  "not-found": true,
  "rate-limited": true,
  "no-model": true,
  unavailable: true,
  "server-error": true,
  redirected: true,
  timeout: true,
  aborted: true,
  unreachable: true,
  "blocked-port": true,
  "cut-off": true,
  "not-json": true,
  "wrong-shape": true,
  "too-large": true,
};

it("the guide's table has every reason, and no others", () => {
  const page = readFileSync(new URL("../../../docs/guide/services/code-completion.md", import.meta.url), "utf8");
  const [, table = ""] = /\| `reason` \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(page) ?? [];
  const rows = table.trim().split("\n");
  expect(rows.map((row) => /^\| `([a-z-]+)` \|/.exec(row)?.[1])).toEqual(Object.keys(failures));
});
