import { describe, expect, it } from "vitest";
import { programOf } from "./compiler.js";

const head = `
import { nullObject } from "burgee";
interface Mailer {
  send(to: string): Promise<{ sent: boolean }>;
  check(): Promise<boolean>;
  limit(): number;
}
const send = { sent: false };
`;

/** [a wrong program, what is marked in it, what the message says] */
const wrong: readonly (readonly [source: string, marked: string, message: string])[] = [
  [
    "nullObject<Mailer>({ resolves: { send }, returns: { limit: 0 } });",
    "resolves",
    "Property 'check' is missing in type '{ send: { sent: boolean; }; }'",
  ],
  [
    "nullObject<Mailer>({ resolves: { send, check: true }, returns: {} });",
    "returns",
    "Property 'limit' is missing in type '{}'",
  ],
  [
    "nullObject<Mailer>({ resolves: { send, check: true } });",
    "{ resolves: { send, check: true } }",
    "'returns' is missing",
  ],
  [
    "nullObject<Mailer>({ resolves: { send, check: true, limit: 0 }, returns: { limit: 0 } });",
    "limit",
    `FlagTypeError<"'limit' gives no promise; its answer belongs in \`returns\`">`,
  ],
  [
    "nullObject<Mailer>({ resolves: { send, check: true }, returns: { limit: 0, send } });",
    "send",
    `FlagTypeError<"'send' gives a promise; its answer belongs in \`resolves\`">`,
  ],
  [
    'nullObject<Mailer>({ resolves: { send: { sent: "no" }, check: true }, returns: { limit: 0 } });',
    "sent",
    "Type 'string' is not assignable to type 'boolean'.",
  ],
  [
    'nullObject<Mailer>({ resolves: { send, check: true }, returns: { limit: "0" } });',
    "limit",
    "Type 'string' is not assignable to type 'Answer<number, number, []>'.",
  ],
  [
    "nullObject<Mailer>({ resolves: { send, check: true, chek: true }, returns: { limit: 0 } });",
    "chek",
    "Did you mean to write 'check'?",
  ],
  [
    "nullObject<{ ask(): Promise<void>; name: string }>({ resolves: { ask: undefined } });",
    "resolves",
    `FlagTypeError<"'name' is no method, and a null object has only methods">`,
  ],
  ["nullObject({ resolves: { send } });", "resolves", "name the interface that the null object stands in for"],
];

const sources = Object.fromEntries(wrong.map(([source], index) => [`null-${index}`, `${head}${source}\n`]));
const { verdict } = programOf(sources, { noUnusedLocals: false });

describe("a null object that is not whole", () => {
  it.each(wrong.map((one, index) => [one[0], one[1], one[2], index] as const))(
    "does not compile: %s",
    (_, marked, message, index) => {
      const { errors } = verdict(`null-${index}`);
      expect(errors.map((error) => error.text)).toEqual([marked]);
      expect(errors[0]?.message).toContain(message);
    },
  );
});
