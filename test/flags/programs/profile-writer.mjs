// Rewrites a profile until it is told to stop: good files by rename, bad ones by rename, cut-off ones in place.
// Every good file's generation is noted in a ledger before the file can be seen.
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const [, , path, ledger, idText, flagsText] = process.argv;
const id = Number(idText);
const flags = Number(flagsText);
let seed = id * 7919 + 1;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const text = (generation) => {
  const lines = Array.from({ length: flags }, (_, index) => `  f${index}: ${generation}`);
  return `feature_flags:\n${lines.join("\n")}\n...\n`;
};
const put = (content) => {
  writeFileSync(`${path}.${id}`, content);
  renameSync(`${path}.${id}`, path);
};

let stopped = false;
process.on("message", () => {
  stopped = true;
});
for (let turn = 1; !stopped; turn++) {
  const generation = id * 1_000_000 + turn;
  const kind = random();
  if (kind < 0.4) {
    appendFileSync(ledger, `${generation}\n`);
    put(text(generation));
  } else if (kind < 0.7) {
    put(text(generation).replace(/f(\d*[13579]): \d+/, "f$1: many"));
  } else {
    const whole = text(generation);
    writeFileSync(path, whole.slice(0, Math.floor(random() * whole.length)));
  }
  await wait(20 + random() * 60);
}
process.disconnect();
