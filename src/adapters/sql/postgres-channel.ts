/** The channel on which a namespace's listeners are told: a name is at most 63 bytes of PostgreSQL's, and a namespace any text. */
export function channelOf(namespace: string): string {
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256").update(namespace).digest("hex");
  return `burgee_${hash.slice(0, 40)}`;
}
