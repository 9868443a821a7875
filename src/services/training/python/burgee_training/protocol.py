"""What the program says: lines of JSON on what was stdout when it began."""

import json
import os
import sys
import threading
import traceback
from typing import Any

from .leaving import PARENT_GONE, leave

TRACEBACK_CHARACTERS = 16_000


class Protocol:
    """Writes events. Every rank tells `start` and `error`; of the others, only rank 0's are written."""

    def __init__(self, rank: int) -> None:
        self._rank = rank
        self._lock = threading.Lock()
        # Whatever a library prints, in Python or in C, goes to stderr from here on.
        sys.stdout.flush()
        self._out = os.dup(1)
        os.dup2(2, 1)

    def start(self, **facts: Any) -> None:
        self._write({"event": "start", "rank": self._rank, "pid": os.getpid(), **facts})

    def error(self, error: BaseException, consequence: bool) -> None:
        """Tells why this rank ends. `consequence`: only because another rank did."""
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self._write(
            {
                "event": "error",
                "rank": self._rank,
                "type": type(error).__name__,
                "message": str(error),
                "traceback": trace[-TRACEBACK_CHARACTERS:],
                "consequence": consequence,
            }
        )

    def tell(self, event: str, **facts: Any) -> None:
        """Tells what rank 0 tells for all of them."""
        if self._rank == 0:
            self._write({"event": event, **facts})

    def log(self, level: str, message: str) -> None:
        if self._rank == 0:
            self._write({"event": "log", "level": level, "message": message})
        else:
            print(f"rank {self._rank}: {level}: {message}", file=sys.stderr, flush=True)

    def _write(self, event: dict[str, Any]) -> None:
        line = json.dumps(event, allow_nan=False).encode() + b"\n"
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._out, line) :]
            except BrokenPipeError:
                # Nobody reads any more: the parent is gone, or has given this rank up.
                leave(PARENT_GONE)
