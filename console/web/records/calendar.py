"""What the page of the filing calendar shows: what is due soon, what is overdue, the year by month, who is punctual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from console.filing import STATES, WORST
from console.web.records.views import dept_name, title_of
from console.web.words import DASH, Words
from targets.filing_calendar import Filing, by_department
from targets.parts import span
from targets.records.known import districts

SOON = 30
"""Days that are looked ahead."""


@dataclass(frozen=True)
class Owed:
    """One form of one period; districts that stand alike stand together."""

    key: str
    dept: str
    form: str
    title: str
    period: str
    districts: str
    due: str
    state: str
    sign: str
    word: str
    days: str
    synthetic: bool


@dataclass(frozen=True)
class Cell:
    """The filings of a form whose period ends in a month; the gravest state."""

    key: str
    state: str
    sign: str
    count: str  # of several districts, of how many
    said: str


@dataclass(frozen=True)
class Line:
    """A form of a department through a year."""

    form: str
    title: str
    cells: Sequence[Cell | None]


@dataclass(frozen=True)
class Dept:
    """The forms of a department, and how punctual it is."""

    code: str
    name: str
    share: str
    counted: str
    lines: Sequence[Line]
    synthetic: bool


def soon(owed: Sequence[Filing], today: dt.date) -> list[Filing]:
    """Return what is due within the days to come and has not come, the next first."""
    last = today + dt.timedelta(SOON)
    found = [one for one in owed if one.filed_on is None and today <= one.due_on <= last]
    return sorted(found, key=lambda one: (one.due_on, one.place))


def overdue(owed: Sequence[Filing], today: dt.date) -> list[Filing]:
    """Return what has not come and is past its day, the longest first."""
    found = [one for one in owed if one.state(today) == "overdue"]
    return sorted(found, key=lambda one: (one.due_on, one.place))


def owed_views(found: Sequence[Filing], today: dt.date, words: Words) -> list[Owed]:
    """Return the rows of a list, in the order in which they first come."""
    groups: dict[tuple[object, ...], list[Filing]] = {}
    for one in found:
        groups.setdefault((one.dept, one.schema, one.period, one.state(today), one.days(today)), []).append(one)
    return [_owed_view(own, today, words) for own in groups.values()]


def _owed_view(own: Sequence[Filing], today: dt.date, words: Words) -> Owed:
    one = own[0]
    state, days = one.state(today), one.days(today)
    names = [words.name(districts().get(filing.district), filing.district) for filing in own if filing.district]
    return Owed(
        key=_key(own),
        dept=dept_name(one.dept, words),
        form=one.schema,
        title=title_of(one.schema, words),
        period=one.period,
        districts=words("comma").join(names),
        due=one.due_on.isoformat(),
        state=state,
        sign=STATES[state].sign,
        word=_word(state, words),
        days=words("days_over", days=days) if days > 0 else words("days_left", days=-days),
        synthetic=one.synthetic,
    )


def _key(own: Sequence[Filing]) -> str:
    """Return what explains filings: of several districts, the key of all of them."""
    one = own[0]
    return f"{one.scope}/{one.period}" if len(own) == 1 else f"filing/{one.dept}/{one.schema}/{one.period}"


def _word(state: str, words: Words) -> str:
    return words.name(STATES[state].said, state)


def by_dept(owed: Sequence[Filing], today: dt.date, words: Words) -> list[Dept]:
    """Return a year, by department, form and month in which a period ends."""
    punctual = by_department(owed, today)
    found = []
    for code, counted in punctual.items():
        own = [one for one in owed if one.dept == code]
        lines = [
            Line(form, title_of(form, words), _months([one for one in own if one.schema == form], today, words))
            for form in dict.fromkeys(one.schema for one in own)
        ]
        share = DASH if counted.share is None else f"{float(100 * counted.share):.1f}%"
        said = words("in_time_of", on_time=counted.on_time, due=counted.due)
        found.append(Dept(code, dept_name(code, words), share, said, lines, any(one.synthetic for one in own)))
    return found


def _months(owed: Sequence[Filing], today: dt.date, words: Words) -> list[Cell | None]:
    return [_cell([one for one in owed if span(one.period)[1].month == month], today, words) for month in range(1, 13)]


def _cell(owed: Sequence[Filing], today: dt.date, words: Words) -> Cell | None:
    if not owed:
        return None
    worst = min(owed, key=lambda one: WORST.index(one.state(today)))
    state = worst.state(today)
    count = sum(one.state(today) == state for one in owed)
    said = words("cell_said", period=worst.period, state=_word(state, words), due=worst.due_on)
    return Cell(_key(owed), state, STATES[state].sign, "" if count == len(owed) else str(count), said)


def legend(words: Words) -> list[tuple[str, str, str]]:
    """Return what the signs mean: state, sign, word."""
    return [(state, mark.sign, _word(state, words)) for state, mark in STATES.items()]
