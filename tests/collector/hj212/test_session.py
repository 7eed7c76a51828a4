"""One connection without a socket: who is believed, what is answered and when, what is asked."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import random
import time
from collections import Counter

import pytest

from collector.deadletter import Reason
from collector.hj212 import build
from collector.hj212.build import ExeRtn, Link, QnRtn
from collector.hj212.cipher import encrypt
from collector.hj212.desk import Desk
from collector.hj212.framing import Framer
from collector.hj212.history import Asked
from collector.hj212.loggers import peers
from collector.hj212.requests import Outcome
from collector.hj212.secrets import Secret
from collector.hj212.segment import Packet, encode, parse
from collector.hj212.session import Close, Keep, Known, Refuse, Send, Session, Stranger, Told
from collector.testing import mn_of, small_outlets
from qualicity.network import Network
from qualicity.periods import HOUR_MS
from qualicity.settings import Hj212Settings

MN = mn_of(1)
NOW = 1_795_309_200_000  # ms UTC, a whole hour
LINK = Link(MN, "123456", "32", "2017")
KEY = "30" * 16


class Stand:
    """A session, its clocks, and a logger's pen."""

    def __init__(self, *, network=None, secrets=None, address="10.1.2.3", handshake=False, **settings):
        self.network = network or small_outlets()
        self.settings = Hj212Settings(handshake=handshake, **settings)
        self.desk = Desk(self.settings, peers(self.network, secrets or {}), 0.0)
        self.address = address
        self.now, self.wall = 0.0, NOW
        self.session = self.connect()
        self.behind = 0  # ms, the logger's clock
        self.packets = 0

    def connect(self):
        """Return a new connection of the same peer."""
        self.session = Session(self.desk, self.address, self.now)
        return self.session

    def packet(self, cn="2061", *, time=NOW - HOUR_MS, link=LINK, answer=True, **values):
        """Return an upload with a QN of its own."""
        self.packets += 1
        qn = build.stamp_ms(self.wall - self.behind + self.packets)
        values = values or {"w01018": "40.1"}
        groups = [build.reading(code, Avg=value, Flag="N") for code, value in values.items()]
        return build.upload(link, qn, cn, time, groups, answer=answer)

    def send(self, packet, *, mode="hj"):
        """Let a packet, or bytes, arrive."""
        data = packet if isinstance(packet, bytes) else encode(packet, mode)
        return self.session.data(data, self.now, self.wall)

    def pass_time(self, seconds):
        """Let time pass in steps of a second; return what is done meanwhile."""
        out = []
        for _ in range(int(seconds)):
            self.now += 1.0
            self.wall += 1000
            out += self.session.tick(self.now, self.wall)
        return out

    def next_request(self, within):
        """Let time pass until something is asked, at most so many s; return it, or None."""
        for _ in range(within):
            asked = sent(self.pass_time(1))
            if asked:
                return asked[0]
        return None

    def answer(self, request, *, ready=QnRtn.READY, result=ExeRtn.DONE):
        """Answer a request as a logger does; return what that leads to."""
        out = self.send(build.answer_request(request, ready))
        return out + (self.send(build.answer_execution(request, result)) if result is not None else [])


def kept(actions):
    """Return the numbers of what is given to the intake."""
    return [action.number for action in actions if isinstance(action, Keep)]


def sent(actions):
    """Return the packets that are written."""
    frames = Framer().feed(b"".join(action.data for action in actions if isinstance(action, Send)))
    return [parse(frame.segment) for frame in frames]


def refused(actions):
    """Return why frames are refused."""
    return [action.reason for action in actions if isinstance(action, Refuse)]


def closed(actions):
    """Return why the connection is closed; None when it is not."""
    return next((action.reason for action in actions if isinstance(action, Close)), None)


def test_the_first_frame_says_which_logger_it_is():
    stand = Stand()
    actions = stand.send(stand.packet())
    assert [type(action) for action in actions] == [Known, Keep]
    assert stand.session.peer.logger.station == "o1"


def test_data_are_answered_when_they_are_durable_and_not_before():
    stand = Stand()
    packet = stand.packet()
    actions = stand.send(packet)
    assert sent(actions) == []
    assert sent(stand.pass_time(60)) == []
    (answer,) = sent(stand.session.committed(kept(actions), stand.wall))
    assert (answer.cn, answer.qn, answer.st, answer.mn, answer.pw, answer.flag) == (
        "9014", packet.qn, "91", MN, "123456", 4,
    )  # fmt: skip


@pytest.mark.parametrize(("edition", "flag"), [("2005", 0), ("2017", 4), ("2025", 8)])
def test_an_answer_is_of_the_edition_that_it_answers(edition, flag):
    stand = Stand()
    actions = stand.send(stand.packet(link=LINK._replace(edition=edition)))
    (answer,) = sent(stand.session.committed(kept(actions), stand.wall))
    assert (answer.cn, answer.flag) == ("9014", flag)


def test_who_wants_no_answer_gets_none():
    stand = Stand()
    actions = stand.send(stand.packet(answer=False))
    assert sent(stand.session.committed(kept(actions), stand.wall)) == []


def test_a_packet_without_flag_is_kept_and_not_answered():
    stand = Stand()
    actions = stand.send(dataclasses.replace(stand.packet(), flag=None))
    assert len(kept(actions)) == 1
    assert sent(stand.session.committed(kept(actions), stand.wall)) == []


@pytest.mark.parametrize("cn", ["9015", "1013"])
def test_heartbeats_and_notices_without_data_are_answered_at_once(cn):
    stand = Stand()
    actions = stand.send(build.request(LINK, build.stamp_ms(NOW), cn))
    assert sent(actions)[0].cn == "9013"
    assert kept(actions) == []


def test_a_request_for_the_time_is_answered_and_the_clock_is_set():
    stand = Stand()
    stand.send(build.request(LINK, build.stamp_ms(NOW), "1013"))
    (request,) = sent(stand.pass_time(1))
    assert (request.cn, request.st, request.flag) == ("1012", "32", 5)
    assert request.field("SystemTime") == build.stamp(stand.wall)


# who is believed


def test_an_mn_that_is_not_declared_is_refused_without_an_answer():
    stand = Stand()
    actions = stand.send(stand.packet(link=LINK._replace(mn=mn_of(99))))
    assert refused(actions) == [Reason.UNKNOWN_LOGGER]
    assert [action.mn for action in actions if isinstance(action, Stranger)] == [mn_of(99)]
    assert (kept(actions), sent(actions), stand.session.peer) == ([], [], None)


def test_of_an_mn_that_is_not_declared_it_is_said_what_to_declare_with_it():
    stand = Stand()
    packet = stand.packet(link=LINK._replace(mn=mn_of(99), edition="2025"))
    frames = [encode(packet, "modbus_le"), encode(packet, "modbus_be"), encrypt(encode(packet), bytes.fromhex(KEY))]
    actions = [action for frame in frames for action in stand.send(frame)]
    assert refused(actions) == [Reason.UNKNOWN_LOGGER] * 3
    assert [action.detail.rpartition("; ")[2] for action in actions if isinstance(action, Refuse)] == [
        "its crc is modbus_le", "its crc is modbus_be", "it encrypts",
    ]  # fmt: skip
    assert sum(isinstance(action, Stranger) for action in actions) == 3
    damaged = stand.send(encode(packet).replace(b"40.1", b"40.2"))
    assert refused(damaged) == [Reason.BAD_CHECKSUM]
    assert not any(isinstance(action, Stranger) for action in damaged)


def test_a_wrong_password_is_refused_where_one_is_known():
    stand = Stand(secrets={MN: Secret(password="654321")})
    assert refused(stand.send(stand.packet())) == [Reason.NOT_ALLOWED]
    right = stand.send(stand.packet(link=LINK._replace(pw="654321")))
    assert (refused(right), len(kept(right))) == ([], 1)


def test_a_logger_comes_from_its_own_networks():
    network = small_outlets(addresses=("10.1.0.0/16", "192.168.7.9"))
    for address, allowed in (("10.1.2.3", True), ("10.2.0.1", False), ("192.168.7.9", True), ("::ffff:10.1.9.9", True)):
        stand = Stand(network=network, address=address)
        assert (refused(stand.send(stand.packet())) == []) is allowed, address


def test_a_connection_speaks_for_one_logger():
    stand = Stand()
    stand.send(stand.packet())
    assert refused(stand.send(stand.packet(link=LINK._replace(mn=mn_of(2))))) == [Reason.NAME_DISAGREES]


@pytest.mark.parametrize("mode", ["modbus_be", "modbus_le"])
def test_a_wrong_checksum_is_refused_without_an_answer_and_says_which_variant_would_be_right(mode):
    stand = Stand()
    (refusal,) = stand.send(stand.packet(), mode=mode)
    assert (refusal.reason, f"crc = {mode}" in refusal.detail) == (Reason.BAD_CHECKSUM, True)


@pytest.mark.parametrize("mode", ["hj", "modbus_be", "modbus_le"])
def test_a_logger_with_another_checksum_is_understood_and_answered_in_it(mode):
    stand = Stand(network=small_outlets(crc=mode))
    actions = stand.send(stand.packet(), mode=mode)
    (answer,) = stand.session.committed(kept(actions), stand.wall)
    assert answer.data == encode(sent([answer])[0], mode)


def test_a_frame_that_was_changed_on_the_way_is_refused():
    stand = Stand()
    frame = encode(stand.packet()).replace(b"40.1", b"40.7")
    (refusal,) = stand.send(frame)
    assert refusal.reason == Reason.BAD_CHECKSUM
    assert "lost or changed" in refusal.detail


def test_rubbish_before_a_frame_costs_only_itself():
    stand = Stand()
    actions = stand.send(b"hello ##00" + encode(stand.packet()))
    assert (refused(actions), len(kept(actions))) == ([Reason.UNDECODABLE], 1)
    behind = stand.send(b"hello" + encode(Packet(cp=((("a", "b"),),))).replace(b"CP", b"DP") + b"##")
    assert [action.mn for action in behind if isinstance(action, Refuse)] == [MN, MN]  # whose connection it is


def test_who_is_refused_again_and_again_is_sent_away():
    stand = Stand(refused_in_a_row=3)
    stranger = stand.packet(link=LINK._replace(mn=mn_of(99)))
    assert closed(stand.send(stranger) + stand.send(stranger)) is None
    assert closed(stand.send(stranger)) == "refused too often"
    stand = Stand(refused_in_a_row=3)
    for _ in range(5):  # a bad line is no stranger: each good frame starts the count anew
        assert closed(stand.send(b"rubbish\r\n" * 2) + stand.send(stand.packet())) is None


def test_what_follows_the_last_refusal_is_not_looked_at():
    stand = Stand(refused_in_a_row=1)
    actions = stand.send(encode(stand.packet(link=LINK._replace(mn=mn_of(99)))) + encode(stand.packet()))
    assert (kept(actions), closed(actions)) == ([], "refused too often")


def test_an_encrypted_packet_is_opened_with_the_key_of_its_logger():
    stand = Stand(secrets={MN: Secret(key=KEY)})
    packet = stand.packet(link=LINK._replace(edition="2025"))
    actions = stand.send(encrypt(encode(packet), bytes.fromhex(KEY)))
    (keep,) = (action for action in actions if isinstance(action, Keep))
    assert keep.packet == packet
    (refusal,) = stand.send(encrypt(encode(packet), b"1" * 16))
    assert (refusal.reason, "key" in refusal.detail) == (Reason.BAD_CHECKSUM, True)
    without = Stand()
    (refusal,) = without.send(encrypt(encode(packet), bytes.fromhex(KEY)))
    assert "no key" in refusal.detail


# what comes twice, in pieces, too fast


def test_a_packet_that_is_sent_again_before_the_commit_is_kept_once_and_answered_twice():
    stand = Stand()
    frame = encode(stand.packet())
    numbers = kept(stand.send(frame) + stand.send(frame))
    assert len(numbers) == 1
    assert [answer.cn for answer in sent(stand.session.committed(numbers, stand.wall))] == ["9014", "9014"]
    flood = kept(stand.send(encode(stand.packet(w01018="2")) * 20))  # more often than a logger that waits sends it
    assert len(sent(stand.session.committed(flood, stand.wall))) == 1 + stand.settings.recount


def test_a_packet_that_is_sent_again_after_the_commit_is_answered_at_once():
    """Over a new connection too: what the logger has not heard, it sends again."""
    stand = Stand()
    frame = encode(stand.packet())
    stand.session.committed(kept(stand.send(frame)), stand.wall)
    again = stand.send(frame)
    assert (kept(again), [answer.cn for answer in sent(again)]) == ([], ["9014"])
    stand.connect()
    again = stand.send(frame)
    assert (kept(again), [answer.cn for answer in sent(again)]) == ([], ["9014"])


def test_another_value_for_the_same_hour_is_kept():
    stand = Stand()
    stand.session.committed(kept(stand.send(stand.packet(w01018="1"))), stand.wall)
    assert len(kept(stand.send(stand.packet(w01018="2")))) == 1


def test_each_part_of_a_split_packet_is_answered():
    stand = Stand()
    whole = stand.packet(**{f"w{number:05}": "1.0" for number in range(60)})
    parts = build.split(whole, [build.stamp_ms(NOW + 100 + n) for n in range(10)])
    assert len(parts) > 1
    numbers = kept([action for part in parts for action in stand.send(part)])
    answers = sent(stand.session.committed(numbers, stand.wall))
    assert [answer.qn for answer in answers] == [part.qn for part in parts]


def test_bytes_may_come_one_by_one():
    stand = Stand()
    actions = [action for byte in encode(stand.packet()) for action in stand.send(bytes([byte]))]
    assert len(kept(actions)) == 1


def test_a_frame_that_dribbles_in_is_cut_off():
    stand = Stand(frame_seconds=20)
    stand.send(stand.packet())
    frame = encode(stand.packet())
    for byte in frame[:19]:
        stand.send(bytes([byte]))
        assert closed(stand.pass_time(1)) is None
    actions = stand.pass_time(2)
    assert closed(actions) == "a frame took too long"
    (refusal,) = (action for action in actions if isinstance(action, Refuse))
    assert (refusal.reason, refusal.raw, refusal.mn) == (Reason.UNDECODABLE, frame[:19], MN)


def test_time_in_which_we_do_not_read_counts_against_nobody():
    stand = Stand(frame_seconds=20, idle=100, first_frame=30)
    known, stranger = stand.session, stand.connect()
    known.data(encode(stand.packet()) + b"##0100QN", stand.now, stand.wall)
    for _ in range(200):
        stand.now += 1.0
        for held in (known, stranger):
            held.held(stand.now)
            assert closed(held.tick(stand.now, stand.wall)) is None
    assert closed(known.tick(stand.now + 21, stand.wall)) == "a frame took too long"
    assert closed(stranger.tick(stand.now + 31, stand.wall)) == "no valid frame in time"


def test_answers_of_a_connection_that_is_closed_are_void_and_its_packets_are_known():
    stand = Stand()
    packet = stand.packet()
    numbers = kept(stand.send(packet))
    stand.session.over = True
    assert stand.session.committed(numbers, stand.wall) == []
    assert (stand.desk.counters["answers_void"], stand.desk.counters["answered"]) == (1, 0)
    stand.connect()
    again = stand.send(packet)
    assert (kept(again), [answer.cn for answer in sent(again)]) == ([], ["9014"])


def test_a_slow_frame_behind_a_whole_one_has_its_own_time():
    stand = Stand(frame_seconds=20)
    begun, rest = encode(stand.packet())[:30], encode(stand.packet())
    for _ in range(3):
        stand.send(rest + begun)
        assert closed(stand.pass_time(15)) is None
        stand.send(b"rubbish that ends it\r\n")


def test_who_says_nothing_is_sent_away():
    assert closed(Stand(first_frame=30).pass_time(31)) == "no valid frame in time"
    stand = Stand(first_frame=30)
    stand.send(stand.packet(link=LINK._replace(mn=mn_of(99))))  # a refused frame makes nobody known
    assert closed(stand.pass_time(31)) == "no valid frame in time"


def test_a_logger_that_falls_silent_is_sent_away():
    stand = Stand(idle=100)
    stand.send(stand.packet())
    assert closed(stand.pass_time(100)) is None
    assert closed(stand.pass_time(1)) == "idle"


def test_what_comes_too_fast_has_to_wait():
    stand = Stand(frames_per_second=10, in_flight=1_000)
    assert stand.session.pause(0.0) == 0.0
    for _ in range(60):
        stand.send(stand.packet())
    assert stand.session.pause(0.0) == pytest.approx(2.0)  # four seconds' worth may come at once
    assert stand.session.pause(2.0) == pytest.approx(0.0)


def test_bytes_without_a_frame_have_to_wait_too():
    stand = Stand(bytes_per_second=1_000)
    stand.send(b"x" * 6_000)
    assert stand.session.pause(0.0) == pytest.approx(2.0)


def test_no_more_is_in_flight_than_may_be():
    stand = Stand(in_flight=3)
    numbers = [number for _ in range(3) for number in kept(stand.send(stand.packet(w01018=str(stand.packets))))]
    assert stand.session.full
    stand.session.committed(numbers[:1], stand.wall)
    assert not stand.session.full


def test_a_flood_of_rubbish_keeps_no_more_than_a_frame():
    stand = Stand(refused_in_a_row=10**6)
    for _ in range(200):
        stand.send(b"##9999" + b"x" * 994)
    assert stand.session._framer.pending <= stand.settings.largest_frame


# what is asked


def test_at_its_first_connection_a_logger_is_set():
    stand = Stand(network=small_outlets(real_time_interval=30, minute_interval=10), handshake=True)
    actions = stand.send(stand.packet()) + stand.pass_time(1)
    asked = []
    for _ in range(4):
        (request,) = sent(actions)  # one at a time
        asked.append((request.cn, [value for _, value in request.fields]))
        actions = stand.answer(request) + stand.pass_time(1)
    assert asked == [
        ("1000", ["10", "3"]), ("1012", [build.stamp(NOW + 1000)]), ("1062", ["30"]), ("1064", ["10"]),
    ]  # fmt: skip
    assert sent(actions) == []
    stand.connect()
    assert sent(stand.send(stand.packet()) + stand.pass_time(5)) == []  # it has just been set
    stand.now += 25 * 3600
    stand.connect()
    assert sent(stand.send(stand.packet()) + stand.pass_time(1))[0].cn == "1000"


def test_a_request_goes_to_the_system_of_the_loggers_data_with_its_password():
    stand = Stand(handshake=True, secrets={MN: Secret(password="654321")})
    (request,) = sent(stand.send(stand.packet(link=LINK._replace(pw="654321", st="21"))) + stand.pass_time(1))
    assert (request.st, request.pw, request.mn, request.flag) == ("21", "654321", MN, 5)


def test_a_request_without_answer_is_sent_again_and_given_up():
    stand = Stand(handshake=True, overtime=10, recount=3)
    stand.send(stand.packet())
    requests = [packet for packet in sent(stand.pass_time(40)) if packet.cn == "1000"]
    assert len(requests) == 4
    assert len({packet.qn for packet in requests}) == 1
    assert sent(stand.pass_time(2))[0].cn == "1012"
    assert stand.desk.counters["requests_silent"] == 1


def test_a_busy_logger_is_asked_later():
    stand = Stand(handshake=True, busy=60)
    (request,) = sent(stand.send(stand.packet()) + stand.pass_time(1))
    (following,) = sent(stand.answer(request, result=ExeRtn.BUSY))
    assert (request.cn, following.cn) == ("1000", "1012")  # the next one need not wait
    stand.answer(following)
    assert sent(stand.pass_time(58)) == []
    (again,) = sent(stand.pass_time(3))
    assert (again.cn, again.qn == request.qn) == ("1000", False)


def test_a_logger_that_is_always_busy_is_let_go():
    stand = Stand(handshake=True, busy=10, recount=2)
    actions = stand.send(stand.packet())
    for _ in range(3):
        asked = [packet for packet in sent(actions + stand.pass_time(12)) if packet.cn == "1000"]
        actions = stand.answer(asked[0], result=ExeRtn.BUSY)
        for other in sent(actions):
            actions = stand.answer(other)
    assert stand.desk.counters["requests_busy"] == 1


def test_an_answer_to_nothing_changes_nothing():
    stand = Stand(handshake=True)
    (request,) = sent(stand.send(stand.packet()) + stand.pass_time(1))
    other = dataclasses.replace(request, qn=build.stamp_ms(NOW + 12345))
    assert stand.answer(other) == []
    assert sent(stand.answer(request))[0].cn == "1012"


def test_a_result_without_an_answer_before_it_counts():
    """Some loggers leave 9011 out."""
    stand = Stand(handshake=True)
    (request,) = sent(stand.send(stand.packet()) + stand.pass_time(1))
    stand.send(build.answer_execution(request, ExeRtn.DONE))
    assert stand.desk.counters["requests_done"] == 1


def test_a_wrong_clock_is_set_once_an_hour():
    stand = Stand(clock_skew=60)
    stand.behind = 90_000
    for minute in range(6):
        stand.send(stand.packet("2011", time=NOW - 90_000 + minute))
    (request,) = sent(stand.pass_time(1))
    assert request.cn == "1012"
    stand.answer(request)
    for minute in range(20):
        stand.send(stand.packet("2011", time=NOW + minute))
    assert sent(stand.pass_time(1)) == []
    assert stand.desk.counters["clocks_wrong"] == 1


def test_while_our_own_clock_is_not_sure_no_logger_is_set_by_it():
    """Neither at a first connection, nor because its clock is another; what it measures is taken."""
    stand = Stand(clock_skew=60, handshake=True)
    stand.desk.clock_is_sure = False
    stand.behind = 90_000
    (request,) = sent(stand.send(stand.packet("2011", time=NOW - 90_000)) + stand.pass_time(1))
    assert request.cn == "1000"
    stand.answer(request)
    for minute in range(6):
        stand.send(stand.packet("2011", time=NOW - 90_000 + minute))
    assert sent(stand.pass_time(1)) == []
    assert stand.desk.counters["clocks_wrong"] == 0
    stand.desk.clock_is_sure = True
    for minute in range(6):
        stand.send(stand.packet("2011", time=NOW - 80_000 + minute))
    assert [packet.cn for packet in sent(stand.pass_time(1))] == ["1012"]


def test_packets_that_waited_in_the_logger_make_no_wrong_clock():
    stand = Stand(clock_skew=60)
    stand.behind = 10 * HOUR_MS  # what it could not send for hours, with the QN of then
    for hour in range(4):
        stand.send(stand.packet(time=NOW - (10 - hour) * HOUR_MS))
    stand.behind = 0
    for second in range(5):
        stand.send(stand.packet("2011", time=NOW + second))
    assert sent(stand.pass_time(1)) == []


# history


def outage(**settings):
    """Return a stand whose logger was away from hour -9 to hour -2."""
    stand = Stand(history_settle=120.0, **settings)
    stand.desk.history.came(MN, "2061", [NOW - hour * HOUR_MS for hour in (12, 11, 10)])
    stand.desk.history.begin()
    stand.wall += 200_000
    actions = stand.send(stand.packet(time=NOW - HOUR_MS))
    stand.session.committed(kept(actions), stand.wall)
    return stand


def test_after_an_outage_the_logger_is_asked_for_what_is_missing():
    stand = outage()
    assert sent(stand.pass_time(119)) == []  # it may send it by itself
    (request,) = sent(stand.pass_time(10))
    assert request.cn == "2061"
    assert request.field("BeginTime") == build.stamp(NOW - 9 * HOUR_MS)
    assert request.field("EndTime") == build.stamp(NOW - 2 * HOUR_MS)
    stand.send(build.answer_request(request, QnRtn.READY))
    for hour in range(9, 1, -1):
        actions = stand.send(stand.packet(time=NOW - hour * HOUR_MS))
        assert [answer.cn for answer in sent(stand.session.committed(kept(actions), stand.wall))] == ["9014"]
    (told,) = (a for a in stand.send(build.answer_execution(request, ExeRtn.DONE)) if isinstance(a, Told))
    assert told.asked == Asked(told.asked.piece, stand.wall, "done")
    assert sent(stand.pass_time(600)) == []  # nothing is missing any more


def test_what_a_logger_does_not_have_is_asked_for_a_bounded_number_of_times():
    stand = outage(history_tries=2, idle=100_000)
    times = []
    while (request := stand.next_request(5_000)) is not None:
        stand.answer(request, result=ExeRtn.NO_DATA)
        if request.field("BeginTime") == build.stamp(NOW - 9 * HOUR_MS):
            times.append(stand.now)
        if stand.now > 20_000:
            break
    assert len(times) == 2
    assert times[1] - times[0] >= 3_600  # not at once


def test_what_a_logger_could_not_tell_for_lack_of_an_answer_is_asked_for_again():
    stand = outage(history_tries=1, overtime=10, recount=0, busy=60)
    assert [packet.cn for packet in sent(stand.pass_time(300))].count("2061") >= 2


def test_a_logger_that_refuses_history_is_left_alone_for_a_day():
    stand = outage(history_tries=5)
    (request,) = sent(stand.pass_time(125))
    stand.answer(request, ready=QnRtn.CN, result=None)
    assert sent(stand.pass_time(600)) == []
    assert stand.desk.counters["requests_refused"] == 1


def test_a_long_outage_is_asked_for_in_pieces():
    stand = outage(history_piece=3)
    (request,) = sent(stand.pass_time(125))
    assert request.field("EndTime") == build.stamp(NOW - 7 * HOUR_MS)


def test_a_logger_that_names_ends_is_asked_by_ends():
    stand = Stand(network=small_outlets(label="end"))
    stand.desk.history.came(MN, "2061", [NOW - 12 * HOUR_MS])
    stand.desk.history.begin()
    stand.wall += 200_000
    actions = stand.send(stand.packet(time=NOW))  # its hour began one hour before
    stand.session.committed(kept(actions), stand.wall)
    (request,) = sent(stand.pass_time(125))
    assert request.field("BeginTime") == build.stamp(NOW - 10 * HOUR_MS)
    assert request.field("EndTime") == build.stamp(NOW - HOUR_MS)


def test_minute_data_are_asked_for_where_their_interval_is_declared():
    stand = Stand(network=small_outlets(minute_interval=10))
    stand.desk.history.came(MN, "2051", [NOW - HOUR_MS, NOW - HOUR_MS + 600_000])
    stand.desk.history.begin()
    stand.wall += 200_000
    actions = stand.send(stand.packet("2051", time=NOW - 600_000))
    stand.session.committed(kept(actions), stand.wall)
    (request,) = sent(stand.pass_time(125))
    assert (request.cn, request.field("BeginTime")) == ("2051", build.stamp(NOW - HOUR_MS + 1_200_000))
    assert request.field("EndTime") == build.stamp(NOW - 1_200_000)


@pytest.mark.parametrize("off", ["logger", "settings"])
def test_history_can_be_switched_off(off):
    stand = Stand(network=small_outlets(history=off != "logger"), history=off != "settings")
    stand.desk.history.came(MN, "2061", [NOW - 12 * HOUR_MS])
    stand.desk.history.begin()
    stand.send(stand.packet())
    assert sent(stand.pass_time(300)) == []


def test_requests_to_all_loggers_are_bounded():
    network = small_outlets(outlets=10)
    desk = Desk(Hj212Settings(history_per_minute=6), peers(network, {}), 0.0)
    for number in range(1, 11):
        desk.history.came(mn_of(number), "2061", [NOW - 12 * HOUR_MS])
    desk.history.begin()
    asked = [
        second
        for second in range(60)
        for number in range(1, 11)
        if desk.history.next(mn_of(number), float(second), NOW) is not None
    ]
    assert 6 <= len(asked) <= 7


def test_outcomes_of_history_are_told_by_name():
    """What is remembered on disk are these words."""
    assert {outcome.value for outcome in Outcome} == {"done", "no data", "refused", "failed", "silent", "busy"}


def test_private_networks_are_the_default():
    allowed = Hj212Settings().networks
    for address, inside in (("127.0.0.1", True), ("192.168.1.1", True), ("8.8.8.8", False), ("fd00::1", True)):
        assert any(ipaddress.ip_address(address) in network for network in allowed) is inside, address


def test_a_logger_of_2005_is_asked_only_what_its_edition_has():
    stand = Stand(network=small_outlets(minute_interval=10, protocol="HJ212-2005"), handshake=True)
    actions = stand.send(dataclasses.replace(stand.packet(), flag=None))
    asked = []
    for _ in range(5):
        asked += sent(actions + stand.pass_time(1))
        actions = stand.answer(asked[-1])
    assert [packet.cn for packet in asked] == ["1000", "1012"]
    assert {packet.edition for packet in asked} == {"2005"}


EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))


def test_whatever_happens_answers_follow_commits():
    """Random frames, repetitions, pieces, commits and time: an answer is of a packet that is durable, one a sending."""
    seed = int(os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000)))
    chance = random.Random(seed)
    print(f"seed {seed}")
    for _ in range(EXAMPLES):
        stand = Stand(handshake=chance.random() < 0.5, in_flight=10**6, frames_per_second=1e6)
        sendings, answers, durable, waiting, frames = Counter(), Counter(), set(), {}, []
        for _ in range(chance.randrange(60)):
            act, actions = chance.random(), []
            if act < 0.6:
                if not frames or chance.random() < 0.6:
                    packet = stand.packet("2011", time=NOW - chance.randrange(10) * 1000, w01018=str(chance.random()))
                    frames.append((packet.qn, encode(packet)))
                qn, data = chance.choice(frames)
                sendings[qn] += 1
                cut = chance.randrange(len(data))
                actions = stand.send(data[:cut]) + stand.send(data[cut:])
            elif act < 0.9 and waiting:
                numbers = chance.sample(sorted(waiting), chance.randrange(1, len(waiting) + 1))
                durable |= {waiting.pop(number) for number in numbers}
                actions = stand.session.committed(numbers, stand.wall)
            else:
                actions = stand.pass_time(1)
            waiting |= {action.number: action.packet.qn for action in actions if isinstance(action, Keep)}
            answered = [packet.qn for packet in sent(actions) if packet.cn == "9014"]
            assert set(answered) <= durable
            answers.update(answered)
        stand.session.committed(list(waiting), stand.wall)
        assert answers <= sendings
        assert {qn for qn in sendings if qn in durable} <= set(answers)


def test_mutated_frames_harm_nobody():
    """Bytes changed, lost and doubled: nothing is raised, what is kept has its checksum, the session goes on."""
    seed = int(os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000)))
    chance = random.Random(seed)
    print(f"seed {seed}")
    stand = Stand(refused_in_a_row=10**9, in_flight=10**9)
    for _ in range(EXAMPLES * 20):
        data = bytearray(encode(stand.packet()))
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(3)] = bytes(chance.randrange(256) for _ in range(chance.randrange(3)))
        for action in stand.send(bytes(data)):
            if isinstance(action, Keep):
                assert action.packet.mn == MN
    stand.send(b"\r\n" * 10_000)
    assert len(kept(stand.send(stand.packet()))) == 1


def test_a_packet_that_names_nobody_is_refused():
    stand = Stand(network=Network(stations=stand_stations()))
    assert refused(stand.send(encode(Packet(cn="2011", cp=((("DataTime", "20160801085857"),),))))) == [
        Reason.UNKNOWN_LOGGER
    ]


def stand_stations():
    """Return stations without a logger."""
    return small_outlets().stations
