"""The job, as the first line of stdin gives it."""

import json
import math
import sys
from dataclasses import asdict, dataclass
from typing import Any, Optional, Union

TASKS = ("language-model", "classifier")
STRATEGIES = ("single", "ddp", "fsdp1", "fsdp2")
DEVICES = ("auto", "cpu", "cuda")


class JobError(ValueError):
    """The job says something that cannot be done. The message names the key."""


@dataclass(frozen=True)
class Model:
    width: int = 64
    layers: int = 2
    # How many bytes a language model sees at a time.
    context: int = 64


@dataclass(frozen=True)
class Checkpoint:
    folder: str
    # 0: only at the end.
    every_steps: int = 0
    keep: int = 3


@dataclass(frozen=True)
class Job:
    task: str
    # Exactly one of the two: a file, or how many samples to make.
    data_path: Optional[str]
    data_samples: Optional[int]
    strategy: str
    device: str
    steps: int
    # Of each rank.
    batch_size: int
    learning_rate: float
    seed: int
    model: Model
    checkpoint: Optional[Checkpoint]
    # A path, "latest", or False.
    resume: Union[str, bool]
    report_every_steps: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def parse_job(line: str) -> Job:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise JobError(f"the job is not JSON: {error}") from None
    root = _Reader(given, "")
    data = _Reader(root.take("data"), "data.")
    path, generated = data.text("path", None), data.take("generated", None)
    if (path is None) == (generated is None):
        raise JobError('"data" must have either "path" or "generated"')
    samples = None if generated is None else _samples(generated)
    data.done()
    job = Job(
        task=root.one_of("task", TASKS),
        data_path=path,
        data_samples=samples,
        strategy=root.one_of("strategy", STRATEGIES),
        device=root.one_of("device", DEVICES, "auto"),
        steps=root.whole("steps", least=1),
        batch_size=root.whole("batch_size", least=1),
        learning_rate=root.positive("learning_rate"),
        seed=root.whole("seed", 0, most=2**53),
        model=_model(root.take("model", {})),
        checkpoint=_checkpoint(root.take("checkpoint", None)),
        resume=_resume(root.take("resume", False)),
        report_every_steps=root.whole("report_every_steps", 1, least=1),
    )
    root.done()
    if job.resume == "latest" and job.checkpoint is None:
        raise JobError('"resume" is "latest", and there is no "checkpoint" that names the folder')
    return job


def _samples(given: Any) -> int:
    reader = _Reader(given, "data.generated.")
    samples = reader.whole("samples", least=2, most=10_000_000)
    reader.done()
    return samples


def _model(given: Any) -> Model:
    reader = _Reader(given, "model.")
    model = Model(
        width=reader.whole("width", Model.width, least=1, most=65_536),
        layers=reader.whole("layers", Model.layers, least=1, most=1_000),
        context=reader.whole("context", Model.context, least=1, most=1_000_000),
    )
    reader.done()
    return model


def _checkpoint(given: Any) -> Optional[Checkpoint]:
    if given is None:
        return None
    reader = _Reader(given, "checkpoint.")
    folder = reader.text("folder")
    if not folder:
        raise JobError('"checkpoint.folder" must be a path')
    checkpoint = Checkpoint(
        folder=folder,
        every_steps=reader.whole("every_steps", Checkpoint.every_steps),
        keep=reader.whole("keep", Checkpoint.keep, least=1),
    )
    reader.done()
    return checkpoint


def _resume(given: Any) -> Union[str, bool]:
    if given is False or (isinstance(given, str) and given):
        return given
    raise JobError('"resume" must be false, "latest" or the path of a checkpoint')


_MISSING = object()


class _Reader:
    """Takes keys from a JSON object one by one; those nobody takes are mistakes."""

    def __init__(self, given: Any, prefix: str) -> None:
        self._prefix = prefix
        if not isinstance(given, dict):
            name = f'"{prefix[:-1]}"' if prefix else "the job"
            raise JobError(f"{name} must be a JSON object")
        self._left = dict(given)

    def take(self, key: str, usual: Any = _MISSING) -> Any:
        value = self._left.pop(key, usual)
        if value is _MISSING:
            raise JobError(f'"{self._prefix}{key}" is missing')
        return value

    def text(self, key: str, usual: Any = _MISSING) -> Any:
        value = self.take(key, usual)
        if value is not None and not isinstance(value, str):
            raise JobError(f'"{self._prefix}{key}" must be a string')
        return value

    def one_of(self, key: str, words: tuple[str, ...], usual: Any = _MISSING) -> str:
        value = self.take(key, usual)
        if value not in words:
            raise JobError(f'"{self._prefix}{key}" must be one of {", ".join(words)}')
        return str(value)

    def whole(self, key: str, usual: Any = _MISSING, least: int = 0, most: float = math.inf) -> int:
        value = self.take(key, usual)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            limit = "" if math.isinf(most) else f" and at most {int(most)}"
            raise JobError(f'"{self._prefix}{key}" must be a whole number of at least {least}{limit}')
        return value

    def positive(self, key: str) -> float:
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
            raise JobError(f'"{self._prefix}{key}" must be a number above 0')
        return float(value)

    def done(self) -> None:
        for key in self._left:
            raise JobError(f'"{self._prefix}{key}" is no key of a job')
