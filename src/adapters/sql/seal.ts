const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
/** 96 bits, chosen at random: NIST SP 800-38D, 8.2.2, allows 2^32 of them with one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals texts with a key that some processes share, so that nobody else can read them or make such ones: AES-256-GCM, written as
 * base64 of nonce, tag and ciphertext. https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
export class Seal {
  readonly #key: Buffer;
  readonly #crypto = process.getBuiltinModule("node:crypto");

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /** A new key, as a text. */
  static newKey(): string {
    return process.getBuiltinModule("node:crypto").randomBytes(KEY_BYTES).toString("base64");
  }

  /** Undefined for a text that is no key. */
  static of(key: string): Seal | undefined {
    const bytes = Buffer.from(key, "base64");
    return bytes.length === KEY_BYTES ? new Seal(bytes) : undefined;
  }

  close(text: string): string {
    const nonce = this.#crypto.randomBytes(NONCE_BYTES);
    const cipher = this.#crypto.createCipheriv(ALGORITHM, this.#key, nonce);
    const hidden = [cipher.update(text, "utf8"), cipher.final()];
    return Buffer.concat([nonce, cipher.getAuthTag(), ...hidden]).toString("base64");
  }

  /** Undefined for what was not sealed with this key, or was changed since. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, "base64");
    const begin = NONCE_BYTES + TAG_BYTES;
    if (bytes.length < begin) return undefined;
    const options = { authTagLength: TAG_BYTES };
    const decipher = this.#crypto.createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, NONCE_BYTES), options);
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, begin));
    try {
      return decipher.update(bytes.subarray(begin), undefined, "utf8") + decipher.final("utf8");
    } catch {
      return undefined;
    }
  }
}
