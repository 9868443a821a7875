/** One fenced code block of a Markdown page. */
export interface Block {
  /** The page, as it was named to {@link blocksOf}. */
  readonly page: string;
  /** The page's line with the block's first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  /** What `title="…"` after the language says. */
  readonly title: string | undefined;
  readonly code: string;
}

/** The part of a page from one `##` heading to the next; what stands ahead of the first is a section too. */
export interface Section {
  readonly page: string;
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** The sections of a page that have code blocks, in order. Every block is in one of them. */
export function sectionsOf(page: string, markdown: string): readonly Section[] {
  const sections: { page: string; heading: string; blocks: Block[] }[] = [{ page, heading: "(top)", blocks: [] }];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    const heading = /^##\s+(.+)$/.exec(line)?.[1];
    if (heading !== undefined) sections.push({ page, heading: heading.trim(), blocks: [] });
    const fence = /^(?<indent>\s*)(?<marks>`{3,}|~{3,})\s*(?<info>.*)$/.exec(line)?.groups;
    if (fence === undefined) continue;
    const { indent = "", marks = "", info = "" } = fence;
    const isEnd = (text: string) => text.trim().startsWith(marks) && text.trim().replaceAll(marks.charAt(0), "") === "";
    const end = lines.findIndex((text, index) => index > at && isEnd(text));
    if (end < 0) throw new Error(`${page}:${at + 1}: this code block has no end`);
    const code = lines
      .slice(at + 1, end)
      .map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text.trimStart()));
    sections.at(-1)?.blocks.push({
      page,
      line: at + 2,
      language: /^\S*/.exec(info)?.[0] ?? "",
      title: /\btitle="([^"]+)"/.exec(info)?.[1],
      code: code.map((text) => `${text}\n`).join(""),
    });
    at = end;
  }
  return sections.filter(({ blocks }) => blocks.length > 0);
}
