import { BurgeeError, type ErrorCode, messageOf } from "../errors.js";
import type { FlagStore } from "./flag-store.js";

/** An error about a store: `The store "postgres" (namespace "shop") did not answer within 5000 ms.` */
export function storeError(store: FlagStore, code: ErrorCode, what: string, cause?: unknown): BurgeeError {
  // What it quotes may end its sentence itself.
  const sentence = what.replace(/\.$/, "");
  const message = `The store "${store.name}" (namespace "${store.namespace}") ${sentence}.`;
  return new BurgeeError(code, message, { cause });
}

/** What a store rejected with. A store should give a `BurgeeError`; whatever else it gives is wrapped. */
export function errorOfStore(store: FlagStore, thrown: unknown): BurgeeError {
  if (thrown instanceof BurgeeError) return thrown;
  return storeError(store, "STORE_FAILED", `failed: ${messageOf(thrown)}`, thrown);
}
