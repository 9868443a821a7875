"""Which samples each rank sees at each step."""

import hashlib
from typing import Protocol

import torch

Batch = tuple[torch.Tensor, torch.Tensor]


class Data(Protocol):
    """Something to draw batches from."""

    size: int

    def batch(self, generator: torch.Generator, size: int) -> Batch: ...


def draw(population: int, size: int, generator: torch.Generator) -> torch.Tensor:
    """`size` places of `population`, each as likely as any other, and possibly more than once."""
    return torch.randint(population, (size,), generator=generator)


def generator_of(seed: int, step: int, rank: int) -> torch.Generator:
    """The chance of one step on one rank: a function of these three numbers alone.

    So a run that is resumed at a step draws what it would have drawn without the break, and a checkpoint has to hold no
    state of chance beside the seed and the step.
    """
    digest = hashlib.sha256(f"{seed}:{step}:{rank}".encode()).digest()
    generator = torch.Generator()
    generator.manual_seed(int.from_bytes(digest[:8], "little") >> 1)
    return generator
