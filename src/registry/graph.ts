/** The dependencies of each node, by name. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * An order in which every node comes after all that it depends on, or a cycle: the names along it, the first one
 * again at the end. Names that are no node are passed over.
 */
export function topologicalOrder(
  graph: Graph,
): { readonly order: readonly string[] } | { readonly cycle: readonly string[] } {
  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  for (const root of graph.keys()) {
    if (state.has(root)) continue;
    const path = [{ name: root, next: 0 }];
    state.set(root, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const dependency = graph.get(top.name)?.[top.next++];
      if (dependency === undefined) {
        state.set(top.name, "done");
        order.push(top.name);
        path.pop();
      } else if (state.get(dependency) === "open") {
        const names = path.map((step) => step.name);
        return { cycle: [...names.slice(names.indexOf(dependency)), dependency] };
      } else if (!state.has(dependency) && graph.has(dependency)) {
        state.set(dependency, "open");
        path.push({ name: dependency, next: 0 });
      }
    }
  }
  return { order };
}

/** Everything that each node depends on, at any depth, each once, roots first. `order` must be topological. */
export function closures(graph: Graph, order: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const position = new Map(order.map((name, index) => [name, index]));
  const all = new Map<string, readonly string[]>();
  for (const name of order) {
    const parents = graph.get(name) as readonly string[];
    if (parents.length === 0) continue;
    const reached = new Set<string>();
    for (const parent of parents) {
      for (const ancestor of all.get(parent) ?? []) reached.add(ancestor);
      reached.add(parent);
    }
    all.set(
      name,
      [...reached].sort((a, b) => (position.get(a) as number) - (position.get(b) as number)),
    );
  }
  return all;
}
