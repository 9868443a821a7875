// Asks an adapter every question about every user, twice, and tells what it answered; the driver judges.
import { constantNamesOn, isTargeted, users } from "../lib/workloads.js";
import { hundred, loadAdapter, questions, report, thousand } from "./adapter.js";

const everybody = users();

async function answersOf(ask, contexts) {
  const answers = [];
  for (const context of contexts) answers.push(await ask(context));
  return answers;
}

/** How many users got which answer. */
function tally(answers) {
  const counts = {};
  for (const answer of answers) counts[String(answer)] = (counts[String(answer)] ?? 0) + 1;
  return counts;
}

/** How many of the first answers are not those of the second. */
function differences(first, second) {
  return first.filter((answer, index) => answer !== second[index]).length;
}

async function askAboutOne(adapter) {
  const contexts = everybody.map(adapter.context);
  const told = { users: everybody.length, unsteady: {} };
  for (const [key, question] of Object.entries(questions)) {
    const ask = adapter[question];
    if (ask === undefined) continue;
    const asked = key === "w1" ? contexts.slice(0, 1) : contexts;
    const answers = await answersOf(ask, asked);
    told.unsteady[key] = differences(answers, await answersOf(ask, asked));
    told[key] = key === "w4" ? { wrong: differences(answers, everybody.map(isTargeted)) } : tally(answers);
  }
  return told;
}

/** Which of the thousand are on and should not be, or should be and are not. */
async function askAboutAll(adapter) {
  const right = constantNamesOn(thousand.constants);
  const on = adapter.namesOn(await adapter.all(adapter.context(everybody[0])));
  const [wanted, given] = [new Set(right), new Set(on)];
  return { wrong: [...right.filter((name) => !given.has(name)), ...on.filter((name) => !wanted.has(name))] };
}

const { info, setup } = await loadAdapter();
const adapter = await setup(hundred);
const answers = await askAboutOne(adapter);
await adapter.close?.();
const large = await setup(thousand);
if (large.all) answers.w5 = await askAboutAll(large);
report({ info, answers });
