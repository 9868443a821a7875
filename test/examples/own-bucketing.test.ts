import { expect, it } from "vitest";
import { runExample } from "./child.js";

// Computed once by CPython 3, with the service's own line: int(hashlib.md5(user_id.encode()).hexdigest(), 16) % 100.
const known = {
  alice: 0,
  bob: 32,
  carol: 56,
  judy: 7,
  "user-203": 24,
  "user-46": 25,
  jürgen: 35,
  山田: 2,
  "🦜": 64,
};

it("a user's own bucketing puts everybody where the other service does", async () => {
  const { code, stdout, stderr } = await runExample("own-bucketing/main.ts");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const rows = stdout.trimEnd().split("\n").slice(1);
  expect(rows.map((row) => row.split(/\s+/))).toEqual(
    Object.entries(known).map(([user, percent]) => [user, String(percent), percent < 25 ? "on" : "off"]),
  );
});
