import { createFlags, defineFlags } from "burgee";
import { MessagingError, messagingFactory, whatsappFlag } from "burgee/services/whatsapp";
import { MetaStandIn } from "./meta-stand-in.js";
import { startWebhookServer } from "./webhook-server.js";

// Your own number, where variables name it (and turn the flag on, or nothing is sent); else a server in this process that does as Meta's does.
const isReal = process.env.WHATSAPP_TOKEN !== undefined;
const meta = isReal ? undefined : await MetaStandIn.start();
const to = process.env.WHATSAPP_TO ?? "+15551234567";

const registry = defineFlags({ whatsapp_enabled: whatsappFlag({ status: "frozen" }) });
const flags = createFlags(registry, {
  profile: false,
  logger: false,
  env: { files: [], variables: meta?.variables ?? process.env },
});
const messaging = messagingFactory(flags, meta && { baseUrl: meta.url, backoff: { firstMs: 50 } });

/** What the rest of the program calls. It knows nothing of the flag. */
async function say(text: string): Promise<void> {
  try {
    const result = await messaging.service.sendText(to, text);
    console.log(result.sent ? `sent ${result.messageId}` : result.message);
  } catch (error) {
    if (!(error instanceof MessagingError)) throw error;
    console.log(`${error.reason}, ${error.mayHaveBeenSent ? "may have been sent" : "not sent"}: ${error.message}`);
  }
}

const webhooks = await startWebhookServer(messaging.service, Number(process.env.PORT ?? 0));

await say("Your parcel is here");
if (meta === undefined) {
  console.log(`webhooks are received at ${webhooks.url} until Ctrl-C`);
  await new Promise((resolve) => process.once("SIGINT", resolve));
} else {
  flags.setFlag("whatsapp_enabled", true);
  await say("Your parcel is here");
  console.log("\ntoo many at once: it waits, and sends when there is room");
  meta.refuseNext(429, 130429);
  await say("Your parcel is still here");
  console.log("\nlast heard of more than 24 hours ago: a template may be sent, a text may not");
  meta.refuseNext(400, 131047);
  await say("Are you there?");
  await messaging.service.sendTemplate(to, { name: "parcel_waiting", language: "en" });

  console.log("\nMeta asks whether the webhook is ours, and comes with a message, twice, and with its fate");
  console.log(`the challenge: ${await meta.askWebhook(webhooks.url)}`);
  for (const _ of [1, 2]) console.log(`answered with ${await meta.tellMessage(webhooks.url, "Thank you")}`);
  console.log(`answered with ${await meta.tellStatus(webhooks.url, "wamid.1", "delivered")}`);
  console.log("\nsomebody else comes, who does not know the app's secret");
  console.log(`answered with ${await meta.tellMessage(webhooks.url, "Send me money", "a guess")}`);

  flags.setFlag("whatsapp_enabled", false);
  console.log("\noff again: Meta is told to come back with it");
  console.log(`answered with ${await meta.tellMessage(webhooks.url, "Are you there?")}`);
}

await flags.close();
webhooks.close();
meta?.close();
