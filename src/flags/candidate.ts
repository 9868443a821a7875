import type { Chain } from "../resolvers/chain.js";
import { profileResolver } from "../resolvers/profile.js";
import { RememberedResolver } from "../resolvers/remembered.js";
import type { Resolver } from "../resolvers/resolver.js";
import type { ProfileRead, ProfileSource } from "./profile-source.js";
import { telling } from "./sources.js";

/** What a reload brings: a chain beside the one in force, with what was read of the profile and what resolvers say anew. */
export class Candidate {
  readonly chain: Chain;
  readonly #inForce: Chain;
  readonly #profile: ProfileSource | undefined;
  readonly #read: ProfileRead | undefined;
  /** The resolvers that are asked anew, each with what it says now. */
  readonly #renewed: ReadonlyMap<RememberedResolver, RememberedResolver>;

  /** @param read undefined where the profile is as it was */
  constructor(
    inForce: Chain,
    profile: ProfileSource | undefined,
    read: ProfileRead | undefined,
    renewed: readonly RememberedResolver[],
  ) {
    this.#inForce = inForce;
    this.#profile = profile;
    this.#read = read;
    this.#renewed = new Map(renewed.map((resolver) => [resolver, resolver.anew()]));
    const steps = inForce.steps.map((step) => this.#stepFor(step));
    this.chain = inForce.beside(steps, read?.parsed.known ?? inForce.scope);
  }

  /** Asks a resolver again for these flags. */
  forget(resolver: RememberedResolver, names: readonly string[]): void {
    this.#renewed.get(resolver)?.forget(names);
  }

  /** Puts it in force for whatever is prepared from now on. */
  accept(): void {
    for (const [resolver, renewed] of this.#renewed) resolver.take(renewed);
    if (this.#read === undefined) return;
    this.#profile?.accept(this.#read);
    this.#inForce.use(this.#read.parsed.known);
  }

  #stepFor(step: Resolver): Resolver {
    if (step instanceof RememberedResolver) return this.#renewed.get(step) ?? step;
    if (step.name !== "profile" || this.#read === undefined) return step;
    const { entries, problems } = this.#read.parsed;
    return telling(profileResolver(entries), () => problems);
  }
}
