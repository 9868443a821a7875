/** An optional container: the flag that it serves, its profile in compose.yaml, and its service there. */
export interface Container {
  readonly flag: string;
  readonly profile: string;
  readonly service: string;
}

/** The containers that compose.yaml leaves out of a plain `up`, in the order of the file. */
export const containers: readonly Container[] = [
  { flag: "enable_fsdp", profile: "fsdp", service: "fsdp" },
  { flag: "enable_tabby", profile: "tabby", service: "tabbyml" },
];

/** One call of docker: its arguments, program first. */
export type Command = readonly [program: "docker", ...args: string[]];

/**
 * What makes the running containers agree with the flags. The app comes first: `up` makes it anew where its variables
 * changed, so that nobody calls a container when that is stopped. A stop names its services, because `stop` under a profile
 * alone stops everything that has no profile too, and so the app.
 *
 * @example
 * planFor(new Set(["enable_tabby"]), "compose.yaml");
 * // docker compose --file compose.yaml --profile tabby up --detach
 * // docker compose --file compose.yaml --profile fsdp stop fsdp
 */
export function planFor(on: ReadonlySet<string>, file: string): readonly Command[] {
  const wanted = containers.filter(({ flag }) => on.has(flag));
  const unwanted = containers.filter(({ flag }) => !on.has(flag));
  const stop: Command = [...compose(file, unwanted), "stop", ...unwanted.map(({ service }) => service)];
  return [[...compose(file, wanted), "up", "--detach"], ...(unwanted.length === 0 ? [] : [stop])];
}

function compose(file: string, some: readonly Container[]): Command {
  return ["docker", "compose", "--file", file, ...some.flatMap(({ profile }) => ["--profile", profile])];
}

/** The command as a shell would read it. */
export function shellLine(command: Command): string {
  return command.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}
