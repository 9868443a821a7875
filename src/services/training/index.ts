export { DefaultTrainer } from "./default-trainer.js";
export { type FsdpConfig, type FsdpFlagOptions, fsdpFlag } from "./fsdp-flag.js";
export { FsdpTrainer } from "./fsdp-trainer.js";
export { advanceProgress, formatProgress, noProgress, type TrainingProgress } from "./progress.js";
export { type ProgressStream, progressWriter } from "./progress-writer.js";
export type { Checkpoint, JobStatus, TorchProbe, Trainer, TrainingResult, TrainOptions } from "./trainer.js";
export { type TrainerFactoryOptions, trainerFactory } from "./trainer-factory.js";
export type { FsdpTrainerOptions, TrainerOptions } from "./trainer-options.js";
export { TrainingError, type TrainingErrorDetails, type TrainingFailure } from "./training-error.js";
export type {
  CancelledEvent,
  CheckpointEvent,
  DoneEvent,
  FailedEvent,
  LaunchEvent,
  LogEvent,
  RankErrorEvent,
  StartEvent,
  StepEvent,
  TrainingEvent,
  TrainingNews,
  TrainingStrategy,
} from "./training-event.js";
export type { CheckpointPlan, ModelSize, TrainingData, TrainingJob } from "./training-job.js";
export { TrainingJobs } from "./training-jobs.js";
