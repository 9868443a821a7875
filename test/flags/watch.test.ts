import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFlags, defineFlags, type Flags, flag, type WatchOptions } from "burgee";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const registry = defineFlags({ limit: flag.number({ default: 0 }), open: flag.boolean({ default: false }) });
type Watched = Flags<(typeof registry)["definitions"]>;

let folder: string;
let stopNoise = () => {};
const opened: Watched[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "burgee-watch-"));
});

afterEach(async () => {
  stopNoise();
  for (const flags of opened.splice(0)) await flags.close();
  rmSync(folder, { recursive: true, force: true });
});

const profile = (limit: number | string) => `feature_flags:\n  limit: ${limit}\n`;

async function watching(path: string, options: WatchOptions = { settleMs: 20 }): Promise<Watched> {
  const flags = createFlags(registry, {
    env: { variables: {}, files: [] },
    profile: { path, watch: options },
    logger: false,
  });
  opened.push(flags);
  await flags.ready();
  return flags;
}

/** Resolves with the next change of the limit. */
function nextLimit(flags: Watched): Promise<number | undefined> {
  return new Promise((resolve) => flags.onFlagChanged("limit", ({ value }) => resolve(value), { once: true }));
}

function nextError(flags: Watched): Promise<string> {
  return new Promise((resolve) => flags.once("error", ({ code, message }) => resolve(`${code} ${message}`)));
}

function replaceAtomically(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

describe("watching the profile", () => {
  it("follows a file that is written in place, again and again", async () => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path);
    expect(flags.value("limit")).toBe(1);
    for (const limit of [2, 3, 4]) {
      const seen = nextLimit(flags);
      writeFileSync(path, profile(limit));
      expect(await seen).toBe(limit);
    }
  });

  it("follows an editor's atomic rename, again and again", async () => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path);
    for (const limit of [2, 3, 4]) {
      const seen = nextLimit(flags);
      replaceAtomically(path, profile(limit));
      expect(await seen).toBe(limit);
    }
  });

  it("keeps the last good values while the file is gone, and follows it when it is back", async () => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path);
    const told = nextError(flags);
    unlinkSync(path);
    expect(await told).toBe(`RELOAD_FAILED ${path} does not exist (any more); the last good values stay in force`);
    expect(flags.value("limit")).toBe(1);
    for (const limit of [2, 3]) {
      const seen = nextLimit(flags);
      writeFileSync(path, profile(limit));
      expect(await seen).toBe(limit);
    }
  });

  it("follows the file after its whole folder was removed and made again", async () => {
    const inner = join(folder, "inner");
    mkdirSync(inner);
    const path = join(inner, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path);
    const told = nextError(flags);
    rmSync(inner, { recursive: true });
    await told;
    for (const limit of [2, 3]) {
      const seen = nextLimit(flags);
      mkdirSync(inner, { recursive: true });
      replaceAtomically(path, profile(limit));
      expect(await seen).toBe(limit);
    }
  });

  it("follows the swap of a Kubernetes ConfigMap", async () => {
    const publish = (version: string, limit: number) => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, "profiles.yaml"), profile(limit));
      symlinkSync(version, join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    publish("..2026_01", 1);
    const path = join(folder, "profiles.yaml");
    symlinkSync(join("..data", "profiles.yaml"), path);
    const flags = await watching(path);
    expect(flags.value("limit")).toBe(1);
    for (const [version, limit] of [
      ["..2026_02", 2],
      ["..2026_03", 3],
      ["..2026_04", 4],
    ] as const) {
      const seen = nextLimit(flags);
      publish(version, limit);
      expect(await seen).toBe(limit);
    }
  });

  it("follows a symlink's target, and the symlink to another target", async () => {
    mkdirSync(join(folder, "a"));
    mkdirSync(join(folder, "b"));
    mkdirSync(join(folder, "links"));
    const [first, second, path] = [
      join(folder, "a", "x.yaml"),
      join(folder, "b", "y.yaml"),
      join(folder, "links", "profiles.yaml"),
    ];
    writeFileSync(first, profile(1));
    writeFileSync(second, profile(3));
    symlinkSync(first, path);
    const flags = await watching(path);
    const edited = nextLimit(flags);
    writeFileSync(first, profile(2));
    expect(await edited).toBe(2);
    const retargeted = nextLimit(flags);
    symlinkSync(second, `${path}.tmp`);
    renameSync(`${path}.tmp`, path);
    expect(await retargeted).toBe(3);
    const editedAgain = nextLimit(flags);
    writeFileSync(second, profile(4));
    expect(await editedAgain).toBe(4);
  });

  it("makes one reload of a burst of writes", async () => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path, { settleMs: 50 });
    const reloads: number[] = [];
    flags.on("reload", () => reloads.push(flags.value("limit")));
    const burst = nextLimit(flags);
    for (let limit = 2; limit <= 30; limit++) writeFileSync(path, profile(limit));
    expect(await burst).toBe(30);
    const after = nextLimit(flags);
    writeFileSync(path, profile(31));
    await after;
    expect(reloads).toEqual([30, 31]);
  });

  it("refuses what is invalid, tells it once, and takes the mended file", async () => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path);
    const errors: string[] = [];
    flags.on("error", ({ message }) => errors.push(message));
    const told = nextError(flags);
    writeFileSync(path, "feature_flags:\n\tlimit: 2\n");
    expect(await told).toMatch(/profiles\.yaml:2:1: /);
    writeFileSync(path, "feature_flags:\n\tlimit: 2\n");
    expect(flags.value("limit")).toBe(1);
    const seen = nextLimit(flags);
    writeFileSync(path, profile(3));
    expect(await seen).toBe(3);
    expect(errors).toHaveLength(1);
  });

  it.each([
    ["the end marker `...`", `${profile(1)}...\n`, profile(2), `${profile(2)}...\n`],
    ["the newline at its end", profile(1), profile(2).trimEnd(), profile(2)],
  ])("waits for a half-written file, which has lost %s", async (sign, good, half, whole) => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, good);
    const flags = await watching(path);
    const told = nextError(flags);
    writeFileSync(path, half);
    expect(await told).toContain(`has lost ${sign}`);
    expect(flags.value("limit")).toBe(1);
    const seen = nextLimit(flags);
    writeFileSync(path, whole);
    expect(await seen).toBe(2);
  });

  it("reads a file in a folder that never goes quiet", { timeout: 20_000 }, async () => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path, { settleMs: 100 });
    const noise = setInterval(() => writeFileSync(join(folder, "other"), ""), 5);
    stopNoise = () => clearInterval(noise);
    for (const limit of [2, 3]) {
      const seen = nextLimit(flags);
      writeFileSync(path, profile(limit));
      expect(await seen).toBe(limit);
    }
  });

  it.each([{ settleMs: 0 }, { settleMs: 0, pollMs: 5 }, { settleMs: 20 }])(
    "follows no edit after close(): %j",
    async (options) => {
      const path = join(folder, "profiles.yaml");
      writeFileSync(path, profile(1));
      const closed = await watching(path, options);
      const other = await watching(path, { settleMs: 40 });
      const told: string[] = [];
      closed.on("reload", () => told.push("reload"));
      closed.on("error", ({ code }) => told.push(code));
      await closed.close();
      for (const limit of [2, 3, 4]) {
        const seen = nextLimit(other);
        writeFileSync(path, profile(limit));
        expect(await seen).toBe(limit);
      }
      expect(closed.value("limit")).toBe(1);
      expect(told).toEqual([]);
    },
  );

  it("looks again and again where it is told to poll", async () => {
    const path = join(folder, "profiles.yaml");
    writeFileSync(path, profile(1));
    const flags = await watching(path, { settleMs: 0, pollMs: 20 });
    const seen = nextLimit(flags);
    replaceAtomically(path, profile(2));
    expect(await seen).toBe(2);
  });

  it("notices a default profile that appears after the start", async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const flags = createFlags(registry, {
        env: { variables: {}, files: [] },
        profile: { watch: { settleMs: 20 } },
        logger: false,
      });
      opened.push(flags);
      await flags.ready();
      const seen = nextLimit(flags);
      writeFileSync("burgee.yaml", profile(5));
      expect(await seen).toBe(5);
      await flags.close();
    } finally {
      process.chdir(before);
    }
  });
});
