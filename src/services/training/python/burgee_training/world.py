"""Which rank this is."""

import hashlib
import os
from dataclasses import dataclass


class WorldError(ValueError):
    """The variables that say which rank this is are missing or make no sense."""


@dataclass(frozen=True)
class World:
    rank: int
    size: int
    local_rank: int
    # How many ranks run on this machine.
    local_size: int
    address: str
    port: int
    # The same for all ranks of a job, and for no others. Empty where nobody gave one.
    token: str = ""

    @property
    def greeting(self) -> bytes:
        """What tells the ranks of this job from those of another. The token itself is not sent."""
        return hashlib.sha256(b"burgee " + os.fsencode(self.token)).digest()

    @property
    def is_loopback(self) -> bool:
        return self.address == "localhost" or self.address == "::1" or self.address.startswith("127.")


def world_from_environment() -> World:
    size = _number("WORLD_SIZE", 1, least=1)
    rank = _number("RANK", 0)
    local_rank = _number("LOCAL_RANK", rank)
    local_size = _number("LOCAL_WORLD_SIZE", size, least=1)
    if rank >= size:
        raise WorldError(f"RANK is {rank} and WORLD_SIZE {size}; ranks count from 0")
    port = _number("MASTER_PORT", 0)
    if size > 1 and not 0 < port < 65_536:
        raise WorldError("MASTER_PORT must be a free port, the same for all ranks, where WORLD_SIZE is above 1")
    address = os.environ.get("MASTER_ADDR") or "127.0.0.1"
    token = os.environ.get("BURGEE_RENDEZVOUS_TOKEN", "")
    return World(rank, size, local_rank, local_size, address, port, token)


def _number(name: str, usual: int, least: int = 0) -> int:
    text = os.environ.get(name, "")
    if text == "":
        return usual
    if not text.isdecimal() or int(text) < least:
        raise WorldError(f"{name} must be a whole number of at least {least}")
    return int(text)
