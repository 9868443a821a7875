import { BlockList, isIPv4, isIPv6 } from "node:net";
import { satisfies } from "semver";

// What a condition must mean, written for reading and not for speed, and sharing no code with src/.

type Record_ = Readonly<Record<string, unknown>>;

export interface Around {
  readonly base: Record_;
  readonly segments: Record_;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isDate = (value: unknown): value is Date => Object.prototype.toString.call(value) === "[object Date]";
const isThing = (value: unknown): value is Record_ => typeof value === "object" && value !== null && !isList(value);
const own = (from: Record_, key: string): unknown => (Object.keys(from).includes(key) ? from[key] : undefined);

/** Whether a condition holds for a context. */
export function slowHolds(condition: Record_, context: Record_, around: Around): boolean {
  return entriesHold(condition, (name) => slowRoot(name, context, around.base), context, around);
}

function slowRoot(name: string, context: Record_, base: Record_): unknown {
  const unit = ["userId", "targetingKey"];
  const names = unit.includes(name) ? [name, ...unit.filter((other) => other !== name)] : [name];
  return [context, base].flatMap((from) => names.map((one) => own(from, one))).find((value) => value !== undefined);
}

function entriesHold(condition: Record_, root: (name: string) => unknown, context: Record_, around: Around): boolean {
  const inner = (part: unknown) => entriesHold(part as Record_, root, context, around);
  return Object.entries(condition).every(([key, part]) => {
    if (key === "$and") return (part as unknown[]).every(inner);
    if (key === "$or") return (part as unknown[]).some(inner);
    if (key === "$nor") return !(part as unknown[]).some(inner);
    if (key === "$not") return !inner(part);
    if (key === "$segment") return slowHolds(around.segments[part as string] as Record_, context, around);
    const [first = "", ...steps] = key.split(".");
    const places = follow(root(first), steps);
    return operatorsHold(part, (test, whole) => places.some((place) => candidates(place, whole).some(test)));
  });
}

/** Something that a path leads to; `counted` where its last step counted to it in a list. */
interface Place {
  readonly value: unknown;
  readonly counted?: boolean;
}

function follow(value: unknown, steps: readonly string[]): readonly Place[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [{ value }];
  if (isThing(value)) return follow(own(value, step), rest);
  if (!isList(value)) return [{ value: undefined }];
  const inElements = value.filter(isThing).flatMap((element) => follow(element, steps));
  const index = value.findIndex((_, at) => String(at) === step);
  if (index < 0) return inElements;
  const element = value[index];
  if (rest.length === 0) return [...inElements, { value: element, counted: true }];
  return isThing(element) || isList(element) ? [...inElements, ...follow(element, rest)] : inElements;
}

/** The values that an operator asks at one place. */
function candidates({ value, counted = false }: Place, whole: boolean): readonly unknown[] {
  return isList(value) && !counted && !whole ? [value, ...value] : [value];
}

type Ask = (test: (value: unknown) => boolean, whole: boolean) => boolean;

function operatorsHold(part: unknown, ask: Ask): boolean {
  const isOperators = isThing(part) && !isDate(part) && Object.keys(part).some((key) => key.startsWith("$"));
  const operators = isOperators ? part : { $eq: part };
  return Object.entries(operators).every(([name, operand]) => operatorHolds(name, operand, ask));
}

function operatorHolds(name: string, operand: unknown, ask: Ask): boolean {
  if (name === "$ne") return !operatorHolds("$eq", operand, ask);
  if (name === "$nin") return !operatorHolds("$in", operand, ask);
  if (name === "$not") return !operatorsHold(operand, ask);
  if (name === "$exists") return ask((value) => value !== undefined, true) === operand;
  if (name === "$size") return ask((value) => isList(value) && value.length === operand, true);
  if (name === "$elemMatch")
    return ask((value) => isList(value) && value.some((one) => elementHolds(operand as Record_, one)), true);
  if (name === "$all") {
    const items = operand as readonly unknown[];
    return items.length > 0 && items.every((item) => operatorHolds("$eq", item, ask));
  }
  return ask((value) => valueHolds(name, operand, value), false);
}

function elementHolds(operand: Record_, element: unknown): boolean {
  const isCondition = isOnObjects(operand);
  if (!isCondition) return operatorsHold(operand, (test) => test(element));
  return isThing(element) && entriesHold(operand, (name) => own(element, name), element, { base: {}, segments: {} });
}

/** A key that is no operator, or a group, makes a condition; `$not` is what it holds. */
function isOnObjects(operand: Record_): boolean {
  return Object.entries(operand).some(([name, part]) =>
    name === "$not" ? isOnObjects(part as Record_) : !name.startsWith("$") || ["$and", "$or", "$nor"].includes(name),
  );
}

function valueHolds(name: string, operand: unknown, value: unknown): boolean {
  const one = isList(operand) ? operand : [operand];
  switch (name) {
    case "$eq":
      return isEqual(operand, value);
    case "$in":
      return one.some((item) => isEqual(item, value));
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return isOrdered(name, operand as string | number, value);
    case "$type":
      return one.includes(kindOf(value));
    case "$ini":
      return one.some((item) => typeof value === "string" && (item as string).toLowerCase() === value.toLowerCase());
    case "$startsWith":
      return one.some((item) => typeof value === "string" && value.slice(0, (item as string).length) === item);
    case "$endsWith":
      return one.some(
        (item) =>
          typeof value === "string" &&
          value.length >= (item as string).length &&
          value.slice(value.length - (item as string).length) === item,
      );
    case "$contains":
      return one.some((item) => typeof value === "string" && value.split(item as string).length > 1);
    case "$regex":
      return typeof value === "string" && new RegExp(operand as string).test(value);
    case "$semver":
      return typeof value === "string" && satisfies(value, operand as string);
    case "$before":
      return slowInstant(value) < slowInstant(operand);
    case "$after":
      return slowInstant(value) > slowInstant(operand);
    case "$cidr":
      return typeof value === "string" && one.some((block) => isInside(value, block as string));
    default:
      throw new Error(`the oracle does not know ${name}`);
  }
}

function isEqual(operand: unknown, value: unknown): boolean {
  if (operand === null && value === undefined) return true;
  return canonical(operand) === canonical(value);
}

/** A text that is the same for equal values, and for no others. */
function canonical(value: unknown): string {
  if (isList(value)) return `[${Array.from(value, canonical).join()}]`;
  if (isDate(value)) return `date ${value.getTime()}`;
  if (typeof value === "bigint") return String(value);
  if (value === 0) return "0";
  if (!isThing(value)) return typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .sort()
    .join()}}`;
}

function isOrdered(name: string, limit: string | number, value: unknown): boolean {
  const comparable =
    typeof limit === "number" ? ["number", "bigint"].includes(typeof value) : typeof value === "string";
  if (!comparable) return false;
  const greater = (value as number) > (limit as number);
  const equal = typeof limit === "number" ? Number(value) === limit : value === limit;
  if (name === "$gt") return greater;
  if (name === "$gte") return greater || equal;
  if (name === "$lte") return equal || (!greater && !Number.isNaN(value));
  return !greater && !equal && !Number.isNaN(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (isList(value)) return "array";
  if (isDate(value)) return "date";
  return typeof value === "bigint" ? "number" : typeof value;
}

/** Milliseconds, NaN where a value names no instant: nothing is less or greater than that. */
function slowInstant(value: unknown): number {
  if (isDate(value)) return value.getTime();
  if (typeof value === "number") return Number.isFinite(value) ? value : Number.NaN;
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value))
    return Number.NaN;
  // Date.parse lets the 30th of February pass for the 2nd of March.
  const day = value.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day ? Date.parse(value) : Number.NaN;
}

function isInside(address: string, block: string): boolean {
  const [host = "", bits] = block.split("/");
  const family = (text: string) => (isIPv4(text) ? "ipv4" : "ipv6");
  if (!isIPv4(address) && !isIPv6(address)) return false;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(host, family(host));
  else list.addSubnet(host, Number(bits), family(host));
  return list.check(address, family(address));
}
