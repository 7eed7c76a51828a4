"""A simulated data logger: uploads what it is given, sends again, answers requests, remembers for history.

    device = Device(logger, [record("2061", hour, {"w01018": "40.1", "w00000": "17.5"})], address=("127.0.0.1", 8412))
    run_devices([device], stop)          # in a thread of its own; `stop` is a threading.Event
    device.put(record("2011", now, {"w01018": "39.8"}))      # from any thread
    device.waiting, device.acknowledged                      # records not yet, and already, acknowledged

What is not acknowledged is sent again with the same bytes, over a new connection too; so nothing that `put` has
taken is lost while the device lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from collector.hj212 import build
from collector.hj212.build import ExeRtn, Link, QnRtn
from collector.hj212.cipher import encrypt
from collector.hj212.framing import Frame, Framer
from collector.hj212.loggers import EDITION_OF
from collector.hj212.segment import Group, Packet, encode, parse
from qualicity.clock import Clock, SystemClock
from qualicity.network import Logger
from qualicity.periods import LAW_ZONE

_HISTORY = ("2013", "2031", "2051", "2061")
_ACCEPTED = ("1000", "1012", "1062", "1064", "2011", "2012")
_STOP_LOOK = 0.1  # s
_READ_BYTES = 65_536


class Record(NamedTuple):
    """What a logger has measured in one interval, or at one instant."""

    cn: str  # 2011, 2031, 2051, 2061
    time: int  # ms UTC; DataTime
    readings: tuple[Group, ...]


def record(cn: str, time: int, values: Mapping[str, str], *, flag: str = "N") -> Record:
    """Return a record of plain values.

    Args:
        cn: 2011 (values become `-Rtd`), 2031, 2051 or 2061 (`-Avg`).
        time: ms UTC, the start of the interval, or the instant of real-time data.
        values: factor code -> decimal text, in the unit of the standard's table.
        flag: of each of them.
    """
    name = "Rtd" if cn == "2011" else "Avg"
    return Record(cn, time, tuple(build.reading(code, **{name: value, "Flag": flag}) for code, value in values.items()))


class Device:
    """One logger.

    Args:
        logger: what the network file declares of it: MN, edition, checksum.
        records: to be uploaded, in this order.
        address: of the gateway.
        st: system code of its data.
        password: PW.
        key: SM4, encrypts what it uploads (2025 edition).
        overtime: s for an answer; 1000 sets it.
        recount: times that a packet is sent again; 1000 sets it. Then it connects anew.
        pause: s before it connects anew.
        heartbeat: s between heartbeats (9015); None = it sends none.
        remember: records kept for requests of history.
        clock: its time of day; `offset` (ms) is how wrong it is, until 1012 sets it.
        packet_bytes: of the longest CP; longer ones are split.
        busy: times that it answers a request with "busy" first.
    """

    def __init__(
        self,
        logger: Logger,
        records: Iterable[Record] = (),
        *,
        address: tuple[str, int] = ("127.0.0.1", 0),
        st: str = "32",
        password: str = "123456",  # noqa: S107 - what the examples of the standard have
        key: bytes = b"",
        overtime: float = 10.0,
        recount: int = 3,
        pause: float = 1.0,
        heartbeat: float | None = None,
        remember: int = 10_000,
        clock: Clock | None = None,
        packet_bytes: int = build.LARGEST_CP,
        busy: int = 0,
    ) -> None:
        self.logger = logger
        self.address = address
        self.overtime, self.recount = overtime, recount
        self.offset = 0
        self.acknowledged = 0
        self.connections = 0
        self.requests: list[Packet] = []
        self.refuses: dict[str, QnRtn] = {}  # CN -> how it refuses it
        self.waits: list[float] = []  # s from the first sending of a packet to its answer
        self._link = Link(logger.mn, password, st, EDITION_OF[logger.protocol])
        self._key = key
        self._pause = pause
        self._heartbeat = heartbeat
        self._remember = remember
        self._clock = clock or SystemClock()
        self._packet_bytes = packet_bytes
        self._busy = busy
        self._queue: deque[Record] = deque()
        self._frames: list[tuple[str, bytes]] = []  # of the first of the queue, made once: a resend has its bytes
        self._memory: OrderedDict[tuple[str, int], Record] = OrderedDict()
        self._answers: dict[str, asyncio.Future[None]] = {}
        self._last_qn = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._filled = asyncio.Event()
        for each in records:
            self.put(each)

    @property
    def waiting(self) -> int:
        """Records that are not acknowledged yet."""
        return len(self._queue)

    def put(self, item: Record) -> None:
        """Take a record to upload; may be called from any thread."""
        self.keep(item)
        self._queue.append(item)
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has stopped; what is queued is sent when it runs again
                self._loop.call_soon_threadsafe(self._filled.set)

    def keep(self, item: Record) -> None:
        """Remember a record for requests of history, without uploading it."""
        self._memory[item.cn, item.time] = item
        if len(self._memory) > self._remember:
            self._memory.popitem(last=False)

    async def run(self) -> None:
        """Connect, upload and answer until cancelled."""
        self._loop, self._filled = asyncio.get_running_loop(), asyncio.Event()
        try:
            while True:
                with contextlib.suppress(OSError, TimeoutError):
                    reader, writer = await asyncio.open_connection(*self.address)
                    self.connections += 1
                    try:
                        await self._talk(reader, writer)
                    finally:
                        writer.close()
                await asyncio.sleep(self._pause)
        finally:
            self._loop = None

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do everything at once on one connection, until one thing cannot go on."""
        asked: asyncio.Queue[Packet] = asyncio.Queue()
        work = [self._listen(reader, asked), self._upload(writer), self._obey(writer, asked)]
        if self._heartbeat is not None:
            work.append(self._beat(writer, self._heartbeat))
        tasks = [asyncio.create_task(one) for one in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, reader: asyncio.StreamReader, asked: asyncio.Queue[Packet]) -> None:
        framer = Framer()
        while data := await reader.read(_READ_BYTES):
            for frame in framer.feed(data):
                if not isinstance(frame, Frame):
                    continue
                packet = parse(frame.segment)
                if packet.cn in {"9013", "9014"}:
                    waiting = self._answers.get(packet.qn)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(None)
                else:
                    self.requests.append(packet)
                    asked.put_nowait(packet)

    # what it uploads

    async def _upload(self, writer: asyncio.StreamWriter) -> None:
        while True:
            while not self._queue:
                self._filled.clear()
                if not self._queue:  # `put` of another thread may have come between
                    await self._filled.wait()
            if not self._frames:
                self._frames = self._frames_of(self._queue[0])
            while self._frames:
                await self._send(writer, *self._frames[0])
                del self._frames[0]
            self._queue.popleft()
            self.acknowledged += 1

    async def _send(self, writer: asyncio.StreamWriter, qn: str, frame: bytes) -> None:
        """Send a frame until it is answered.

        Raises:
            TimeoutError: it never was.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        answered = self._answers[qn] = loop.create_future()
        try:
            for _ in range(self.recount + 1):
                writer.write(frame)
                await writer.drain()
                done, _ = await asyncio.wait([answered], timeout=self.overtime)
                if done:
                    self.waits.append(loop.time() - began)
                    return
            raise TimeoutError
        finally:
            del self._answers[qn]

    def _frames_of(self, item: Record) -> list[tuple[str, bytes]]:
        packet = build.upload(self._link, self._qn(), item.cn, item.time, item.readings)
        qns = [self._qn() for _ in item.readings]
        return [(part.qn, self._frame(part)) for part in build.split(packet, qns, self._packet_bytes)]

    def _frame(self, packet: Packet) -> bytes:
        frame = encode(packet, self.logger.crc)
        return encrypt(frame, self._key) if self._key and packet.cn.startswith("2") else frame

    def _qn(self) -> str:
        self._last_qn = max(self._last_qn + 1, self._clock.now() + self.offset)
        return build.stamp_ms(self._last_qn)

    async def _beat(self, writer: asyncio.StreamWriter, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            beat = build.request(self._link, self._qn(), "9015")
            await self._send(writer, beat.qn, encode(beat, self.logger.crc))

    # what it is asked

    async def _obey(self, writer: asyncio.StreamWriter, asked: asyncio.Queue[Packet]) -> None:
        """Answer requests, one after the other."""
        while True:
            packet = await asked.get()
            ready = self._ready(packet)
            self._say(writer, build.answer_request(packet, ready))
            if ready is QnRtn.READY:
                self._say(writer, build.answer_execution(packet, await self._execute(writer, packet)))

    def _ready(self, packet: Packet) -> QnRtn:
        if packet.mn != self.logger.mn:
            return QnRtn.MN
        if packet.pw != self._link.pw:
            return QnRtn.PASSWORD
        if packet.cn in self.refuses:
            return self.refuses[packet.cn]
        return QnRtn.READY if packet.cn in (*_ACCEPTED, *_HISTORY) else QnRtn.CN

    async def _execute(self, writer: asyncio.StreamWriter, packet: Packet) -> ExeRtn:
        if self._busy:
            self._busy -= 1
            return ExeRtn.BUSY
        if packet.cn == "1000":
            self.overtime, self.recount = float(packet.field("OverTime")), int(packet.field("ReCount"))
        elif packet.cn == "1012":
            self.offset = _instant(packet.field("SystemTime")) - self._clock.now()
        elif packet.cn in _HISTORY:
            return await self._tell(writer, packet)
        return ExeRtn.DONE

    async def _tell(self, writer: asyncio.StreamWriter, packet: Packet) -> ExeRtn:
        """Upload what is remembered of an interval; both ends of it are meant."""
        begin, end = (_instant(packet.field(name)) for name in ("BeginTime", "EndTime"))
        found = [item for (cn, time), item in self._memory.items() if cn == packet.cn and begin <= time <= end]
        for item in sorted(found, key=lambda item: item.time):
            for qn, frame in self._frames_of(item):
                await self._send(writer, qn, frame)
        return ExeRtn.DONE if found else ExeRtn.NO_DATA

    def _say(self, writer: asyncio.StreamWriter, packet: Packet) -> None:
        writer.write(encode(dataclasses.replace(packet, pw=self._link.pw), self.logger.crc))


async def run_all(devices: Sequence[Device], stop: threading.Event) -> None:
    """Run devices until `stop` is set."""
    tasks = [asyncio.create_task(device.run()) for device in devices]
    try:
        while not stop.is_set():
            await asyncio.sleep(_STOP_LOOK)
            for task in tasks:
                if task.done():
                    task.result()  # a device that fails is a fault of ours: let it be seen
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def run_devices(devices: Sequence[Device], stop: threading.Event) -> None:
    """Run devices on a loop of their own until `stop` is set; blocks, so give it a thread."""
    asyncio.run(run_all(devices, stop))


def _instant(text: str) -> int:
    """Return a time of the wire (14 digits, +08:00) as ms UTC."""
    return int(dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=LAW_ZONE).timestamp()) * 1000
