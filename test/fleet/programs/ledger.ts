// Notes what writers tell it in a file, and answers only when the disk has it. It outlives them.
import { fsyncSync, openSync, writeSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { answer } from "./answering.js";

let file = -1;
let waiting: { readonly line: string; readonly socket: Socket }[] = [];

const calls = {
  /** Opens the file; gives the port where writers are heard. */
  open: (path: string): Promise<number> => {
    file = openSync(path, "wx");
    const server = createServer(hear);
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  },
};
export type LedgerCalls = typeof calls;

function hear(socket: Socket): void {
  let text = "";
  socket.setNoDelay(true);
  socket.setEncoding("utf8");
  // A writer that is killed cuts its connection.
  socket.on("error", () => {});
  socket.on("data", (part: string) => {
    const lines = (text + part).split("\n");
    text = lines.pop() ?? "";
    if (waiting.length === 0) setImmediate(note);
    for (const line of lines) waiting.push({ line, socket });
  });
}

/** Writes what has come meanwhile, in one go. */
function note(): void {
  const noted = waiting;
  waiting = [];
  writeSync(file, noted.map(({ line }) => `${line}\n`).join(""));
  fsyncSync(file);
  for (const { socket } of noted) socket.write("noted\n");
}

answer(calls);
