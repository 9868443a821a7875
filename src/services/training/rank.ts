import { Lines } from "./lines.js";
import { ProcessGroup } from "./process-group.js";
import { logOf, type RankNews, readNews } from "./rank-news.js";

/** So much of what a rank writes to stderr is kept, in characters. */
const KEPT_OUTPUT = 65_536;

/** How to start a rank, and whom to tell. */
export interface RankParts {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The job. */
  readonly line: string;
  readonly lineLimit: number;
  readonly onNews: (news: RankNews, rank: Rank) => void;
  /** Called once, when it has ended and all that it wrote was read. */
  readonly onEnd: (rank: Rank) => void;
}

/** One process of a job, and what it tells. */
export class Rank {
  readonly number: number;
  readonly process: ProcessGroup;
  /** What it wrote to stderr, the last of it. */
  output = "";

  constructor(number: number, { line, lineLimit, onNews, onEnd, ...rest }: RankParts) {
    this.number = number;
    const news = new Lines(lineLimit, (told, isCut) => {
      if (isCut) onNews(logOf(number, "warn", `a line of more than ${lineLimit} characters was cut: ${told}`), this);
      else if (told.trim() !== "") onNews(readNews(told, number), this);
    });
    // Libraries print here, and the program has them print here: there is something to read, and no more to know of it.
    const prints = new Lines(lineLimit, (print) => {
      if (print.trim() !== "") onNews(logOf(number, "debug", print), this);
    });
    this.process = new ProcessGroup({
      ...rest,
      input: `${line}\n`,
      onOut: (chunk) => news.push(chunk),
      onErr: (chunk) => {
        this.output = (this.output + chunk).slice(-KEPT_OUTPUT);
        prints.push(chunk);
      },
      onEnd: () => {
        news.end();
        prints.end();
        onEnd(this);
      },
    });
  }
}
