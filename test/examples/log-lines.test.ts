import { describe, expect, it } from "vitest";
import { readable } from "../../examples/tour/logger.js";
import { choosePaint } from "../../examples/tour/paint.js";

const plain = { paint: choosePaint(false, undefined) };
const coloured = { paint: choosePaint(true, undefined) };
const line = (fields: object) => JSON.stringify({ level: 30, time: "2026-01-01T00:00:00.000Z", ...fields });

describe("a log line on a terminal", () => {
  it("counts the flags of the first line", () => {
    expect(readable(line({ flags: { a: true, b: false }, msg: "flags" }), plain)).toBe("  [info] flags (2 flags)");
  });

  it("tells a change and its few details", () => {
    const change = { flag: "a", from: false, to: true, source: "ops", actor: "ana", cause: { kind: "set" } };
    expect(readable(line({ ...change, msg: 'flag "a" changed' }), plain)).toBe(
      '  [info] flag "a" changed (false → true, source ops, actor ana, cause set)',
    );
  });

  it("tells a rule, and a change for another flag's sake", () => {
    const change = { from: true, rule: { rollout: 25 }, cause: { kind: "dependency", flag: "base" } };
    expect(readable(line({ ...change, flag: "other", msg: "changed" }), plain)).toBe(
      "  [info] changed (true → 25 %, flag other, cause dependency of base)",
    );
    expect(readable(line({ rule: { rollout: 5, allow: ["x"] }, msg: "changed" }), plain)).toContain(
      "(it depends → 5 % + allow)",
    );
  });

  it("begins with the code of an error, and keeps its problems on lines of their own", () => {
    expect(readable(line({ level: 50, code: "RELOAD_FAILED", msg: "no:\n  one\n  two" }), plain)).toBe(
      "  [error] RELOAD_FAILED: no:\n    one\n    two",
    );
  });

  it("makes warnings and errors stand out", () => {
    expect(readable(line({ level: 40, msg: "hm" }), coloured)).toContain("\u001b[33m[warn]");
    expect(readable(line({ level: 50, msg: "oh" }), coloured)).toContain("\u001b[31m[error]");
  });
});
