import { createFlags } from "burgee";
import { describe, expect, it } from "vitest";
import { registry } from "../../examples/tour/registry/index.js";

/** The tour's flags over the variables given and nothing else: no file of this machine, no variable of this process. */
export function flagsWith(variables: Readonly<Record<string, string>>) {
  return createFlags(registry, {
    env: { prefix: "VICTOR_FEATURE_", files: [], variables },
    profile: false,
    logger: false,
  });
}

export type TourFlagName = (typeof registry)["names"][number];

/** What the documents say of one flag. Parts that are left out must be absent or empty. */
export interface DocumentedFlag {
  readonly variable: string;
  readonly default: boolean | string;
  readonly values?: readonly string[];
  readonly dependencies?: readonly string[];
  readonly dependents?: readonly string[];
  readonly since?: string;
  readonly stable?: boolean;
  readonly strategy?: "gradual" | "immediate";
  readonly status?: "frozen";
  readonly exposed?: true;
  readonly safe?: true;
  readonly expect?: Readonly<Record<string, boolean>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The value that needs other variables, and a value for each of those. */
  readonly requires?: { readonly for: string; readonly variables: Readonly<Record<string, string>> };
}

/** Declares the tests of each flag of a table, by name. */
export function describeFlags(table: Readonly<Partial<Record<TourFlagName, DocumentedFlag>>>): void {
  for (const [name, documented] of Object.entries(table) as [TourFlagName, DocumentedFlag][]) {
    describe(name, () => {
      describeDefinition(name, documented);
      if (documented.requires !== undefined) describeRequirement(name, documented.variable, documented.requires);
    });
  }
}

function describeDefinition(name: TourFlagName, documented: DocumentedFlag): void {
  it("is defined as documented", async () => {
    const flags = flagsWith({});
    const { description, tags: _tags, kind: _kind, ...known } = flags.getFlagMetadata(name);
    await flags.close();
    expect(description).toMatch(/\w{3}/);
    const { requires: _requires, ...rest } = documented;
    expect({ ...known }).toMatchObject({ dependencies: [], dependents: [], metadata: {}, ...rest, name });
    for (const part of ["since", "stable", "strategy", "status", "safe", "expect"] as const) {
      expect(known[part], part).toEqual(documented[part]);
    }
    expect(known.exposed).toBe(documented.exposed ?? false);
    expect(known.metadata).toEqual(documented.metadata ?? {});
  });

  it("has its default where nothing sets it, and answers to its variable", async () => {
    const untouched = flagsWith({});
    expect(untouched.value(name)).toBe(documented.default);
    expect(untouched.evaluate(name).source).not.toBe("env");
    await untouched.close();
    const text = String(documented.default);
    const set = flagsWith({ [documented.variable]: text });
    expect(set.evaluate(name)).toMatchObject({ value: documented.default, source: "env", reason: "STATIC" });
    await set.close();
  });
}

function describeRequirement(
  name: TourFlagName,
  variable: string,
  required: NonNullable<DocumentedFlag["requires"]>,
): void {
  const names = Object.keys(required.variables);

  it.each(names)("is refused without %s", (missing) => {
    const { [missing]: _left, ...others } = required.variables;
    expect(() => flagsWith({ [variable]: required.for, ...others })).toThrow(
      new RegExp(`${name}[\\s\\S]*\\b${missing}\\b`),
    );
  });

  it("names every missing variable at once", () => {
    const start = () => flagsWith({ [variable]: required.for });
    for (const missing of names) expect(start).toThrow(new RegExp(`\\b${missing}\\b`));
  });

  it("starts with all of them", async () => {
    const flags = flagsWith({ [variable]: required.for, ...required.variables });
    expect(String(flags.value(name))).toBe(required.for);
    await flags.close();
  });
}
