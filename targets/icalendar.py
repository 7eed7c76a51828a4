"""The filing calendar as an iCalendar file (RFC 5545), for calendars that departments keep. The same text each time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Literal

from qualicity.network import Name
from targets.departments import departments
from targets.filing_calendar import Filing
from targets.records.known import districts
from targets.records.schema import schema

_LONGEST = 75
"""Octets of a line without its end (3.1)."""

_REMIND_DAYS = 7


def calendar_file(owed: Iterable[Filing], today: dt.date, spoken: Literal["zh", "en", "both"]) -> bytes:
    """Return the days on which forms are due: an event of a whole day for each, with a reminder while it is owed.

    A filing keeps its UID, so a calendar that reads the file again changes its events and doubles none.

    Args:
        owed: what is shown.
        today: the day that it is told for, which dates the file.
        spoken: language of the texts.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Qualicity//filing calendar//EN", "CALSCALE:GREGORIAN"]
    for one in sorted(owed, key=lambda one: (one.due_on, one.place)):
        lines += _event(one, today, spoken)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line)).encode()


def folded(line: str) -> Iterator[str]:
    """Yield the parts of a line, 75 octets at most each, the later ones behind a blank; no character is cut."""
    part, room = "", _LONGEST
    for letter in line:
        size = len(letter.encode())
        if size > room:
            yield part
            part, room = " ", _LONGEST - 1
        part, room = part + letter, room - size
    yield part


def _event(one: Filing, today: dt.date, spoken: Literal["zh", "en", "both"]) -> Iterator[str]:
    form, dept = schema(one.schema).title, departments()[one.dept].name
    place = districts()[one.district] if one.district else Name()
    state = one.state(today)
    done = one.filed_on is not None
    yield "BEGIN:VEVENT"
    yield f"UID:{'-'.join(one.scope.split('/'))}-{one.period}@qualicity"
    yield f"DTSTAMP:{today:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{one.due_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{one.due_on + dt.timedelta(1):%Y%m%d}"
    yield "TRANSP:TRANSPARENT"
    zh = f"{one.schema} {form.zh}{f'（{place.zh}）' if place.zh else ''} {one.period}"
    en = f"{one.schema} {form.en}{f' ({place.en})' if place.en else ''} {one.period}"
    yield f"SUMMARY:{_text(_said(spoken, zh, en))}"
    yield f"DESCRIPTION:{_text(_said(spoken, *_described(one, dept, state)))}"
    yield f"CATEGORIES:{one.dept}"
    if not done:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{one.schema} {one.period}",
                    f"TRIGGER:-P{_REMIND_DAYS}D", "END:VALARM")  # fmt: skip
    yield "END:VEVENT"


def _described(one: Filing, dept: Name, state: str) -> tuple[str, str]:
    """Return who owes it and how it stands, in both languages."""
    if one.filed_on is None:
        how = f"qualicity targets template {one.schema}"
        late = ("，已逾期", ", overdue") if state == "overdue" else ("", "")
        return (
            f"{dept.zh}应于 {one.due_on} 前报送{late[0]}：{how}",
            f"{dept.en}, due by {one.due_on}{late[1]}: {how}",
        )
    late = ("，迟报", ", late") if state == "late" else ("", "")
    return f"{dept.zh}已于 {one.filed_on} 报送{late[0]}", f"{dept.en}, filed on {one.filed_on}{late[1]}"


def _said(spoken: Literal["zh", "en", "both"], zh: str, en: str) -> str:
    return f"{zh} / {en}" if spoken == "both" else zh if spoken == "zh" else en


def _text(text: str) -> str:
    """Return a text as a property holds it (3.3.11)."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text
