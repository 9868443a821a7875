import { createRequire } from "node:module";
import { ownFile } from "../rules/load.js";
import { ALIAS, FROM, KIND, LINK, MAP, NEXT, NOTHING, readTree, START, TEXT, TO, VALUE, WIDTH } from "./yaml-tree.js";

/** What a text comes to before anything is looked up in it: cheap to hand from thread to thread. */
export type YamlTree = ReturnType<typeof readTree>;

/** A node of a tree. The number means nothing elsewhere. */
export type YamlNode = number;

/** A node that may be missing: the top of an empty file, a key that is not there. */
export type MaybeNode = YamlNode | null | undefined;

/** A single value, and how it is written. */
export interface YamlScalar {
  readonly value: string | number | boolean | null;
  /** As it stands in the file, without quotes; for a text, the text. */
  readonly source: string;
}

type YamlPackage = typeof import("./yaml-package.cjs");

/**
 * Reads a text on this thread.
 *
 * @throws BurgeeError `PACKAGE_MISSING` where a bundler has left the file behind that does it
 */
export function readHere(text: string): YamlTree {
  const path = ownFile("yaml-package.cjs", "for YAML", import.meta.url);
  return readTree(createRequire(path)(path) as YamlPackage, text);
}

/** The nodes of a tree, with the text that they are cut out of. */
export class YamlNodes {
  readonly #text: string;
  readonly #tree: YamlTree;

  constructor(text: string, tree: YamlTree) {
    this.#text = text;
    this.#tree = tree;
  }

  /** The top of the document; null where the file is empty. */
  get root(): YamlNode | null {
    return this.#tree.nodes.length > 0 ? 0 : null;
  }

  kind(node: YamlNode): number {
    return this.#get(node, KIND);
  }

  /** Where the node begins; negative for one that is not written at all. */
  start(node: YamlNode): number {
    return this.#get(node, START);
  }

  /** What an alias stands for, else the node itself. Undefined where an alias leads nowhere, and for no node. */
  target(node: MaybeNode): YamlNode | undefined {
    if (node === undefined || node === null) return undefined;
    if (this.kind(node) !== ALIAS) return node;
    const target = this.#get(node, LINK);
    return target < 0 ? undefined : target;
  }

  /** What is directly inside a list, or the keys and values of a mapping in turn. */
  inside(node: YamlNode): YamlNode[] {
    const inside: YamlNode[] = [];
    const end = this.#get(node, NEXT);
    for (let next = node + 1; next < end; next = this.#get(next, NEXT)) inside.push(next);
    return inside;
  }

  /** A text, what is written for a value, or the name of an alias. */
  text(node: YamlNode): string {
    const from = this.#get(node, FROM);
    const to = this.#get(node, TO);
    return from < 0 ? String(this.#tree.values[to]) : this.#text.slice(from, to);
  }

  /** The single value of a node that has one. */
  value(node: YamlNode): YamlScalar["value"] | undefined {
    const kind = this.kind(node);
    if (kind === TEXT) return this.text(node);
    if (kind === VALUE) return this.#tree.values[this.#get(node, LINK)] ?? null;
    return kind === NOTHING ? null : undefined;
  }

  /** The same with how it is written. */
  scalar(node: YamlNode): YamlScalar | undefined {
    const value = this.value(node);
    if (value === undefined) return undefined;
    return { value, source: this.kind(node) === NOTHING ? "" : this.text(node) };
  }

  /** `<<`, bare: in quotes it would begin after its node does. YAML 1.1 reads it as a symbol, which is foreign. */
  isMergeKey(key: YamlNode): boolean {
    const from = this.#get(key, FROM);
    const bare = from >= 0 && from === this.start(key) && this.#get(key, TO) === from + 2;
    return bare && this.kind(key) < MAP && this.#text.startsWith("<<", from);
  }

  #get(node: YamlNode, field: number): number {
    return this.#tree.nodes[node * WIDTH + field] as number;
  }
}
