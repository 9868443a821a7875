// Bytes of the heap that a number of flags holds, the SDK included: node --expose-gc heap.js <adapter> <flags>
import { setTimeout as wait } from "node:timers/promises";
import { loadAdapter, report } from "./adapter.js";

const { setup } = await loadAdapter();
const adapter = await setup({ constants: Number(process.argv[3]), rules: false });
// What was only needed to start goes in a few turns of the event loop.
for (let turn = 0; turn < 4; turn++) {
  globalThis.gc();
  await wait(30);
}
const { heapUsed } = process.memoryUsage();
// The adapter is still in use here, so its flags were counted.
report({ heap: heapUsed, kept: typeof adapter.context });
