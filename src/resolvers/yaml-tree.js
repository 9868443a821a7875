// @ts-check
// Plain JavaScript, because Node 20 starts no worker thread from TypeScript: the same file runs from src/ and from dist/.

/**
 * A YAML text as a flat tree, which costs next to nothing to hand from one thread to another. Nodes stand in the order
 * of the text, each in `WIDTH` numbers; what is inside a node comes directly after it, up to its `NEXT`. The keys of a
 * mapping alternate with their values.
 *
 * @typedef {object} YamlTree
 * @property {Int32Array<ArrayBuffer>} nodes
 * @property {readonly TreeValue[]} values what cannot be cut out of the text
 * @property {readonly TreeFault[]} faults errors of syntax; where there are any, there are no nodes
 */

/** @typedef {string | number | boolean | null} TreeValue */

/**
 * @typedef {object} TreeFault
 * @property {number} offset
 * @property {import("yaml").ErrorCode | "TOO_DEEP"} code
 * @property {string} message the package's own, which quotes the text
 */

/** How many levels of nesting are read. */
export const DEEPEST = 100;

/** How many numbers a node takes. */
export const WIDTH = 6;
/** A node's kind, one of the kinds below. */
export const KIND = 0;
/** Where the node begins in the text; -1 for one that is not written. */
export const START = 1;
/** The node after this one and all that is inside it. */
export const NEXT = 2;
/** Where its text stands, as it is: from here … */
export const FROM = 3;
/** … to here. Where `FROM` is -1 the text is that element of `values`. */
export const TO = 4;
/** For a value, its element of `values`; for an alias, the node that it stands for, or -1. */
export const LINK = 5;

/** Nothing is written: the value of a key that stands alone in braces. */
export const NOTHING = 0;
export const TEXT = 1;
/** A number, true, false or null; its text is what is written for it. */
export const VALUE = 2;
/** What YAML knows and flags do not: dates, binary data, ordered pairs. */
export const FOREIGN = 3;
/** Its text is the anchor's name. */
export const ALIAS = 4;
export const MAP = 5;
export const LIST = 6;

/**
 * Reads a text, which must be one document.
 *
 * @param {typeof import("./yaml-package.cjs")} yaml
 * @param {string} text
 * @returns {YamlTree}
 */
export function readTree(yaml, text) {
  /** @type {TreeFault[]} */
  const faults = [];
  const contents = compose(yaml, text, faults);
  const builder = new TreeBuilder(yaml, text);
  if (faults.length === 0 && contents !== null) builder.add(contents);
  return { nodes: new Int32Array(builder.nodes), values: builder.values, faults };
}

/**
 * @param {typeof import("./yaml-package.cjs")} yaml
 * @param {string} text
 * @param {TreeFault[]} faults
 * @returns {import("yaml").Node | null}
 */
function compose(yaml, text, faults) {
  // Unique keys are looked for by `YamlFile`: the package compares each key with all before it.
  const composer = new yaml.Composer({ uniqueKeys: false, resolveKnownTags: false });
  const [document, second] = composer.compose(tokens(yaml, text, faults), true, text.length);
  if (document === undefined || faults.length > 0) return null;
  for (const { pos, code, message } of [...document.errors, ...document.warnings])
    faults.push({ offset: pos[0], code, message });
  if (second) faults.push({ offset: second.range[0], code: "MULTIPLE_DOCS", message: "" });
  return document.contents;
}

/**
 * The text's documents. One that is nested too deep is a fault, and the end: composing it recurses.
 *
 * @param {typeof import("./yaml-package.cjs")} yaml
 * @param {string} text
 * @param {TreeFault[]} faults
 * @returns {import("yaml").CST.Token[]}
 */
function tokens(yaml, text, faults) {
  const parser = new yaml.Parser();
  /** @type {import("yaml").CST.Token[]} */
  const found = [];
  for (const lexeme of new yaml.Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) found.push(token);
    if (parser.stack.length <= DEEPEST + 1) continue;
    // At the bottom lies the document; at the top there may be a single value.
    const deepest = parser.stack[DEEPEST + 1];
    if (deepest === undefined || !("items" in deepest)) continue;
    faults.push({ offset: deepest.offset, code: "TOO_DEEP", message: "" });
    return [];
  }
  return [...found, ...parser.end()];
}

class TreeBuilder {
  /** @type {number[]} */
  nodes = [];
  /** @type {TreeValue[]} */
  values = [];
  #yaml;
  #text;
  /** The last node with an anchor of that name. @type {Map<string, number>} */
  #anchors = new Map();

  /**
   * @param {typeof import("./yaml-package.cjs")} yaml
   * @param {string} text
   */
  constructor(yaml, text) {
    this.#yaml = yaml;
    this.#text = text;
  }

  /** @param {unknown} node as the package has it; null where nothing is written */
  add(node) {
    const { isAlias, isCollection, isMap, isPair, isScalar } = this.#yaml;
    if (isScalar(node)) this.#addScalar(node);
    else if (isAlias(node)) this.#addAlias(node);
    else if (!isCollection(node)) this.#row(node === null ? NOTHING : FOREIGN, isPair(node) ? node.key : node);
    else {
      const at = this.#row(isMap(node) ? MAP : LIST, node);
      this.#anchor(node, at);
      for (const item of node.items) {
        if (isMap(node) && isPair(item)) {
          this.add(item.key);
          this.add(item.value);
        } else this.add(item);
      }
      this.nodes[at + NEXT] = this.nodes.length / WIDTH;
    }
  }

  /**
   * An alias stands for the last node before it that has its anchor, and has ended.
   *
   * @param {import("yaml").Alias} alias
   */
  #addAlias(alias) {
    const target = this.#anchors.get(alias.source);
    const at = this.#row(ALIAS, alias);
    this.#say(at, alias.source, 1);
    this.nodes[at + LINK] = target !== undefined && this.nodes[target * WIDTH + NEXT] !== 0 ? target : -1;
    this.nodes[at + NEXT] = this.nodes.length / WIDTH;
  }

  /** @param {import("yaml").Scalar} scalar */
  #addScalar(scalar) {
    const { value, type, source = "" } = scalar;
    const quote = type === "PLAIN" ? 0 : 1;
    const known = value === null || typeof value === "number" || typeof value === "boolean";
    const at = this.#row(typeof value === "string" ? TEXT : known ? VALUE : FOREIGN, scalar);
    this.#anchor(scalar, at);
    if (known) this.nodes[at + LINK] = this.values.push(value) - 1;
    this.#say(at, typeof value === "string" ? value : source, quote);
    this.nodes[at + NEXT] = this.nodes.length / WIDTH;
  }

  /**
   * Notes a node's text, by its place if it stands there as it is.
   *
   * @param {number} at
   * @param {string} text
   * @param {number} ahead how many characters stand before it
   */
  #say(at, text, ahead) {
    const from = Number(this.nodes[at + START]) + ahead;
    const verbatim = this.#text.startsWith(text, from);
    this.nodes[at + FROM] = verbatim ? from : -1;
    this.nodes[at + TO] = verbatim ? from + text.length : this.values.push(text) - 1;
  }

  /**
   * @param {import("yaml").Scalar | import("yaml").YAMLMap | import("yaml").YAMLSeq} node
   * @param {number} at
   */
  #anchor({ anchor }, at) {
    if (anchor !== undefined) this.#anchors.set(anchor, at / WIDTH);
  }

  /**
   * Begins a node that has not ended; gives where its numbers stand.
   *
   * @param {number} kind
   * @param {unknown} node
   */
  #row(kind, node) {
    const start = this.#yaml.isNode(node) ? (node.range?.[0] ?? -1) : -1;
    const at = this.nodes.push(kind, start, 0, -1, -1, -1) - WIDTH;
    if (kind === NOTHING || kind === FOREIGN) this.nodes[at + NEXT] = this.nodes.length / WIDTH;
    return at;
  }
}
