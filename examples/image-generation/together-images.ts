import Together from "together-ai";
import { type Drawing, type DrawOptions, ImageError, type ImageGenerator } from "./images.js";

export interface TogetherOptions {
  readonly apiKey: string;
  /** Where the API is, with its version. Together's own unless given. */
  readonly baseUrl?: string | undefined;
  /** For one image as a whole, its download too; milliseconds. */
  readonly timeoutMs?: number;
}

const model = "black-forest-labs/FLUX.1-schnell";

/** Draws by the API of Together AI, through its own package. */
export class TogetherImages implements ImageGenerator {
  readonly #client: Together;
  readonly #timeoutMs: number;

  constructor({ apiKey, baseUrl = "https://api.together.ai/v1", timeoutMs = 60_000 }: TogetherOptions) {
    this.#timeoutMs = timeoutMs;
    this.#client = new Together({
      apiKey,
      baseURL: baseUrl,
      // By itself the package asks twice again after a time-out, and every image that was drawn is paid for.
      maxRetries: 0,
      logLevel: "off",
      fetchOptions: { redirect: "error" },
    });
  }

  async draw(prompt: string, { signal }: DrawOptions = {}): Promise<Drawing> {
    // The package's own time-out ends with the headers of the answer.
    const late = AbortSignal.timeout(this.#timeoutMs);
    try {
      const answer = await this.#client.images.generate(
        { model, prompt, n: 1, steps: 4, width: 512, height: 512, response_format: "base64", output_format: "png" },
        { signal: signal === undefined ? late : AbortSignal.any([signal, late]) },
      );
      return { images: imagesOf(answer) };
    } catch (error) {
      signal?.throwIfAborted();
      if (late.aborted) throw new ImageError("timed-out", `there was no image after ${this.#timeoutMs} ms`);
      throw error instanceof ImageError ? error : asImageError(error);
    }
  }
}

/** The package takes every JSON for what it hopes for. */
function imagesOf(answer: unknown): readonly Uint8Array[] {
  const data: unknown = isObject(answer) ? answer.data : undefined;
  if (!Array.isArray(data) || data.length === 0) throw invalidAnswer();
  return data.map((item: unknown) => {
    if (!isObject(item) || typeof item.b64_json !== "string") throw invalidAnswer();
    return Buffer.from(item.b64_json, "base64");
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function invalidAnswer(): ImageError {
  return new ImageError("invalid-answer", "the API answered with something else than images");
}

/** The package's errors quote the server's answer, which may quote the key. Nothing of them is kept but the status. */
function asImageError(error: unknown): ImageError {
  if (error instanceof Together.APIConnectionError) return new ImageError("unreachable", "the API cannot be reached");
  // Of a body that is no JSON, or that ends too early, the package throws what fetch threw.
  if (!(error instanceof Together.APIError) || error.status === undefined) return invalidAnswer();
  const said = `the API answered with status ${error.status}`;
  if (error.status === 401 || error.status === 403) {
    return new ImageError("key", `${said}: TOGETHER_API_KEY is not taken`);
  }
  if (error.status === 429 || error.status === 503) return new ImageError("busy", said, retryAfterOf(error.headers));
  return new ImageError(error.status >= 500 ? "server" : "refused", said);
}

/** `Retry-After` in seconds, or as a date. */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  const text = headers?.get("retry-after");
  if (text === undefined || text === null) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
