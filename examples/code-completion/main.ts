import { createFlags, defineFlags } from "burgee";
import { CodeCompletionError, codeCompletionFactory, tabbyFlag } from "burgee/services/code-completion";
import { startStandIn } from "./stand-in.js";

// A Tabby of your own, where TABBY_URL names one (and TABBY_API_KEY its token); else a server in this process.
const { TABBY_URL, TABBY_API_KEY } = process.env;
const standIn = TABBY_URL ? undefined : await startStandIn();
const variables = { TABBY_URL: standIn?.url ?? TABBY_URL, TABBY_API_KEY };

const registry = defineFlags({ enable_tabby: tabbyFlag() });
const flags = createFlags(registry, { env: { files: [], variables }, profile: false });
const completion = codeCompletionFactory(flags, { timeoutMs: 30_000 });

/** What an editor would ask for. It knows nothing of the flag. */
async function suggest(prefix: string): Promise<string> {
  try {
    const { choices, message } = await completion.service.complete({ language: "python", prefix });
    return choices[0]?.text ?? message ?? "nothing to suggest";
  } catch (error) {
    if (error instanceof CodeCompletionError) return `no suggestion (${error.reason}): ${error.message}`;
    throw error;
  }
}

async function show(when: string): Promise<void> {
  console.log(`${when}: ${flags.services()[0]?.state}`);
  console.log(`  def fib(n): ${await suggest("def fib(n):\n    ")}`);
  const { status, model = "no model" } = await completion.service.healthCheck();
  console.log(`  ${status}, ${model}`);
}

await show("off");
flags.setFlag("enable_tabby", true);
await completion.ready();
await show("on");
console.log(`  an empty prompt: ${await suggest("")}`);
flags.setFlag("enable_tabby", false);
await show("off again");

await flags.close();
standIn?.close();
