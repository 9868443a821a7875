/** A file of the user's own, or samples that the program makes by the job's seed and that can be learnt. */
export type TrainingData =
  | {
      /** Text for a language model; for a classifier a CSV of numbers with the label last, or JSON lines. */
      readonly path: string;
    }
  | { readonly generated: { readonly samples: number } };

/** The size of the model. */
export interface ModelSize {
  /** The width of a layer; 64 unless given. */
  readonly width?: number | undefined;
  /** How many layers; 2 unless given. */
  readonly layers?: number | undefined;
  /** How many bytes of text a language model looks at; 64 unless given. */
  readonly context?: number | undefined;
}

/** Where checkpoints are kept. The folder and its files can be read by their owner only. */
export interface CheckpointPlan {
  /** Made where it is missing. Two jobs that run cannot have the same one. */
  readonly folder: string;
  /** One is written after so many steps, and at the end; 100 unless given. */
  readonly everySteps?: number | undefined;
  /** So many of the newest are kept; 3 unless given. */
  readonly keep?: number | undefined;
}

/**
 * What to train, on what, and for how long.
 *
 * @example
 * const job: TrainingJob = {
 *   task: "language-model",
 *   data: { path: "stories.txt" },
 *   steps: 500,
 *   checkpoint: { folder: "checkpoints/stories" },
 *   resume: "latest",
 * };
 */
export interface TrainingJob {
  /** To find the job by; a random one unless given. Two jobs that run cannot have the same one. */
  readonly id?: string | undefined;
  /** A small transformer over bytes of text, or a small network over rows of numbers. */
  readonly task: "language-model" | "classifier";
  readonly data: TrainingData;
  /** The step at which it is done, counted from the very first one, also where it is resumed. */
  readonly steps: number;
  /** Samples of each rank in each step; 16 unless given. */
  readonly batchSize?: number | undefined;
  /** 0.003 unless given. */
  readonly learningRate?: number | undefined;
  /** The same seed gives the same losses on the same machine; 0 unless given. */
  readonly seed?: number | undefined;
  /**
   * Where to compute; `auto`, which is unless given, takes CUDA where each rank can have a device of its own, and torch
   * can train by it.
   */
  readonly device?: "auto" | "cpu" | "cuda" | undefined;
  readonly model?: ModelSize | undefined;
  /** No checkpoints are written unless given, so that what was learnt is lost at the end. */
  readonly checkpoint?: CheckpointPlan | undefined;
  /** Go on from the newest checkpoint of the folder (and begin anew where it has none), or from this file; false unless given. */
  readonly resume?: false | "latest" | (string & {}) | undefined;
  /** A `step` event comes after so many steps; 10 unless given. */
  readonly reportEverySteps?: number | undefined;
  /** More variables for the processes. They get few of this process's own, and none that may be a key. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}
