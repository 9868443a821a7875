import { BurgeeError } from "../../errors.js";
import { serviceGate } from "../gate.js";
import type { FlagForService, Gate, GateTiming, GatingFlags } from "../gate-shape.js";
import { groundOf } from "../ground-of.js";
import { DefaultTrainer } from "./default-trainer.js";
import type { FsdpConfig } from "./fsdp-flag.js";
import { FsdpTrainer } from "./fsdp-trainer.js";
import type { Trainer } from "./trainer.js";
import { type FsdpTrainerOptions, trainerSettings } from "./trainer-options.js";

/** What `trainerFactory` may be told: of the gate, and of both trainers. */
export interface TrainerFactoryOptions<N extends string = string> extends GateTiming, FsdpTrainerOptions {
  /** The flag's name; `enable_fsdp` unless given. */
  readonly flag?: N | undefined;
  /** The gate's name in `flags.services()`; the flag's name unless given. */
  readonly name?: string | undefined;
}

/** Nothing, or the sentence that tells why the registry's flag cannot choose. */
type FsdpGround<T, N extends string> =
  FlagForService<T, N, FsdpConfig> extends infer Found ? (Found extends N ? unknown : Found) : never;

/**
 * Puts training behind its flag: a `FsdpTrainer` while the flag is on, a `DefaultTrainer`, which trains as truly in one
 * process, while it is off. Both keep their jobs in one table, so that `getStatus` and `cancel` find a job whichever of
 * them began it; and both take the same interpreter: that of the options, or else the `BURGEE_PYTHON` that the flags
 * read.
 *
 * A training that runs when the flag is switched goes on, however long it takes: `drainMs` is Infinity unless given. So
 * the gate's `close()`, and that of the flags, waits for one that was begun while the flag was on; cancel it first where
 * that would be too long.
 *
 * The service's health check starts the interpreter, and asks it whether it can train as the options have it.
 *
 * @throws BurgeeError `FLAG_NOT_FOUND`, `TYPE_MISMATCH`, or `INVALID_OPTIONS`, also for a flag that `fsdpFlag` did not make
 *
 * @example
 * const flags = createFlags(defineFlags({ enable_fsdp: fsdpFlag() }));
 * const training = trainerFactory(flags, { processes: 4 });
 * const { loss } = await training.service.train(job);
 */
export function trainerFactory<T, const N extends string = "enable_fsdp">(
  flags: GatingFlags<T> & FsdpGround<T, N>,
  options: TrainerFactoryOptions<N> = {},
): Gate<Trainer> {
  const {
    flag = "enable_fsdp",
    name,
    start,
    startTimeoutMs,
    retry,
    drainMs = Number.POSITIVE_INFINITY,
    ...given
  } = options;
  const named = interpreterOf(flags, flag);
  const python = given.python ?? (given.variables?.BURGEE_PYTHON || named);
  const rest = { ...given, python };
  // What is wrong with these is told now, and not when somebody turns the flag on.
  const settings = trainerSettings(rest, "FsdpTrainer");
  const { jobs } = settings;
  const { processes, strategy, masterAddress, masterPort, ...common } = rest;
  const fsdp: FsdpTrainerOptions = { ...rest, jobs };
  return serviceGate<unknown, Trainer>(flags, flag, {
    name,
    start,
    startTimeoutMs,
    retry,
    drainMs,
    on: () => new FsdpTrainer(fsdp),
    off: new DefaultTrainer({ ...common, jobs }),
    healthCheck: async (trainer) => {
      const { planFor } = await import("./strategy.js");
      planFor("fsdp", "auto", await trainer.probe(), settings);
    },
  });
}

/**
 * The interpreter that the flags' variables name. Read here, as a gate gives what a flag requires to the service that is
 * on only.
 *
 * @throws BurgeeError `FLAG_NOT_FOUND` or `INVALID_OPTIONS`
 */
function interpreterOf(flags: unknown, name: string): string | undefined {
  const ground = groundOf(flags, name, "trainerFactory");
  const { kind, definition } = ground.flag;
  if (kind === "boolean" && definition.requires === undefined)
    throw new BurgeeError(
      "INVALID_OPTIONS",
      `trainerFactory needs a flag that fsdpFlag() defines, and "${name}" is none`,
      {
        flag: name,
      },
    );
  const python: unknown = Reflect.get(Object(ground.required(true).parsed), "BURGEE_PYTHON");
  return typeof python === "string" ? python : undefined;
}
