/** What a program can be asked, by name. */
export type Calls = Readonly<Record<string, (input: never) => unknown>>;

export interface Question {
  readonly id: number;
  readonly call: string;
  readonly input: unknown;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: string | undefined; readonly message: string } };

/** Answers the test's questions, each by itself, until the test is gone; then the program ends, whatever it is doing. */
export function answer(calls: Calls): void {
  const reply = async ({ id, call, input }: Question): Promise<Answer> => {
    try {
      const handler: ((input: never) => unknown) | undefined = calls[call];
      if (handler === undefined) throw new Error(`the program has no call "${call}"`);
      return { id, value: await handler(input as never) };
    } catch (error) {
      return { id, error: described(error) };
    }
  };
  process.on("message", (question: Question) => {
    void reply(question).then((given) => process.connected && process.send?.(given));
  });
  process.on("disconnect", () => process.exit());
}

/** An error as it is sent to the test. Known by its name: a program that stands beside the instances has no burgee in it. */
export function described(error: unknown): { code: string | undefined; message: string } {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  const { name, code }: { name: string; code?: unknown } = error;
  const known = name === "BurgeeError" && typeof code === "string";
  return { code: known ? code : undefined, message: error.stack ?? error.message };
}
