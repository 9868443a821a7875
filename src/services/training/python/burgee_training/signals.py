"""Being asked to stop, by SIGINT or SIGTERM."""

import signal
import threading

from .leaving import leave
from .protocol import Protocol

ASKED = {signal.SIGINT, signal.SIGTERM}


class Stop:
    """`requested` becomes true with the first signal.

    The signals are blocked in every thread and waited for in one. A handler would run in the main thread only, and not
    before the collective returns in which that thread waits, so a second signal could not end the process at once.
    To be made before any other thread, which inherits what is blocked.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.requested = False
        self._protocol = protocol
        signal.pthread_sigmask(signal.SIG_BLOCK, ASKED)
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    def _wait(self) -> None:
        interrupts = 0
        while True:
            received = signal.sigwait(ASKED)
            interrupts += received == signal.SIGINT
            # SIGINT after SIGTERM is the milder wish: a service manager stopped the group, then the parent did.
            if self.requested and (received == signal.SIGTERM or interrupts > 1):
                leave(128 + received)
            if not self.requested:
                self.requested = True
                name = signal.Signals(received).name
                self._protocol.log("info", f"asked to stop by {name}; ends after the step under way")
