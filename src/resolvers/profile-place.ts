import type { Member, YamlFile } from "./yaml-file.js";
import type { MaybeNode } from "./yaml-nodes.js";

/**
 * Where the part of a member's value stands that a path leads to: a word's key, an item itself, else what is around
 * it. The empty path leads to the value.
 */
export function offsetAt(yaml: YamlFile, member: Member, path: readonly (string | number)[]): number {
  let offset = yaml.offset(member.value, yaml.offset(member.key, 0));
  let node: MaybeNode = member.value;
  for (const step of path) {
    // What an alias stands for is written elsewhere, and may be right for others.
    if (yaml.target(node) !== node) return offset;
    const map = yaml.mapping(node);
    const inside = map === undefined ? undefined : yaml.members(map).byName.get(String(step));
    node = inside === undefined ? yaml.items(node)[Number(step)] : inside.value;
    offset = yaml.offset(inside?.key ?? node, offset);
  }
  return offset;
}
