"""What a language model learns from: bytes of a file, or sentences made by a seed."""

import mmap
import random

import torch

from .batches import Batch, draw
from .errors import DataError

# One class for each value of a byte, so that any file can be read, and no vocabulary has to be kept.
BYTES = 256


class TextData:
    """Windows of `context` bytes, each with the bytes that follow."""

    def __init__(self, text: torch.Tensor, context: int) -> None:
        self._text = text
        self._context = context
        self._window = torch.arange(context + 1)
        self.size = text.numel() - context

    def batch(self, generator: torch.Generator, size: int) -> Batch:
        starts = draw(self.size, size, generator)
        windows = self._text[starts[:, None] + self._window].long()
        return windows[:, :-1], windows[:, 1:]


def read_text(path: str, context: int) -> TextData:
    """The bytes of a file, which are mapped rather than read: a text may be larger than the memory.

    Raises DataError if the file cannot be read, or is too short for one window.
    """
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            if size < context + 1:
                raise DataError(f"{path} has {size} bytes, and a window of this model (model.context + 1) {context + 1}")
            # A private copy of what is written to, which nothing is; torch warns of memory that is read-only.
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    return TextData(torch.frombuffer(mapped, dtype=torch.uint8), context)


def made_text(samples: int, seed: int, context: int) -> TextData:
    """`samples` sentences of one small language, which the seed makes up: its words, and which follows which."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(2, 6))) for _ in range(32)]
    following = {word: chance.sample(words, 3) for word in words}
    parts: list[str] = []
    for _ in range(samples):
        word = chance.choice(words)
        sentence = [word]
        for _ in range(chance.randint(3, 8)):
            word = chance.choice(following[word])
            sentence.append(word)
        parts.append(" ".join(sentence) + ".\n")
    text = "".join(parts).encode()
    # Few sentences and a long window: the language goes on, so that there is always a window.
    text *= 1 + context // len(text)
    return TextData(torch.frombuffer(bytearray(text), dtype=torch.uint8), context)
