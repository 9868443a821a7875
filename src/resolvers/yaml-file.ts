import { YamlLines } from "./yaml-lines.js";
import { type MaybeNode, readHere, type YamlNode, YamlNodes, type YamlScalar, type YamlTree } from "./yaml-nodes.js";
import { ALIAS, DEEPEST, LIST, MAP, TEXT } from "./yaml-tree.js";
import { plainWords } from "./yaml-words.js";

/** Something wrong at one point of the text. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** One key of a mapping and what is written after it. */
export interface Member {
  readonly key: YamlNode;
  readonly value: YamlNode;
  /** The mapping has the key twice, and nobody can say which one was meant. */
  readonly twice: boolean;
  /** It came in by a merge key (`<<`). */
  readonly merged: boolean;
}

/** The members of a mapping by name, those that it merges included, and what is wrong with its keys. */
export interface Members {
  readonly byName: ReadonlyMap<string, Member>;
  readonly faults: readonly Fault[];
}

/** Values that aliases and merge keys may multiply into, over the whole file. */
const MOST_COPIES = 1_000_000;
/** So many names are compared with one another sooner than put into a map. */
const FEW = 16;
const TOO_DEEP = `this is nested more than ${DEEPEST} levels deep`;
const TOO_MANY = "aliases multiply this file into more than 1,000,000 values";
const FOREIGN_VALUE = "this is a kind of value that YAML knows and flags do not; put it in quotes";

/**
 * A YAML file that knows where everything stands. Aliases and merge keys are resolved here, and not by the yaml
 * package: it looks through the whole document at each one, and stops after a hundred.
 */
export class YamlFile {
  /** The top of the document; null where the file is empty. */
  readonly root: YamlNode | null;
  /** Errors of syntax. Where there are any, nothing else can be relied upon. */
  readonly faults: readonly Fault[];
  readonly #nodes: YamlNodes;
  readonly #lines: YamlLines;
  readonly #members = new Map<YamlNode, Members>();
  #copies = 0;
  #tooManyAt: number | undefined;

  /** @param tree what another thread has read out of the text; it is read here and now unless given */
  constructor(text: string, tree: YamlTree = readHere(text)) {
    this.#nodes = new YamlNodes(text, tree);
    this.#lines = new YamlLines(text);
    this.root = this.#nodes.root;
    this.faults = this.#onePerLine(
      tree.faults.map(({ offset, code, message }) => ({
        offset,
        message: code === "TOO_DEEP" ? TOO_DEEP : plainWords({ code, message }),
      })),
    );
  }

  /** `12:5`: line and column of a point in the text, both from 1. */
  place(offset: number): string {
    return this.#lines.place(offset);
  }

  /** The node that counts: what an alias stands for, else the node itself. Undefined where an alias leads nowhere. */
  target(node: MaybeNode): YamlNode | undefined {
    return this.#nodes.target(node);
  }

  /** The mapping that a node is or stands for. */
  mapping(node: MaybeNode): YamlNode | undefined {
    return this.#targetOf(MAP, node);
  }

  /** The items of the list that a node is or stands for. */
  items(node: MaybeNode): readonly YamlNode[] {
    const list = this.#targetOf(LIST, node);
    return list === undefined ? [] : this.#nodes.inside(list);
  }

  /** The single value that a node is or stands for. */
  scalar(node: MaybeNode): YamlScalar | undefined {
    const target = this.target(node);
    return target === undefined ? undefined : this.#nodes.scalar(target);
  }

  /** True where nothing is written: an empty file, a key with nothing after it. */
  isNothing(node: MaybeNode): boolean {
    const target = this.target(node);
    return node === null || (target !== undefined && this.#nodes.value(target) === null);
  }

  /** Where a node begins; `otherwise` for one that is not written at all. */
  offset(node: MaybeNode, otherwise: number): number {
    const start = node === undefined || node === null ? -1 : this.#nodes.start(node);
    return start < 0 ? otherwise : start;
  }

  /** The members of a mapping. Its own come before those that it merges, and those before what they merge. */
  members(map: YamlNode, depth = 0): Members {
    const known = this.#members.get(map);
    if (known !== undefined) return known;
    const byName = new Map<string, Member>();
    const faults: Fault[] = [];
    const sources: YamlNode[] = [];
    const inside = this.#nodes.inside(map);
    for (let at = 0; at < inside.length; at += 2) {
      const [key, value] = [inside[at] as YamlNode, inside[at + 1] as YamlNode];
      if (this.#nodes.isMergeKey(key)) sources.push(value);
      else this.#addMember(byName, key, value, this.offset(map, 0), faults);
    }
    for (const source of sources) this.#merge(byName, source, this.offset(map, 0), faults, depth);
    const members = { byName, faults };
    this.#members.set(map, members);
    return members;
  }

  /** A node as plain data. What cannot be data goes to `faults`. `copiedAt`: where the alias stands that led here. */
  data(node: YamlNode | null, faults: Fault[], depth = 0, copiedAt?: number): unknown {
    const at = this.offset(node, 0);
    if (depth > DEEPEST) return void faults.push({ offset: at, message: TOO_DEEP });
    if (copiedAt !== undefined && this.#isTooMany(copiedAt, faults)) return undefined;
    if (node === null) return null;
    const kind = this.#nodes.kind(node);
    if (kind === MAP) return this.#object(node, faults, depth, copiedAt);
    if (kind === LIST) return this.#nodes.inside(node).map((item) => this.data(item, faults, depth + 1, copiedAt));
    if (kind === ALIAS) {
      const target = this.target(node);
      if (target !== undefined) return this.data(target, faults, depth + 1, copiedAt ?? at);
      return void faults.push({
        offset: at,
        message: `no anchor \`&${this.#nodes.text(node)}\` ends before this alias`,
      });
    }
    const value = this.#nodes.value(node);
    return value === undefined ? void faults.push({ offset: at, message: FOREIGN_VALUE }) : value;
  }

  #object(map: YamlNode, faults: Fault[], depth: number, copiedAt: number | undefined): object {
    const inside = this.#nodes.inside(map);
    const plain = this.#plainNames(inside);
    if (plain !== undefined) {
      const object: Record<string, unknown> = {};
      plain.forEach((name, index) => {
        object[name] = this.data(inside[2 * index + 1] as YamlNode, faults, depth + 1, copiedAt);
      });
      return object;
    }
    const members = this.members(map);
    for (const fault of members.faults) faults.push(fault);
    const at = this.offset(map, 0);
    return Object.fromEntries(
      [...members.byName].map(([name, { value, merged }]) => [
        name,
        this.data(value, faults, depth + 1, copiedAt ?? (merged ? at : undefined)),
      ]),
    );
  }

  /** The names of a mapping of few members that has nothing but names of its own, each once, as nearly all have. */
  #plainNames(inside: readonly YamlNode[]): readonly string[] | undefined {
    if (inside.length > 2 * FEW) return undefined;
    const names: string[] = [];
    for (let at = 0; at < inside.length; at += 2) {
      const key = inside[at] as YamlNode;
      if (this.#nodes.kind(key) !== TEXT || this.#nodes.isMergeKey(key)) return undefined;
      const name = this.#nodes.text(key);
      if (name === "__proto__" || names.includes(name)) return undefined;
      names.push(name);
    }
    return names;
  }

  #addMember(byName: Map<string, Member>, key: YamlNode, value: YamlNode, mapOffset: number, faults: Fault[]): void {
    const offset = this.offset(key, mapOffset);
    if (this.#nodes.kind(key) !== TEXT)
      return void faults.push({ offset, message: "a key must be a text; put it in quotes" });
    const name = this.#nodes.text(key);
    const first = byName.get(name);
    if (first === undefined) return void byName.set(name, { key, value, twice: false, merged: false });
    const line = this.#lines.line(this.offset(first.key, 0));
    faults.push({
      offset,
      message: `the key ${JSON.stringify(name)} is written twice; it stands in line ${line} already`,
    });
    byName.set(name, { ...first, twice: true });
  }

  #merge(byName: Map<string, Member>, source: YamlNode, mapOffset: number, faults: Fault[], depth: number): void {
    const offset = this.offset(source, mapOffset);
    const list = this.items(source);
    for (const item of list.length > 0 ? list : [source]) {
      const map = this.mapping(item);
      if (map === undefined || depth > DEEPEST) {
        faults.push({
          offset,
          message: map === undefined ? "`<<` needs the alias of a mapping, or a list of such aliases" : TOO_DEEP,
        });
        continue;
      }
      const merged = this.members(map, depth + 1);
      for (const fault of merged.faults) faults.push(fault);
      for (const [name, member] of merged.byName) {
        if (this.#isTooMany(offset, faults)) return;
        if (!byName.has(name)) byName.set(name, { ...member, merged: true });
      }
    }
  }

  /** Counts one more copy. All that comes after the last one allowed is one fault, where it began. */
  #isTooMany(offset: number, faults: Fault[]): boolean {
    if (++this.#copies <= MOST_COPIES) return false;
    this.#tooManyAt ??= offset;
    faults.push({ offset: this.#tooManyAt, message: TOO_MANY });
    return true;
  }

  #targetOf(kind: number, node: MaybeNode): YamlNode | undefined {
    const target = this.target(node);
    return target !== undefined && this.#nodes.kind(target) === kind ? target : undefined;
  }

  /** One slip makes the parser stumble several times; the first complaint of a line is the one that helps. */
  #onePerLine(faults: readonly Fault[]): Fault[] {
    const lines = new Set<number>();
    return faults.filter(({ offset }) => {
      const line = this.#lines.line(offset);
      return !lines.has(line) && lines.add(line);
    });
  }
}
