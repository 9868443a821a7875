import { swallowedCalls } from "burgee";
import { openImages } from "./gate.js";
import { ImageError } from "./images.js";
import { StandIn } from "./stand-in.js";

// With a key of one's own it draws at Together AI; without one, at a stand-in on this machine, with a key made up here.
const { TOGETHER_API_KEY: ownKey } = process.env;
const key = ownKey || "placeholder-not-a-real-key";
const standIn = ownKey ? undefined : await StandIn.open(key);
const variables = { ...process.env, TOGETHER_API_KEY: key, ...(standIn && { TOGETHER_BASE_URL: standIn.url }) };
const { flags, images, noImages } = openImages(variables);

async function show(what: string): Promise<void> {
  try {
    const { images: drawn, message } = await images.service.draw("a cat that floats in space");
    const [first] = drawn;
    console.log(`${what}: ${first === undefined ? message : `a PNG file of ${first.length} bytes`}`);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const wait = error.retryAfterMs === undefined ? "" : `, again in ${error.retryAfterMs} ms`;
    console.log(`${what}: ${error.reason}, ${error.message}${wait}`);
  }
}

await images.ready();
await show("as set");
// A variable is final: where one sets the flag, there is nothing to switch.
if (flags.evaluate("image_generation_enabled").source !== "env") {
  flags.setFlag("image_generation_enabled", true, { actor: "ana", reason: "let us see" });
  // Until the real service is there the null object answers; `ready` waits for it.
  await images.ready();
  await show("on");
  standIn?.failNext("busy");
  if (standIn !== undefined) await show("on, and busy");
  flags.setFlag("image_generation_enabled", false, { actor: "ana", reason: "seen" });
  await show("off");
}
console.log("swallowed while it was off:", swallowedCalls(noImages).draw);

await flags.close();
await standIn?.close();
