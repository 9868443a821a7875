"""What the parent says: the job as the first line of stdin, and that it is gone by the end of stdin.

Where stdin is a file, the job is all of it, and its end means nothing.
"""

import os
import stat
import threading

from .leaving import PARENT_GONE, leave

STDIN = 0


def read_line() -> str:
    """The first line of stdin, or all of a file. Ends the process if the parent goes before the line is whole."""
    parts: list[bytes] = []
    is_file = _is_file()
    while part := os.read(STDIN, 65_536):
        parts.append(part)
        if b"\n" in part and not is_file:
            return b"".join(parts).split(b"\n", 1)[0].decode("utf-8", "replace")
    if not is_file:
        leave(PARENT_GONE)
    return b"".join(parts).decode("utf-8", "replace")


def end_with_parent() -> None:
    """Ends the process as soon as stdin ends, also inside a collective, where no exception would reach it."""
    if not _is_file():
        threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    while os.read(STDIN, 65_536):
        pass
    leave(PARENT_GONE)


def _is_file() -> bool:
    """A file, or /dev/null, ends without anybody being gone; a pipe, a socket and a terminal do not."""
    mode = os.fstat(STDIN).st_mode
    return stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(STDIN))
