"""Where the model is trained, and how much memory that takes."""

import os
import resource
import sys

import torch

from .capabilities import cuda_devices, strategies
from .errors import DeviceError
from .world import World


def prepare() -> None:
    """To be called before the first tensor: the same seed gives the same numbers."""
    # cuBLAS is deterministic only with a workspace of a fixed size, and reads this when it starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)


def choose_device(wanted: str, strategy: str, world: World) -> torch.device:
    """`auto` is CUDA where each rank of this machine has a device of its own and the strategy can use it, else the CPU.

    Raises DeviceError.
    """
    count = cuda_devices()
    if wanted == "cuda" and count == 0:
        raise DeviceError(f'"device" is cuda, and torch {torch.__version__} sees no CUDA device')
    if wanted == "cuda" and count < world.local_size:
        raise DeviceError(f"{world.local_size} ranks need a CUDA device each, and there are {count}")
    can_cuda = count >= world.local_size and (strategy == "single" or strategy in strategies("cuda"))
    if wanted == "cpu" or (wanted == "auto" and not can_cuda):
        return torch.device("cpu")
    device = torch.device("cuda", world.local_rank)
    torch.cuda.set_device(device)
    return device


def memory_bytes(device: torch.device) -> int:
    """The most that was held so far: of the device's memory, or of the machine's by this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kibibytes, macOS bytes.
    return peak if sys.platform == "darwin" else peak * 1024
