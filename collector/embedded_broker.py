"""A broker of our own on loopback, as a child process: for the demo, for tests, for a site without one.

iotcore (rumqttd, MIT) comes with pip. It keeps sessions in memory: they outlive connections, not the broker.
mosquitto is taken where iotcore has no wheel, or when asked for; with a folder it keeps sessions on disk.
Only what was started here is ever stopped. Both listen on loopback only: whoever is on this machine is let in, without
a name. What they hold is said at the start, and in docs/broker.md.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

import structlog

from collector.receive import MAX_PAYLOAD
from qualicity.errors import Retryable, UsageError

HOST = "127.0.0.1"
MAX_INFLIGHT = 1_000
"""Messages on their way to one client of mosquitto without acknowledgement; of iotcore they are 100."""
_HEADERS = 4_096
"""Bytes of a packet beside its payload: the topic, for the most part."""

_READY_SECONDS = 15.0
_STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.02

Kind = Literal["iotcore", "mosquitto"]

log = structlog.get_logger(__name__)


class _Server(Protocol):
    """A broker's process."""

    protocol: int  # newest MQTT version it speaks on our port: 4 = 3.1.1, 5 = 5
    sessions: str  # where they are kept, for people

    def start(self) -> None:
        """Start and wait until connections are taken."""
        ...

    def stop(self) -> None:
        """End the process that was started."""
        ...


class EmbeddedBroker:
    """A broker on loopback, from `start` to `stop`, or as a context manager.

    Args:
        port: 0 = a free one, chosen now and kept over restarts.
        kind: which broker; None = iotcore, else mosquitto.
        folder: where mosquitto keeps sessions and messages; None = nowhere.

    Raises:
        UsageError: no such broker is installed.
    """

    def __init__(self, *, port: int = 0, kind: Kind | None = None, folder: Path | None = None) -> None:
        self.port = port or free_port()
        self.kind: Kind = kind or ("iotcore" if importlib.util.find_spec("iotcore") else "mosquitto")
        self._server: _Server = _IotCore(self.port) if self.kind == "iotcore" else _Mosquitto(self.port, folder)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt://{HOST}:{self.port}"

    @property
    def protocol(self) -> int:
        """The MQTT version to use with it: 4 = 3.1.1, 5 = 5."""
        return self._server.protocol

    def start(self) -> Self:
        """Start the broker; return when it takes connections.

        Raises:
            Retryable: it does not start, or its port is taken.
        """
        self._server.start()
        log.info(
            "the embedded broker has started",
            url=self.url,
            kind=self.kind,
            largest_payload_bytes=MAX_PAYLOAD,
            sessions=self._server.sessions,
        )
        return self

    def stop(self) -> None:
        """Stop the broker; return when it is gone."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class _IotCore:
    """rumqttd from the iotcore wheel; its plain listener speaks MQTT 3.1.1."""

    protocol = 4
    sessions = "in memory, gone with the broker"

    def __init__(self, port: int) -> None:
        from iotcore import Broker  # noqa: PLC0415 - some platforms have no wheel of it

        self._broker = Broker(port, HOST, max_payload_size=MAX_PAYLOAD, max_inflight_count=MAX_INFLIGHT)

    def start(self) -> None:
        try:
            self._broker.start(_READY_SECONDS)
        except (OSError, RuntimeError) as error:
            raise Retryable(f"the embedded broker does not start: {error}", "choose another port") from error

    def stop(self) -> None:
        self._broker.stop(_STOP_SECONDS)


class _Mosquitto:
    """The mosquitto program with a configuration of its own."""

    protocol = 5

    def __init__(self, port: int, folder: Path | None) -> None:
        program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if program is None:
            raise UsageError("there is no mosquitto on this machine", "install it, or name a broker in the settings")
        self._program = program
        self._port = port
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.sessions = "in memory, gone with the broker" if folder is None else f"in {folder}, saved each second"

    def start(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:
            file.write(self._configuration())
            file.flush()
            self._process = subprocess.Popen([self._program, "-c", file.name], stderr=subprocess.PIPE)
            try:
                self._wait_until_ready(self._process)
            except Retryable:
                self.stop()
                raise

    def _configuration(self) -> str:
        lines = [
            f"listener {self._port} {HOST}",
            "allow_anonymous true",
            f"user {pwd.getpwuid(os.getuid()).pw_name}",
            "log_type error",
            "set_tcp_nodelay true",
            f"max_inflight_messages {MAX_INFLIGHT}",
            "max_queued_messages 0",  # no limit: the default forgets all but 1,000 messages of an absent client
            f"max_packet_size {MAX_PAYLOAD + _HEADERS}",  # with message_size_limit a publisher would wait for ever
        ]
        if self._folder is not None:
            lines += ["persistence true", f"persistence_location {self._folder}/", "autosave_interval 1"]
        return "\n".join(lines) + "\n"

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _READY_SECONDS
        while time.monotonic() < end:
            if process.poll() is not None:
                said = process.communicate()[1].decode("utf-8", "replace").strip()
                raise Retryable(f"mosquitto ended at its start: {said}", "choose another port")
            try:
                socket.create_connection((HOST, self._port), timeout=0.2).close()
            except OSError:
                time.sleep(_LOOK_SECONDS)
            else:
                return
        raise Retryable("mosquitto takes no connections", "look whether the machine is overloaded")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
