import { flag } from "../../dist/index.js";
import { definitionsOf, workloadsOf } from "./burgee.js";

/** Flags come in tens: the first is the parent of the others, but for the last one, whose parent is the one before it. */
const TEN = 10;
/** So many of the first flags are looked at for those that are set. */
const SET_AMONG = 1_000;

/** One of each ten, up to a hundred in all: off, by `setFlag` alone. */
function isSet(index) {
  return index < SET_AMONG && index % TEN === 1;
}

function parentOf(index) {
  return index % TEN === TEN - 1 ? index - 1 : index - (index % TEN);
}

/** The workloads among flags with owners, metadata and dependencies, a hundred of them set, so that the audit log has entries. */
export function workloadsWithMetadata(setup) {
  const definitions = definitionsOf(setup, (on, index) =>
    flag.boolean({
      default: isSet(index) ? true : on,
      owner: index % 2 === 0 ? "checkout" : "search",
      metadata: { ticket: index },
      ...(index % TEN !== 0 && { dependsOn: [`flag-${parentOf(index)}`] }),
    }),
  );
  const workloads = workloadsOf(definitions);
  // What the first change loads, node:crypto above all, belongs to no flag: it is loaded however few there are. No flag
  // depends on the last one.
  const last = `flag-${setup.constants - 1}`;
  workloads.flags.setFlag(last, false);
  workloads.flags.resetFlag(last);
  for (let index = 0; index < setup.constants; index++) {
    if (isSet(index)) workloads.flags.setFlag(`flag-${index}`, false, { actor: "somebody" });
  }
  return workloads;
}

/** Turns every flag that depends on another over and back, which leaves an override of each and two audit entries. */
export function overrideDependents(flags, count) {
  const why = { actor: "somebody", reason: "turned over, and back" };
  for (let index = 0; index < count; index++) {
    if (index % TEN === 0) continue;
    const on = index % 2 === 0;
    flags.setFlag(`flag-${index}`, !on, why);
    flags.setFlag(`flag-${index}`, on, why);
  }
}
