import { createHash } from "node:crypto";
import { DiskCache } from "./disk-cache.js";
import type { MakeSpeech, Speech, SpeechCounts } from "./speech.js";
import type { Voice } from "./synthesiser.js";

/** Keeps what was spoken on the disk, so that a text is made once for each voice. */
export class CachedSpeech implements Speech {
  readonly #make: MakeSpeech;
  readonly #cache: DiskCache;
  readonly #underway = new Map<string, Promise<Uint8Array>>();
  #hits = 0;
  #misses = 0;

  private constructor(make: MakeSpeech, cache: DiskCache) {
    this.#make = make;
    this.#cache = cache;
  }

  /** Opens the folder, which is made where there is none. It never holds more than `maxBytes` of speech. */
  static async open(make: MakeSpeech, folder: string, maxBytes: number): Promise<CachedSpeech> {
    return new CachedSpeech(make, await DiskCache.open(folder, maxBytes));
  }

  async speak(voice: Voice, text: string): Promise<Uint8Array> {
    const key = keyOf(voice, text);
    const found = await this.#cache.get(key);
    if (found !== undefined) {
      this.#hits++;
      return found;
    }
    this.#misses++;
    // Whoever asks for a text that is being made waits for it, and does not pay for it twice.
    const underway = this.#underway.get(key);
    if (underway !== undefined) return underway;
    const making = this.#makeAndKeep(key, voice, text).finally(() => this.#underway.delete(key));
    this.#underway.set(key, making);
    return making;
  }

  async counts(): Promise<SpeechCounts> {
    return { hits: this.#hits, misses: this.#misses };
  }

  async #makeAndKeep(key: string, voice: Voice, text: string): Promise<Uint8Array> {
    const speech = await this.#make(voice, text);
    await this.#cache.put(key, speech);
    return speech;
  }
}

/** As JSON, so that no voice and text together read like another pair. */
function keyOf(voice: Voice, text: string): string {
  return createHash("sha256")
    .update(JSON.stringify([voice, text]))
    .digest("hex");
}
