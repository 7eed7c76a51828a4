"""Records over the API: the rows of the command line."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.cli import application as commands
from qualicity.periods import day_start
from qualicity.testing import FakeClock
from targets.records.schema import schema

FORM = schema("R_ps")
CSV = ",".join(FORM.names) + "\n"


@pytest.fixture
def asked(tmp_path):
    clock = FakeClock(day_start(dt.date(2015, 2, 20)))
    return Browser(application(tmp_path, clock, access=SignedIn("key-1", "officer")))


def line(record_id, **cells):
    row = {column.name: column.example for column in FORM.columns} | {"schema": FORM.tag, "record_id": record_id}
    return ",".join(f'"{text}"' for text in (row | cells).values()) + "\n"


def test_filing_answers_the_report_and_lists_are_those_of_the_command_line(asked, tmp_path):
    content = CSV + line("r1") + line("r2", sample_n="0")
    answer = asked.post("/api/v1/records", files={"file": ("R_ps.csv", content.encode())})
    assert answer.status_code == 201
    report = answer.json()
    assert (report["filing"], report["read"], report["accepted"], report["rejected"]) == (1, 2, 1, 1)
    for command, path in (
        (["records"], "filings"),
        (["records", "r1"], "r1"),
        (["refused"], "refused"),
        (["calendar", "--year", "2015", "--dept", "MSA"], "calendar?year=2015&dept=MSA"),
    ):
        told = CliRunner().invoke(commands("targets"), ["targets", *command, "--json", "--data", str(tmp_path)])
        rows = [json.loads(one) for one in told.stdout.splitlines()]
        found = asked.get(f"/api/v1/records/{path}").json()["rows"]
        if command[0] == "calendar":  # the command's clock is today's
            rows, found = ([{**one, "state": "", "days": 0} for one in some] for some in (rows, found))
        assert rows == found
        assert found
    assert asked.get("/api/v1/records/calendar?year=2015&format=ics").text.startswith("BEGIN:VCALENDAR")


def test_what_there_is_not_is_refused(asked):
    unknown = {
        "filings?schema=X": 400,
        "refused?filing=9": 404,
        "calendar?dept=X": 400,
        "calendar?year=1": 422,
        "none": 404,
    }
    for path, status in unknown.items():
        answer = asked.get(f"/api/v1/records/{path}")
        assert answer.status_code == status, path
        assert set(answer.json()) >= {"cause", "mend"}


def test_who_may_not_file_is_refused(tmp_path):
    asked = Browser(application(tmp_path, FakeClock(0), access=SignedIn("key-1", "viewer")))
    assert asked.post("/api/v1/records", files={"file": ("R_ps.csv", b"x")}).status_code == 403
