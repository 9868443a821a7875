export interface Drawing {
  /** The images, as PNG files. None where nothing was drawn. */
  readonly images: readonly Uint8Array[];
  /** Why there are none, in words for whoever asked. */
  readonly message?: string;
}

export interface DrawOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What the rest of the program knows of image generation. */
export interface ImageGenerator {
  /**
   * Draws what the prompt says.
   *
   * @throws ImageError with the reason why there is no image; what the signal was aborted with
   */
  draw(prompt: string, options?: DrawOptions): Promise<Drawing>;
}

/**
 * `key` the key was refused · `busy` too many requests, or no machine free: `retryAfterMs` where the server said ·
 * `refused` the server does not take the request · `server` it failed · `timed-out` · `unreachable` · `invalid-answer` ·
 * `no-package` together-ai is not installed
 */
export type ImageFailure =
  | "key"
  | "busy"
  | "refused"
  | "server"
  | "timed-out"
  | "unreachable"
  | "invalid-answer"
  | "no-package";

/** Why there is no image. It holds neither the key nor the prompt, nor any text of the server's, which may quote both. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly reason: ImageFailure;
  readonly retryAfterMs: number | undefined;

  constructor(reason: ImageFailure, message: string, retryAfterMs?: number) {
    super(message);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
