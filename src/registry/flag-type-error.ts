/** Carries a sentence into a compile error. */
export interface FlagTypeError<Message extends string> {
  readonly burgee: Message;
}
