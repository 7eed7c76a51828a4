"""Claim: 2,000 loggers are connected at once, send a reading each in 5 s, and each is answered after its commit.

Loggers run in a process of their own: each connects, is set as at a first connection, and uploads COD, ammonia and
flow (2011) every 5 s. Measured is the time from sending to the answer (9014), and the CPU time of the gateway's
process a frame: it frames, checks, decodes, commits with fsync and answers. The peer, in the same run under the same
loggers, is a bare asyncio server that reads the length of a frame and answers at once: it checks, keeps and promises
nothing. In the end the store must hold every reading that was answered.

    python benchmarks/hj212_gateway.py [SECONDS]
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import structlog

from collector.embedded_broker import free_port
from collector.hj212.device import Device, record, run_all
from collector.service import run
from collector.testing import small_outlets
from qualicity.clock import SystemClock
from qualicity.settings import Hj212Settings, MqttSettings, Settings
from qualicity.store.embedded import EmbeddedStore

LOGGERS = 2_000
EVERY = 5.0  # s between readings of one logger
RAMP = 10.0  # s in which they connect
SECONDS = 30.0  # measured
FILES = 8_192


def main() -> int:
    """Run both servers under the loggers; return 1 when the claim does not hold."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        gateway = attack(["gateway", folder], seconds)
        with EmbeddedStore(Path(folder), writer=True, clock=SystemClock()) as store:
            stored = sum(len(table) for table in store.scan()) // 3
    peer = attack(["peer", ""], seconds)
    print(f"{LOGGERS} loggers, a reading each {EVERY:.0f} s, {seconds:.0f} s measured after {RAMP:.0f} s")
    for name, result in (("gateway", gateway), ("peer", peer)):
        print(
            f"  {name:8} connected {result['connected']}, acknowledged {result['answered']} frames,"
            f" p50 {result['p50'] * 1000:.0f} ms, p99 {result['p99'] * 1000:.0f} ms, worst {result['worst']:.2f} s,"
            f" CPU {result['cpu'] / result['answered'] * 1e6:.0f} us a frame, {result['cpu'] / seconds:.1%} of a core"
        )
    ratio = gateway["cpu"] / gateway["answered"] / (peer["cpu"] / peer["answered"])
    print(f"  a promise costs {ratio:.1f} times the CPU of an answer; {gateway['all']} answered, {stored} stored")
    held = gateway["connected"] == LOGGERS and gateway["worst"] < EVERY and stored >= gateway["all"]
    print("holds" if held else "does not hold")
    return 0 if held else 1


def attack(server: list[str], seconds: float) -> dict[str, float]:
    """Run a server and the loggers; return what the loggers saw, and the server's CPU time meanwhile."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, __file__, *server, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as serving:
        if serving.stdout is None or serving.stdout.readline() != b"listening\n":
            raise RuntimeError(f"{server[0]} does not listen")
        with subprocess.Popen(
            [sys.executable, __file__, "loggers", str(port), str(seconds)], stdout=subprocess.PIPE
        ) as loggers:
            if loggers.stdout is None:
                raise RuntimeError("the loggers do not speak")
            loggers.stdout.readline()
            began = cpu_of(serving.pid)
            loggers.stdout.readline()
            used = cpu_of(serving.pid) - began
            result: dict[str, float] = json.loads(loggers.stdout.readline())
        serving.send_signal(signal.SIGTERM)
        serving.wait(60)
    return {**result, "cpu": used}


def cpu_of(process: int) -> float:
    """Return the CPU time of a process, s."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def serve_gateway(folder: str, port: int) -> None:
    """Collect as the service does, over HJ 212 alone."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    stop, said = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = Settings(mqtt=MqttSettings(url=""), hj212=Hj212Settings(port=port, connections_per_address=LOGGERS))

    def report(_: object) -> None:
        if not said.is_set():
            said.set()
            print("listening", flush=True)

    network = small_outlets(outlets=LOGGERS)
    with EmbeddedStore(Path(folder), writer=True, clock=SystemClock()) as store:
        run(settings, network, store, stop, clock=SystemClock(), report=report, folder=Path(folder))


class Bare(asyncio.Protocol):
    """Reads lengths and answers."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        """Answer each frame that is whole."""
        self._buffer += data
        while len(self._buffer) >= 6 and len(self._buffer) >= (size := int(self._buffer[2:6]) + 12):
            qn, self._buffer = self._buffer[6:26], self._buffer[size:]
            segment = qn + b";ST=91;CN=9014;PW=123456;MN=1;Flag=4;CP=&&&&"
            if isinstance(self._transport, asyncio.Transport):
                self._transport.write(b"##%04d%b0000\r\n" % (len(segment), segment))


async def serve_peer(port: int) -> None:
    """Answer until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(Bare, "127.0.0.1", port, backlog=1_024)
    print("listening", flush=True)
    await stop.wait()
    server.close()


async def run_loggers(port: int, seconds: float) -> None:
    """Be the loggers: say a line when the measuring begins and when it ends, then what was seen."""
    loggers = small_outlets(outlets=LOGGERS).loggers
    devices = [Device(logger, address=("127.0.0.1", port), overtime=10.0) for logger in loggers]
    loop = asyncio.get_running_loop()
    stop = threading.Event()
    running: list[asyncio.Task[None]] = []
    measuring = True

    def measure(device: Device) -> None:
        if measuring:
            device.put(record("2011", SystemClock().now(), {"w01018": "40.1", "w21003": "1.25", "w00000": "17.5"}))
            loop.call_later(EVERY, measure, device)

    for number, device in enumerate(devices):
        if number % 20 == 0:
            await asyncio.sleep(RAMP / LOGGERS * 20)
            running.append(asyncio.create_task(run_all(devices[number : number + 20], stop)))
        loop.call_later(number % 20 / 20 * EVERY, measure, device)
    await asyncio.sleep(2 * EVERY)
    before = [len(device.waits) for device in devices]
    print("begin", flush=True)
    await asyncio.sleep(seconds)
    print("end", flush=True)
    waits = sorted(wait for device, at in zip(devices, before, strict=True) for wait in device.waits[at:])
    connected = sum(device.connections == 1 and device.acknowledged > 0 for device in devices)
    measuring = False
    while any(device.waiting for device in devices):  # noqa: ASYNC110 - the devices have no event for it
        await asyncio.sleep(0.1)
    result = {
        "connected": connected,
        "answered": len(waits),
        "all": sum(device.acknowledged for device in devices),
        "p50": waits[len(waits) // 2],
        "p99": waits[len(waits) * 99 // 100],
        "worst": waits[-1],
    }
    print(json.dumps(result), flush=True)
    stop.set()
    await asyncio.gather(*running)


def act(role: str, *arguments: str) -> None:
    """Be one of the processes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    if role == "gateway":
        serve_gateway(arguments[0], int(arguments[1]))
    elif role == "peer":
        asyncio.run(serve_peer(int(arguments[1])))
    else:
        asyncio.run(run_loggers(int(arguments[0]), float(arguments[1])))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        act(*sys.argv[1:])
    else:
        began = time.monotonic()
        code = main()
        print(f"{time.monotonic() - began:.0f} s")
        sys.exit(code)
