// Builds every gate, the three services' and one of its own, and calls them. The flags that its word names are on, all
// others off. Prints what that made and loaded; the test beside it asks V8 which scripts ran.
import { createHook } from "node:async_hooks";
import { builtinModules } from "node:module";

const { on, url } = JSON.parse(process.argv[2]);

const loadedNow = () => {
  const names = process.moduleLoadList.map((entry) => entry.replace(/^NativeModule /, ""));
  return new Set(names.filter((name) => builtinModules.includes(name)));
};
const before = loadedNow();

/** Kinds of what Node makes for the process: every socket, process, thread and look-up is one. */
const made = new Set();
createHook({ init: (_id, kind) => made.add(kind) }).enable();

const { createFlags, defineFlags, flag, gate, nullObject, swallowedCalls } = await import("burgee");
const { codeCompletionFactory, tabbyFlag } = await import("burgee/services/code-completion");
const { fsdpFlag, trainerFactory } = await import("burgee/services/training");
const { messagingFactory, whatsappFlag } = await import("burgee/services/whatsapp");

const registry = defineFlags({
  enable_tabby: tabbyFlag(),
  enable_fsdp: fsdpFlag(),
  whatsapp_enabled: whatsappFlag(),
  own: flag.boolean({ default: false }),
});
const variables = {
  TABBY_URL: url,
  WHATSAPP_PHONE_NUMBER_ID: "1",
  WHATSAPP_TOKEN: "token",
  WHATSAPP_VERIFY_TOKEN: "verify",
};
const flags = createFlags(registry, { env: { variables, files: [] }, profile: false, logger: false });
for (const name of on) flags.setFlag(name, true);

const noGreeter = nullObject({ resolves: { greet: "Hello" } });
const completion = codeCompletionFactory(flags, { retries: 0 });
// Node itself stands in for Python: it is a program that can be started, and that knows nothing of torch.
const trainer = trainerFactory(flags, { python: process.execPath });
const messaging = messagingFactory(flags, { baseUrl: url });
const own = gate(flags, "own", {
  on: async () => (await import("./own-service.mjs")).greeter,
  off: noGreeter,
});

/** What is asked of each service. Of training only what it can do whether it is sharded or not; `probe` where it is. */
const calls = [
  () => completion.service.complete({ language: "python", prefix: "def " }),
  () => completion.service.healthCheck(),
  () => completion.service.isAvailable(),
  () => trainer.service.getStatus(),
  () => trainer.service.listJobs(),
  () => trainer.service.cancel(),
  () => (on.includes("enable_fsdp") ? trainer.service.probe() : undefined),
  () => messaging.service.sendText("491700000000", "hello"),
  () => messaging.service.sendTemplate("491700000000", { name: "hello", language: "en" }),
  () => messaging.service.verifyWebhook({}),
  () => messaging.service.handleWebhook({ rawBody: "{}", signature: undefined }),
  () => own.service.greet("ana"),
];

let rejected = 0;
const gates = [completion, trainer, messaging, own];
await Promise.all(gates.map((one) => one.ready()));
for (const call of calls) {
  try {
    await call();
  } catch {
    rejected++;
  }
}
const states = Object.fromEntries(flags.services().map(({ flag: name, state }) => [name, state]));
// Before anything is written: the pipe that this prints to is a resource, and needs modules too.
const modules = [...loadedNow()].filter((name) => !before.has(name)).sort();
const greeted = swallowedCalls(noGreeter).greet;
const report = { made: [...made], modules, states, rejected, greeted };
await flags.close();
// Modules are files too, and the last one may still be closing.
await new Promise((done) => setImmediate(done));
report.open = process.getActiveResourcesInfo();
process.stdout.write(`\n${JSON.stringify(report)}\n`);
