import { rmSync } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFlags, gate } from "burgee";
import { registry } from "./flags.js";
import { UncachedSpeech } from "./speech.js";
import { synthesise, type Voice } from "./synthesiser.js";

// A folder of its own, so that every run of the example tells the same.
const folder = await mkdtemp(join(tmpdir(), "burgee-tts-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
const flags = createFlags(registry, {
  env: { files: [], variables: { TTS_CACHE_DIR: folder, ...process.env } },
  profile: false,
});

let made = 0;
const make = async (voice: Voice, text: string) => {
  made++;
  return synthesise(voice, text);
};

const speech = gate(flags, "tts_cache_enabled", {
  on: async ({ TTS_CACHE_DIR, TTS_CACHE_MAX_BYTES }) => {
    const { CachedSpeech } = await import("./cached-speech.js");
    return CachedSpeech.open(make, TTS_CACHE_DIR, TTS_CACHE_MAX_BYTES);
  },
  off: new UncachedSpeech(make),
});

/** A day at the companion: it greets four people, and says two things to all of them. */
async function day(what: string): Promise<void> {
  made = 0;
  for (const name of ["Ana", "Ben", "Ana", "Cleo"]) {
    for (const text of [`hello ${name}`, "breathe in", "breathe out"]) await speech.service.speak("low", text);
  }
  const { hits, misses } = await speech.service.counts();
  console.log(
    `${what.padEnd(34)} ${speech.status().state.padEnd(8)}  12 texts, ${made} made, ${hits} found, ${misses} not`,
  );
}

await speech.ready();
await day("the first day");
await day("the second day");
// A variable is final: where one sets the flag, there is nothing to switch.
if (flags.evaluate("tts_cache_enabled").source !== "env") {
  flags.setFlag("tts_cache_enabled", false, { actor: "ana", reason: "the disk is nearly full" });
  await day("without the cache");
  flags.resetFlag("tts_cache_enabled", { actor: "ana", reason: "a larger disk" });
  await speech.ready();
  await day("with it again");
}

const files = await readdir(folder);
console.log(`${files.length} files of sound in the cache`);
await flags.close();
