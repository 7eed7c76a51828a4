"""The calendar file: lines that any calendar reads, and the same text each time."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from targets.filing_calendar import Filing, filings
from targets.icalendar import calendar_file, folded
from targets.testing import records

TODAY = dt.date(2016, 1, 9)
NIL = Filing("R_nil", "DIST", "2015-11", dt.date(2015, 12, 10), district="440305")


def unfolded(found: bytes) -> list[str]:
    """Return the lines as a calendar reads them."""
    return found.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


@pytest.mark.parametrize("line", ["", "a" * 75, "a" * 76, "质量" * 40, "a" + "零报告" * 30, "\U0001f4c5" * 50])
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(line):
    parts = list(folded(line))
    assert max(len(part.encode()) for part in parts) <= 75
    assert all(part.startswith(" ") for part in parts[1:])
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line
    assert len(parts) <= 1 + len(line.encode()) // 71


def test_a_form_is_a_whole_day_with_a_reminder_while_it_is_owed():
    found = unfolded(calendar_file([NIL], TODAY, "both"))
    assert found[:4] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Qualicity//filing calendar//EN",
        "CALSCALE:GREGORIAN",
    ]
    assert found[-1] == "END:VCALENDAR"
    assert "UID:filing-DIST-R_nil-440305-2015-11@qualicity" in found
    assert "DTSTART;VALUE=DATE:20151210" in found
    assert "DTEND;VALUE=DATE:20151211" in found
    assert "SUMMARY:R_nil 零报告（南山区） 2015-11 / R_nil Nil reports (Nanshan) 2015-11" in found  # noqa: RUF001 - Chinese
    assert found.count("BEGIN:VALARM") == found.count("END:VALARM") == 1
    (told,) = [line for line in found if line.startswith("DESCRIPTION") and "已逾期" in line]
    assert "各区政府（新区管委会）应于 2015-12-10 前报送，已逾期：qualicity targets template R_nil" in told  # noqa: RUF001 - Chinese
    assert "due by 2015-12-10\\, overdue: qualicity targets template R_nil" in told


def test_what_has_come_says_so_and_reminds_nobody():
    came = Filing("R_ps", "MSA", "2015-11", dt.date(2015, 12, 30), dt.date(2016, 1, 2))
    found = unfolded(calendar_file([came], TODAY, "en"))
    assert "DESCRIPTION:Market Supervision Administration\\, filed on 2016-01-02\\, late" in found
    assert not [line for line in found if "ALARM" in line]
    assert "报" not in "".join(found)


def test_the_same_filings_make_the_same_file_and_each_its_own_name():
    owed = filings(records({}), [2015], TODAY)
    found = calendar_file(owed, TODAY, "zh")
    assert calendar_file(owed[::-1], TODAY, "zh") == found
    names = re.findall(rb"UID:(.+)\r\n", found)
    assert len(names) == len(set(names)) == len(owed)
