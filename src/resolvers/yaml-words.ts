import type { ErrorCode } from "yaml";

const WORDS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias can have neither an anchor nor a tag of its own",
  BAD_ALIAS: "an anchor or an alias needs a name, and the name must not end in a colon",
  BAD_COLLECTION_TYPE: "this tag does not fit what follows it",
  BAD_DIRECTIVE: "a line that begins with % is not a directive that this version of YAML knows",
  BAD_DQ_ESCAPE:
    "a backslash in double quotes begins an escape that YAML does not know; write it twice, or use single quotes",
  BAD_INDENT:
    "the indentation does not fit: what belongs together begins in the same column, and what is inside further right",
  BAD_PROP_ORDER: "an anchor or tag stands in the wrong place; it belongs between the colon and the value",
  BAD_SCALAR_START: "a text cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "a mapping cannot begin on the line of its key; give it a line of its own, or put the text in quotes if it is one",
  BLOCK_IN_FLOW: "inside brackets and braces everything must be written with brackets and braces",
  DUPLICATE_KEY: "a key is written twice",
  IMPOSSIBLE: "this cannot be read as YAML",
  KEY_OVER_1024_CHARS: "a key is longer than 1,024 characters",
  MISSING_CHAR: "something is missing here: a colon and a space after a key, or a comma between items",
  MULTIPLE_ANCHORS: "a value can have one anchor only",
  MULTIPLE_DOCS: "a profile is one document; take the `---` and all that follows it away",
  MULTIPLE_TAGS: "a value can have one tag only",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line; is a colon missing here?",
  NON_STRING_KEY: "a key must be a text; put it in quotes",
  RESOURCE_EXHAUSTION: "this is nested too deeply",
  TAB_AS_INDENT: "a tab is used for indentation; YAML takes spaces only",
  TAG_RESOLVE_FAILED: "a tag (a word that begins with !) that has no meaning here; if it is a text, put it in quotes",
  UNEXPECTED_TOKEN: "something stands here that YAML does not expect; is the line before it complete?",
};

/** What some of the package's messages mean more closely. They quote the file, so none is passed on as it is. */
const CLOSER: readonly (readonly [RegExp, string])[] = [
  [/closing .quote/, "a quote is opened and never closed"],
  [/^Implicit map keys/, "a key must be followed by a colon and a space"],
  [
    /^Flow (?:map|sequence) .*end with a/,
    "a bracket or brace is opened and never closed, or closed too far to the left",
  ],
  [/^Comments must be/, "a comment must have a space before its #"],
];

/** A syntax error of the yaml package in plain words, without a word of the file in it. */
export function plainWords({ code, message }: { readonly code: ErrorCode; readonly message: string }): string {
  return CLOSER.find(([pattern]) => pattern.test(message))?.[1] ?? WORDS[code];
}
