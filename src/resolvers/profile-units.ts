import type { RuleIssue } from "../rules/rule-issue.js";
import type { YamlFile } from "./yaml-file.js";
import type { MaybeNode } from "./yaml-nodes.js";

/**
 * Units of a rule that YAML has changed: a bare 007 has become 7, and a long id has been rounded. Looks at `deny` and
 * `allow`, be it one list or a list for each value, in the rule itself and in its `rules`.
 */
export function unitIssues(yaml: YamlFile, rule: MaybeNode, path: RuleIssue["path"] = []): RuleIssue[] {
  const map = yaml.mapping(rule);
  if (map === undefined) return [];
  const words = yaml.members(map).byName;
  const items = path.length === 0 ? yaml.items(words.get("rules")?.value) : [];
  return [
    ...["deny", "allow"].flatMap((word) => listIssues(yaml, words.get(word)?.value, [...path, word])),
    ...items.flatMap((item, index) => unitIssues(yaml, item, [...path, "rules", index])),
  ];
}

function listIssues(yaml: YamlFile, given: MaybeNode, path: RuleIssue["path"]): RuleIssue[] {
  const map = yaml.mapping(given);
  if (map === undefined) return itemIssues(yaml, given, path);
  return [...yaml.members(map).byName].flatMap(([name, { value }]) => itemIssues(yaml, value, [...path, name]));
}

function itemIssues(yaml: YamlFile, list: MaybeNode, path: RuleIssue["path"]): RuleIssue[] {
  return yaml.items(list).flatMap((item, index) => {
    const { value, source } = yaml.scalar(item) ?? {};
    if (typeof value !== "number" || source === String(value)) return [];
    const message = `\`${path.join(".")}\`: YAML reads ${source} as the number ${value}; put it in quotes`;
    return [{ path: [...path, index], message }];
  });
}
