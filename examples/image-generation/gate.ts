import { createFlags, gate, nullObject } from "burgee";
import { registry } from "./flags.js";
import { type Drawing, ImageError, type ImageGenerator } from "./images.js";

type Variables = Readonly<Record<string, string | undefined>>;

const disabled: Drawing = Object.freeze({
  images: [],
  message: "there are no images: image generation is off (FEATURE_IMAGE_GENERATION_ENABLED)",
});

/** The flags, and image generation behind its flag. `noImages` is what serves while that is off. */
export function openImages(variables: Variables, { timeoutMs = 60_000 }: { readonly timeoutMs?: number } = {}) {
  const flags = createFlags(registry, { env: { files: [], variables }, profile: false, logger: false });
  const noImages = nullObject<ImageGenerator>({ resolves: { draw: disabled } });
  const images = gate(flags, "image_generation_enabled", {
    on: async ({ TOGETHER_API_KEY, TOGETHER_BASE_URL }) => {
      const { TogetherImages } = await import("./together-images.js").catch(explainMissing);
      return new TogetherImages({ apiKey: TOGETHER_API_KEY, baseUrl: TOGETHER_BASE_URL, timeoutMs });
    },
    off: noImages,
  });
  return { flags, images, noImages };
}

function explainMissing(error: unknown): never {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
  throw new ImageError("no-package", "image generation needs a package that is not there: npm install together-ai");
}
