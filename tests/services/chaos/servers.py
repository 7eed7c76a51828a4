"""The servers beside the service, each a process that can be killed: mosquitto, InfluxDB, Telegraf."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from collector.embedded_broker import HOST, free_port
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_setup import prepare
from qualicity.store.influx_testing_real import ORG, TOKEN, arguments, configuration, set_up

READY_SECONDS = 30.0
DAY_SECONDS = 86_400


def program(name: str) -> str | None:
    """Return where a server's program is; None = not on this machine."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Server(ABC):
    """One process and its log.

    Args:
        folder: where it keeps what it keeps; made when missing.
        name: of its log in the folder.
    """

    environment: Mapping[str, str] | None = None

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name = folder, name
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def command(self) -> list[str]:
        """Return how it is started."""

    @property
    def running(self) -> bool:
        """Return whether its process lives."""
        return self.process is not None and self.process.poll() is None

    @abstractmethod
    def answers(self) -> bool:
        """Return whether it does its work."""

    def start(self) -> None:
        """Start it; return when it answers."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            assert self.running, f"{self.name} ended: {(self.folder / f'{self.name}.log').read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"{self.name} does not answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it as an orderly stop does."""
        if self.running:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class Broker(Server):
    """mosquitto that saves its sessions and queues each second, as `docs/operations.md` asks for.

    Args:
        folder: its files.
        inflight: messages on their way to one client without acknowledgement; 20 = as it comes.
    """

    def __init__(self, folder: Path, inflight: int = 1000) -> None:
        super().__init__(folder, "mosquitto")
        self.port = free_port()
        self.url = f"mqtt://{HOST}:{self.port}"
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} {HOST}\nallow_anonymous true\nuser {pwd.getpwuid(os.getuid()).pw_name}\n"
            "log_type error\nlog_type warning\nset_tcp_nodelay true\n"
            f"max_inflight_messages {inflight}\nmax_queued_messages 0\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n"
        )

    @property
    def command(self) -> list[str]:
        """Return how it is started."""
        return [program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")]

    def answers(self) -> bool:
        """Return whether it does its work."""
        try:
            socket.create_connection((HOST, self.port), timeout=0.2).close()
        except OSError:
            return False
        return True

    def saved(self) -> float:
        """Return when it last saved its state, s since 1970; 0 = never."""
        path = self.folder / "mosquitto.db"
        return path.stat().st_mtime if path.exists() else 0.0


class Database(Server):
    """InfluxDB 1.x, with an empty database `qualicity`.

    Args:
        folder: its files.
        retention_days: how long it keeps points; what is older it refuses. 0 = for ever.
    """

    org = token = ""
    major = 1

    def __init__(self, folder: Path, retention_days: int = 0) -> None:
        super().__init__(folder, "influxd")
        self.retention_days = retention_days
        self.port, rpc = free_port(), free_port()
        self.url = f"http://{HOST}:{self.port}"
        (folder / "influxdb.conf").write_text(configuration(folder, self.port, rpc))

    @property
    def command(self) -> list[str]:
        """Return how it is started."""
        return [program("influxd"), "-config", str(self.folder / "influxdb.conf")]

    def answers(self) -> bool:
        """Return whether it does its work."""
        try:
            urllib.request.urlopen(self.url + "/ping", timeout=1).close()  # noqa: S310 - loopback
        except OSError:
            return False
        return True

    def address(self, name: str = "qualicity") -> Address:
        """Return the address of a database, with every right."""
        return Address(self.url, name, self.org, self.token, timeout=20)

    def make(self, name: str = "qualicity") -> None:
        """Make a database."""
        with Influx(self.address(name)) as influx:
            list(prepare(influx, self.retention_days))

    def readings(self, name: str = "qualicity") -> dict[tuple[str, str, int, int], float]:
        """Return every point of the measurement `reading`: (station, parameter, period in s, start in ms) -> value."""
        found: dict[tuple[str, str, int, int], float] = {}
        with Influx(self.address(name)) as influx:
            query = 'SELECT "value" FROM "reading" GROUP BY "station", "parameter", "period"'
            for series in influx.query(query):
                tags = series.tags
                for start, value in series.rows:
                    cell = (tags["station"], tags["parameter"], int(tags["period"] or 0), start)
                    assert cell not in found, f"{cell} stands twice in the database"
                    found[cell] = value
        return found


class Database2(Database):
    """InfluxDB 2.x, with an organisation, a token that may everything, and an empty bucket `qualicity`."""

    org, token = ORG, TOKEN
    major = 2

    @property
    def command(self) -> list[str]:
        """Return how it is started."""
        return [os.environ["QUALICITY_INFLUXD2"], *arguments(self.folder, self.port)]

    def start(self) -> None:
        """Start it, and set it up when it is new."""
        super().start()
        set_up(self.url)


class Telegraf(Server):
    """Telegraf as a consumer with QoS 1 and a session that is kept, into a database of its own.

    Args:
        folder: its configuration and log.
        broker: whose messages.
        database: where it writes; the database or bucket `telegraf`.
    """

    def __init__(self, folder: Path, broker: Broker, database: Database) -> None:
        super().__init__(folder, "telegraf")
        address = database.address("telegraf")
        output = (
            f'[[outputs.influxdb_v2]]\nurls = ["{address.url}"]\ntoken = "{address.token}"\n'
            f'organization = "{address.org}"\nbucket = "telegraf"\n'
            if database.major == 2
            else f'[[outputs.influxdb]]\nurls = ["{address.url}"]\ndatabase = "telegraf"\n'
            "skip_database_creation = true\n"
        )
        (folder / "telegraf.conf").write_text(
            '[agent]\ninterval = "10s"\nflush_interval = "1s"\nmetric_batch_size = 1000\nmetric_buffer_limit = 100000\n'
            "omit_hostname = true\nskip_processors_after_aggregators = true\n"
            f'[[inputs.mqtt_consumer]]\nservers = ["tcp://{HOST}:{broker.port}"]\ntopics = ["c/air/#"]\nqos = 1\n'
            'persistent_session = true\nclient_id = "telegraf-beside"\nname_override = "telegraf"\n'
            'data_format = "json"\njson_time_key = "t"\njson_time_format = "unix_ms"\n' + output
        )

    @property
    def command(self) -> list[str]:
        """Return how it is started."""
        return [os.environ["QUALICITY_TELEGRAF"], "--config", str(self.folder / "telegraf.conf")]

    def answers(self) -> bool:
        """Return whether it does its work."""
        return b"Connected" in (self.folder / "telegraf.log").read_bytes()
