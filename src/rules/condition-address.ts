import { type Block, blockProblem, isInBlock, newAddress, readAddress, readBlock } from "./cidr.js";
import { asList, type ConditionOperator, readOneOrMore } from "./condition-operator.js";
import type { ConditionWalk, Path } from "./condition-walk.js";

/** `$cidr`: a text that is an IP address in one of the blocks. An IPv4 address and its IPv6 form are the same. */
export const cidrOperator: ConditionOperator<string | readonly string[]> = {
  read: (given, path, walk) => readOneOrMore(given, path, walk, readOne),
  test: (operand) => {
    const blocks = asList(operand)
      .map(readBlock)
      .filter((block) => block !== undefined);
    // Written anew by each question; nothing else runs between the writing and the reading.
    const address = newAddress();
    return (value) => {
      if (typeof value !== "string" || !readAddress(value, address)) return false;
      for (let i = 0; i < blocks.length; i++) if (isInBlock(address, blocks[i] as Block)) return true;
      return false;
    };
  },
};

function readOne(given: unknown, path: Path, walk: ConditionWalk): string | undefined {
  if (typeof given !== "string") return walk.refuse(path, "must be a text");
  const problem = blockProblem(given);
  return problem === undefined ? given : walk.refuse(path, problem);
}
