"""The two models: plain PyTorch, made of operations that every version since 1.13 has."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .job import Model
from .table_data import TableData
from .text_data import BYTES


class Attention(nn.Module):
    """Each position looks at itself and at those before it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = next(heads for heads in (8, 4, 2, 1) if width % heads == 0 and (width // heads >= 8 or heads == 1))
        self.mix = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        shape = (batch, length, self.heads, width // self.heads)
        query, key, value = (part.view(shape).transpose(1, 2) for part in self.mix(x).split(width, dim=2))
        # Written out, as the fused operation of later versions is neither in 1.13 nor deterministic on every device.
        scores = query @ key.transpose(2, 3) / math.sqrt(shape[3])
        later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
        scores = scores.masked_fill(later, float("-inf"))
        mixed = scores.softmax(3) @ value
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


class Block(nn.Module):
    """One layer of the transformer; also what FSDP shards and gathers as a whole."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before_attention = nn.LayerNorm(width)
        self.attention = Attention(width)
        self.before_network = nn.LayerNorm(width)
        self.network = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.before_attention(x))
        return x + self.network(self.before_network(x))


class LanguageModel(nn.Module):
    """Says of each byte of a window how likely each byte is to come next."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.bytes = nn.Embedding(BYTES, model.width)
        self.places = nn.Embedding(model.context, model.width)
        self.blocks = nn.ModuleList(Block(model.width) for _ in range(model.layers))
        self.last = nn.LayerNorm(model.width)
        self.out = nn.Linear(model.width, BYTES)

    def forward(self, x: Tensor, following: Tensor) -> Tensor:
        """The mean loss in nats, of bytes (batch, length) and those that follow them."""
        y = self.bytes(x) + self.places(torch.arange(x.shape[1], device=x.device))
        for block in self.blocks:
            y = block(y)
        return functional.cross_entropy(self.out(self.last(y)).flatten(0, 1), following.flatten())


class Layer(nn.Module):
    """One layer of the classifier; also what FSDP shards and gathers as a whole."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + functional.gelu(self.linear(self.norm(x)))


class Classifier(nn.Module):
    """Says of a row of numbers how likely each label is."""

    def __init__(self, model: Model, data: TableData) -> None:
        super().__init__()
        # Part of what a checkpoint holds: whoever uses the model has to scale its input by them.
        self.register_buffer("mean", data.mean.clone())
        self.register_buffer("deviation", data.deviation.clone())
        self.first = nn.Linear(data.columns, model.width)
        self.layers = nn.ModuleList(Layer(model.width) for _ in range(model.layers))
        self.out = nn.Linear(model.width, len(data.classes))

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """The mean loss in nats, of rows (batch, columns) and their labels."""
        y = self.first((x - self.mean) / self.deviation)
        for layer in self.layers:
            y = layer(y)
        return functional.cross_entropy(self.out(y), label)
