import type { Context } from "./context.js";

type Letter =
  | ("a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j" | "k" | "l" | "m")
  | ("n" | "o" | "p" | "q" | "r" | "s" | "t" | "u" | "v" | "w" | "x" | "y" | "z");

/**
 * Any name that does not begin with `$`, as far as a type can say it: a letter of ASCII, a digit, `_`, `-` or `@` comes
 * first. So a misspelt operator is no attribute, and the compiler refuses it. It refuses other first letters too, where
 * the condition is written out in code; there `as Condition` helps, and the name works.
 */
export type AttributeName =
  `${Letter | Uppercase<Letter> | "_" | "-" | "@" | `${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`}${string}`;

/**
 * Which contexts a rule is for. Its keys are attributes, a dotted path leading into objects and lists, or `$and`,
 * `$or`, `$nor`, `$not` and `$segment`. **All** must hold. A bare value asks for equality, an object of operators for
 * each of them. The meaning is MongoDB's; what burgee adds is in `docs/reference/conditions.md`.
 *
 * An attribute that is missing equals `null` and nothing else. An attribute that is a list matches where the list or any
 * of its elements does. `$ne`, `$nin`, `$nor` and `$not` are exact opposites, so they hold for what is missing.
 *
 * @example
 * { plan: "pro", country: { $in: ["DE", "FR"] } }
 * { "device.os": "ios", appVersion: { $semver: ">=2.3" } }
 * { $or: [{ beta: true }, { $segment: "staff" }] }
 */
export interface Condition {
  /** Each of these conditions holds. */
  readonly $and?: readonly Condition[];
  /** At least one of these conditions holds. */
  readonly $or?: readonly Condition[];
  /** None of these conditions holds. */
  readonly $nor?: readonly Condition[];
  /** This condition does not hold. */
  readonly $not?: Condition;
  /** The condition that has this name among the segments holds. */
  readonly $segment?: string;
  readonly [attribute: AttributeName]: ConditionData | ConditionOperators;
}

/** Questions about one attribute, each asked by itself. */
export interface ConditionOperators {
  /** Equal to this value. */
  readonly $eq?: ConditionData;
  /** Not equal to this value. */
  readonly $ne?: ConditionData;
  /** Equal to one of these values; to none where the list is empty. */
  readonly $in?: readonly ConditionData[];
  /** Equal to none of these values. */
  readonly $nin?: readonly ConditionData[];
  /** Greater: numbers by size, texts by UTF-16 code unit, and never one kind against the other. */
  readonly $gt?: number | string;
  /** Greater or equal. */
  readonly $gte?: number | string;
  /** Less. */
  readonly $lt?: number | string;
  /** Less or equal. */
  readonly $lte?: number | string;
  /** Whether the attribute is there at all; `null` is. */
  readonly $exists?: boolean;
  /** Of this kind, or of one of these. */
  readonly $type?: ConditionType | readonly ConditionType[];
  /** A list of so many elements. */
  readonly $size?: number;
  /** Each of these is the value or one of its elements. */
  readonly $all?: readonly ConditionData[];
  /** A list with an element that meets all these operators; or, being an object, this condition. */
  readonly $elemMatch?: ConditionOperators | Condition;
  /** These operators do not all hold. */
  readonly $not?: ConditionOperators;
  /** A pattern in the syntax of RE2, found anywhere in the text. */
  readonly $regex?: string;
  /** A text that begins with this, or with one of these. */
  readonly $startsWith?: string | readonly string[];
  /** A text that ends with this, or with one of these. */
  readonly $endsWith?: string | readonly string[];
  /** A text that has this in it, or one of these. */
  readonly $contains?: string | readonly string[];
  /** One of these texts, upper and lower case being the same. */
  readonly $ini?: readonly string[];
  /** A version within this range, in npm's syntax. */
  readonly $semver?: string;
  /** An instant strictly before this one: a date, or a date and time with its zone (ISO 8601). */
  readonly $before?: string | Date;
  /** An instant strictly after this one. */
  readonly $after?: string | Date;
  /** An IP address in this block, or in one of these: `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
  readonly $cidr?: string | readonly string[];
}

/** A value to compare with: what JSON can hold. */
export type ConditionData = string | number | boolean | null | readonly ConditionData[] | ConditionDataObject;

/** An object to compare with. No key of it begins with `$`. */
export interface ConditionDataObject {
  readonly [key: AttributeName]: ConditionData;
}

/** The kinds that `$type` knows. A `Date` is a `date` and no `object`, a list an `array` and no `object`. */
export type ConditionType = "string" | "number" | "boolean" | "object" | "array" | "null" | "date";

/** What JSON can hold, of any depth. */
export type ConditionJson =
  | string
  | number
  | boolean
  | null
  | readonly ConditionJson[]
  | { readonly [key: string]: ConditionJson };

/**
 * A condition after validation: a frozen copy that JSON holds and that means the same when it is checked again. Equal
 * questions are written alike: `{ $eq: "pro" }` is `"pro"`, a list of one block is the block, a Date its ISO text.
 */
export type CheckedCondition = { readonly [key: string]: ConditionJson };

/** A condition ready to be asked. It changes nothing, keeps nothing, and the same context gets the same answer. */
export type Matches = (context: Context) => boolean;
