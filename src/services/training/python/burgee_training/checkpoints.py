"""Checkpoints in a folder: written beside and renamed, readable by their owner only, the newest kept."""

import fcntl
import json
import os
import re
import stat
from dataclasses import dataclass
from typing import Any, Optional

import torch

from .errors import CheckpointError, FolderBusy
from .job import Checkpoint, Job
from .safetensors import read_metadata, read_tensors, write_tensors
from .strategy import OptimizerState, State

VERSION = 1
FILE = re.compile(r"step-(\d{8,})\.safetensors")
PART = re.compile(r"\.step-\d{8,}\.part")
LOCK = ".lock"


@dataclass(frozen=True)
class Saved:
    """What a checkpoint holds."""

    path: str
    facts: dict[str, Any]
    model: State
    optimizer: OptimizerState

    @property
    def step(self) -> int:
        return int(self.facts["step"])


class Folder:
    """The folder that one job writes to. Rank 0 has it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._keep = checkpoint.keep
        self.path = os.path.abspath(checkpoint.folder)
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        self._lock = os.open(os.path.join(self.path, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderBusy(f"another job writes its checkpoints into {self.path}; give each job a folder") from None
        self.is_private = self._make_private()
        for name in os.listdir(self.path):
            # Of a job that was killed while it wrote.
            if PART.fullmatch(name):
                os.unlink(os.path.join(self.path, name))

    def save(self, facts: dict[str, Any], model: State, optimizer: OptimizerState) -> str:
        """Writes a checkpoint, and removes all but the newest. Returns its path."""
        tensors: dict[str, torch.Tensor] = {f"model.{name}": tensor for name, tensor in model.items()}
        for name, state in optimizer.items():
            tensors.update({f"optimizer.{name}/{key}": tensor for key, tensor in state.items()})
        step = f"step-{facts['step']:08d}"
        path = os.path.join(self.path, f"{step}.safetensors")
        part = os.path.join(self.path, f".{step}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
            write_tensors(file, tensors, {"format": "pt", "burgee": json.dumps({"version": VERSION, **facts})})
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        self._sync()
        # The one just written is kept whatever the clock says: it may have been set back.
        others = [other for other in newest_first(self.path) if other != path]
        for old in others[self._keep - 1 :]:
            os.unlink(old)
        return path

    def release(self) -> None:
        """Lets the next job have the folder."""
        os.close(self._lock)

    def _make_private(self) -> bool:
        """A folder that holds other things too may be meant for others to see, and is left as it is; so is another user's,
        which this one may write to: a volume of a container."""
        if stat.S_IMODE(os.stat(self.path).st_mode) & 0o077 == 0:
            return True
        if all(name == LOCK or FILE.fullmatch(name) or PART.fullmatch(name) for name in os.listdir(self.path)):
            try:
                os.chmod(self.path, 0o700)
                return True
            except PermissionError:
                return False
        return False

    def _sync(self) -> None:
        """The new name is as durable as the file."""
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def newest_first(folder: str) -> list[str]:
    """The checkpoints of a folder by the time they were written; of two of the same moment, the later step first."""
    found: list[tuple[int, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = FILE.fullmatch(entry.name)
            if name and entry.is_file(follow_symlinks=False):
                found.append((entry.stat().st_mtime_ns, int(name[1]), entry.path))
    return [path for _, _, path in sorted(found, reverse=True)]


def find_resumed(job: Job) -> tuple[Optional[str], list[str]]:
    """The checkpoint to go on from, and the newer ones that were passed over, as they are not whole.

    Raises CheckpointError if one was named that is not whole.
    """
    if job.resume is False or job.resume is True:
        return None, []
    if job.resume != "latest" or job.checkpoint is None:
        read_metadata(job.resume)
        return job.resume, []
    broken: list[str] = []
    folder = job.checkpoint.folder
    for path in newest_first(folder) if os.path.isdir(folder) else []:
        try:
            read_metadata(path)
            return path, broken
        except CheckpointError:
            broken.append(path)
    return None, broken


def read_checkpoint(path: str) -> Saved:
    """Raises CheckpointError."""
    try:
        facts = json.loads(read_metadata(path)["burgee"])
        version = facts["version"]
        facts = {**facts, "step": int(facts["step"]), "job": dict(facts["job"]), "world_size": int(facts["world_size"])}
    except (KeyError, TypeError, json.JSONDecodeError):
        raise CheckpointError(f"{path} holds no training of this program") from None
    if version != VERSION:
        raise CheckpointError(f"{path} was written by another version of this program")
    model: State = {}
    optimizer: OptimizerState = {}
    for name, tensor in read_tensors(path).items():
        kind, _, rest = name.partition(".")
        if kind == "model":
            model[rest] = tensor
        else:
            parameter, _, key = rest.rpartition("/")
            optimizer.setdefault(parameter, {})[key] = tensor
    return Saved(path, facts, model, optimizer)
