import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Writes a file for an SDK that reads its flags from one, and takes it away again when the SDK is ready.
 *
 * @returns what `use(path)` resolves to
 */
export async function withFile(name, text, use) {
  const folder = mkdtempSync(join(tmpdir(), "burgee-bench-"));
  const path = join(folder, name);
  try {
    writeFileSync(path, text);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
