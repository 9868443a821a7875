import { createRequire } from "node:module";
import type { Alias, CST, LineCounter, Node, Scalar, YAMLMap } from "yaml";
import { plainWords } from "./yaml-words.js";

/** Something wrong at one point of the text. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** One key of a mapping and what is written after it. */
export interface Member {
  readonly key: Scalar;
  readonly value: unknown;
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

const DEEPEST = 100;
/** Values that aliases and merge keys may multiply into, over the whole file. */
const MOST_COPIES = 1_000_000;
const TOO_DEEP = `this is nested more than ${DEEPEST} levels deep`;
const TOO_MANY = `aliases multiply this file into more than ${MOST_COPIES.toLocaleString("en")} values`;

/**
 * A YAML file that knows where everything stands. Aliases and merge keys are resolved here, and not by the yaml
 * package: it looks through the whole document at each one, and stops after a hundred.
 */
export class YamlFile {
  /** The top of the document; null where the file is empty. */
  readonly root: Node | null;
  /** Errors of syntax. Where there are any, nothing else can be relied upon. */
  readonly faults: readonly Fault[];
  readonly #yaml: typeof import("yaml");
  readonly #lines: LineCounter;
  readonly #targets = new Map<Alias, Node>();
  readonly #members = new Map<YAMLMap, Members>();
  #copies = 0;
  #tooManyAt: number | undefined;

  constructor(text: string) {
    this.#yaml = createRequire(import.meta.url)("yaml") as typeof import("yaml");
    this.#lines = new this.#yaml.LineCounter();
    const faults: Fault[] = [];
    this.root = this.#compose(text, faults);
    this.faults = this.#onePerLine(faults);
    if (this.faults.length === 0) this.#link(this.root, new Map(), new Set());
  }

  /** Reads the text, which must be one document. */
  #compose(text: string, faults: Fault[]): Node | null {
    // Unique keys are looked for in `members`: the package compares each key with all before it.
    const composer = new this.#yaml.Composer({ uniqueKeys: false, resolveKnownTags: false });
    const [document, second] = composer.compose(this.#tokens(text, faults), true, text.length);
    if (document === undefined || faults.length > 0) return null;
    for (const error of [...document.errors, ...document.warnings])
      faults.push({ offset: error.pos[0], message: plainWords(error) });
    if (second) faults.push({ offset: second.range[0], message: plainWords({ code: "MULTIPLE_DOCS", message: "" }) });
    return document.contents;
  }

  /** The text's documents. One that is nested too deep is a fault, and the end: composing it recurses. */
  *#tokens(text: string, faults: Fault[]): Generator<CST.Token> {
    this.#lines.addNewLine(0);
    const parser = new this.#yaml.Parser(this.#lines.addNewLine);
    for (const lexeme of new this.#yaml.Lexer().lex(text)) {
      yield* parser.next(lexeme);
      // At the bottom lies the document; at the top there may be a single value.
      const deepest = parser.stack[DEEPEST + 1];
      if (deepest !== undefined && "items" in deepest)
        return void faults.push({ offset: deepest.offset, message: TOO_DEEP });
    }
    yield* parser.end();
  }

  /** `12:5`: line and column of a point in the text, both from 1. */
  place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${line}:${col}`;
  }

  /** The node that counts: what an alias stands for, else the node itself. Undefined where an alias leads nowhere. */
  target(node: unknown): unknown {
    return this.#yaml.isAlias(node) ? this.#targets.get(node) : node;
  }

  /** The mapping that a node is or stands for. */
  mapping(node: unknown): YAMLMap | undefined {
    const target = this.target(node);
    return this.#yaml.isMap(target) ? target : undefined;
  }

  /** The items of the list that a node is or stands for. */
  items(node: unknown): readonly unknown[] {
    const target = this.target(node);
    return this.#yaml.isSeq(target) ? target.items : [];
  }

  /** The single value that a node is or stands for. */
  scalar(node: unknown): Scalar | undefined {
    const target = this.target(node);
    return this.#yaml.isScalar(target) ? target : undefined;
  }

  /** True where nothing is written: an empty file, a key with nothing after it. */
  isNothing(node: unknown): boolean {
    const target = this.target(node);
    return target === null || (this.#yaml.isScalar(target) && target.value === null);
  }

  /** Where a node begins; `otherwise` for one that is not written at all. */
  offset(node: unknown, otherwise: number): number {
    if (this.#yaml.isPair(node)) return this.offset(node.key, otherwise);
    return this.#yaml.isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise;
  }

  /** The members of a mapping. Its own come before those that it merges, and those before what they merge. */
  members(map: YAMLMap, depth = 0): Members {
    const known = this.#members.get(map);
    if (known !== undefined) return known;
    const byName = new Map<string, Member>();
    const faults: Fault[] = [];
    const sources: unknown[] = [];
    for (const { key, value } of map.items) {
      if (this.#isMergeKey(key)) sources.push(value);
      else this.#addMember(byName, key, value, this.offset(map, 0), faults);
    }
    for (const source of sources) this.#merge(byName, source, this.offset(map, 0), faults, depth);
    const members = { byName, faults };
    this.#members.set(map, members);
    return members;
  }

  /** A node as plain data. What cannot be data goes to `faults`. `copiedAt`: where the alias stands that led here. */
  data(node: unknown, faults: Fault[], depth = 0, copiedAt?: number): unknown {
    const at = this.offset(node, 0);
    if (depth > DEEPEST) return void faults.push({ offset: at, message: TOO_DEEP });
    if (copiedAt !== undefined && this.#isTooMany(copiedAt, faults)) return undefined;
    if (node === null) return null;
    if (this.#yaml.isAlias(node)) {
      const target = this.#targets.get(node);
      if (target !== undefined) return this.data(target, faults, depth + 1, copiedAt ?? at);
      return void faults.push({ offset: at, message: `no anchor \`&${node.source}\` ends before this alias` });
    }
    if (this.#yaml.isMap(node)) {
      const members = this.members(node);
      faults.push(...members.faults);
      return Object.fromEntries(
        [...members.byName].map(([name, { value, merged }]) => [
          name,
          this.data(value, faults, depth + 1, copiedAt ?? (merged ? at : undefined)),
        ]),
      );
    }
    if (this.#yaml.isSeq(node)) return node.items.map((item) => this.data(item, faults, depth + 1, copiedAt));
    const value: unknown = this.#yaml.isScalar(node) ? node.value : undefined;
    if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value;
    return void faults.push({
      offset: at,
      message: "this is a kind of value that YAML knows and flags do not; put it in quotes",
    });
  }

  #addMember(byName: Map<string, Member>, key: unknown, value: unknown, mapOffset: number, faults: Fault[]): void {
    const offset = this.offset(key, mapOffset);
    if (!this.#yaml.isScalar(key) || typeof key.value !== "string")
      return void faults.push({ offset, message: "a key must be a text; put it in quotes" });
    const first = byName.get(key.value);
    if (first === undefined) return void byName.set(key.value, { key, value, twice: false, merged: false });
    const line = this.#lines.linePos(this.offset(first.key, 0)).line;
    faults.push({
      offset,
      message: `the key ${JSON.stringify(key.value)} is written twice; it stands in line ${line} already`,
    });
    byName.set(key.value, { ...first, twice: true });
  }

  #merge(byName: Map<string, Member>, source: unknown, mapOffset: number, faults: Fault[], depth: number): void {
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
      faults.push(...merged.faults);
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

  /** `<<`, bare. YAML 1.1 reads it as a symbol. */
  #isMergeKey(key: unknown): boolean {
    return this.#yaml.isScalar(key) && key.type === "PLAIN" && (key.value === "<<" || typeof key.value === "symbol");
  }

  /** Notes what each alias stands for: the last node before it that has its anchor, and has ended. */
  #link(node: unknown, anchors: Map<string, Node>, open: Set<unknown>): void {
    if (this.#yaml.isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined && !open.has(target)) this.#targets.set(node, target);
      return;
    }
    if (this.#yaml.isPair(node)) {
      this.#link(node.key, anchors, open);
      this.#link(node.value, anchors, open);
      return;
    }
    if (!this.#yaml.isScalar(node) && !this.#yaml.isCollection(node)) return;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (!this.#yaml.isCollection(node) || open.size > DEEPEST) return;
    open.add(node);
    for (const item of node.items) this.#link(item, anchors, open);
    open.delete(node);
  }

  /** One slip makes the parser stumble several times; the first complaint of a line is the one that helps. */
  #onePerLine(faults: readonly Fault[]): Fault[] {
    const lines = new Set<number>();
    return faults.filter(({ offset }) => {
      const { line } = this.#lines.linePos(offset);
      return !lines.has(line) && lines.add(line);
    });
  }
}
