import type { Voice } from "./synthesiser.js";

/** How often speech was asked for, and what that took. */
export interface SpeechCounts {
  /** Answers that were found on the disk. */
  readonly hits: number;
  /** Answers that were not. */
  readonly misses: number;
}

/** What the rest of the program knows: with a cache or without one, the same speech. */
export interface Speech {
  /** Gives the text as a WAV file. */
  speak(voice: Voice, text: string): Promise<Uint8Array>;
  counts(): Promise<SpeechCounts>;
}

/** Where speech comes from. Elsewhere this is an API that is paid by the call. */
export type MakeSpeech = (voice: Voice, text: string) => Promise<Uint8Array>;

/** The null object of the cache: every text is made anew, as if there had never been a cache. */
export class UncachedSpeech implements Speech {
  readonly #make: MakeSpeech;

  constructor(make: MakeSpeech) {
    this.#make = make;
  }

  speak(voice: Voice, text: string): Promise<Uint8Array> {
    return this.#make(voice, text);
  }

  async counts(): Promise<SpeechCounts> {
    return { hits: 0, misses: 0 };
  }
}
