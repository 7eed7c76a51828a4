"""Why a day was judged so, for people of both languages: the `reason` of its row, read part by part."""

from __future__ import annotations

import re

from markupsafe import Markup

from aggregator.verdicts import NO_LAW, WITHIN
from console.page.texts import LANGUAGES, both, texts
from qualicity.parameters import symbol
from qualicity.units import printed

_BETWEEN = Markup("; ")
_NUMBER = r"-?[\d.]+"

_PATTERNS = {
    "reason_within": re.compile(re.escape(WITHIN)),
    "reason_beyond": re.compile(rf"(?P<item>\w+) (?P<value>{_NUMBER}) > (?P<limit>{_NUMBER}) (?P<unit>\S+)"),
    "reason_stations": re.compile(
        r"(?P<item>\w+): (?P<valid>\d+) of (?P<all>\d+) stations valid, (?P<needed>\d+) needed"
    ),
    "reason_windows": re.compile(r"(?P<item>\w+): (?P<valid>\d+) valid 8 h windows, (?P<needed>\d+) needed"),
    "reason_hours": re.compile(r"(?P<item>\w+): (?P<valid>\d+) valid hours, (?P<needed>\d+) needed"),
    "reason_no_law": re.compile(re.escape(NO_LAW)),
}


def reason(row_reason: str) -> Markup:
    """Return a row's reason in both languages; a part of another form stays as it is."""
    parts = row_reason.split("; ")
    return _BETWEEN.join(both(*(_part(part, language) for language in LANGUAGES)) for part in parts)


def reason_in(row_reason: str, language: str) -> str:
    """Return a row's reason in one language."""
    return "; ".join(_part(part, language) for part in row_reason.split("; "))


def _part(part: str, language: str) -> str:
    for key, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(part):
            values = found.groupdict()
            if item := values.get("item"):
                values["item"] = symbol(item)
            if written := values.get("unit"):
                values["unit"] = printed(written)
            return texts()[key][language].format(**values)
    return part
