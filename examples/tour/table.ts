import type { TourFlagName, TourReader } from "./flags.js";
import type { Paint } from "./paint.js";
import { type Screen, WIDEST } from "./screen.js";
import { describeSetting, describeWeights } from "./setting.js";

const GAP = "  ";
const HEADINGS = ["flag", "value", "source", "where", "reason"] as const;
const WHERE = HEADINGS.indexOf("where");
const REASON = HEADINGS.indexOf("reason");
/** Less than this of a place says nothing any more. */
const SHORTEST_PLACE = 8;

type Row = readonly [flag: string, value: string, source: string, where: string, reason: string];

/** Every flag with its value for a caller of whom nothing is known, and where that value comes from. */
export function tableLines(flags: TourReader, { paint, width }: Pick<Screen, "paint" | "width">): string[] {
  const rows = flags.registry.names.map((name) => rowFor(flags, name));
  const widths = withinWidth(
    HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map((row) => cell(row, column)))),
    width(),
  );
  const line = (row: Row, colour: (padded: string, column: number) => string) =>
    widths
      .map((room, column) => colour(pad(row[column] ?? "", room, column), column))
      .join(GAP)
      .trimEnd();
  return [
    line([...HEADINGS], (padded) => paint.bold(padded)),
    ...rows.map((row) => line(row, (padded, column) => colourCell(padded, column, row, paint))),
    ...(widths.length > REASON ? [] : [paint.dim("(a wider terminal shows the reasons as well)")]),
  ];
}

function cell(row: Row, column: number): number {
  return row[column]?.length ?? 0;
}

function rowFor(flags: TourReader, name: TourFlagName): Row {
  const { resolution, steps } = flags.explain(name);
  const answered = steps.find((step) => step.said === "answered");
  const { source, reason, detail, dependency } = resolution;
  const weights = flags.registry.flags.get(name)?.weights;
  const spread = source === "rollout" && weights !== undefined && !answered?.rule?.weights;
  // A rule gives different people different answers, so the rule is what there is to show.
  const rule = source === answered?.step ? answered.rule : undefined;
  const value = spread ? describeWeights(weights) : describeSetting(resolution.value, rule);
  const where = dependency === undefined ? placeOf(answered?.place, source) : `${dependency} is off`;
  return [name, value, source, where, detail === undefined ? reason : `${reason}, ${detail}`];
}

/** `profiles.yaml:12:5`, `LABLET_ENABLED` or `LABLET_ENABLED (.env:3)`: of a path the file's name is enough here. */
function placeOf(place: string | undefined, source: string): string {
  if (place !== undefined) return place.replace(/^(\w+ \()?.*[/\\]/, "$1");
  return source === "default" || source === "rollout" ? "definition" : "";
}

/** On a narrow terminal the reasons go first; then, and elsewhere at once, places lose their beginnings. */
function withinWidth(wanted: readonly number[], width: number): number[] {
  const widths = excess(wanted, width) > 0 && width < WIDEST ? wanted.slice(0, REASON) : wanted;
  const tooMuch = excess(widths, width);
  return widths.map((room, column) => (column === WHERE ? Math.max(room - tooMuch, SHORTEST_PLACE) : room));
}

function excess(widths: readonly number[], width: number): number {
  const total = widths.reduce((sum, room) => sum + room, 0) + GAP.length * (widths.length - 1);
  return Math.max(0, total - width);
}

function pad(text: string, width: number, column: number): string {
  return (column === WHERE && text.length > width ? `…${text.slice(1 - width)}` : text).padEnd(width);
}

function colourCell(padded: string, column: number, [, value, source]: Row, paint: Paint): string {
  if (HEADINGS[column] === "value") {
    if (value === "true") return paint.green(padded);
    return value === "false" ? paint.dim(padded) : paint.yellow(padded);
  }
  return HEADINGS[column] === "source" && source === "default" ? paint.dim(padded) : padded;
}
