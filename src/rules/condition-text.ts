import { asList, type ConditionOperator, readOneOrMore, readText, type Test } from "./condition-operator.js";
import type { ConditionWalk, Path } from "./condition-walk.js";

/** `$startsWith` */
export const startsWithOperator = textOperator(
  (part) => (value) => typeof value === "string" && value.startsWith(part),
);
/** `$endsWith` */
export const endsWithOperator = textOperator((part) => (value) => typeof value === "string" && value.endsWith(part));
/** `$contains` */
export const containsOperator = textOperator((part) => (value) => typeof value === "string" && value.includes(part));

function textOperator(testOne: (part: string) => Test): ConditionOperator<string | readonly string[]> {
  return {
    read: (given, path, walk) => readOneOrMore(given, path, walk, readText),
    test: (operand) => {
      if (typeof operand === "string") return testOne(operand);
      const tests = asList(operand).map(testOne);
      return (value) => {
        for (let i = 0; i < tests.length; i++) if ((tests[i] as Test)(value)) return true;
        return false;
      };
    },
  };
}

/** `$ini`: `$in` for texts, both sides in lower case by `toLowerCase`. */
export const inIgnoringCaseOperator: ConditionOperator<readonly string[]> = {
  read: readTexts,
  test: (operand) => {
    const texts = new Set<unknown>(operand.map((text) => text.toLowerCase()));
    // A text in lower case costs no copy of it.
    return (value) =>
      typeof value === "string" && (texts.has(value) || (mayChange(value) && texts.has(value.toLowerCase())));
  },
};

function readTexts(given: unknown, path: Path, walk: ConditionWalk): readonly string[] | undefined {
  if (!Array.isArray(given)) return walk.refuse(path, 'must be a list of texts, such as ["de", "fr"]');
  const texts = Array.from(given, (text: unknown, index) =>
    typeof text === "string" ? text : walk.refuse([...path, index], "must be a text"),
  );
  return texts.every((text) => text !== undefined) ? Object.freeze(texts) : undefined;
}

/** Whether a text may be another one in lower case: it has a capital letter of ASCII, or anything beyond ASCII. */
function mayChange(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f || (code >= 0x41 && code <= 0x5a)) return true;
  }
  return false;
}
