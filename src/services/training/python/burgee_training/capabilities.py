"""What this torch can do on this machine."""

from typing import Any

import torch
import torch.distributed as dist


def version() -> tuple[int, int]:
    """Major and minor, of "2.6.0+debian" say."""
    major, minor = torch.__version__.split(".")[:2]
    return int(major), int(minor)


def has_gloo() -> bool:
    if not dist.is_available():
        return False
    # Torch before 2.0 cannot be asked.
    is_there: Any = getattr(dist, "is_gloo_available", None)
    return bool(is_there()) if is_there else hasattr(dist, "ProcessGroupGloo")


def has_nccl() -> bool:
    return dist.is_available() and dist.is_nccl_available()


def cuda_devices() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def strategies(device_type: str) -> list[str]:
    """How several ranks can train on this kind of device; none where there is no such device, or nothing to join them."""
    if device_type == "cuda" and cuda_devices() == 0:
        return []
    has_backend = has_gloo() if device_type == "cpu" else has_nccl()
    can = {"ddp": has_backend, "fsdp1": has_fsdp1(device_type), "fsdp2": has_fsdp2(device_type)}
    return [name for name, is_possible in can.items() if is_possible]


def has_fsdp1(device_type: str) -> bool:
    """FSDP1 shards on a CPU, too, since 2.4. That of 1.13 cannot even be imported by Python 3.11."""
    return dist.is_available() and version() >= (2, 4) and (has_gloo() if device_type == "cpu" else has_nccl())


def has_fsdp2(device_type: str) -> bool:
    """`fully_shard` is public since 2.6. On a CPU it asks a stream for `wait_event`, which torch.cpu has since 2.7
    (https://github.com/pytorch/pytorch/pull/145935)."""
    if not dist.is_available() or version() < (2, 6):
        return False
    if device_type == "cpu":
        return has_gloo() and hasattr(torch.cpu.Stream, "wait_event")
    return has_nccl()
