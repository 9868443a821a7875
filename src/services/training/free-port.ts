import { createServer } from "node:net";
import { messageOf } from "../../errors.js";
import { TrainingError } from "./training-error.js";

/**
 * A port at this address that nobody listens at. Another process may take it before it is used.
 *
 * @throws TrainingError `no-address`
 */
export function freePort(address: string, id: string): Promise<number> {
  const server = createServer().unref();
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `no port can be had at ${address}, where the ranks are to meet: ${messageOf(cause)}`;
      reject(new TrainingError("no-address", message, { id, cause }));
    });
    server.listen({ host: address, port: 0, exclusive: true }, () => {
      const bound = server.address();
      const port = typeof bound === "object" && bound !== null ? bound.port : 0;
      server.close(() => resolve(port));
    });
  });
}
