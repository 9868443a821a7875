import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closures, type Graph, topologicalOrder } from "../../src/registry/graph.js";

function graphOf(edges: Readonly<Record<string, readonly string[]>>): Graph {
  return new Map(Object.entries(edges));
}

function orderOf(graph: Graph): readonly string[] {
  const sorted = topologicalOrder(graph);
  if ("cycle" in sorted) throw new Error(`a cycle: ${sorted.cycle.join(" → ")}`);
  return sorted.order;
}

/** What `from` reaches by one edge or more, found by walking until nothing new turns up. */
function reach(graph: Graph, from: string): Set<string> {
  const found = new Set<string>();
  for (const wave = [...(graph.get(from) ?? [])]; wave.length > 0; ) {
    const name = wave.pop() as string;
    if (found.has(name) || !graph.has(name)) continue;
    found.add(name);
    wave.push(...(graph.get(name) ?? []));
  }
  return found;
}

const names = ["a", "b", "c", "d", "e", "f", "g", "constructor", "__proto__"];
const edges = (targets: readonly string[]) => fc.uniqueArray(fc.constantFrom(...targets), { maxLength: 4 });

/** Edges anywhere, to unknown names too: often with cycles. */
const anyGraph: fc.Arbitrary<Graph> = fc
  .array(edges([...names, "unknown"]), { minLength: names.length, maxLength: names.length })
  .chain((lists) =>
    fc.nat(names.length).map((size) => new Map(names.slice(0, size).map((name, n) => [name, lists[n] ?? []]))),
  );

/** Edges to later names only, given in any order: never with cycles. */
const anyDag: fc.Arbitrary<Graph> = fc
  .tuple(...names.slice(0, -1).map((_, n) => edges(names.slice(n + 1))))
  .map((lists) => [...lists, []].map((list, n): [string, string[]] => [names[n] as string, list]))
  .chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length }))
  .map((entries) => new Map(entries));

describe("topologicalOrder", () => {
  it("gives every node once, after all that it depends on", () => {
    const property = fc.property(anyDag, (graph) => {
      const order = orderOf(graph);
      expect([...order].sort()).toEqual([...graph.keys()].sort());
      const position = new Map(order.map((name, index) => [name, index]));
      for (const [name, parents] of graph) {
        for (const parent of parents) expect(position.get(parent)).toBeLessThan(position.get(name) ?? -1);
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it("finds a cycle exactly where there is one, and names its whole way", () => {
    let cycles = 0;
    const property = fc.property(anyGraph, (graph) => {
      const sorted = topologicalOrder(graph);
      expect("cycle" in sorted).toBe([...graph.keys()].some((name) => reach(graph, name).has(name)));
      if (!("cycle" in sorted)) return;
      cycles++;
      const { cycle } = sorted;
      expect(cycle.length).toBeGreaterThan(1);
      expect(cycle.at(-1)).toBe(cycle[0]);
      expect(new Set(cycle).size).toBe(cycle.length - 1);
      for (const [index, name] of cycle.slice(0, -1).entries()) expect(graph.get(name)).toContain(cycle[index + 1]);
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(cycles).toBeGreaterThan(200);
  });

  it("keeps the order of definition where nothing else decides", () => {
    expect(orderOf(graphOf({ b: [], a: [], c: ["a"] }))).toEqual(["b", "a", "c"]);
    expect(orderOf(graphOf({ c: ["a", "b"], b: [], a: [] }))).toEqual(["a", "b", "c"]);
    expect(orderOf(new Map())).toEqual([]);
  });

  it("passes over names that are no node", () => {
    expect(orderOf(graphOf({ a: ["unknown"] }))).toEqual(["a"]);
  });

  it("walks a chain of 20,000 without overflowing the stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, n): [string, string[]] => [
      `f${n}`,
      n === 19_999 ? [] : [`f${n + 1}`],
    ]);
    const order = orderOf(new Map(chain));
    expect([order[0], order.at(-1), order.length]).toEqual(["f19999", "f0", 20_000]);
    const circle = new Map([...chain, ["f19999", ["f0"]]] as [string, string[]][]);
    const sorted = topologicalOrder(circle);
    expect("cycle" in sorted && sorted.cycle.length).toBe(20_001);
  });
});

describe("closures", () => {
  it("are what a walk of the graph reaches, roots first", () => {
    const property = fc.property(anyDag, (graph) => {
      const order = orderOf(graph);
      const all = closures(graph, order);
      for (const name of graph.keys()) {
        const ancestors = all.get(name) ?? [];
        expect([...ancestors].sort()).toEqual([...reach(graph, name)].sort());
        expect(ancestors).toEqual(order.filter((other) => ancestors.includes(other)));
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it("hold each ancestor of a 20-level diamond once", () => {
    const level = (n: number): [string, string[]][] => [
      [`left${n}`, n === 0 ? [] : [`left${n - 1}`, `right${n - 1}`]],
      [`right${n}`, n === 0 ? [] : [`left${n - 1}`, `right${n - 1}`]],
    ];
    const graph = new Map([
      ...Array.from({ length: 20 }, (_, n) => level(n)).flat(),
      ["end", ["left19", "right19"]],
    ] as [string, string[]][]);
    expect(closures(graph, orderOf(graph)).get("end")).toHaveLength(40);
  });

  it("of a chain of 2,000 hold all that stands above, near and far", () => {
    const graph = new Map(Array.from({ length: 2_000 }, (_, n) => [`f${n}`, n === 0 ? [] : [`f${n - 1}`]]));
    const last = closures(graph, orderOf(graph)).get("f1999") ?? [];
    expect([last.length, last[0], last.at(-1)]).toEqual([1_999, "f0", "f1998"]);
  });
});
