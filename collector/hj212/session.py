"""One connection as a pure state machine: bytes, commits and ticks in, actions out. No socket, no clock.

The first packet that may be believed says which logger it is. Data are kept first and answered when they are
durable; what holds no data is answered at once. What is refused is not answered, for the standard has no answer
that says no to data: the logger keeps them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from collector.deadletter import Reason
from collector.hj212 import build
from collector.hj212.build import Link
from collector.hj212.cipher import is_encrypted
from collector.hj212.commands import commands
from collector.hj212.crc import matches, variants
from collector.hj212.desk import Desk
from collector.hj212.framing import Broken, Frame, Framer
from collector.hj212.history import HOURS, MINUTES, Asked, Piece
from collector.hj212.limits import HOUR, Bucket
from collector.hj212.loggers import EDITION_OF, Peer
from collector.hj212.requests import Finished, Make, Outcome, Request, Requests
from collector.hj212.segment import Edition, Malformed, Packet, encode, parse
from collector.hj212.taker import checksum_problem, open_segment
from collector.hj212.wire import instant
from qualicity.network import Logger
from qualicity.periods import SECOND_MS

_SKEWS = 5  # packets that a clock is judged by
_BURST = 4.0  # s of the rates that may come at once
_LOOK = 5.0  # s between looks at what is missing
_HEARTBEAT, _CALIBRATION = "9015", "1013"
_RESULTS = frozenset({"9011", "9012"})
_CONFIRMATIONS = frozenset({"9013", "9014"})


class Send(NamedTuple):
    """Write this."""

    data: bytes


class Keep(NamedTuple):
    """Give this to the intake; `Session.committed` wants its number when it is durable."""

    number: int
    packet: Packet
    raw: bytes


class Refuse(NamedTuple):
    """Keep this as a dead letter if the quota allows, and count it."""

    reason: Reason
    detail: str
    raw: bytes
    mn: str = ""


class Known(NamedTuple):
    """The connection is that of a logger; one that it had before is over."""

    mn: str


class Stranger(NamedTuple):
    """Somebody has spoken under an MN that is not declared."""

    mn: str


class Told(NamedTuple):
    """A request of history is over; worth remembering beyond this run."""

    asked: Asked


class Close(NamedTuple):
    """End the connection."""

    reason: str  # one of a bounded set


Action = Send | Keep | Refuse | Known | Stranger | Told | Close


@dataclass(slots=True)
class _Waiting:
    """A frame that is not durable yet."""

    packet: Packet
    raw: bytes
    answers: int = 1  # times that it was sent


class Session:
    """One connection.

    Args:
        desk: what all connections share.
        address: of the peer.
        now: s that never go back.
    """

    def __init__(self, desk: Desk, address: str, now: float) -> None:
        settings = desk.settings
        self.address = address
        self.peer: Peer | None = None
        self.over = False
        self._desk = desk
        self._settings = settings
        self._framer = Framer(settings.largest_frame)
        self._frames = Bucket(settings.frames_per_second, settings.frames_per_second * _BURST, now)
        self._bytes = Bucket(settings.bytes_per_second, settings.bytes_per_second * _BURST, now)
        self._since = self._last = now
        self._looked = now - _LOOK
        self._partial: float | None = None  # since when a frame is not whole
        self._refused = 0  # in a row
        self._waiting: dict[int, _Waiting] = {}
        self._in_flight: dict[bytes, int] = {}
        self._number = 0
        self._requests = Requests(settings)
        self._link = Link("", "", build.UPPER, "2017")
        self._skews: deque[int] = deque(maxlen=_SKEWS)
        self._setting = 0  # requests of the handshake that are not over

    @property
    def full(self) -> bool:
        """Whether no more may be read until something is durable."""
        return len(self._waiting) >= self._settings.in_flight

    @property
    def waiting(self) -> int:
        """Frames that are not durable yet."""
        return len(self._waiting)

    def pause(self, now: float) -> float:
        """Return for how many s no more may be read: it came too fast."""
        return max(self._frames.wait(now), self._bytes.wait(now))

    def data(self, data: bytes, now: float, wall: int) -> list[Action]:
        """Take bytes.

        Args:
            data: as they came.
            now: s that never go back.
            wall: ms UTC.
        """
        out: list[Action] = []
        self._bytes.spend(len(data), now)
        found = self._framer.feed(data)
        if found:
            self._frames.spend(len(found), now)
        for item in found:
            if self.over:
                return out
            if isinstance(item, Broken):
                self._refuse(out, Refuse(Reason.UNDECODABLE, f"no frame: {item.reason}", item.raw, self._link.mn))
            else:
                self._frame(out, item, now, wall)
        if not self._framer.pending:
            self._partial = None
        elif found or self._partial is None:
            self._partial = now
        return out

    def committed(self, numbers: list[int], wall: int) -> list[Action]:
        """Answer frames that are durable.

        Args:
            numbers: of `Keep`.
            wall: ms UTC.
        """
        out: list[Action] = []
        for number in numbers:
            waiting = self._waiting.pop(number, None)
            if waiting is None:
                continue
            packet = waiting.packet
            self._in_flight.pop(waiting.raw, None)
            self._desk.repeats.note(packet)
            self._came(packet, wall)
            for _ in range(waiting.answers):
                self._answer(out, packet)
        return out

    def held(self, now: float) -> None:
        """Count the time in which we did not read against nobody."""
        self._last = now
        if self._partial is not None:
            self._partial = now
        if self.peer is None:
            self._since = now

    def tick(self, now: float, wall: int) -> list[Action]:
        """Do what time asks for; to be called about each second."""
        out: list[Action] = []
        settings = self._settings
        if self._partial is not None and now - self._partial > settings.frame_seconds:
            detail = f"a frame is not whole after {settings.frame_seconds:g} s: its length or its end is wrong"
            out.append(Refuse(Reason.UNDECODABLE, detail, self._framer.rest, self._link.mn))
            return self._close(out, "a frame took too long")
        if self.peer is None:
            if now - self._since > settings.first_frame:
                return self._close(out, "no valid frame in time")
            return out
        if now - self._last > settings.idle:
            return self._close(out, "idle")
        settled = now - self._since >= settings.history_settle
        if settled and now - self._looked >= _LOOK and self._requests.idle(now):
            self._looked = now
            self._ask_history(now, wall)
        self._ask(out, now, wall)
        return out

    # frames

    def _frame(self, out: list[Action], frame: Frame, now: float, wall: int) -> None:
        """Take one frame: believe it, or refuse it."""
        try:
            packet = parse(frame.segment)
        except Malformed as error:
            return self._refuse(out, Refuse(Reason.UNDECODABLE, str(error), frame.raw, self._link.mn))
        peer = self._desk.peers.get(packet.mn)
        if peer is None:
            return self._refuse_stranger(out, packet, frame)
        try:
            packet, segment = open_segment(packet, frame.segment, peer)
        except Malformed as error:
            return self._refuse(out, Refuse(Reason.UNDECODABLE, str(error), frame.raw, packet.mn))
        mode = peer.logger.crc
        if not matches(segment, frame.crc, mode):
            detail = checksum_problem(segment, frame.crc, mode, encrypted=segment != frame.segment)
            return self._refuse(out, Refuse(Reason.BAD_CHECKSUM, detail, frame.raw, packet.mn))
        if problem := self._problem(peer, packet):
            return self._refuse(out, Refuse(*problem, frame.raw, packet.mn))
        self._refused = 0
        self._last = now
        self._link = Link(
            packet.mn,
            peer.secret.password or packet.pw,
            self._link.st if packet.st in {"", build.UPPER} else packet.st,
            _edition(packet, peer.logger),
        )
        if self.peer is None:
            self.peer = peer
            out.append(Known(packet.mn))
            self._shake_hands(now)
        return self._take(out, packet, frame.raw, now, wall)

    def _refuse_stranger(self, out: list[Action], packet: Packet, frame: Frame) -> None:
        """Refuse a frame of an MN that is not declared; say what else is to be declared with it."""
        detail = f"no logger with MN {packet.mn[:32]!r} is declared"
        if is_encrypted(frame.segment):
            detail += "; it encrypts"  # its checksum is that of the plain text, which nobody can see
        elif not (modes := variants(frame.segment, frame.crc)):
            detail = checksum_problem(frame.segment, frame.crc, "hj")
            return self._refuse(out, Refuse(Reason.BAD_CHECKSUM, detail, frame.raw, packet.mn))
        elif "hj" not in modes:
            detail += f"; its crc is {modes[0]}"
        out.append(Stranger(packet.mn))
        return self._refuse(out, Refuse(Reason.UNKNOWN_LOGGER, detail, frame.raw, packet.mn))

    def _problem(self, peer: Peer, packet: Packet) -> tuple[Reason, str] | None:
        """Return why a declared logger is not believed."""
        if self.peer is not None and self.peer is not peer:
            detail = f"the connection is that of {self.peer.logger.mn}"
            return Reason.NAME_DISAGREES, detail
        if not peer.allows(self.address):
            return Reason.NOT_ALLOWED, f"the logger may not come from {self.address}"
        if not peer.trusts(packet.pw):
            return Reason.NOT_ALLOWED, "its PW is not that of the secrets file"
        return None

    def _take(self, out: list[Action], packet: Packet, raw: bytes, now: float, wall: int) -> None:
        """Take a packet of the logger."""
        cn = packet.cn
        if cn in _RESULTS:
            finished = self._requests.answer(packet, now)
            if finished is not None:
                self._finished(out, finished, now, wall)
            self._ask(out, now, wall)
        elif cn in {_HEARTBEAT, _CALIBRATION}:
            self._desk.counters["answered"] += packet.wants_answer
            if packet.wants_answer:
                self._send(out, build.answer_notice(packet))
            if cn == _CALIBRATION:
                self._set_time()
        elif cn not in _CONFIRMATIONS:
            self._measure(packet, now, wall)
            self._requests.alive(cn, now)
            self._hold(out, packet, raw, wall)

    def _hold(self, out: list[Action], packet: Packet, raw: bytes, wall: int) -> None:
        """Give a packet to the intake; one that was sent again is answered again and kept once."""
        number = self._in_flight.get(raw)
        if number is not None:
            self._desk.counters["repeated"] += 1
            waiting = self._waiting[number]
            waiting.answers = min(waiting.answers + 1, self._settings.recount + 1)
            return
        if self._desk.repeats.is_repeat(packet):
            self._desk.counters["repeated"] += 1
            self._came(packet, wall)
            self._answer(out, packet)
            return
        self._number += 1
        self._waiting[self._number] = _Waiting(packet, raw)
        self._in_flight[raw] = self._number
        out.append(Keep(self._number, packet, raw))

    def _answer(self, out: list[Action], packet: Packet) -> None:
        """Answer a packet that is durable, where it wants that."""
        if not packet.wants_answer:
            return
        if self.over:
            self._desk.counters["answers_void"] += 1
            return
        command = commands().get(packet.cn)
        notice = command is not None and command.answers == ("9013",)
        self._desk.counters["answered"] += 1
        self._send(out, build.answer_notice(packet) if notice else build.answer_data(packet))

    def _send(self, out: list[Action], packet: Packet) -> None:
        mode = "hj" if self.peer is None else self.peer.logger.crc
        try:
            out.append(Send(encode(packet, mode)))
        except ValueError:  # what it says of itself cannot be said back; it is durable, and sent again in vain
            self._desk.counters["unanswerable"] += 1

    def _refuse(self, out: list[Action], refusal: Refuse) -> None:
        out.append(refusal)
        self._refused += 1
        if self._refused >= self._settings.refused_in_a_row:
            self._close(out, "refused too often")

    def _close(self, out: list[Action], reason: str) -> list[Action]:
        self.over = True
        out.append(Close(reason))
        return out

    # clock and requests

    def _measure(self, packet: Packet, now: float, wall: int) -> None:
        """Judge the logger's clock by its QN: a packet that is sent again is old, so the latest of some counts."""
        stated = instant(packet.qn)
        if stated is None or packet.resent or not self._desk.clock_is_sure:
            return
        self._skews.append(stated - wall)
        if len(self._skews) < _SKEWS or abs(max(self._skews)) <= self._settings.clock_skew * SECOND_MS:
            return
        mn = packet.mn
        if now - self._desk.clocks.get(mn, -HOUR) < HOUR or self._requests.asks("1012"):
            return
        self._desk.clocks[mn] = now
        self._desk.counters["clocks_wrong"] += 1
        self._set_time()

    def _set_time(self) -> None:
        if not self._requests.asks("1012"):
            self._skews.clear()
            self._requests.add(Request("1012", build.set_time))

    def _shake_hands(self, now: float) -> None:
        """Plan what a logger is told at its first connection (6.7)."""
        settings, logger = self._settings, self._desk.peers[self._link.mn].logger
        last = self._desk.handshakes.get(logger.mn)
        if not settings.handshake or (last is not None and now - last < settings.handshake_hours * HOUR):
            return
        wishes: list[tuple[str, Make]] = [
            (
                "1000",
                lambda link, qn, _: build.set_timeouts(link, qn, seconds=settings.overtime, resends=settings.recount),
            ),
        ]
        if self._desk.clock_is_sure:
            wishes.append(("1012", build.set_time))
        real_time, minutes = logger.real_time_interval, logger.minute_interval
        if real_time is not None:
            wishes.append(("1062", lambda link, qn, _: build.set_real_time_interval(link, qn, real_time)))
        if minutes is not None:
            wishes.append(("1064", lambda link, qn, _: build.set_minute_interval(link, qn, minutes)))
        wishes = [(cn, make) for cn, make in wishes if self._link.edition in commands()[cn].editions]
        for cn, make in wishes:
            self._requests.add(Request(cn, make, "handshake"))
        self._setting = len(wishes)

    def _ask(self, out: list[Action], now: float, wall: int) -> None:
        """Send the next request, or the open one again, if it is time to."""
        packets, finished = self._requests.tick(self._link, now, wall)
        for packet in packets:
            self._send(out, packet)
        for one in finished:
            self._finished(out, one, now, wall)

    def _ask_history(self, now: float, wall: int) -> None:
        piece = self._desk.history.next(self._link.mn, now, wall)
        if piece is None or self.peer is None:
            return
        logger = self.peer.logger
        step = self._desk.history.steps[piece.mn, piece.cn]
        shift = step if logger.label == "end" else 0
        first, last = piece.begin + shift, piece.end - step + shift
        self._desk.counters["history_requests"] += 1
        self._requests.add(Request(piece.cn, lambda link, qn, _: build.history(link, qn, piece.cn, first, last), piece))

    def _finished(self, out: list[Action], finished: Finished, now: float, wall: int) -> None:
        """Note what became of a request."""
        request, outcome = finished.request, finished.outcome
        self._desk.counters[f"requests_{outcome.value.replace(' ', '_')}"] += 1
        if isinstance(request.tag, Piece):
            asked = self._desk.history.finished(request.tag, outcome, wall)
            if asked is not None:
                out.append(Told(asked))
                self._looked = now - _LOOK  # more may be missing
        elif request.tag == "handshake":
            self._setting -= 1
            if not self._setting and outcome is not Outcome.SILENT:
                self._desk.handshakes[self._link.mn] = now

    def _came(self, packet: Packet, wall: int) -> None:
        """Note an interval that is durable; one that is still to come is a mistake of the logger's."""
        if self.peer is None or packet.cn not in {HOURS, MINUTES}:
            return
        time = instant(packet.field("DataTime"))
        step = self._desk.history.steps.get((packet.mn, packet.cn))
        if time is not None and step is not None:
            start = time - step if self.peer.logger.label == "end" else time
            if start > wall:
                return
            self._desk.history.came(packet.mn, packet.cn, (start,))


def _edition(packet: Packet, logger: Logger) -> Edition:
    """Return the edition that a logger speaks: as its Flag says, else as it is declared."""
    return packet.edition if packet.flag is not None else EDITION_OF[logger.protocol]
