import { expect, it } from "vitest";
import { startStandIn } from "../../examples/code-completion/stand-in.js";
import { runExample } from "./child.js";

const off = `disabled
  def fib(n): Code completion is off here (flag "enable_tabby", variable ENABLE_TABBY): it is off for this user, killed, closed or not started; flags.explain("enable_tabby") and flags.services() tell why
  disabled, no model
`;
const code = "return n if n < 2 else fib(n - 1) + fib(n - 2)";

it("code completion is off, completes by a server of its own, and is off again", async () => {
  const { code: exit, stdout, stderr } = await runExample("code-completion/main.ts");
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout).toBe(`off: ${off}on: ready
  def fib(n): ${code}
  ok, stand-in
  an empty prompt: no suggestion (empty-prompt): there is nothing to complete: \`prefix\` and \`suffix\` are empty
off again: ${off}`);
});

it("code completion asks the server that TABBY_URL names", async () => {
  const server = await startStandIn();
  const { stdout } = await runExample("code-completion/main.ts", [], { TABBY_URL: server.url });
  expect(stdout).toContain(`on: ready\n  def fib(n): ${code}\n`);
  server.close();
  const gone = await runExample("code-completion/main.ts", [], { TABBY_URL: server.url });
  expect(gone.code).toBe(1);
  expect(gone.stdout).toContain(`on: ready\n  def fib(n): no suggestion (unreachable): Tabby at ${server.url} `);
});
