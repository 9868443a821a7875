import { expect, test } from "vitest";
import { chart } from "../../bench/report/chart.js";
import { measured, rounds, run } from "./run.js";

/** The elements of a drawing, in order; throws where a tag is not closed, or closed too early. */
function elementsOf(xml: string): readonly string[] {
  const open: string[] = [];
  const names: string[] = [];
  const tag = /<(?<end>\/?)(?<name>[a-z]+)(?: [a-zA-Z0-9:-]+="[^"<&]*")*(?<empty>\/?)>|[^<]+/gy;
  let at = 0;
  for (const match of xml.trim().matchAll(tag)) {
    at = match.index + match[0].length;
    const { name, end, empty } = match.groups ?? {};
    if (name === undefined) {
      if (/&(?!amp;|lt;|gt;)|>/.test(match[0])) throw new Error(`not escaped: ${match[0]}`);
    } else if (end === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      names.push(name);
      if (empty !== "/") open.push(name);
    }
  }
  if (at !== xml.trim().length || open.length > 0)
    throw new Error(`not well formed at ${at}: ${xml.slice(at, at + 60)}`);
  return names;
}

const drawing = chart(run.measured);
const widths = (svg: string) =>
  [...svg.matchAll(/x="190" y="\d+" width="([\d.]+)" height="8"/g)].map(([, width]) => Number(width));

test("the drawing is well-formed XML, with a title and a description for those who do not see it", () => {
  const elements = elementsOf(drawing);
  expect(elements.slice(0, 3)).toEqual(["svg", "title", "desc"]);
  expect(drawing).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox=.* role="img" aria-labelledby="title description">/,
  );
  expect(drawing).toContain("burgee: W1 20, W2 20, W3 20, W4 20.");
});

test("it has every SDK that was timed, the fast ones above", () => {
  const labels = [...drawing.matchAll(/text-anchor="end">([^<]+)</g)].map(([, label]) => label);
  expect(labels).toEqual(["raw floor, seeded", "raw floor", "burgee", "fast", "slow &amp; steady"]);
});

test("bars are as long as the logarithm of the time, ten times being one line", () => {
  const [one, ten, hundred] = [1, 10, 100].map((time) => {
    const [width] = widths(
      chart([measured("a", {}, { rounds: rounds(time) }), measured("b", {}, { rounds: rounds(1_000) })]),
    );
    return width ?? Number.NaN;
  });
  expect(one).toBe(1);
  expect(hundred).toBeCloseTo(2 * (ten ?? Number.NaN), 0);
});

test("a workload that an SDK does not have leaves a gap, and nothing is drawn of nothing", () => {
  expect(widths(chart([measured("a", {}, { rounds: [{ w2: 50 }] })]))).toHaveLength(1);
  expect(elementsOf(chart([]))).toContain("svg");
});

test("it can be read on a dark page", () => {
  expect(drawing).toContain("@media (prefers-color-scheme: dark)");
});

test("it brings its own background, in both schemes, under everything else", () => {
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(drawing) ?? [];
  const first = /<(?:rect|line|text)[^>]*>/.exec(drawing)?.[0];
  expect(first).toBe(`<rect class="page" width="${width}" height="${height}"/>`);
  expect(drawing.match(/\.page \{ fill: #[0-9a-f]{6}; \}/g)).toHaveLength(2);
});
