import { createHash } from "node:crypto";
import { BurgeeError, createFlags } from "burgee";
import { postgresStore } from "burgee/sql";
import pg from "pg";
import { registry, users } from "./flags.js";
import type { Decided, Order, Report } from "./messages.js";

/** How long it waits between two rounds, so that four instances leave a small machine some rest. */
const PAUSE_MS = 20;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 3, connectionTimeoutMillis: 2_000 });
const store = postgresStore({ pool, namespace: "fleet" });
const flags = createFlags(registry, {
  env: false,
  profile: false,
  logger: false,
  store,
});

let rounds = 0;
let failures = 0;
let told = "";
const path: number[] = [];

/** Decides of every user, and tells when something is not as it was. */
function decide(): void {
  rounds++;
  try {
    const decided = look();
    if (path.at(-1) !== decided.on) path.push(decided.on);
    const text = JSON.stringify(decided);
    if (text !== told) tell({ report: "decided", decided });
    told = text;
  } catch {
    failures++;
  }
}

function look(): Decided {
  const chosen = users.filter((userId) => flags.isEnabled("new_search", { userId }));
  const { state, store, localKills } = flags.status();
  const who = createHash("sha256").update(chosen.join()).digest("hex").slice(0, 8);
  return { on: chosen.length, who, revision: store?.revision ?? 0, state, localKills };
}

async function obey(order: Order): Promise<void> {
  const from = { actor: "ana", source: "fleet example" };
  switch (order.order) {
    case "rollout":
      await flags.setRollout("new_search", order.percentage, from);
      break;
    case "kill here":
      await flags.kill("new_search", { ...from, local: true, reason: "the search of this instance is broken" });
      break;
    case "revive":
      await flags.revive("new_search", from);
      break;
    case "end":
      await end();
  }
}

async function end(): Promise<void> {
  clearInterval(deciding);
  await flags.close();
  await store.close();
  await pool.end();
  const report: Report = { report: "account", account: { rounds, failures, path } };
  process.send?.(report, () => process.disconnect());
}

function tell(report: Report): void {
  process.send?.(report);
}

// As a service that takes no requests before it knows what is set.
await flags.ready({ timeoutMs: 60_000 });
const deciding = setInterval(decide, PAUSE_MS);
process.on("message", (order: Order) => {
  obey(order).then(
    () => tell({ report: "done" }),
    (error: unknown) => tell({ report: "refused", code: error instanceof BurgeeError ? error.code : String(error) }),
  );
});
// The program that started this one is gone, and nobody else listens.
process.on("disconnect", () => process.exit());
