import { column, cut } from "./columns.js";
import { printable } from "./printable.js";
import type { SimulatedFlag, SimulatedPair, Simulation } from "./simulate-count.js";
import type { SimulatedFlow, SimulatedMoves, SimulatedShare, SimulatedValue } from "./simulate-tally.js";

/** How wide a line may be, and the longest bar. */
const WIDTH = 100;
const BAR = 40;
/** How much of a long list is shown: values and flows of a flag, children, correlations. */
const VALUES = 8;
const FLOWS = 4;
const CHILDREN = 6;
const PAIRS = 6;
/** A name or a value in a line with others. */
const NAME = 40;
const VALUE = 20;

/**
 * A simulation as lines for a terminal, at most 100 columns wide and without colours: for each flag what share each
 * value has before and after, with its 95 % interval and a bar, and who moves; then what moves along, and what the flags
 * have to do with each other.
 *
 * @example
 * console.log(formatSimulation(simulate(registry, { new_checkout: { rollout: 30 } }, 100_000)));
 */
export function formatSimulation({ size, flags, alsoMoved, pairs }: Simulation): string {
  const blocks = [
    [`${count(size)} asked; of each share the 95 % interval; █ as before, ▓ gained, ░ lost`],
    ...flags.map(formatFlag),
    formatChildren(alsoMoved),
    formatPairs(pairs, flags, size),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => cut(printable(line).trimEnd(), WIDTH)).join("\n"))
    .join("\n\n");
}

function formatFlag({ flag, shares, moved, flow, sample, heldOff }: SimulatedFlag): string[] {
  const examples = ({ from, to }: SimulatedFlow) => {
    const units = sample.filter((move) => move.from === from && move.to === to).map(({ unit }) => unit);
    return units.length === 0 ? "" : `: ${units.join(", ")}`;
  };
  return [
    `${cut(flag, NAME)}: ${moved.count === 0 ? "nobody moves" : `${count(moved.count)} move, ${interval(moved)}`}`,
    ...indented(formatShares(shares.slice(0, VALUES)), shares.length - VALUES, "values"),
    ...indented(
      flow.slice(0, FLOWS).map((part) => `${arrow(part)}  ${amount(part)}${examples(part)}`),
      flow.length - FLOWS,
      "ways to move",
    ),
    ...heldOff.map(({ by, ...share }) => `  held off by ${cut(by, NAME)}: ${amount(share)}`),
  ];
}

function formatShares(shares: readonly SimulatedValue[]): string[] {
  const names = column(
    shares.map(({ value }) => show(value)),
    VALUE,
  );
  const changes = column(
    shares.map(({ before, after }) => `${percent(before.percentage)} → ${percent(after.percentage)}`),
    WIDTH,
    "right",
  );
  const ranges = column(
    shares.map(({ after }) => range(after)),
    WIDTH,
  );
  const counts = column(
    shares.map(({ after }) => count(after.count)),
    WIDTH,
    "right",
  );
  return shares.map(({ before, after }, index) => {
    const figures = [names[index], changes[index], ranges[index], counts[index]].join("  ");
    return `${figures}  ${bar(before.percentage, after.percentage)}`;
  });
}

/** The share after in full blocks and what it gained, then what it lost. Its length is the larger of the two shares. */
function bar(before: number, after: number): string {
  const [was, is] = [before, after].map((share) => Math.round((share / 100) * BAR)) as [number, number];
  const kept = Math.min(was, is);
  return "█".repeat(kept) + "▓".repeat(is - kept) + "░".repeat(was - kept);
}

function formatChildren(alsoMoved: readonly SimulatedMoves[]): string[] {
  if (alsoMoved.length === 0) return [];
  const lines = alsoMoved.slice(0, CHILDREN).map(({ flag, moved, flow }) => {
    const [most] = flow;
    const way = most === undefined ? "" : `, ${flow.length === 1 ? "" : "mostly "}${arrow(most)}`;
    return `${cut(flag, NAME)}: ${amount(moved)}${way}`;
  });
  return ["move along, for a flag that they depend on does", ...indented(lines, alsoMoved.length - CHILDREN, "flags")];
}

function formatPairs(pairs: readonly SimulatedPair[], flags: readonly SimulatedFlag[], size: number): string[] {
  if (pairs.length === 0) return [];
  const booleans = flags.filter(({ shares }) => shares.every(({ value }) => typeof value === "boolean"));
  const onOff = new Set(booleans.map(({ flag }) => flag));
  const strongest = [...pairs].sort((a, b) => b.cramersV - a.cramersV).slice(0, PAIRS);
  const lines = strongest.map((pair) => {
    const { p, cramersV, phi } = pair;
    const figures = `${phi === undefined ? `V ${cramersV.toFixed(3)}` : `phi ${phi.toFixed(3)}`}, p ${chance(p)}`;
    const direction = phi !== undefined && pair.flags.every((name) => onOff.has(name)) ? phi : undefined;
    const names = pair.flags.map((name) => cut(name, VALUE)).join(" and ");
    return `${names}: ${relation(pair, direction)} (${figures})`;
  });
  return [
    `correlations, as far as ${count(size)} can tell`,
    ...indented(lines, pairs.length - PAIRS, "pairs, with less of it"),
  ];
}

/**
 * A correlation in words. The bounds are those that J. Cohen, "Statistical Power Analysis for the Behavioral Sciences"
 * (1988), §7.2, gives for w, which is V where one of the two has two answers: 0.1 small, 0.3 medium, 0.5 large.
 */
function relation({ p, cramersV }: SimulatedPair, direction: number | undefined): string {
  if (p >= 0.001) return "independent";
  const strength = STRENGTHS.find(({ below }) => cramersV < below)?.word ?? "strongly related";
  if (direction === undefined) return strength;
  return `${strength}, on for ${direction > 0 ? "the same" : "different ones"}`;
}

const STRENGTHS = [
  { below: 0.1, word: "hardly related" },
  { below: 0.3, word: "weakly related" },
  { below: 0.5, word: "related" },
] as const;

function indented(lines: readonly string[], more: number, what: string): string[] {
  return [...lines, ...(more > 0 ? [`… ${count(more)} more ${what}`] : [])].map((line) => `  ${line}`);
}

function arrow({ from, to }: SimulatedFlow): string {
  return `${cut(show(from), VALUE)} → ${cut(show(to), VALUE)}`;
}

function amount(share: SimulatedShare): string {
  return `${count(share.count)} (${percent(share.percentage)})`;
}

function interval(share: SimulatedShare): string {
  return `${percent(share.percentage)} ${range(share)}`;
}

function range({ low, high }: SimulatedShare): string {
  return `(${figure(low)} to ${figure(high)})`;
}

function percent(percentage: number): string {
  return `${figure(percentage)} %`;
}

/** With one decimal; near the ends with so many that it is not taken for none or all. */
function figure(percentage: number): string {
  const distance = Math.min(percentage, 100 - percentage);
  if (distance < 1e-9) return String(Math.round(percentage));
  return percentage.toFixed(distance >= 1 ? 1 : Math.min(1 - Math.floor(Math.log10(distance)), 9));
}

function chance(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function show(value: unknown): string {
  if (value === "") return '""';
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}
