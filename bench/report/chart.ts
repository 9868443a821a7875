import { number } from "./markdown.js";
import { type Measured, singleKeys, type Workload, workloads } from "./results.js";
import { inOrder, nanoseconds, typical } from "./statistics.js";

/** In pixels of the drawing. */
const WIDTH = 900;
const LEFT = 190;
const RIGHT = 70;
const TOP = 92;
const BAR = 10;
const GROUP_GAP = 12;
const GROUP = singleKeys.length * BAR + GROUP_GAP;

/** Told apart with every kind of colour vision, on white and on black (Okabe and Ito's palette, https://jfly.uni-koeln.de/color/). */
const colours: Readonly<Partial<Record<Workload, string>>> = {
  w1: "#0072b2",
  w2: "#e69f00",
  w3: "#009e73",
  w4: "#cc79a7",
};

const style = `
  .page { fill: #ffffff; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 10px; fill: #59636e; }
  .heading { font-size: 16px; font-weight: 600; }
  .own { font-weight: 700; }
  line { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    line { stroke: #3d444d; }
  }`;

/** A drawing of W1 to W4: horizontal bars on a logarithmic scale, grouped by SDK, from fast to slow. */
export function chart(measured: readonly Measured[]): string {
  const drawn = inOrder(measured).filter((candidate) => Number.isFinite(typical(candidate)));
  const times = drawn.flatMap((candidate) => singleKeys.map((key) => nanoseconds(candidate, key) ?? 1));
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(...times, 1))));
  const x = (time: number) => LEFT + (Math.log10(Math.max(time, 1)) / decades) * (WIDTH - LEFT - RIGHT);
  const height = TOP + drawn.length * GROUP + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">Time of one evaluation, by SDK</title>`,
    `<desc id="description">${escaped(description(drawn))}</desc>`,
    `<style>${style}\n</style>`,
    // The page around it may be of the other scheme, as its reader chose it and not the system.
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text class="heading" x="16" y="26">Nanoseconds of one evaluation</text>`,
    `<text class="small" x="16" y="43">Less is better. The scale is logarithmic: each line is ten times the one before.</text>`,
    ...legend(),
    ...axis(decades, x, height),
    ...drawn.flatMap((candidate, index) => group(candidate, TOP + index * GROUP, x)),
    "</svg>\n",
  ].join("\n");
}

function legend(): readonly string[] {
  let left = LEFT;
  return singleKeys.map((key) => {
    const label = `${workloads[key].name}, ${workloads[key].asks}`;
    const entry = `<rect x="${left}" y="54" width="10" height="10" fill="${colours[key]}"/><text class="small" x="${left + 15}" y="63">${label}</text>`;
    left += 40 + label.length * 5;
    return entry;
  });
}

function axis(decades: number, x: (time: number) => number, height: number): readonly string[] {
  return Array.from({ length: decades + 1 }, (_, decade) => {
    const at = round(x(10 ** decade));
    const label = `${number(10 ** decade)} ns`;
    return `<line x1="${at}" y1="${TOP - 8}" x2="${at}" y2="${height - 26}"/><text class="small" x="${at}" y="${height - 10}" text-anchor="middle">${label}</text>`;
  });
}

function group(measured: Measured, top: number, x: (time: number) => number): readonly string[] {
  const { title, package: name } = measured.info;
  const middle = top + (singleKeys.length * BAR) / 2 + 4;
  const label = `<text${name === "burgee" ? ' class="own"' : ""} x="${LEFT - 12}" y="${middle}" text-anchor="end">${escaped(title)}</text>`;
  const bars = singleKeys.map((key, index) => {
    const time = nanoseconds(measured, key);
    if (time === undefined) return "";
    const y = top + index * BAR;
    const width = round(Math.max(1, x(time) - LEFT));
    const figure = `<text class="small" x="${round(x(time) + 5)}" y="${y + BAR - 2}">${number(time)}</text>`;
    return `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR - 2}" fill="${colours[key]}"/>${figure}`;
  });
  return [label, ...bars.filter((bar) => bar !== "")];
}

/** The same figures for those who do not see the drawing. */
function description(drawn: readonly Measured[]): string {
  const lines = drawn.map((measured) => {
    const times = singleKeys.map((key) => `${workloads[key].name} ${number(nanoseconds(measured, key))}`);
    return `${measured.info.title}: ${times.join(", ")}.`;
  });
  return `Horizontal bars, in nanoseconds. ${lines.join(" ")}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
