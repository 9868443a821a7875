import { createHash } from "node:crypto";
import { bucketing, createFlags, defineFlags, flag } from "burgee";

/**
 * What another service has always done, here in Python:
 *
 *     int(hashlib.md5(user_id.encode()).hexdigest(), 16) % 100 < percentage
 *
 * MD5 of the user's id alone, a number of 128 bits, modulo 100. There is no salt, so that the same users are first in
 * line for every flag; burgee's own bucketing mixes the flag's name in.
 */
function percentOf(userId: string): number {
  const digest = createHash("md5").update(userId, "utf8").digest("hex");
  return Number(BigInt(`0x${digest}`) % 100n);
}

// A point in [0, 1): in where it is below the share.
const companion = bucketing("companion-md5", (userId) => percentOf(userId) / 100);

const registry = defineFlags({
  new_checkout: flag.boolean({ default: false, rule: { rollout: 25, hash: "companion-md5" } }),
});
const flags = createFlags(registry, { env: { files: [] }, profile: false, bucketing: [companion] });

console.log("user             md5 % 100   at 25 %");
for (const userId of ["alice", "bob", "carol", "judy", "user-203", "user-46", "jürgen", "山田", "🦜"]) {
  const answer = flags.isEnabled("new_checkout", { userId }) ? "on" : "off";
  console.log(`${userId.padEnd(16)} ${String(percentOf(userId)).padStart(9)}   ${answer}`);
}

await flags.close();
