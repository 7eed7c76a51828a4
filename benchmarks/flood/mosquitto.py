"""A real mosquitto on loopback: as it comes out of the box, or with the limits of the configuration that ships."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flood.processes import HERE, end

PROGRAM = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") or ""
SHIPPED = HERE.parent / "deploy" / "mosquitto" / "mosquitto.conf"
LIMITS = ("max_", "autosave_", "set_tcp_nodelay", "queue_", "persistence ")


@contextlib.contextmanager
def mosquitto(*, shipped: bool) -> Iterator[int]:
    """Run it; give its port.

    Args:
        shipped: with limits and persistence of the configuration that ships; what guards it against strangers is left
            out. Otherwise there is nothing but a listener: 20 messages in flight (3.1.1), 1,000 queued.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="mosquitto-") as folder:
        lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", f"user {pwd.getpwuid(os.getuid()).pw_name}"]
        if shipped:
            common = SHIPPED.read_text(encoding="utf-8").partition("\nlistener ")[0].splitlines()
            lines += [line for line in common if line.startswith(LIMITS)]
            lines.append(f"persistence_location {folder}/")
        path = Path(folder) / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        process = subprocess.Popen([PROGRAM, "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            yield port
        finally:
            end(process)


def wait_for(port: int, seconds: float = 15.0) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "mosquitto does not start"
            time.sleep(0.05)
        else:
            return
