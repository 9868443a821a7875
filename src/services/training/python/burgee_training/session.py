"""Makes everything ready for a training, tells what it found, and trains."""

import platform
from typing import Optional

import torch

from .checkpoints import Folder, Saved, find_resumed, read_checkpoint
from .job import Job
from .protocol import Protocol
from .signals import Stop
from .strategy import STRATEGIES
from .tasks import build, take_over
from .training import Training
from .world import World


def train(job: Job, world: World, device: torch.device, protocol: Protocol, stop: Stop) -> bool:
    """Says whether the training was cancelled."""
    folder = open_folder(job, world, protocol)
    path = choose_checkpoint(job, protocol)
    saved = None if path is None else read_checkpoint(path)
    task = build(job)
    if saved is not None:
        take_over(task, saved)
        tell_changes(job, world, saved, protocol)
    strategy = STRATEGIES[job.strategy](task.model, device, job.learning_rate)
    if saved is not None:
        strategy.load_optimizer(saved.optimizer)
    training = Training(job, world, task, strategy, saved, folder, protocol, stop)
    protocol.start(
        world_size=world.size,
        python=platform.python_version(),
        torch=torch.__version__,
        strategy=job.strategy,
        device=str(device),
        parameters=strategy.parameters,
        shard_parameters=strategy.shard_parameters(),
        resumed_from=None if saved is None else saved.step,
        steps=job.steps,
    )
    return training.run()


def open_folder(job: Job, world: World, protocol: Protocol) -> Optional[Folder]:
    """Only rank 0 writes."""
    if job.checkpoint is None or world.rank > 0:
        return None
    folder = Folder(job.checkpoint)
    if not folder.is_private:
        why = "is another user's, or holds other files too,"
        protocol.log("warn", f"{folder.path} {why} and stays as open to others as it is")
    return folder


def choose_checkpoint(job: Job, protocol: Protocol) -> Optional[str]:
    path, broken = find_resumed(job)
    for passed_over in broken:
        protocol.log("warn", f"{passed_over} is not whole and was passed over")
    if path is None and job.resume is not False:
        protocol.log("info", "there is no checkpoint to go on from; the training begins at its first step")
    return path


def tell_changes(job: Job, world: World, saved: Saved, protocol: Protocol) -> None:
    """What makes the steps to come differ from those of a run without the break."""
    before = {**saved.facts["job"], "world_size": saved.facts["world_size"]}
    now = {**job.as_dict(), "world_size": world.size}
    names = ("seed", "world_size", "batch_size", "learning_rate", "data_path", "data_samples")
    changed = [name for name in names if now[name] != before.get(name)]
    if changed:
        protocol.log("info", f"goes on with another {', '.join(changed)} than the checkpoint was made with")
