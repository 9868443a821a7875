"""The training itself: steps, reports, checkpoints."""

import math
import time
from typing import Any, Optional

import torch
import torch.distributed as dist

from .batches import generator_of
from .checkpoints import Folder, Saved
from .device import memory_bytes
from .errors import CheckpointError, Diverged, OtherRankFailed
from .job import Job
from .protocol import Protocol
from .signals import Stop
from .strategy import Single
from .tasks import Task
from .world import World

# Keeps one batch out of the ordinary from undoing what was learnt.
GRADIENT_NORM = 1.0


class Training:
    """One rank's part of a job. All ranks make the same steps, and agree after each whether it was the last."""

    def __init__(
        self,
        job: Job,
        world: World,
        task: Task,
        strategy: Single,
        saved: Optional[Saved],
        folder: Optional[Folder],
        protocol: Protocol,
        stop: Stop,
    ) -> None:
        self._job = job
        self._world = world
        self._task = task
        self._strategy = strategy
        # Rank 0's, where there are checkpoints.
        self._folder = folder
        self._protocol = protocol
        self._stop = stop
        self._step = 0 if saved is None else saved.step
        # Of the last step that was made.
        self._loss: Optional[float] = None if saved is None else saved.facts.get("loss")
        self._saved_step = -1
        self._saved_path: Optional[str] = None
        self._check_agreement()

    def run(self) -> bool:
        """Trains to the last step, or to the one after which it is asked to stop. Says whether it was cancelled."""
        job = self._job
        first = self._step + 1
        samples = 0
        began = time.monotonic()
        while self._step < job.steps:
            stops = self._make_step()
            samples += job.batch_size * self._world.size
            if self._step in (first, job.steps) or self._step % job.report_every_steps == 0 or stops:
                self._report(samples / max(time.monotonic() - began, 1e-9))
                samples, began = 0, time.monotonic()
            every = 0 if job.checkpoint is None else job.checkpoint.every_steps
            if stops:
                self._end("cancelled")
                return True
            if every > 0 and self._step % every == 0:
                before = time.monotonic()
                self._save()
                # What saving takes says nothing about how fast it trains.
                began += time.monotonic() - before
        self._end("done")
        return False

    def _make_step(self) -> bool:
        """One update of the model. Says whether some rank was asked to stop."""
        self._step += 1
        generator = generator_of(self._job.seed, self._step, self._world.rank)
        device = self._strategy.device
        given, wanted = self._task.data.batch(generator, self._job.batch_size)
        self._strategy.optimizer.zero_grad(set_to_none=True)
        loss = self._strategy.model(given.to(device), wanted.to(device))
        loss.backward()
        own = float(loss.detach())
        self._loss, stops = self._agree(own)
        if not math.isfinite(own):
            raise Diverged(f"the loss of step {self._step} is not finite; a lower learning_rate may help")
        if not math.isfinite(self._loss):
            raise OtherRankFailed(f"the loss of step {self._step} is not finite on another rank")
        if not math.isfinite(self._strategy.clip(GRADIENT_NORM)):
            raise Diverged(f"the gradients of step {self._step} are not finite; a lower learning_rate may help")
        self._strategy.optimizer.step()
        return stops

    def _agree(self, loss: float) -> tuple[float, bool]:
        """The mean loss of all ranks, and whether any of them was asked to stop."""
        told = torch.tensor([loss, float(self._stop.requested)], dtype=torch.float64, device=self._strategy.device)
        if self._world.size > 1:
            dist.all_reduce(told)
        total, asked = told.tolist()
        return total / self._world.size, asked > 0

    def _report(self, samples_per_second: float) -> None:
        self._protocol.tell(
            "step",
            step=self._step,
            loss=self._loss,
            samples_per_second=samples_per_second,
            memory_bytes=memory_bytes(self._strategy.device),
        )

    def _save(self) -> None:
        """Every rank takes part, as each holds a part of the whole; rank 0 writes it."""
        if self._job.checkpoint is None or self._saved_step == self._step:
            return
        model, optimizer = self._strategy.state()
        if self._folder is not None:
            self._saved_path = self._folder.save(self._facts(), model, optimizer)
            self._protocol.tell("checkpoint", step=self._step, path=self._saved_path)
        self._saved_step = self._step
        if self._world.size > 1:
            # A rank that ended would be missed by those that save.
            dist.barrier()

    def _end(self, event: str) -> None:
        self._save()
        if self._folder is not None:
            # Before the event: whoever reads it may start the next job.
            self._folder.release()
        loss = {} if event == "cancelled" else {"loss": self._loss}
        self._protocol.tell(event, step=self._step, **loss, path=self._saved_path)

    def _check_agreement(self) -> None:
        """Each rank looks for the checkpoint by itself; on machines that share no folder they find different ones."""
        if self._world.size > 1:
            steps = torch.tensor([self._step, -self._step], device=self._strategy.device)
            dist.all_reduce(steps, op=dist.ReduceOp.MAX)
            newest, oldest = int(steps[0]), -int(steps[1])
            if newest != oldest:
                raise CheckpointError(f"ranks would go on from steps {oldest} and {newest}; do all see the folder?")

    def _facts(self) -> dict[str, Any]:
        """What a checkpoint says beside its tensors. The chance of a step is a function of seed, step and rank."""
        job = self._job
        return {
            "step": self._step,
            "seed": job.seed,
            "loss": self._loss,
            "world_size": self._world.size,
            "strategy": job.strategy,
            "torch": torch.__version__,
            **self._task.shape,
            "job": job.as_dict(),
        }
