"""A long work of the pages as a process of its own: the command line, which ends when its service does.

The service holds the other end of standard input. When it ends, however it does, that end is closed.
"""

from __future__ import annotations

import os
import signal
import threading

from console.cli import main

_GENTLE = 10
"""Pages come first: the work waits where both want the processor."""


def _end_with_service() -> None:
    os.read(0, 1)  # nothing is ever written: it returns when the service has ended
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    os.nice(_GENTLE)
    threading.Thread(target=_end_with_service, daemon=True).start()
    main()
