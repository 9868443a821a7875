import type { GateGround } from "../flags/gate-ground.js";
import type { ServiceCondition } from "../flags/service-status.js";

/** A service that was given as an object: it is neither started nor disposed. */
export class ReadyService {
  readonly service: object;
  readonly #ground: GateGround;
  #wanted = false;
  #since: number;

  constructor(service: object, ground: GateGround) {
    this.service = service;
    this.#ground = ground;
    this.#since = ground.now();
  }

  /** Follows the flag: whether somebody may be given this service. */
  want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#since = this.#ground.now();
  }

  condition(): ServiceCondition {
    return { state: this.#wanted ? "ready" : "disabled", since: this.#since, healthy: true, inFlight: 0 };
  }
}
