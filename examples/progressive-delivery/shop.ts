import type { Context } from "burgee";

/** Whoever asks for the checkout. */
export interface User extends Context {
  readonly userId: string;
  readonly email: string;
}

/** Ten thousand users, the first twenty of whom work here. */
export const users: readonly User[] = Array.from({ length: 10_000 }, (_, index) => {
  const userId = `user-${index + 1}`;
  return { userId, email: `${userId}@${index < 20 ? "shop.example" : "mail.example"}` };
});

/** The checkout, new for some and old for the others. */
export class Shop {
  readonly #isNew: (user: User) => boolean;
  readonly #onNew: (failed: boolean) => void;
  readonly #ever = new Set<User>();

  /** `onNew` is told of each new checkout, and whether it failed. */
  constructor(isNew: (user: User) => boolean, onNew: (failed: boolean) => void) {
    this.#isNew = isNew;
    this.#onNew = onNew;
  }

  /** Every user checks out once. The new checkout can do so many a day, and fails for those after them. */
  day(capacity: number): string {
    const today = new Set<User>();
    for (const user of users) {
      if (!this.#isNew(user)) continue;
      today.add(user);
      this.#onNew(today.size > capacity);
    }
    const back = [...this.#ever].filter((user) => !today.has(user)).length;
    for (const user of today) this.#ever.add(user);
    return `  ${today.size} users had the new checkout; ${back} were back at the old one`;
  }
}
