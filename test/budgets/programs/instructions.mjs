// Asks one question after the other, each as often as the last argument says, under callgrind. The test beside it has
// callgrind write down a part whenever `os.getPriority` is called, so that a part holds one question alone.
import os from "node:os";
import { CONTEXTS, contextsOf, someFlags } from "./questions.mjs";

const calls = Number(process.argv[2]);
const flags = someFlags();
const contexts = contextsOf("user");
const kept = { value: undefined };

const questions = {
  nothing: (context) => context.plan,
  static: (context) => flags.isEnabled("static_500", context),
  rollout: (context) => flags.isEnabled("rollout", context),
  experiment: (context) => flags.resolveVariant("experiment", context),
  targeting: (context) => flags.isEnabled("targeting", context),
  child: (context) => flags.isEnabled("child", context),
};

/** A loop of its own for each question, as a program has one call in one place. */
function loopOver(question) {
  const loop = new Function(
    "question, contexts, kept, calls",
    `for (let call = 0; call < calls; call++) kept.value = question(contexts[call & ${CONTEXTS - 1}]);`,
  );
  return (count) => loop(question, contexts, kept, count);
}

const loops = Object.values(questions).map(loopOver);
// All are warm before any is counted: what V8 learns from one question changes the code of the next.
for (let round = 0; round < 30; round++) for (const loop of loops) loop(CONTEXTS);
// The first part of each is thrown away: it may still hold a compilation. The second is counted.
for (const loop of loops) {
  for (const _ of ["warm", "counted"]) {
    os.getPriority();
    loop(calls);
  }
}
os.getPriority();
process.stdout.write(`\n${JSON.stringify(Object.keys(questions))}\n`);
