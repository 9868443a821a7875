"""How the ranks of a job find each other.

torch's own store listens on every interface of the machine, whatever MASTER_ADDR says. Where that is a loopback
address, all ranks are on this machine, and a file that only its owner can read does as well: rank 0 listens on
MASTER_ADDR:MASTER_PORT just as long as it takes to tell the others the path of that file.

Two jobs may be given one port. A rank says first which job it is of, and rank 0 answers only those of its own.
"""

import hmac
import os
import shutil
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist

from .errors import OtherRankFailed
from .leaving import when_leaving
from .world import World

# Ranks begin at different moments: importing torch takes a while on a busy machine.
PATIENCE_SECONDS = 300.0
# How long a connection may take to say which job it is of: what says nothing must not keep the ranks waiting.
GREETING_SECONDS = 1.0
# How long ranks wait for each other within a step, while one of them writes a checkpoint, say.
TIMEOUT = timedelta(minutes=30)


@contextmanager
def process_group(world: World, backend: str) -> Iterator[None]:
    """Joins the ranks, for as long as the block runs."""
    if not world.is_loopback:
        _join(world, backend, dist.PrefixStore(world.greeting.hex(), _torch_store(world)))
        yield
        dist.destroy_process_group()
        return
    # What carries tensors stays on the loopback interface too. It would take the one that the machine's name leads to.
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    os.environ.setdefault("NCCL_SOCKET_IFNAME", loopback)
    folder = _share_folder(world) if world.rank == 0 else _fetch_folder(world)
    _join(world, backend, dist.FileStore(os.path.join(folder, "store"), world.size))
    dist.barrier()
    # NCCL looks into the store later, too, and a group for it is made wherever CUDA is.
    if world.rank == 0 and not torch.cuda.is_available():
        shutil.rmtree(folder, ignore_errors=True)
    yield
    dist.barrier()
    dist.destroy_process_group()


def _join(world: World, backend: str, store: "dist.Store") -> None:
    dist.init_process_group(backend, store=store, rank=world.rank, world_size=world.size, timeout=TIMEOUT)


def _torch_store(world: World) -> "dist.Store":
    from torch.distributed.rendezvous import rendezvous

    store, _, _ = next(rendezvous("env://", world.rank, world.size, timeout=TIMEOUT))
    return store


def _share_folder(world: World) -> str:
    """Rank 0: makes the folder, and tells each of the others once where it is."""
    family = socket.AF_INET6 if ":" in world.address else socket.AF_INET
    with socket.create_server((world.address, world.port), family=family, backlog=world.size) as server:
        folder = tempfile.mkdtemp(prefix="burgee-ranks-")
        when_leaving(lambda: shutil.rmtree(folder, ignore_errors=True))
        end = time.monotonic() + PATIENCE_SECONDS
        waiting = world.size - 1
        while waiting > 0:
            left = end - time.monotonic()
            if left <= 0:
                raise OtherRankFailed(f"{waiting} of the other ranks did not come within {PATIENCE_SECONDS:.0f} s")
            server.settimeout(left)
            try:
                connection, _ = server.accept()
            except (socket.timeout, ConnectionError):
                continue
            with connection:
                waiting -= _answer(connection, world.greeting, folder)
    return folder


def _answer(connection: socket.socket, greeting: bytes, folder: str) -> bool:
    """Says whether it was a rank of this job, and was told. Whatever else connects is dropped."""
    try:
        if not hmac.compare_digest(_read(connection, len(greeting)), greeting):
            return False
        connection.sendall(os.fsencode(folder) + b"\n")
        return True
    except OSError:
        return False


def _read(connection: socket.socket, size: int) -> bytes:
    """`size` bytes, or those that came before the end or in time."""
    end = time.monotonic() + GREETING_SECONDS
    got = b""
    while len(got) < size and (left := end - time.monotonic()) > 0:
        connection.settimeout(left)
        part = connection.recv(size - len(got))
        if not part:
            break
        got += part
    return got


def _fetch_folder(world: World) -> str:
    """The others: ask until rank 0 answers."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (left := end - time.monotonic()) > 0:
        line = b""
        try:
            with socket.create_connection((world.address, world.port), timeout=left) as connection:
                connection.sendall(world.greeting)
                with connection.makefile("rb") as answer:
                    line = answer.readline(4_096)
        except OSError:
            pass
        if line:
            folder = os.fsdecode(line.rstrip(b"\n"))
            if not line.endswith(b"\n") or not _is_ours(folder):
                raise OtherRankFailed(f"what listens at {world.address}:{world.port} is not rank 0 of this job")
            return folder
        # Nobody listens yet, or rank 0 of another job, which answers its own ranks only.
        time.sleep(0.05)
    raise OtherRankFailed(f"rank 0 does not answer at {world.address}:{world.port} after {PATIENCE_SECONDS:.0f} s")


def _is_ours(folder: str) -> bool:
    """A folder of this user's that nobody else may enter was made by this user."""
    try:
        facts = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and stat.S_IMODE(facts.st_mode) == 0o700
