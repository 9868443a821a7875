import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ProfileReading, parseProfile, profileSteps } from "../../src/resolvers/profile-file.js";
import { YamlFile } from "../../src/resolvers/yaml-file.js";
import { readHere } from "../../src/resolvers/yaml-nodes.js";
import { readAside } from "../../src/resolvers/yaml-thread.js";
import { fixtureRegistry } from "../fixtures/registry.js";
import { randomProfile } from "./fixtures/random-profile.js";

const subject = { file: "p.yaml", flags: fixtureRegistry.flags, unknown: "warn", nameFrom: "NODE_ENV" } as const;
const subjects = fc.constantFrom(subject, { ...subject, name: "staging" }, { ...subject, unknown: "error" as const });

function contents({ entries, known, ...rest }: ProfileReading) {
  const { segments, layers, holdouts } = known.groups;
  return { ...rest, entries: [...entries], segments: [...segments], layers: [...layers], holdouts: [...holdouts] };
}

describe("a profile", () => {
  it("says the same when it is read on another thread and checked in steps", () => {
    fc.assert(
      fc.property(randomProfile, subjects, (given, from) => {
        const text = given.replace(/^\uFEFF/, "");
        const tree = readHere(text);
        // What a message to another thread does to it.
        const received = structuredClone(tree, { transfer: [tree.nodes.buffer] });
        const steps = profileSteps(new YamlFile(text, received), from);
        let step = steps.next();
        while (step.done !== true) step = steps.next();
        expect(contents(step.value)).toEqual(contents(parseProfile(given, from)));
      }),
      { numRuns: 1_000 },
    );
  });

  it("gives the same tree on a thread, be it right or wrong", async () => {
    const onRefused = (cause: unknown) => expect.unreachable(String(cause));
    for (const text of fc.sample(randomProfile, { numRuns: 12, seed: 7 })) {
      const large = `${text}\n${"# a long remark\n".repeat(1_100)}`;
      expect(await readAside(large, { onRefused })).toEqual(readHere(large));
    }
  });

  it("is checked entry by entry", () => {
    const text = "feature_flags:\n  dark_mode: off\n  retries: 1\nprofiles: { a: { feature_flags: { retries: 2 } } }\n";
    expect([...profileSteps(new YamlFile(text), subject)]).toHaveLength(3);
  });
});
