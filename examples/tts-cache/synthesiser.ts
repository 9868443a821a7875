/** The pitch of an `a`, in hertz. */
const voices = { low: 220, high: 440 } as const;
const sampleRate = 16_000;
/** 60 ms a letter, of which the first and last 5 ms swell and fade, so that it does not click. */
const samplesPerLetter = 960;
const fade = 80;
const headerBytes = 44;

export type Voice = keyof typeof voices;

/**
 * Sings a text: a tone for each letter, a semitone higher for each next one of the alphabet, and silence for a space.
 * Gives a WAV file: 16 bits, 16 kHz, one channel.
 *
 * Layout of the file: http://soundfile.sapp.org/doc/WaveFormat/
 */
export function synthesise(voice: Voice, text: string): Uint8Array {
  const letters = [...text.toLowerCase()];
  const file = Buffer.alloc(headerBytes + 2 * samplesPerLetter * letters.length);
  writeHeader(file);
  letters.forEach((letter, index) => {
    if (letter.trim() !== "") writeTone(file, headerBytes + 2 * samplesPerLetter * index, pitchOf(voice, letter));
  });
  return file;
}

/** The tone of a letter, in hertz. What is no Latin letter sounds like the one that its code falls on. */
export function pitchOf(voice: Voice, letter: string): number {
  const step = ((letter.codePointAt(0) ?? 0) + 7) % 26;
  return voices[voice] * 2 ** (step / 12);
}

function writeTone(file: Buffer, start: number, pitch: number): void {
  for (let index = 0; index < samplesPerLetter; index++) {
    const loudness = Math.min(1, index / fade, (samplesPerLetter - 1 - index) / fade);
    const sample = loudness * 0.5 * Math.sin((2 * Math.PI * pitch * index) / sampleRate);
    file.writeInt16LE(Math.round(sample * 0x7fff), start + 2 * index);
  }
}

function writeHeader(file: Buffer): void {
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // one channel
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(2 * sampleRate, 28); // bytes a second
  file.writeUInt16LE(2, 32); // bytes a sample
  file.writeUInt16LE(16, 34); // bits a sample
  file.write("data", 36);
  file.writeUInt32LE(file.length - headerBytes, 40);
}
