import { formsOfIds } from "./forms.js";
import { independence } from "./independence.js";
import { moves } from "./moves.js";
import { shares } from "./shares.js";
import { uniformity } from "./uniformity.js";

const measurements: ReadonlyMap<string, (seed: number) => unknown> = new Map(
  Object.entries({ forms: formsOfIds, independence, moves, shares, uniformity }),
);

// Run with the name of a measurement and the seeds; writes a line of JSON for each seed.
const [name, ...seeds] = process.argv.slice(2);
for (const seed of seeds.map(Number)) {
  const columns = measurements.get(name ?? "")?.(seed);
  process.stdout.write(`${JSON.stringify({ seed, columns })}\n`);
}
