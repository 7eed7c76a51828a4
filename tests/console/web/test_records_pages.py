"""Pages of records: filing by a form, what became of it, refused rows, histories, forms, the calendar."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.site import open_site
from qualicity.periods import day_start
from qualicity.testing import FakeClock
from targets.records.schema import schema

FORM = schema("R_ps")
STRANGE = "<script>alert(1)</script>"
NETWORK = """
[[city]]
id = "shenzhen"
name = { zh = "深圳", en = "Shenzhen" }
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    return tmp_path


def browser(folder, *roles, cities=frozenset()):

    clock = FakeClock(day_start(dt.date(2015, 2, 20)))
    return Browser(application(folder, clock, access=SignedIn("officer-1", *roles, cities=cities)))


def rows(*records):
    text = io.StringIO()
    writer = csv.DictWriter(text, FORM.names)
    writer.writeheader()
    for cells in records:
        row = {column.name: column.example for column in FORM.columns}
        writer.writerow(row | {"schema": FORM.tag, "lot_no": f"lot {cells['record_id']}"} | cells)
    return text.getvalue().encode()


def send(asked, content, name="R_ps.csv", **fields):
    return asked.post("/records", files={"file": (name, content)}, data=fields)


def test_a_file_is_filed_and_its_report_says_what_to_mend(folder):
    """Row by row: line, column, rule in both languages, and what the column accepts."""
    asked = browser(folder, "officer")
    answer = send(asked, rows({"record_id": "r1"}, {"record_id": "r2", "sample_n": "0"}))
    assert answer.status_code == 200
    for said in ("0 小于 1", "0 is less than 1", "≥ 1", "r2", "sample_n"):
        assert said in answer.text
    with open_site(folder).reader() as site:
        (receipt,) = [one.receipt for one in site.records.filings()]
        (entry,) = site.ledger.audit.entries(action="records.file")
    assert (receipt.by, receipt.file, receipt.read, receipt.stored) == ("officer-1", "R_ps.csv", 2, 1)
    assert (entry.who, entry.via, entry.about, entry.detail["sha256"]) == ("officer-1", "page", "R_ps", receipt.sha256)
    refused = asked.get("/records/refused?filing=1&lang=en").text
    assert "0 is less than 1" in refused
    assert "fill in: whole number, ≥ 1" in refused
    assert "officer-1" in asked.get("/records").text
    assert asked.get("/records/refused?filing=2").status_code == 404


def test_a_file_that_is_filed_again_brings_nothing_new(folder):
    """The report says so: who sends it a second time does not think that the rows count twice."""
    asked = browser(folder, "officer")
    once, again = (send(asked, rows({"record_id": "r1"})).text for _ in range(2))
    assert ("没有拒收" in once, "没有新的记录" in once) == (True, False)
    assert ("没有拒收" in again, "没有新的记录" in again) == (False, True)


def test_what_strangers_write_is_shown_and_not_run(folder):
    """In cells, in names of files, in ids."""
    asked = browser(folder, "officer")
    told = send(asked, rows({"record_id": "r1", "brand": STRANGE, "sample_n": STRANGE}), f"R_ps{STRANGE}.csv")
    pages = [told, *(asked.get(path) for path in ("/records", "/records/refused", f"/records/{STRANGE}"))]
    for page in pages:
        assert STRANGE not in page.text
    assert "&lt;script&gt;" in pages[2].text


def test_what_is_no_file_of_records_is_refused(folder):
    """With cause and mend, without the service's folders; nothing is left behind."""
    asked = browser(folder, "officer")
    broken = ((b"\x00\x01\x02", "R_ps.csv"), (b"", "R_ps.csv"), (b"PK\x03\x04 broken", "R_ps.xlsx"))
    for content, name in (*broken, (rows({"record_id": "a"}), "")):
        answer = send(asked, content, name)
        assert answer.status_code in {400, 422}, name
        assert str(folder) not in answer.text
    assert not list(folder.glob("upload-*"))


@pytest.mark.parametrize("role", ["viewer", "duty"])
def test_who_may_not_file_sees_no_form_and_is_refused(folder, role):
    asked = browser(folder, role)
    assert 'type="file"' not in asked.get("/records").text
    assert send(asked, rows({"record_id": "r1"})).status_code == 403
    assert not (folder / "records.db").exists()


def test_records_are_of_the_whole_site(folder):
    """Who is there for another city sees none; who is there for all of the site's cities does."""
    assert browser(folder, "officer", cities=frozenset({"beijing"})).get("/records").status_code == 403
    assert browser(folder, "officer", cities=frozenset({"shenzhen"})).get("/records").status_code == 200


def test_a_history_says_what_each_record_counts_for(folder):
    asked = browser(folder, "officer")
    correction = {"record_id": "c1", "status": "corrected", "revises": "r1", "reported_at": "2015-02-01"}
    send(asked, rows({"record_id": "r1"}))
    send(asked, rows(correction))
    page = asked.get("/records/r1").text
    assert "已被更正" in page
    assert 'href="../records/c1"' in page
    assert asked.get("/records?record=r1").headers["location"] == "./records/r1"
    assert asked.get("/records/nix").status_code == 404


def test_forms_are_downloaded(folder):
    asked = browser(folder, "viewer")
    assert "R_ps.xlsx" in asked.get("/records/forms").text
    assert asked.get("/records/forms/R_ps.xlsx").content.startswith(b"PK")
    assert "record_id" in asked.get("/records/forms/R_ps.csv").text
    for none in ("R_ps.pdf", "R_none.csv", "..%2fx.csv", ".csv"):
        assert asked.get(f"/records/forms/{none}").status_code == 404


def test_the_calendar_begins_with_what_is_due_soon(folder):
    """On 20 February: January's forms of a month, with the way to their why; a filing of another year is not listed."""
    asked = browser(folder, "officer")
    page = asked.get("/records/calendar?year=2015&dept=MSA").text
    soon, late = page.split("<h2>")[1:3]
    assert 'href="../explain/filing/MSA/R_ps/2015-01"' in soon
    why = asked.get("/explain/filing/MSA/R_ps/2015-01")
    assert why.status_code == 200  # although nothing was ever filed
    assert "<h1>市市场监管局 · R_ps 产品质量监督抽查 · 2015-01</h1>" in why.text
    assert "2015-03-02" in soon
    assert "没有逾期未报的表" in late
    overdue = asked.get("/records/calendar?year=2014&dept=MSA").text.split("<h2>")[2]
    assert "filing/MSA/R_ps/2014-01" in overdue
    assert "BEGIN:VEVENT" in asked.get("/records/calendar.ics?year=2015&dept=MSA").text
    for none in ("year=1990", "year=x", "dept=NIX"):
        assert asked.get(f"/records/calendar?{none}").status_code in {400, 422}
