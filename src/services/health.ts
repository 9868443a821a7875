import type { BurgeeError } from "../errors.js";
import type { GateGround } from "../flags/gate-ground.js";
import type { Trouble } from "./trouble.js";

export type HealthCheck = (service: object) => unknown;

/** Runs a health check, for so long at most; gives what is wrong, if anything is. Never rejects. */
export function askHealth(
  check: () => unknown,
  timeoutMs: number,
  ground: GateGround,
  trouble: Trouble,
): Promise<BurgeeError | undefined> {
  return new Promise((resolve) => {
    const late = () => resolve(trouble.error(`did not answer its health check within ${timeoutMs} ms`));
    const cancel = ground.after(timeoutMs, late, true);
    const ask = async () => {
      try {
        return (await check()) === false ? trouble.error("is not healthy") : undefined;
      } catch (thrown) {
        return trouble.error("is not healthy", thrown);
      } finally {
        cancel();
      }
    };
    ground.outside(() => void ask().then(resolve));
  });
}
