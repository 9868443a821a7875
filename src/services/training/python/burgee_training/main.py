"""One rank, from the job on stdin to its exit code."""

import faulthandler
import os
import re

from .leaving import CANCELLED, DONE, FAILED, leave
from .parent import end_with_parent, read_line
from .protocol import Protocol
from .signals import Stop

# What gloo and NCCL say where the rank at the other end is gone.
PEER_GONE = re.compile(r"gloo/transport|closed by peer|reset by peer|broken pipe|NCCL|remote process", re.IGNORECASE)


def main() -> None:
    # Files are for their owner only, and a crash in C says on stderr where it was.
    os.umask(0o077)
    faulthandler.enable()
    rank = os.environ.get("RANK", "")
    protocol = Protocol(int(rank) if rank.isdecimal() else 0)
    stop = Stop(protocol)
    line = read_line()
    end_with_parent()
    try:
        cancelled = run(line, protocol, stop)
    except BaseException as error:
        protocol.error(error, is_consequence(error))
        leave(FAILED)
    leave(CANCELLED if cancelled else DONE)


def run(line: str, protocol: Protocol, stop: Stop) -> bool:
    """Does the job. Says whether it was cancelled."""
    from .job import parse_job
    from .world import world_from_environment

    job = parse_job(line)
    world = world_from_environment()
    # Only now: torch takes a second and more to import, and a mistake in the job is told without it.
    from .device import choose_device, prepare
    from .rendezvous import process_group
    from .strategy import check_strategy

    prepare()
    device = choose_device(job.device, job.strategy, world)
    check_strategy(job.strategy, device, world.size)
    from .session import train

    if job.strategy == "single":
        return train(job, world, device, protocol, stop)
    with process_group(world, "nccl" if device.type == "cuda" else "gloo"):
        return train(job, world, device, protocol, stop)


def is_consequence(error: BaseException) -> bool:
    """Whether this rank fails only because another one did."""
    if type(error).__name__ == "OtherRankFailed":
        return True
    return isinstance(error, RuntimeError) and PEER_GONE.search(str(error)) is not None
