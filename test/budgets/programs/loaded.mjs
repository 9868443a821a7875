// Goes one way through burgee, given by its name, in an empty folder, and prints which of Node's public modules that
// loaded. The test beside it asks V8 which scripts ran.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const way = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), "burgee-way-"));
process.chdir(folder);
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const loadedNow = () => {
  const names = process.moduleLoadList.map((entry) => entry.replace(/^NativeModule /, ""));
  return new Set(names.filter((name) => builtinModules.includes(name)));
};
const before = loadedNow();

const { createFlags, defineFlags, flag } = await import("burgee");

/** Flags whose one rule is given, asked once. */
function firstAnswer(rule, options) {
  const definitions = { one: flag.boolean({ default: false }), two: flag.boolean({ default: false, rule }) };
  const flags = createFlags(defineFlags(definitions), options);
  flags.isEnabled("one", { userId: "u1" });
  flags.isEnabled("two", { userId: "u1", version: "2.4.1" });
  return flags;
}

/** Everything that needs no more than the core, asked and changed but for what is written down. */
function everythingElse() {
  const flags = firstAnswer({ rollout: 25, when: { country: { $in: ["DE"] } } });
  flags.runWithContext({ userId: "u2" }, () => flags.isEnabled("two"));
  flags.snapshot({ userId: "u3" }).getAllFlags();
  flags.explain("two");
  flags.onFlagChanged("*", () => {});
  return flags;
}

/** A profile of half a megabyte. */
const large = (value) => `feature_flags:\n  one: ${value}\n${"  # nothing is said here of a flag\n".repeat(15_000)}`;

function largeProfile() {
  writeFileSync("burgee.yaml", large(true));
  return firstAnswer({ rollout: 25 });
}

const ways = {
  import: () => {},
  "first answer": () => firstAnswer({ rollout: 25 }),
  "everything that writes nothing down": everythingElse,
  "a dotenv file": () => {
    writeFileSync(".env", "FLAG_ONE=on\n");
    firstAnswer({ rollout: 25 });
  },
  "a profile": () => {
    writeFileSync("burgee.yaml", "feature_flags:\n  one: true\n");
    firstAnswer({ rollout: 25 });
  },
  "a rule with $semver": () => firstAnswer({ when: { version: { $semver: ">=2.3" } } }),
  "a rule with $regex": () => firstAnswer({ when: { version: { $regex: "^2" } } }),
  "a line of the log": () => firstAnswer({ rollout: 25 }, { logger: "info" }).setFlag("one", true),
  "a change": () => firstAnswer({ rollout: 25 }, { logger: false }).setFlag("one", true),
  "a large profile": () => largeProfile(),
  "a large profile, read again": async () => {
    const flags = largeProfile();
    writeFileSync("burgee.yaml", large(false));
    await flags.reload();
  },
};

await ways[way]();
// Before anything is written: the pipe that this prints to needs modules too.
const loaded = [...loadedNow()].filter((name) => !before.has(name)).sort();
process.stdout.write(`\n${JSON.stringify(loaded)}\n`);
