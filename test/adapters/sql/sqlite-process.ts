import { sqliteStore } from "burgee/sql";
import Database from "libsql";
import { StoreWriter } from "../../../src/adapters/testing/store-writer.js";

/** What another process is asked for. */
export type Order =
  | { readonly do: "listen" }
  | { readonly do: "write"; readonly value: unknown }
  | { readonly do: "write on and on" }
  | { readonly do: "lock" | "unlock" }
  | { readonly do: "leave" };

/** What it answers: what it did, and the head that it knows then. */
export interface Answer {
  readonly did: "opened" | "listening" | "news" | "written" | "locked" | "unlocked";
  readonly revision: number;
}

// Another process on the file, which does as it is told.
const database = new Database(process.argv[2] ?? "");
const store = sqliteStore({ database });
const writer = new StoreWriter(store);
const answer = (did: Answer["did"]) => process.send?.({ did, revision: writer.head.revision } satisfies Answer);

const orders: { readonly [Name in Order["do"]]: (order: Order) => Promise<void> } = {
  listen: async () => {
    const news = async () => {
      await writer.catchUp();
      answer("news");
    };
    await store.subscribe({ news: () => void news(), lost: (error) => process.send?.({ error: String(error) }) });
    answer("listening");
  },
  write: async (order) => {
    await writer.set("checkout", order.do === "write" ? order.value : undefined);
    answer("written");
  },
  "write on and on": async () => {
    for (;;) {
      await writer.set("checkout", writer.head.revision);
      answer("written");
    }
  },
  lock: async () => {
    await store.head();
    database.exec("BEGIN IMMEDIATE");
    answer("locked");
  },
  unlock: async () => {
    database.exec("COMMIT");
    answer("unlocked");
  },
  // Nothing is closed: neither a store nor its subscriptions keep a process alive.
  leave: async () => process.disconnect(),
};

process.on("message", (order: Order) => void orders[order.do](order));
answer("opened");
