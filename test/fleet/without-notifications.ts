const NOTIFICATION = "A".charCodeAt(0);

/**
 * A filter for what one PostgreSQL connection sends to its client: takes out the notifications that `drop` says yes to. Each
 * message is a byte for its kind and a length of four bytes that counts itself
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
export function withoutNotifications(drop: () => boolean): (bytes: Buffer) => Buffer {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const passed: Buffer[] = [];
    for (;;) {
      const end = rest.length < 5 ? Number.POSITIVE_INFINITY : 1 + rest.readInt32BE(1);
      if (rest.length < end) return Buffer.concat(passed);
      if (rest[0] !== NOTIFICATION || !drop()) passed.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}
