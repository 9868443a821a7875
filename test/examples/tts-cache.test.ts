import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CachedSpeech } from "../../examples/tts-cache/cached-speech.js";
import { pitchOf, synthesise, type Voice } from "../../examples/tts-cache/synthesiser.js";
import { runExample } from "./child.js";

describe("the example", () => {
  it("makes each text once, goes straight through while it is off, and finds its files again", async () => {
    const { code, stdout, stderr } = await runExample("tts-cache/main.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const said = stdout.trimEnd().split("\n");
    expect(said.map((line) => line.replace(/ {2,}/g, " | "))).toEqual([
      "the first day | ready | 12 texts, 5 made, 7 found, 5 not",
      "the second day | ready | 12 texts, 0 made, 19 found, 5 not",
      "without the cache | disabled | 12 texts, 12 made, 0 found, 0 not",
      "with it again | ready | 12 texts, 0 made, 12 found, 0 not",
      "5 files of sound in the cache",
    ]);
  });

  it("can be set from outside", async () => {
    const { code, stdout } = await runExample("tts-cache/main.ts", [], { FEATURE_TTS_CACHE_ENABLED: "false" });
    expect({ code, lines: stdout.trimEnd().split("\n") }).toEqual({
      code: 0,
      lines: [
        expect.stringMatching(/^the first day +disabled +12 texts, 12 made, 0 found, 0 not$/),
        expect.stringMatching(/^the second day +disabled +12 texts, 12 made, 0 found, 0 not$/),
        "0 files of sound in the cache",
      ],
    });
    const wrong = await runExample("tts-cache/main.ts", [], { TTS_CACHE_MAX_BYTES: "plenty" });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("TTS_CACHE_MAX_BYTES") });
    expect(wrong.stderr).not.toContain("plenty");
  });
});

describe("the synthesiser", () => {
  it("gives a WAV file of 60 ms a letter", () => {
    const file = Buffer.from(synthesise("low", "moin"));
    expect(file.toString("latin1", 0, 4) + file.toString("latin1", 8, 16)).toBe("RIFFWAVEfmt ");
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24)]).toEqual([1, 1, 16_000]);
    expect(file.readUInt32LE(40)).toBe(4 * 960 * 2);
    expect(file).toHaveLength(44 + 4 * 960 * 2);
  });

  it.each<[Voice, string]>([
    ["low", "a"],
    ["low", "b"],
    ["high", "a"],
    ["high", "z"],
  ])("sings in the %s voice the tone of %s", (voice, letter) => {
    const tones = [pitchOf("low", "a"), pitchOf("low", "b"), pitchOf("high", "a"), pitchOf("high", "z")];
    const samples = samplesOf(synthesise(voice, letter));
    const loudest = tones.toSorted((one, other) => power(samples, other) - power(samples, one))[0];
    expect(loudest).toBe(pitchOf(voice, letter));
  });

  it("is silent for a space, and says nothing for nothing", () => {
    expect(samplesOf(synthesise("low", " ")).every((sample) => sample === 0)).toBe(true);
    expect(synthesise("low", "")).toHaveLength(44);
  });
});

describe("the cache", () => {
  const size = synthesise("low", "abc").length;
  let folder: string;
  let made: string[];
  const make = async (voice: Voice, text: string) => {
    made.push(`${voice} ${text}`);
    return synthesise(voice, text);
  };
  const open = (maxBytes = 1_000_000) => CachedSpeech.open(make, folder, maxBytes);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "burgee-tts-test-"));
    made = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("gives the same bytes again without making them", async () => {
    const speech = await open();
    const first = await speech.speak("low", "abc");
    expect(Buffer.from(await speech.speak("low", "abc"))).toEqual(Buffer.from(first));
    expect(made).toEqual(["low abc"]);
    expect(await speech.counts()).toEqual({ hits: 1, misses: 1 });
  });

  it("knows voices and texts apart", async () => {
    const speech = await open();
    for (const voice of ["low", "high"] as const) for (const text of ["abc", "abd"]) await speech.speak(voice, text);
    expect(made).toHaveLength(4);
    expect(await readdir(folder)).toHaveLength(4);
  });

  it("makes a text once for all who ask at a time, and again where that failed", async () => {
    const speech = await open();
    await Promise.all(["abc", "abc", "abc"].map((text) => speech.speak("low", text)));
    expect(made).toEqual(["low abc"]);

    let fails = true;
    const flaky = await CachedSpeech.open(
      async (voice, text) => (fails ? Promise.reject(new Error("the API is away")) : make(voice, text)),
      folder,
      1_000_000,
    );
    await expect(flaky.speak("high", "abc")).rejects.toThrow("the API is away");
    fails = false;
    expect(await flaky.speak("high", "abc")).toHaveLength(size);
  });

  it("never holds more than its limit: what was not used for longest goes", async () => {
    const speech = await open(2 * size);
    await speech.speak("low", "abc");
    await speech.speak("low", "abd");
    await speech.speak("low", "abc");
    await speech.speak("low", "abe");
    expect(await bytesIn(folder)).toBe(2 * size);
    made = [];
    await speech.speak("low", "abc");
    await speech.speak("low", "abd");
    expect(made).toEqual(["low abd"]);
  });

  it("does not keep what is larger than all of it", async () => {
    const speech = await open(size - 1);
    expect(await speech.speak("low", "abc")).toHaveLength(size);
    expect(await readdir(folder)).toEqual([]);
  });

  it("finds its files when it is opened again, and lets go of what a smaller limit does not hold", async () => {
    const before = await open();
    for (const text of ["abc", "abd", "abe"]) await before.speak("low", text);
    made = [];
    await (await open()).speak("low", "abd");
    expect(made).toEqual([]);
    await open(size);
    expect(await bytesIn(folder)).toBe(size);
  });

  it("removes what was left half written, and nothing that somebody writes, or that is not its own", async () => {
    const young = "1a7d0f6e-6a2b-4d5e-8f3c-1b2a3c4d5e6f.part";
    const old = ["0a7d0f6e-6a2b-4d5e-8f3c-1b2a3c4d5e6f.part", "notes.txt"];
    for (const name of [young, ...old]) await writeFile(join(folder, name), "half");
    const twoHoursAgo = Date.now() / 1_000 - 7_200;
    for (const name of old) await utimes(join(folder, name), twoHoursAgo, twoHoursAgo);
    await open(0);
    expect((await readdir(folder)).sort()).toEqual([young, "notes.txt"]);
  });

  it("leaves whole files only, for their owner to read", async () => {
    await (await open()).speak("low", "abc");
    const [name = ""] = await readdir(folder);
    expect(name).toMatch(/^[\da-f]{64}\.wav$/);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, name))).toEqual(Buffer.from(synthesise("low", "abc")));
  });

  it("speaks on where its files are gone, and where it cannot write", async () => {
    const speech = await open();
    await speech.speak("low", "abc");
    await rm(folder, { recursive: true });
    expect(await speech.speak("low", "abc")).toHaveLength(size);
    expect(await speech.speak("low", "abd")).toHaveLength(size);
    expect(await speech.counts()).toEqual({ hits: 0, misses: 3 });
  });
});

async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function samplesOf(file: Uint8Array): number[] {
  const bytes = Buffer.from(file).subarray(44);
  return Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(2 * index));
}

/** How much of one pitch is in the samples: the square of one line of their Fourier transform. */
function power(samples: readonly number[], pitch: number): number {
  const turn = (2 * Math.PI * pitch) / 16_000;
  const real = samples.reduce((sum, sample, index) => sum + sample * Math.cos(turn * index), 0);
  const imaginary = samples.reduce((sum, sample, index) => sum + sample * Math.sin(turn * index), 0);
  return real ** 2 + imaginary ** 2;
}
