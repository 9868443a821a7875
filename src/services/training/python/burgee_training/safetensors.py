"""Reading and writing tensors in a file that cannot hold code.

torch.save pickles, and before torch 2.6 even torch.load(weights_only=True) could be made to run code by a prepared file
(CVE-2025-32434). This is the safetensors format instead, which other programs read too: eight bytes, the length of a
JSON header; the header, which says where each tensor is; the numbers. https://github.com/huggingface/safetensors#format
"""

import ctypes
import json
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import torch

from .errors import CheckpointError

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
# As the format's own reader has it: a header longer than this is no header.
HEADER_BYTES = 100_000_000


def write_tensors(file: BinaryIO, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    header: dict[str, Any] = {"__metadata__": metadata}
    offset = 0
    for name, tensor in tensors.items():
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    # The numbers begin at a multiple of eight.
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for tensor in tensors.values():
        for part in _bytes(tensor):
            file.write(part)


def read_metadata(path: str) -> dict[str, str]:
    """Raises CheckpointError if the file is not whole."""
    try:
        with open(path, "rb") as file:
            header, _ = _header(path, file)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    return header.get("__metadata__", {})


def read_tensors(path: str) -> dict[str, torch.Tensor]:
    """Raises CheckpointError if the file is not whole."""
    try:
        with open(path, "rb") as file:
            header, start = _header(path, file)
            tensors = {}
            for name, entry in header.items():
                if name != "__metadata__":
                    begin, end = entry["data_offsets"]
                    file.seek(start + begin)
                    tensors[name] = _tensor(path, entry, file.read(end - begin))
            return tensors
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error


def _header(path: str, file: BinaryIO) -> tuple[dict[str, Any], int]:
    """The header, and where the numbers begin."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    try:
        if not 0 < length <= min(HEADER_BYTES, size - 8):
            raise ValueError
        header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        if 8 + length + max(ends, default=0) != size:
            raise ValueError
    except (ValueError, TypeError, LookupError, AttributeError):
        raise CheckpointError(f"{path} is not a whole checkpoint") from None
    return header, 8 + length


def _tensor(path: str, entry: dict[str, Any], data: bytes) -> torch.Tensor:
    try:
        dtype = DTYPES[entry["dtype"]]
        # A tensor of no numbers has no bytes to be made from.
        flat = torch.frombuffer(bytearray(data), dtype=dtype) if data else torch.empty(0, dtype=dtype)
        return flat.reshape(entry["shape"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} is not a whole checkpoint: {type(error).__name__}") from error


def _bytes(tensor: torch.Tensor) -> Iterator[bytes]:
    """The numbers as they lie in memory, a few megabytes at a time. The format is little-endian, as are the
    machines that PyTorch is built for."""
    flat = tensor.detach().cpu().contiguous()
    size = flat.numel() * flat.element_size()
    for begin in range(0, size, 4 << 20):
        yield ctypes.string_at(flat.data_ptr() + begin, min(4 << 20, size - begin))
