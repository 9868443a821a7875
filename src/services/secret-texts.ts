/** A line of a value that is shorter than this is no secret by itself. */
const SHORTEST_LINE = 6;

/**
 * Every text in which the values of required variables may stand in a message: the values as the environment has them,
 * what a schema made of them, and the forms that these take in an address and in JSON. Reads no accessors.
 */
export function secretTexts(read: readonly string[], parsed: unknown): ReadonlySet<string> {
  const texts = new Set<string>();
  // It grows while it is walked, and holds each object once: what a schema makes may be cyclic.
  const found = new Set<unknown>([...read, parsed]);
  for (const value of found) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") add(String(value), texts);
    else if (value instanceof URL) add(value.href, texts);
    else if (ArrayBuffer.isView(value)) addBytes(value, texts);
    else if (typeof value === "object" && value !== null)
      for (const name of Reflect.ownKeys(value)) found.add(Object.getOwnPropertyDescriptor(value, name)?.value);
  }
  return texts;
}

function addBytes({ buffer, byteOffset, byteLength }: ArrayBufferView, texts: Set<string>): void {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  for (const form of ["utf8", "base64", "base64url", "hex"] as const) addForms(bytes.toString(form), texts);
}

function add(value: string, texts: Set<string>): void {
  addForms(value, texts);
  // A text of several lines is shown line by line where an object that holds it is shown, and so is a key.
  for (const line of value.split("\n").map((one) => one.trim()))
    if (line.length >= SHORTEST_LINE) addForms(line, texts);
  if (!URL.canParse(value)) return;
  const { href, username, password } = new URL(value);
  addForms(href, texts);
  for (const part of [username, password]) {
    addForms(part, texts);
    addForms(decoded(part), texts);
  }
}

/** With the forms that it takes in an address, in a form and in JSON. */
function addForms(value: string, texts: Set<string>): void {
  if (value === "") return;
  texts.add(value);
  // By way of UTF-8, for half a pair of surrogates has no such form.
  texts.add(encodeURIComponent(Buffer.from(value).toString()));
  texts.add(new URLSearchParams([["", value]]).toString().slice(1));
  const escaped = JSON.stringify(value).slice(1, -1);
  texts.add(escaped);
  // A text in a text, as JSON has it, and as Node shows the body of a request.
  texts.add(JSON.stringify(escaped).slice(1, -1));
  texts.add(escaped.replaceAll("\\", "\\\\"));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
