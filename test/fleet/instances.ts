import { verifyAuditEntries } from "burgee";
import { expect } from "vitest";
import { Program } from "./program.js";
import type { InstanceCalls, SeenChange } from "./programs/instance.js";
import type { StorePlace } from "./programs/store-place.js";
import type { Outcome } from "./programs/traffic.js";

export type Instance = Program<InstanceCalls>;

/** Processes with an instance each, which have asked nobody anything yet. */
export async function launch(count: number, place: (index: number) => StorePlace): Promise<Instance[]> {
  const instances = Array.from({ length: count }, () => new Program<InstanceCalls>("instance"));
  await each(instances, (instance, index) => instance.ask("start", { store: place(index), name: `i${index}` }));
  return instances;
}

/** The same, all of them ready. */
export async function launchReady(count: number, place: (index: number) => StorePlace): Promise<Instance[]> {
  const instances = await launch(count, place);
  await each(instances, (instance) => instance.ask("ready", 30_000));
  return instances;
}

export function each<R>(
  instances: readonly Instance[],
  ask: (instance: Instance, index: number) => Promise<R>,
): Promise<R[]> {
  return Promise.all(instances.map(ask));
}

/** What the instances were told from a revision on, by the revision. */
export function changesAfter(revision: number, changes: readonly SeenChange[]): SeenChange[] {
  return changes.filter((change) => change.revision !== undefined && change.revision > revision);
}

/**
 * What holds once all instances have the store's last revision: the chain is sound, all answer alike, and an instance that
 * starts now agrees with them. Gives the chain.
 */
export async function expectAgreement(instances: readonly Instance[], place: StorePlace) {
  const [fresh] = await launchReady(1, () => place);
  if (fresh === undefined) throw new Error("no instance was started");
  const head = await fresh.ask("head", undefined);
  await each(instances, (instance) => instance.ask("reach", head.sequence));
  const expected = await fresh.ask("view", undefined);
  expect(expected.revision).toBe(head.sequence);
  for (const view of await each(instances, (instance) => instance.ask("view", undefined)))
    expect(view).toEqual(expected);
  const all = [...instances, fresh];
  for (const other of await each(all, (instance) => instance.ask("head", undefined))) expect(other).toEqual(head);
  for (const verdict of await each(all, (instance) => instance.ask("verify", undefined)))
    expect(verdict).toEqual({ ok: true, entries: head.sequence, head });
  const chain = await fresh.ask("chain", undefined);
  // The test has the entries from the process by way of JSON, and checks them by itself.
  expect(verifyAuditEntries(chain, { head })).toEqual({ ok: true, entries: head.sequence, head });
  await fresh.kill();
  return { head, chain };
}

/** What became of all commands. A command whose outcome is unknown was carried out or not: on all instances alike. */
export function expectNothingLost(
  chain: readonly { readonly reason?: string | undefined }[],
  outcomes: readonly Outcome[],
) {
  const committed = chain.map(({ reason }) => reason ?? "").filter((reason) => reason !== "");
  expect(new Set(committed).size).toBe(committed.length);
  const inChain = new Set(committed);
  const ids = (...kinds: string[]) => outcomes.filter(({ outcome }) => kinds.includes(outcome)).map(({ id }) => id);
  const accepted = ids("changed");
  expect(accepted.filter((id) => !inChain.has(id))).toEqual([]);
  const unknown = new Set(ids("STORE_OUTCOME_UNKNOWN"));
  const known = new Set(accepted);
  // Nothing that was refused, and nothing that nobody asked for.
  expect(committed.filter((id) => !known.has(id) && !unknown.has(id))).toEqual([]);
  return countsOf(outcomes.map(({ outcome }) => outcome));
}

/** How often each of the words is there. */
export function countsOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** A line of measured figures, on the standard error: the reporters print what a test writes there. */
export function tell(what: string, figures: Readonly<Record<string, unknown>>): void {
  process.stderr.write(`fleet: ${what}: ${JSON.stringify(figures)}\n`);
}
