import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "tsup";
import { expect, it } from "vitest";
import { bundled } from "../../../tsup.config.js";
import { root } from "../../examples/child.js";
import { scratch } from "./stand-in.js";

it("says what is missing where a bundle has left the Python program behind", async () => {
  const outDir = scratch();
  const entry = { one: join(root, "src/services/training/index.ts") };
  const about = { config: false, format: "esm", platform: "node", target: "node20", silent: true } as const;
  await build({
    ...about,
    entry,
    outDir,
    noExternal: [...bundled],
    splitting: false,
    outExtension: () => ({ js: ".mjs" }),
  });
  const script = `
    import { DefaultTrainer } from ${JSON.stringify(pathToFileURL(join(outDir, "one.mjs")))};
    const trainer = new DefaultTrainer();
    const job = { task: "classifier", data: { generated: { samples: 10 } }, steps: 3 };
    const asked = await trainer.probe().catch((error) => error);
    const trained = await trainer.train(job).catch((error) => error);
    const { state, error } = await trainer.getStatus();
    console.log(JSON.stringify([asked.code, trained.code, trained.message, state, error.reason]));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: outDir,
  });
  expect(JSON.parse(stdout)).toEqual([
    "PACKAGE_MISSING",
    "PACKAGE_MISSING",
    expect.stringMatching(/^python\/probe\.py is not there, .*install burgee beside it$/),
    "failed",
    "PACKAGE_MISSING",
  ]);
}, 60_000);
