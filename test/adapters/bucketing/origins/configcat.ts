import { createConsoleLogger, getClient, type IConfigCatClient, LogLevel, PollingMode, User } from "configcat-node";
import type { Case, Origin } from "../against-origin.js";

/** Offline clients that read their configuration from a cache, one for each case: settings are known by the keys that are hashed. */
export async function openConfigCat(cases: readonly Case[]): Promise<Origin> {
  const clients = await Promise.all(cases.map(clientOf));
  const snapshots = clients.map((client) => client.snapshot());
  return {
    ask: (at, id) => snapshots[at]?.getValue(cases[at]?.salt ?? "", -2, new User(id)) ?? -2,
    close() {
      for (const client of clients) client.dispose();
    },
  };
}

async function clientOf(asked: Case, at: number): Promise<IConfigCatClient> {
  const entry = `${Date.now()}\n\n${JSON.stringify({ p: { s: "salt" }, f: { [asked.salt]: settingOf(asked) } })}`;
  const client = getClient(`${"k".repeat(22)}/${String(at).padStart(22, "0")}`, PollingMode.ManualPoll, {
    logger: createConsoleLogger(LogLevel.Off),
    offline: true,
    cache: { get: () => entry, set() {} },
  });
  await client.waitForReady();
  return client;
}

function settingOf({ percentage, weights = [100] }: Case) {
  const scaled = weights.map((weight) => Math.round((weight * percentage) / 100));
  const rest = 100 - scaled.reduce((sum, weight) => sum + weight, 0);
  const options = scaled.map((p, index) => ({ p, v: { i: index }, i: String(index) }));
  const outside = { p: rest, v: { i: -1 }, i: "rest" };
  return { t: 2, v: { i: -1 }, i: "rest", p: rest > 0 ? [...options, outside] : options };
}
