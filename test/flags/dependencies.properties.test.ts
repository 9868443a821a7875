import { type FlagChange, flag } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BooleanFlags, looseFlags, thrownBy } from "./fixtures/isolated.js";

const USERS = ["u0", "u1", "u2"];

/** Who a flag by itself is on for: everybody, nobody, or the users of a list. */
type Own = boolean | readonly string[];
interface Node {
  readonly own: Own;
  /** The numbers of the flags it depends on, all lower than its own. */
  readonly parents: readonly number[];
}
type Command =
  | { readonly do: "set"; readonly node: number; readonly own: Own }
  | { readonly do: "reset" | "kill" | "revive"; readonly node: number };

const anyOwn: fc.Arbitrary<Own> = fc.oneof(fc.boolean(), fc.subarray(USERS, { minLength: 1 }));

const anyGraph: fc.Arbitrary<readonly Node[]> = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, index) => {
      const earlier = Array.from({ length: index }, (_, parent) => parent);
      return fc.record({ own: anyOwn, parents: fc.subarray(earlier, { maxLength: Math.min(3, index) }) });
    }),
  ),
);

const anyCommand = fc.oneof(
  fc.record({ do: fc.constant("set" as const), node: fc.nat(), own: anyOwn }),
  fc.record({ do: fc.constantFrom("reset" as const, "kill" as const, "revive" as const), node: fc.nat() }),
);

/** The plain reading of the semantics: no preparing, no folding, no order. */
class Model {
  readonly overrides = new Map<number, Own>();
  readonly killed = new Set<number>();
  readonly graph: readonly Node[];

  constructor(graph: readonly Node[]) {
    this.graph = graph;
  }

  own(node: number): Own {
    if (this.killed.has(node)) return false;
    return this.overrides.get(node) ?? this.graph[node]?.own ?? false;
  }

  ancestors(node: number): Set<number> {
    const parents = this.graph[node]?.parents ?? [];
    return new Set(parents.flatMap((parent) => [parent, ...this.ancestors(parent)]));
  }

  ownFor(node: number, user: string | undefined): boolean {
    const own = this.own(node);
    return typeof own === "boolean" ? own : user !== undefined && own.includes(user);
  }

  isOn(node: number, user: string | undefined): boolean {
    return this.ownFor(node, user) && [...this.ancestors(node)].every((ancestor) => this.ownFor(ancestor, user));
  }

  /** Everything that anybody can see. */
  picture(): boolean[][] {
    return this.graph.map((_, node) => [undefined, ...USERS].map((user) => this.isOn(node, user)));
  }
}

const nameOf = (node: number) => `f${node}`;
const ruleOf = (own: Own) => (typeof own === "boolean" ? { rollout: own ? 100 : 0 } : { allow: own });

function create(graph: readonly Node[]): BooleanFlags {
  return looseFlags(
    Object.fromEntries(
      graph.map(({ own, parents }, node) => {
        const dependsOn = parents.map(nameOf);
        return [nameOf(node), flag.boolean({ default: false, rule: ruleOf(own), dependsOn })];
      }),
    ),
  );
}

function pictureOf(flags: BooleanFlags, graph: readonly Node[]): boolean[][] {
  const contexts = [{}, ...USERS.map((userId) => ({ userId }))];
  return graph.map((_, node) => contexts.map((context) => flags.isEnabled(nameOf(node), context)));
}

/** Gives the same command to both. False where it was refused, as the model says it must be. */
function carryOut(flags: BooleanFlags, model: Model, command: Command, node: number): boolean {
  const name = nameOf(node);
  switch (command.do) {
    case "set": {
      const { own } = command;
      const isOff = (ancestor: number) => model.own(ancestor) === false;
      const off = [...model.ancestors(node)].filter(isOff).map(nameOf);
      const set = () =>
        typeof own === "boolean" ? flags.setFlag(name, own) : flags.setRule(name, { allow: [...own] });
      if (own !== false && off.length > 0) {
        const error = thrownBy(set);
        expect(error.code).toBe("DEPENDENCY_UNMET");
        expect(new Set(error.message.match(/(?<=")f\d+(?=")/g))).toEqual(new Set([name, ...off]));
        return false;
      }
      set();
      model.overrides.set(node, own);
      return true;
    }
    case "reset":
      expect(flags.resetFlag(name)).toBe(model.overrides.delete(node));
      return true;
    case "kill":
      expect(flags.kill(name)).toBe(!model.killed.has(node));
      model.killed.add(node);
      return true;
    case "revive":
      expect(flags.revive(name)).toBe(model.killed.delete(node));
      return true;
  }
}

describe("any graph of dependencies, under any commands", () => {
  it("answers as brute force does, and tells of all that differs", () => {
    const property = fc.property(anyGraph, fc.array(anyCommand, { maxLength: 8 }), (graph, commands) => {
      const flags = create(graph);
      const model = new Model(graph);
      expect(pictureOf(flags, graph)).toEqual(model.picture());
      let changes: FlagChange[] = [];
      flags.onFlagChanged("*", (change) => changes.push(change));
      for (const command of commands) {
        const node = command.node % graph.length;
        const before = model.picture();
        changes = [];
        const done = carryOut(flags, model, command, node);
        const after = model.picture();
        expect(pictureOf(flags, graph)).toEqual(after);
        const told = changes.map((change) => change.flag);
        expect(new Set(told).size).toBe(told.length);
        if (!done) expect(told).toEqual([]);
        for (const [index, row] of after.entries()) {
          const differs = row.some((on, user) => on !== before[index]?.[user]);
          if (differs) expect(told).toContain(nameOf(index));
          if (index !== node && !model.ancestors(index).has(node)) expect(told).not.toContain(nameOf(index));
        }
        for (const change of changes) {
          const expected = change.flag === nameOf(node) ? {} : { kind: "dependency", flag: nameOf(node) };
          expect(change.cause).toMatchObject(expected);
        }
      }
    });
    fc.assert(property, { numRuns: 1_500 });
  });

  it("names an ancestor that is off, and only where the flag itself is not off", () => {
    const property = fc.property(anyGraph, (graph) => {
      const flags = create(graph);
      const model = new Model(graph);
      for (const node of graph.keys()) {
        const name = nameOf(node);
        // An ancestor that is off for everybody makes the flag constantly off, unless it was so by itself.
        const folded =
          model.own(node) !== false && [...model.ancestors(node)].some((above) => model.own(above) === false);
        for (const userId of USERS) {
          const { source, dependency } = flags.evaluate(name, { userId });
          const { dependencies } = flags.explain(name, { userId });
          const ancestors = new Set(dependencies.map((ancestor) => ancestor.flag));
          expect(ancestors).toEqual(new Set([...model.ancestors(node)].map(nameOf)));
          const isHeld = folded || (model.ownFor(node, userId) && !model.isOn(node, userId));
          expect(source).toBe(isHeld ? "dependency" : "rollout");
          const off = dependencies.filter(({ on }) => !on).map((ancestor) => ancestor.flag);
          if (isHeld) expect(off).toContain(dependency);
          else expect(dependency).toBeUndefined();
        }
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
