import { inspect } from "node:util";
import { type BurgeeError, flag, type Schema } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { looseFlags, recorder, settled, thrownBy } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const SECRET = "sk-live-Recogn1sable";

/** A schema that gives its input away in every place that it can. */
const gossip: Schema = {
  "~standard": {
    version: 1,
    vendor: "own",
    validate: (value) => ({
      issues: [
        { message: `not ${inspect(value)}`, path: ["KEY"], code: SECRET },
        { message: SECRET, path: [{ key: "OTHER" }], code: `${SECRET} is wrong` },
      ],
    }),
  },
};
const thrower: Schema = {
  "~standard": {
    version: 1,
    vendor: "own",
    validate: (value) => {
      throw new Error(inspect(value), { cause: value });
    },
  },
};
const quoting = z.object({
  KEY: z.string().refine(() => false, { error: ({ input }) => `${String(input)} is wrong` }),
});

function whole(things: unknown): string {
  return inspect(things, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
}

function textOf(error: BurgeeError): string {
  return `${error.stack}\n${whole(error)}\n${whole(error.cause)}\n${JSON.stringify(error.problems)}`;
}

describe.each([
  { schema: gossip, kind: "gossips" },
  { schema: thrower, kind: "throws" },
  { schema: quoting, kind: "quotes" },
])("a secret in a required variable, before a schema that $kind", ({ schema }) => {
  const env = { variables: { KEY: SECRET }, files: [] };
  const requiring = (more: object) => flag.boolean({ default: false, requires: schema, ...more });

  it("is in no error of a start that is refused", () => {
    const text = textOf(thrownBy(() => looseFlags({ f: requiring({ default: true }) }, { env })));
    expect(text).toContain("REQUIREMENT_UNMET");
    expect(text).not.toContain(SECRET);
  });

  it("is in no error, log line, event, audit entry, change, explanation or listing", async () => {
    const { logger, lines } = recorder();
    const profile = profileFile("feature_flags:\n  a: false\n");
    const flags = looseFlags(
      {
        a: flag.boolean({ default: false }),
        child: requiring({ default: true, dependsOn: ["a"] }),
        alone: requiring({}),
        tolerated: requiring({ default: true }),
      },
      { env, logger, onInvalid: "warn", profile: profile.path },
    );
    const heard: unknown[] = [];
    for (const event of ["error", "audit", "reload", "ready"] as const) flags.on(event, (told) => heard.push(told));
    flags.onFlagChanged("*", (change) => heard.push(change));
    const refusals = [
      thrownBy(() => flags.setFlag("alone", true)),
      thrownBy(() => flags.setRule("alone", { rollout: 5 })),
    ];
    flags.setFlag("a", true);
    flags.kill("tolerated");
    flags.revive("tolerated");
    profile.write("feature_flags:\n  alone: true\n");
    await expect(flags.reload()).rejects.toThrow("requires");
    await settled();
    const seen = [
      ...refusals.map(textOf),
      whole(lines),
      whole(heard),
      JSON.stringify(heard),
      whole(flags.getAuditLog()),
      whole(flags.explain("child")),
      whole(flags.getAllFlags()),
      whole(flags.getFlagMetadata("child")),
    ].join("\n");
    expect(heard.length).toBeGreaterThan(5);
    expect(seen).toContain("REQUIREMENT_UNMET");
    expect(seen).not.toContain(SECRET);
  });
});

describe("a secret that was written where a flag's value belongs", () => {
  it("is only described", () => {
    const env = { variables: { FLAG_F: SECRET, FLAG_N: SECRET, FLAG_J: `{"a": "${SECRET}"` }, files: [] };
    const definitions = {
      f: flag.boolean({ default: false }),
      n: flag.number({ default: 1 }),
      j: flag.json(z.object({}), { default: {} }),
    };
    const error = thrownBy(() => looseFlags(definitions, { env }));
    expect(error.problems).toHaveLength(3);
    expect(textOf(error)).not.toContain(SECRET);
    const flags = looseFlags(definitions);
    expect(textOf(thrownBy(() => flags.setFlag("f", SECRET as never)))).not.toContain(SECRET);
  });
});
