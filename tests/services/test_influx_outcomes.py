"""What becomes of a write, on each version: every row of the table in docs/influxdb.md, which is made here.

The rows come from servers that are not real; the real ones must say the same. QUALICITY_WRITE_DOCS=1 writes the tables.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from dashboards.schema import MEASUREMENTS
from qualicity.errors import Permanent, Retryable
from qualicity.store.influx import Influx
from qualicity.store.influx_delivery import Sender
from qualicity.store.influx_testing import Fault
from qualicity.store.line_protocol import Lines

DOCS = Path(__file__).parents[2] / "docs" / "influxdb.md"
GOOD = ("m v=1 {now}", "m,n=2 v=2 {now}")


@dataclass(frozen=True)
class Case:
    """Something that happens to a request.

    Attributes:
        title: as in the table.
        line: a line between two good ones.
        before: a line that is in already.
        bodies: whole bodies instead, each of which must become the same.
        bucket: another one than that of the settings.
        token: a wrong one.
        reader: the token may only read.
        day: the database keeps a day.
        fault: of the server.
        retry_after: what the server asks for with it.
    """

    title: str
    line: str = ""
    before: str = ""
    bodies: tuple[bytes, ...] = ()
    bucket: str = ""
    token: str = ""
    reader: bool = False
    day: bool = False
    fault: Fault | None = None
    retry_after: str = ""


MALFORMED = (
    "no field: `m 1`|m {now}",
    "no number: `NaN`|m v=NaN {now}",
    "a time that is no number|m v=3 {now}x",
    "a time in ns, sent as ms|m v=3 {now}000000",
    "an empty tag|m,n= v=3 {now}",
    "a tag given twice|m,n=1,n=3 v=3 {now}",
    "a tag named `time`|m,time=1 v=3 {now}",
    "CR LF at its end|m v=3 {now}\r",
)
MANY = b"".join(b"m,n=%d v=1 %d\n" % (number, 1_700_000_000_000 + number) for number in range(2_500))
CASES = (
    Case("all lines are good"),
    Case("the same point again, with another value", before="m v=5 {now}"),
    Case("a field of another type", "m,n=3 v=3,w=3 {now}", before='m w="text" {now}'),
    Case("a point older than the database keeps", "m v=3 {old}", day=True),
    *(Case(f"malformed: {title}", line) for title, _, line in (one.partition("|") for one in MALFORMED)),
    Case("only comments and empty lines, or nothing", bodies=(b"# text\n\n", b"\n", b"")),
    Case("no such bucket or database", bucket="nowhere"),
    Case("a wrong token or password", token="wrong"),
    Case("a token or user that may only read", reader=True),
    Case("a large request", bodies=(MANY,)),
)
FAULTS = (
    Case("too many requests, Retry-After: 7", fault=Fault.BUSY, retry_after="7"),
    Case("overloaded or ill: 500", fault=Fault.ERROR),
    Case("overloaded or ill: 503", fault=Fault.UNAVAILABLE),
    Case("no answer within the timeout", fault=Fault.HANG),
    Case("closed in the middle of the answer", fault=Fault.CUT),
    Case("stored, but closed without an answer", fault=Fault.SILENT),
)


def _lines(body):
    """Return a body as whole lines."""
    parts = body.splitlines(keepends=True) if b"\r" not in body else re.findall(rb"[^\n]*\n", body)
    return Lines(memoryview(body), np.cumsum([len(part) for part in parts], dtype=np.int64))


def _cell(database, case):
    """Do what the case says; return what the table says of it."""
    if case.reader and database.reader is None:
        return "(no such token)", ""
    now = int(time.time() * 1000) // 1000 * 1000
    texts = [GOOD[0], case.line, GOOD[1]] if case.line else GOOD
    bodies = case.bodies or ("".join(f"{text}\n" for text in texts).format(now=now, old=now - 864_000_000).encode(),)
    if case.day:
        database.keep_a_day()
    with Influx(database.address) as influx:
        if case.before:
            assert influx.write(case.before.format(now=now).encode()).outcome == "stored"
        address = database.reader if case.reader else database.address
        if case.token:
            address = replace(address, token=case.token, password=address.password and case.token)
        address = replace(address, bucket=case.bucket or address.bucket, timeout=0.6 if case.fault is Fault.HANG else 5)
        with Influx(address) as asked:
            answers = {_answered(database, case, asked, body, influx) for body in bodies}
            did = {_did(database, case, asked, body) for body in bodies}
    assert (len(answers), len(did)) == (1, 1), (answers, did)
    return answers.pop(), did.pop()


def _answered(database, case, asked, body, influx):
    """Return the answer to one request, and which of two good lines are in."""
    _break(database, case, asked)
    answer = asked.write(body)
    status = str(answer.status or "no answer")
    good = 2 if not case.bodies else 0
    if answer.outcome == "stored" or case.bucket or not good:
        return status
    counted = influx.query('SELECT count("v") FROM "m"')
    found = counted[0].rows[0][1] if counted else 0
    assert found in {0, good}, found
    told = {0: "nothing is in", good: "all is in" if case.fault else "the others are in"}[found]
    return f"{status}, {told}" if case.line or case.fault else status


def _did(database, case, asked, body):
    """Return what the writer does about it."""
    _break(database, case, asked)
    sender = Sender(asked.write, lines=20_000)
    try:
        rejected = sender.deliver(_lines(body))
    except Retryable:
        return f"sends the same again in {sender.pause:g} s"
    except Permanent:
        return "stops and says so; drops nothing, goes on from there"
    if rejected:
        assert len(rejected) == 1, rejected
        return f"finds the line by bisecting, keeps it as *{rejected[0].reason}*"
    return "goes on" if sender.requests < 2 else "sends smaller requests"


def _break(database, case, asked):
    if case.fault:
        assert asked.major == database.major  # so that the version is known before
        database.fake.misbehave(case.fault, retry_after=case.retry_after)


@pytest.fixture(scope="module")
def expected(fake_server):
    """Return what the table says of a case and a version, asked of a server that is not real, once."""
    known = {}

    def of(case, major):
        if (case, major) not in known:
            with ExitStack() as opened:
                known[case, major] = _cell(fake_server(opened, major), case)
        return known[case, major]

    return of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_every_server_answers_as_the_table_says(database, expected, case):
    """Each case is tried on each server, and on one that is not real of the same version: both say the same."""
    answered, did = _cell(database, case)
    assert did == expected(case, database.major)[1]
    if "partial" not in database.server:
        assert answered == expected(case, database.major)[0]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.title)
@pytest.mark.parametrize("major", [1, 2, 3])
def test_a_fault_never_loses_a_line(fake_server, case, major):
    """What the writer sends again after a fault is in, once."""
    with ExitStack() as opened:
        database = fake_server(opened, major)
        assert _cell(database, case)[1].startswith("sends the same again")
        influx = opened.enter_context(Influx(database.address))
        assert Sender(influx.write).deliver(_lines(b"m v=1 1\nm v=2 2\n")) == []
        assert influx.query('SELECT "v" FROM "m" WHERE time < 5ms')[0].rows == [[1, 1], [2, 2]]


def _row(expected, case):
    cells = {major: expected(case, major) for major in (1, 2, 3)}
    done = {}
    for major, (_, did) in cells.items():
        if did:
            done.setdefault(did, []).append(f"{major}.x")
    does = "; ".join(f"{', '.join(who)}: {did}" for did, who in done.items()) if len(done) > 1 else next(iter(done))
    return "| " + " | ".join([case.title, *(cells[major][0] for major in (1, 2, 3)), does]) + " |"


def _documented(name, made):
    """Compare a part of the document with what was made; write it when that is wished for."""
    text = DOCS.read_text("utf-8")
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if os.environ.get("QUALICITY_WRITE_DOCS") == "1":
        DOCS.write_text(before + begin + made + end + after, "utf-8")
    else:
        assert text == before + begin + made + end + after


def test_the_document_has_the_table_of_outcomes(expected):
    rows = [_row(expected, case) for case in CASES + FAULTS]
    head = ["| what happens | 1.x | 2.x | 3.x | what the writer does |", "|---|---|---|---|---|"]
    _documented("outcomes", "\n".join([*head, *rows, ""]))


def test_the_document_has_the_table_of_measurements():
    head = ["| measurement | holds | time | tags | fields |", "|---|---|---|---|---|"]
    rows = [
        f"| `{one.name}` | {one.about} | {one.at} | {', '.join(one.tags)} |"
        f" {', '.join(name if kind == 'float' else f'{name} ({kind})' for name, kind in one.fields.items())} |"
        for one in MEASUREMENTS.values()
    ]
    _documented("measurements", "\n".join([*head, *rows, ""]))
