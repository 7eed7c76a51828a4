"""What client and sender promise, on every server: a real 1.x, a real 2.x if there is one, and ours of each version."""

from __future__ import annotations

import datetime as dt
import http.server
import os
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qualicity.errors import Permanent, Retryable
from qualicity.periods import day_start
from qualicity.store.influx import Address, Influx, identifier, text
from qualicity.store.influx_answers import Outcome
from qualicity.store.influx_delivery import Sender
from qualicity.store.influx_testing import Fault
from qualicity.store.line_protocol import Lines, Point

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "12"))
HOUR = 3_600_000
NASTY = (
    "a b",
    "a,b=c d",
    'say "no"',
    "it's",
    "back\\slash",
    "北京 天安门",
    "💨 ü ß",
    "next\u2028line\u2029\x85",
    " blank at both ends ",
    "# no comment",
    "a=b=c",
    "'); DROP MEASUREMENT m; --",
    "%s %d {}",
    "$x ${y}",
)


def _write(influx, *points):
    assert influx.write(bytes(Lines.of(points).data)).outcome is Outcome.STORED


def _rows(influx, query):
    """Return the rows of a query as dictionaries, tags of GROUP BY too."""
    return [
        {**series.tags, **dict(zip(series.columns, row, strict=True))}
        for series in influx.query(query)
        for row in series.rows
    ]


def test_the_version_is_known_by_the_answers(database, influx):
    assert influx.major == database.major
    assert influx.version.startswith(f"{database.major}.")


@pytest.mark.parametrize("nasty", NASTY)
def test_every_text_comes_back_as_it_was(influx, nasty):
    _write(influx, Point("m", {"tag": nasty}, {"value": 1.5, "text": nasty, "n": 7, "yes": True}, 1_000))
    [row] = _rows(influx, "SELECT * FROM m")
    assert row == {"time": 1_000, "tag": nasty, "value": 1.5, "text": nasty, "n": 7, "yes": True}
    found = _rows(influx, f'SELECT "value" FROM "m" WHERE "tag" = {text(nasty)}')
    assert found == [{"time": 1_000, "value": 1.5}]
    [arrays] = influx.arrays("SELECT * FROM m")
    assert (arrays["tag"].tolist(), arrays["text"].tolist()) == ([nasty], [nasty])


@pytest.mark.parametrize("nasty", [name for name in NASTY if not name.startswith("#")])
def test_names_of_measurements_and_fields_are_quoted(influx, nasty):
    _write(influx, Point(nasty, {"t": "x"}, {nasty: 2.5}, 1_000))
    found = influx.query(f"SELECT {identifier(nasty)} FROM {identifier(nasty)}")
    assert [(one.name, one.column(nasty)) for one in found] == [(nasty, [2.5])]


@pytest.mark.parametrize("value", [0.0, -0.0, 0.1, 1e-300, -1e22, 5e-324, 1.7976931348623157e308, 1 / 3])
def test_every_number_comes_back_as_it_was(influx, value):
    _write(influx, Point("m", {}, {"value": value}, 1_000))
    [row] = _rows(influx, "SELECT * FROM m")
    [arrays] = influx.arrays("SELECT * FROM m")
    assert (row["value"], arrays["value"].tolist()) == (value, [value])


# delivery

KINDS = ("good", "good", "good", "conflict", "malformed")


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=60),
    most=st.integers(1, 70),
    seed=st.integers(0, 10**9),
)
def test_exactly_the_good_lines_are_in_and_the_bad_ones_rejected(influx, kinds, most, seed):
    """Any mixture, at any size of requests; delivered twice, as after an interruption, it is the same."""
    name = f"m{seed}_{time.monotonic_ns()}"
    _write(influx, Point(name, {"n": "first"}, {"w": 1.0}, 1))
    lines = []
    for number, kind in enumerate(kinds):
        good = Point(name, {"n": str(number)}, {"v": float(number), "w": 0.5}, 1_000 + number).line
        bad = {"conflict": good.replace(b"w=0.5", b'w="text"'), "malformed": good.replace(b"w=0.5", b"w=0.5.5")}
        lines.append(bad.get(kind, good))
    block = Lines(memoryview(b"".join(lines)), np.cumsum([len(line) for line in lines], dtype=np.int64))
    reasons = {"conflict": "type conflict", "malformed": "malformed"}
    expected = [
        (line.decode().rstrip("\n"), reasons[kind]) for line, kind in zip(lines, kinds, strict=True) if kind in reasons
    ]
    for _ in range(2):
        sender = Sender(influx.write, lines=most)
        assert [(one.line, one.reason) for one in sender.deliver(block)] == expected
        assert sender.sent == kinds.count("good")
        found = _rows(influx, f'SELECT "v" FROM "{name}"')
        assert [row["v"] for row in found] == [number for number, kind in enumerate(kinds) if kind == "good"]


def test_what_is_too_large_is_sent_in_halves(database, influx):
    points = [Point("m", {"n": str(number)}, {"v": float(number)}, 1_000 + number) for number in range(5_000)]
    block = Lines.of(points)
    sender = Sender(influx.write, lines=20_000)
    assert sender.deliver(block) == []
    assert (sender.requests > 1) == bool(database.most_bytes)
    assert _rows(influx, 'SELECT count("v") FROM "m"')[0]["count"] == 5_000
    requests = sender.requests
    sender.deliver(block)
    assert sender.requests - requests < 8  # the size that fits is remembered


def test_a_missing_database_or_token_stops_and_drops_nothing(database, influx):
    block = Lines.of([Point("m", {}, {"v": 1.0}, 1_000)])
    wrong = replace(database.address, token="wrong", password=database.address.password and "wrong")
    with Influx(wrong) as asked:
        sender = Sender(asked.write)
        with pytest.raises(Permanent, match="token"):
            sender.deliver(block)
        assert (sender.sent, sender.pause) == (0, 30.0)
    assert influx.query("SELECT * FROM m") == []
    assert Sender(influx.write).deliver(block) == []


def test_who_may_only_read_reads_and_does_not_write(database, influx):
    if database.reader is None:
        pytest.skip(f"{database.server} knows no such right")
    _write(influx, Point("m", {}, {"v": 1.0}, 1_000))
    with Influx(database.reader) as reader:
        assert _rows(reader, "SELECT * FROM m") == [{"time": 1_000, "v": 1.0}]
        assert reader.write(b"m v=2 1000\n").outcome is Outcome.REFUSED
        with pytest.raises(Permanent):
            reader.delete("m", {}, 0, 2_000)
    assert _rows(influx, "SELECT * FROM m") == [{"time": 1_000, "v": 1.0}]


def test_a_statement_that_was_not_run_is_an_error(database):
    """Versions answer 200 with an error inside, or 200 with `{}`."""
    if database.reader is None:
        pytest.skip(f"{database.server} knows no such right")
    with Influx(database.reader) as reader, pytest.raises(Permanent):
        reader.execute('DELETE FROM "m" WHERE time < 5000ms')


# reading


def test_an_error_inside_a_200_is_an_error_in_every_way_of_reading(database, influx):
    _write(influx, Point("m", {}, {"v": 1.0}, 1_000))
    with Influx(replace(database.address, bucket="nowhere")) as elsewhere:
        for asked, query in ((elsewhere, "SELECT v FROM m"), (influx, "SELECT nothing(v) FROM m")):
            for read in (asked.query, asked.arrays):
                with pytest.raises(Permanent):
                    list(read(query))
    with pytest.raises(Permanent):
        influx.query("SELEC v FROM m")


def test_streams_say_what_queries_say(influx):
    """Whatever the size of the pieces, with and without GROUP BY; and a piece is never larger than asked."""
    points = [
        Point("m", {"s": f"s{number % 3}", "p": f"p {number % 2},"}, {"v": number / 8, "w": number, "x": None}, number)
        for number in range(50)
    ]
    points += [Point("m", {"s": "s0", "p": "p"}, {"word": "0102"}, 7)]
    _write(influx, *points)
    for query in ("SELECT * FROM m", 'SELECT "v", "w", "word" FROM m GROUP BY s, p', "SELECT v FROM m WHERE s = 's1'"):
        rows = sorted(_rows(influx, query), key=repr)
        for size in (1, 7, 50_000):
            pieces = list(influx.arrays(query, rows=size))
            assert max(len(piece["time"]) for piece in pieces) <= size
            read = [
                {name: None if value != value else value for name, value in zip(piece, row, strict=True)}  # noqa: PLR0124 - NaN
                for piece in pieces
                for row in zip(*(column.tolist() for column in piece.values()), strict=True)
            ]
            assert sorted(read, key=repr) == sorted(
                ({name: float(v) if name in "vw" and v is not None else v for name, v in row.items()} for row in rows),
                key=repr,
            )


def test_who_stops_reading_in_the_middle_can_ask_again(influx):
    _write(influx, *(Point("m", {}, {"v": 1.0}, number) for number in range(2_000)))
    for _ in influx.arrays("SELECT v FROM m", rows=10):
        break
    assert _rows(influx, 'SELECT count("v") FROM "m"')[0]["count"] == 2_000


def test_days_are_those_of_the_place(influx):
    """tz() makes windows of 24 h from 00:00 +08:00."""
    start = day_start(dt.date(2016, 3, 1))
    _write(influx, *(Point("m", {}, {"v": float(hour)}, start + hour * HOUR) for hour in range(72)))
    where = f"time >= {start}ms AND time < {start + 72 * HOUR}ms"
    zoned = f"SELECT count(\"v\") FROM m WHERE {where} GROUP BY time(1d) tz('Asia/Shanghai')"
    assert _rows(influx, zoned) == [{"time": start + day * 24 * HOUR, "count": 24} for day in range(3)]
    plain = f'SELECT count("v") FROM m WHERE {where} GROUP BY time(1d)'
    assert [row["count"] for row in _rows(influx, plain)] == [8, 24, 24, 16]
    [piece] = influx.arrays(zoned)
    assert piece["count"].tolist() == [24.0, 24.0, 24.0]


def test_what_is_deleted_is_gone_and_the_rest_stays(influx):
    nasty = 'it\'s "b\\c"'
    for name in ("m", "other"):
        for tag in (nasty, "y"):
            _write(influx, *(Point(name, {"s": tag, "z": "1"}, {"v": 1.0}, number) for number in (1_000, 2_000, 3_000)))
    if influx.major == 3:
        with pytest.raises(Permanent, match="cannot delete"):
            influx.delete("m", {"s": nasty}, 1_000, 3_000)
        return
    influx.delete("m", {"s": nasty}, 1_000, 3_000)
    left = sorted((row["time"], row["s"]) for row in _rows(influx, "SELECT * FROM m"))
    assert left == sorted([(3_000, nasty), *((time, "y") for time in (1_000, 2_000, 3_000))])
    assert len(_rows(influx, "SELECT * FROM other")) == 6
    influx.delete("m", {"s": "y"}, 2_000, 2_001)
    assert sorted(row["time"] for row in _rows(influx, "SELECT * FROM m WHERE s = 'y'")) == [1_000, 3_000]
    influx.delete("nothing", {}, 0, 5_000)


# faults: only a server that is not real can be told to


@pytest.fixture(params=[1, 2, 3])
def fake(request, fake_server):
    """A database whose server misbehaves when told to."""
    with ExitStack() as opened:
        yield fake_server(opened, request.param)


BLOCK = [Point("m", {"n": str(number)}, {"v": float(number)}, 1_000 + number) for number in range(400)]


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_after_any_fault_the_same_again_loses_and_doubles_nothing(fake, fault, at):
    """The fault comes at some request of a delivery, twice; the writer delivers the same block until it is taken."""
    with Influx(replace(fake.address, timeout=0.6 if fault is Fault.HANG else 5)) as influx:
        assert influx.major
        calls = iter(range(1_000))

        def send(lines):
            if next(calls) in {at, at + 2}:
                fake.fake.misbehave(fault)
            return influx.write(lines)

        sender, block, failures = Sender(send, lines=100), Lines.of(BLOCK), 0
        while True:
            try:
                assert sender.deliver(block) == []
                break
            except Retryable:
                failures += 1
                assert sender.pause == [0, 0.5, 1.0][failures]
        assert failures == 2
        assert sender.pause == 0
        assert [row["v"] for row in _rows(influx, 'SELECT "v" FROM "m"')] == list(range(400))


@pytest.mark.parametrize(
    ("asked", "pause"), [("7", 7.0), ("0", 0.5), ("", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.5)]
)
def test_the_pause_is_what_the_server_asks_for_or_grows(fake, asked, pause):
    with Influx(fake.address) as influx:
        sender = Sender(influx.write)
        fake.fake.misbehave(Fault.BUSY, retry_after=asked)
        with pytest.raises(Retryable, match="busy"):
            sender.deliver(Lines.of(BLOCK))
        assert sender.pause == pause
        fake.fake.misbehave(Fault.UNAVAILABLE, 10)
        pauses = []
        for _ in range(10):
            with pytest.raises(Retryable):
                sender.deliver(Lines.of(BLOCK))
            pauses.append(sender.pause)
        assert pauses == [min(pause * 2**n, 30.0) for n in range(1, 11)]
        assert sender.deliver(Lines.of(BLOCK)) == []
        assert sender.pause == 0


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.CUT, Fault.SILENT, Fault.ERROR, Fault.UNAVAILABLE, Fault.BUSY])
def test_reading_a_server_that_is_ill_is_an_error_that_may_pass(fake, fault):
    with Influx(replace(fake.address, timeout=0.6)) as influx:
        _write(influx, *BLOCK)
        for read in (influx.query, influx.arrays):
            fake.fake.misbehave(fault)
            began = time.monotonic()
            with pytest.raises(Retryable):
                list(read("SELECT * FROM m"))
            assert time.monotonic() - began < 5
            assert len(list(read("SELECT * FROM m"))) == 1


def test_a_request_is_sent_once(fake):
    """Who calls decides what is tried again: the client's own retries would hide an outage, or store twice."""
    with Influx(replace(fake.address, timeout=0.6)) as influx:
        assert influx.major
        for fault in Fault:
            fake.fake.requests.clear()
            fake.fake.misbehave(fault)
            influx.write(b"m v=1 1\n")
            assert len(fake.fake.requests) == (fault in {Fault.CUT, Fault.SILENT})


def test_nobody_at_the_address_is_an_error_that_may_pass():
    with Influx(Address("http://127.0.0.1:9", "qualicity")) as influx:
        answer = influx.write(b"m v=1 1\n")
        assert (answer.outcome, answer.reason) == (Outcome.LATER, "no answer")
        with pytest.raises(Retryable, match=r"influx\.url"):
            influx.query("SELECT v FROM m")


def test_the_version_is_asked_in_another_way_where_headers_are_lost(fake):
    if fake.major == 1:
        pytest.skip("1.6 says its version only there")
    fake.fake.shows_version = False
    with Influx(fake.address) as influx:
        assert influx.major == fake.major


class _Hello(http.server.BaseHTTPRequestHandler):
    bodies: ClassVar = [b"<html>hello</html>", b"hello\n", b'{"status": "fine"}', b"[]", b""]

    def do_GET(self):
        body = self.bodies[0]
        self.send_response(200)
        self.send_header("X-Influxdb-Version", "1.8.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("body", _Hello.bodies)
def test_an_answer_of_something_else_is_an_error_and_not_an_empty_answer(body):
    """As of a proxy that shows its own page: no rows would mean that there are none."""
    handler = type("Handler", (_Hello,), {"bodies": [body]})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with Influx(Address(f"http://127.0.0.1:{server.server_port}", "qualicity")) as influx:
            for read in (influx.query, influx.arrays):
                with pytest.raises(Permanent):
                    list(read("SELECT v FROM m"))
        server.shutdown()
