// Writes to the store, one command after the other, until it is killed. The ledger knows of each before it is tried, and
// after it was acknowledged.
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { createFlags, type FlagStore } from "burgee";
import { answer } from "./answering.js";
import { anyCommand } from "./commands.js";
import { fleetRegistry } from "./fleet-registry.js";
import { type Freeze, Freezer } from "./freezer.js";
import { freezingClient, freezingDatabase } from "./freezing.js";
import { overlaid } from "./overlaid.js";
import { seeded } from "./random.js";
import { openStore, type StorePlace } from "./store-place.js";

/** A line of the ledger. */
export type Note =
  | { readonly tried: string }
  | { readonly acknowledged: string; readonly sequence: number; readonly hash: string }
  | { readonly refused: string; readonly code: string };

const calls = {
  write: async (input: {
    store: StorePlace;
    ledger: number;
    name: string;
    seed: number;
    freeze?: Freeze | undefined;
  }): Promise<void> => {
    const freezer = new Freezer(input.freeze);
    const between = { Client: freezingClient(freezer), database: freezingDatabase(freezer) };
    const { store, committed } = watched(openStore(input.store, between));
    const options = { store, instance: input.name, env: false, profile: false, logger: false } as const;
    const flags = createFlags(fleetRegistry, options);
    await flags.ready();
    const note = await openLedger(input.ledger);
    const random = seeded(input.seed);
    process.stdout.write("writing\n");
    for (let count = 1; ; count++) {
      const id = `${input.name}-${count}`;
      await note({ tried: id });
      try {
        if (!(await anyCommand(flags, random, id))) continue;
        await note({ acknowledged: id, ...committed() });
      } catch (error) {
        await note({ refused: id, code: String((error as { code?: unknown }).code) });
      }
    }
  },
};
export type WriterCalls = typeof calls;

/** The store, and the place in the chain of what was committed last. */
function watched(store: FlagStore): { store: FlagStore; committed: () => { sequence: number; hash: string } } {
  let last = { sequence: 0, hash: "" };
  const write: FlagStore["write"] = async (asked) => {
    const written = await store.write(asked);
    if (written.outcome === "committed") {
      const { sequence, hash } = written.change.entry;
      last = { sequence, hash };
    }
    return written;
  };
  return { store: overlaid(store, { write }), committed: () => last };
}

/** Gives how to note something; it resolves when the ledger has it on its disk. */
async function openLedger(port: number): Promise<(note: Note) => Promise<void>> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.setNoDelay(true);
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  return async (note) => {
    socket.write(`${JSON.stringify(note)}\n`);
    await answers.next();
  };
}

answer(calls);
