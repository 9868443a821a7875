import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { AnyRegistry } from "../registry/registry.js";
import type { FlagStore } from "../store/flag-store.js";
import { type LastKnownGood, LastKnownGoodFile } from "../store/last-known-good.js";
import { Composer } from "./composer.js";
import { Emergency } from "./emergency.js";
import { type Foundation, onFoundation } from "./foundation.js";
import { LocalKills } from "./local-kills.js";
import type { Reporter } from "./reporter.js";
import { SharedState } from "./shared-state.js";
import { StoreLink } from "./store-link.js";
import { StoredCommands } from "./stored-commands.js";
import { StoredInstance } from "./stored-instance.js";
import { type StoredFlagsOptions, storeSettings } from "./stored-options.js";
import { StoredReading } from "./stored-reading.js";
import { StoredRows } from "./stored-rows.js";
import { type Acting, wire } from "./wire.js";

/** Flags whose overrides, kill switches and audit log live in a store. */
export function storedFlags(registry: AnyRegistry, options: StoredFlagsOptions): StoredInstance {
  const { store, ...rest } = options;
  // A store may be in the middle of a write when something is to be told.
  return onFoundation(registry, rest, queueMicrotask, (foundation) => {
    const parts = wire(foundation, (acting) => connect(foundation, acting, options));
    const instance = new StoredInstance({ ...parts, store });
    parts.standing.record(() => instance.countEvaluations());
    return instance;
  });
}

/** Connects commands and flags with the store. */
function connect({ engine, hub, instance, outside }: Foundation, acting: Acting, options: StoredFlagsOptions) {
  const { registry, chain, reporter, clock } = engine.parts;
  const { store } = options;
  const rows = new StoredRows(clock, (name) => registry.flags.has(name));
  let link: StoreLink | undefined;
  const isReady = () => link?.isReady === true;
  const kills = new LocalKills({ isReady, changed: () => link?.localKillsChanged() });
  const reading = new StoredReading({ chain, reporter, clock });
  const shared = new SharedState({ engine, lifting: acting.lifting, rows, reading, kills });
  const onError = reporter.error.bind(reporter);
  const file = lastKnownGoodFile(options.lastKnownGood, store, { onError, outside });
  const known = file && readKnown(file, options.lastKnownGood ?? "");
  if (known !== undefined) shared.begin(options.readOnly === true ? withoutKills(known.good, reporter) : known.good);
  link = new StoreLink({
    ...{ store, shared, kills, file, known, clock, outside, onError },
    settings: storeSettings(options),
    beforeWrite: () => acting.lifting.catchUpInTurns(),
    changed: (status) => queueMicrotask(() => hub.emit("status", status)),
    isBack: () => emergency.write(),
  });
  const composer = new Composer({ engine, rows, kills, instance });
  const { follower } = link;
  const commands = new StoredCommands({ engine, ...acting, rows, store, composer, follower });
  const emergency = new Emergency({ engine, door: acting.door, commands, rows, shared, kills, isReady });
  return { parts: { standing: link, rows, commands, emergency }, link };
}

function lastKnownGoodFile(
  path: string | undefined,
  { name, namespace }: FlagStore,
  more: Pick<ConstructorParameters<typeof LastKnownGoodFile>[1], "onError" | "outside">,
): LastKnownGoodFile | undefined {
  // A relative path is of the folder in which the process is now.
  return path === undefined ? undefined : new LastKnownGoodFile(resolve(path), { store: name, namespace, ...more });
}

/** What the file holds, and how long ago it was written, by the system's clock. */
function readKnown(file: LastKnownGoodFile, path: string) {
  const good = file.read();
  if (good === undefined) return undefined;
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return { good, ageMs: Math.max(0, Math.round(Date.now() - writtenAt)) };
}

/** Who may change nothing can neither write a local kill to the store nor take it back, and would have it for ever. */
function withoutKills(good: LastKnownGood, reporter: Reporter): LastKnownGood {
  for (const flag of Object.keys(good.localKills))
    reporter.warn(`the last-known-good file has a local kill of "${flag}", which read-only flags ignore`, { flag });
  return { ...good, localKills: {} };
}
