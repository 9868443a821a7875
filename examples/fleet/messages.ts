import type { StoreState } from "burgee";

/** What the program asks of one instance. */
export type Order =
  | { readonly order: "rollout"; readonly percentage: number }
  | { readonly order: "kill here" }
  | { readonly order: "revive" }
  | { readonly order: "end" };

/** What an instance decides at present. */
export interface Decided {
  /** How many of the users have it on. */
  readonly on: number;
  /** Short, and the same where the same users have it on. */
  readonly who: string;
  /** Up to which revision of the namespace the instance has applied everything. */
  readonly revision: number;
  readonly state: StoreState;
  readonly localKills: readonly string[];
}

/** How an instance has decided since it began. */
export interface Account {
  /** How often it has decided of all the users. */
  readonly rounds: number;
  /** How many of these threw. */
  readonly failures: number;
  /** How many users had it on, from one answer to the next. */
  readonly path: readonly number[];
}

/** What an instance tells the program. */
export type Report =
  | { readonly report: "decided"; readonly decided: Decided }
  | { readonly report: "done" }
  | { readonly report: "refused"; readonly code: string }
  | { readonly report: "account"; readonly account: Account };
