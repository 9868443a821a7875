"""Ending the process, at once and from any thread."""

import os
from collections.abc import Callable
from typing import NoReturn

DONE = 0
FAILED = 1
CANCELLED = 130
PARENT_GONE = 143

_last_acts: list[Callable[[], None]] = []


def when_leaving(act: Callable[[], None]) -> None:
    """Has something done before the process ends. It must be quick, and must not wait for another thread."""
    _last_acts.append(act)


def leave(code: int) -> NoReturn:
    """Ends the process without unwinding: a thread may be inside a collective that never returns, and what PyTorch does
    at exit waits for other ranks."""
    try:
        for act in _last_acts:
            act()
    finally:
        os._exit(code)
