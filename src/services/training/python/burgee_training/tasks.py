"""The two tasks: what is learnt from, and by which model."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .batches import Data
from .checkpoints import Saved
from .errors import CheckpointError
from .job import Job
from .models import Classifier, LanguageModel
from .table_data import made_table, read_table
from .text_data import made_text, read_text


@dataclass(frozen=True)
class Task:
    data: Data
    model: nn.Module
    # What has to be the same for a checkpoint to be of use; goes into the checkpoint.
    shape: dict[str, Any]


def build(job: Job) -> Task:
    """Reads or makes the data, and makes the model, the same for the same seed on every rank. Raises DataError."""
    size = job.model
    if job.task == "language-model":
        if job.data_path is not None:
            text = read_text(job.data_path, size.context)
        else:
            text = made_text(job.data_samples or 0, job.seed, size.context)
        torch.manual_seed(job.seed)
        shape = {"task": job.task, "width": size.width, "layers": size.layers, "context": size.context}
        return Task(text, LanguageModel(size), shape)
    table = read_table(job.data_path) if job.data_path is not None else made_table(job.data_samples or 0, job.seed)
    torch.manual_seed(job.seed)
    shape = {"task": job.task, "width": size.width, "layers": size.layers}
    return Task(table, Classifier(size, table), {**shape, "columns": table.columns, "classes": table.classes})


def take_over(task: Task, saved: Saved) -> None:
    """Gives the model what a checkpoint holds. Raises CheckpointError if that is of another model."""
    for name, value in task.shape.items():
        if saved.facts.get(name) != value:
            raise CheckpointError(f"{saved.path} is of another model than this job's: they differ in {name}")
    try:
        task.model.load_state_dict(saved.model)
    except RuntimeError as error:
        raise CheckpointError(f"{saved.path} does not fit the model") from error
    names = {name for name, _ in task.model.named_parameters()}
    if names != set(saved.optimizer):
        raise CheckpointError(f"{saved.path} lacks the optimiser's state of some parameters")
