"""Cells of the matrices: a class, a share of days, a day's verdict; each with its sign, its title and its why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.classes import class_style, class_word
from console.evidence.words import Words as EvidenceWords
from console.page.charts.classes import judged_share, whole_percent
from console.page.texts import texts as page_texts
from console.web.water.standing import Time
from console.web.words import DASH, Words
from qualicity.parameters import symbol
from qualicity.periods import parse_period
from qualicity.reasons import NO_DISCHARGE, reason_in
from qualicity.standards.load import standards
from qualicity.standards.schema_water import ClassTable

Row = Mapping[str, Any]
Address = Callable[[str], str]
"""From a key to the address of its why."""

SIGNS: Mapping[str | None, str] = {"COMPLIES": "✓", "EXCEEDS": "✗", "NOT_ASSESSABLE": "?", None: ""}

_TOLD = 120
"""Characters of a reason that a title tells; its why tells all."""

_NAMED = 2
"""Deciding items that a cell names; its title names all."""


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
        text: what it says first.
        note: smaller, below.
        sign: of its verdict.
        style: of the cell.
        title: all that there is to say, for those who hover and those who hear.
        address: of its why; empty = there is none.
    """

    text: str
    title: str
    note: str = ""
    sign: str = ""
    style: str = ""
    address: str = ""


@dataclass(frozen=True)
class Voice:
    """Speaks a page's words, and those that pages of evidence have already.

    Attributes:
        words: of the page.
        evidence: of evidence and of the year's page.
        why: from a key to the address of its why.
    """

    words: Words
    evidence: EvidenceWords
    why: Address

    @property
    def language(self) -> str:
        """Return the language."""
        return self.words.language

    def symbol(self, parameter: str) -> str:
        """Return what people write for an item."""
        return symbol(parameter, self.language)

    def reason(self, row: Row) -> str:
        """Return a row's reason."""
        return reason_in(row.get("reason") or "", self.language)

    def verdict(self, row: Row) -> str:
        """Return the word of a row's verdict; of days on which nothing was discharged, that."""
        if row.get("reason") == NO_DISCHARGE:
            return self.evidence("no_discharge")
        return self.words(row["verdict"]) if row["verdict"] else ""


def missing(period: str, time: Time, voice: Voice) -> Cell:
    """Return the cell of a period of which nothing stands: to come, running, or not judged."""
    found = parse_period(period)
    key = "not_begun" if not time.begun(found) else "not_judged" if time.over(found) else "running"
    word = voice.words(key)
    return Cell({"not_begun": "", "running": "…", "not_judged": "·"}[key], f"{period} · {word}", style="none")


def class_cell(row: Row | None, period: str, time: Time, voice: Voice) -> Cell:
    """Return a source's or a section's period: its class, whether that meets the target, and what decides it."""
    if row is None:
        return missing(period, time, voice)
    name, verdict = row["class"], row["verdict"]
    items = [voice.symbol(item) for item in row["deciding"]]
    word = class_word(name, voice.evidence)
    said = (period, word, voice.verdict(row), ", ".join(items), told(voice.reason(row)))
    return Cell(
        text=numeral(name, voice.language) or SIGNS["NOT_ASSESSABLE"],
        title=" · ".join(one for one in said if one),
        note=shortened(items),
        sign=SIGNS[verdict] if verdict == "EXCEEDS" and name else "",
        style=_classed(row),
        address=voice.why(row["key"]),
    )


def _classed(row: Row) -> str:
    over = " over" if row["verdict"] == "EXCEEDS" else ""
    return (class_style({"classes": classes_of(row)}, row["class"]) or "unknown") + over


def numeral(name: str | None, language: str) -> str:
    """Return a class as a numeral: what fits a cell."""
    if name is None:
        return ""
    text = page_texts().get(f"class_{name}")
    return text[language] if text else name


def told(reason: str) -> str:
    """Return a reason as a title tells it."""
    return reason if len(reason) <= _TOLD else f"{reason[:_TOLD]}…"


def shortened(items: Sequence[str]) -> str:
    """Return the first of several items, and how many more there are."""
    more = len(items) - _NAMED
    return " ".join(items[:_NAMED]) + (f" +{more}" if more > 0 else "")


def classes_of(row: Row) -> Sequence[str]:
    """Return the classes of the table that a row was judged by, best first."""
    table = standards().get(row["standard"])
    return table.classes if isinstance(table, ClassTable) else ()


def share_cell(row: Row | None, period: str, time: Time, voice: Voice) -> Cell:
    """Return an outlet's month or year: the share of judged days that complied, and how many did not."""
    if row is None:
        return missing(period, time, voice)
    share, days, verdict = judged_share(row, "days"), row["days"], row["verdict"]
    said = (period, voice.verdict(row), voice.evidence("days_are", **days), told(voice.reason(row)))
    text = SIGNS["NOT_ASSESSABLE"] if verdict == "NOT_ASSESSABLE" or share is None else whole_percent(share)
    if row["reason"] == NO_DISCHARGE:
        text = DASH
    return Cell(
        text=text,
        title=" · ".join(one for one in said if one),
        note=f"✗ {days['exceeded']}" if days["exceeded"] else "",
        sign=SIGNS["COMPLIES"] if verdict == "COMPLIES" and row["reason"] != NO_DISCHARGE else "",
        style=_style(row),
        address=voice.why(row["key"]),
    )


def day_cell(row: Row | None, period: str, time: Time, voice: Voice) -> Cell:
    """Return an outlet's day: its verdict as a sign."""
    if row is None:
        return missing(period, time, voice)
    calm = row["reason"] == NO_DISCHARGE
    title = " · ".join(one for one in (period, voice.verdict(row), "" if calm else told(voice.reason(row))) if one)
    sign = DASH if calm else SIGNS[row["verdict"]]
    return Cell(sign, title, style=_style(row), address=voice.why(row["key"]))


def _style(row: Row) -> str:
    if row["reason"] == NO_DISCHARGE:
        return "none"
    return {"COMPLIES": "good", "EXCEEDS": "bad", "NOT_ASSESSABLE": "unknown", None: "none"}[row["verdict"]]


def rate_cell(row: Row | None, period: str, time: Time, voice: Voice) -> Cell:
    """Return a city's rate of a period, percent by volume."""
    if row is None:
        return missing(period, time, voice)
    rate, verdict = row["rate_volume"], row["verdict"]
    word = voice.evidence(f"rate_{verdict}") if verdict else ""
    target = voice.words("target_is", target=spaced(row["target"]))
    return Cell(
        text=SIGNS["NOT_ASSESSABLE"] if rate is None else whole_percent(rate),
        title=" · ".join(one for one in (period, word, target) if one),
        sign=SIGNS[verdict] if verdict == "EXCEEDS" else "",
        style=_style({"reason": "", "verdict": verdict if verdict != "COMPLIES" else None}),
        address=voice.why(row["key"]),
    )


def volume_cell(row: Row | None, name: str, period: str, time: Time, voice: Voice) -> Cell:
    """Return a volume of a period, in 10^4 m3."""
    if row is None:
        return missing(period, time, voice)
    return Cell(volume(row.get(name)), period, address=voice.why(row["key"]), style="none")


def volume(cubic_metres: float | None) -> str:
    """Return a volume in 10^4 m3."""
    return DASH if cubic_metres is None else f"{cubic_metres / 10_000:,.1f}"


def spaced(target: str) -> str:
    """Return a target as people write it: `>=98` as `≥ 98`."""
    for code, sign in ((">=", "≥ "), ("<=", "≤ "), (">", "> "), ("<", "< ")):
        if target.startswith(code):
            return target.replace(code, sign)
    return target


def failing(row: Row, voice: Voice) -> Iterator[str]:
    """Yield what misses its target, with how many times its limit is exceeded."""
    for name in row["failing"]:
        times = row["multiples"].get(name)
        item = voice.symbol(name)
        yield item if times is None else voice.evidence("failing_by", item=item, times=f"{times:.2f}")
