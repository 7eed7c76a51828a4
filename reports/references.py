"""References in what editors write: `{{ env.air_days.rate }}` stands for what is judged, so that text and data agree.

`ID.FIELD` names a row of the register and what of it; `ID.FIELD@2014` of another year. Fields: `FIELDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from qualicity.errors import InputError, UsageError
from qualicity.network import Name
from reports import change
from reports.chapters import judged
from reports.model import Language
from reports.printing import number, said
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.register import register
from targets.words import word

say = wording("editing")

_REFERENCE = re.compile(r"\{\{((?:(?!\{\{|\}\}).){0,200})\}\}", re.DOTALL)
_OPEN = re.compile(r"\{\{")
_NAMED = re.compile(r"\s*([a-z0-9_]+\.[a-z0-9_]+)\.([a-z]+)(?:@(\d{4}))?\s*", re.ASCII)
_TYPED = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?\s?(?:%|\N{FULLWIDTH PERCENT SIGN}|(?=\D|$))")
_NO_FIGURE = re.compile(r"(?:19|20)\d\d|[0-9]|1[0-2]")
"""Years, and numbers that count paragraphs, months and the like: nobody needs to look them up."""


def _with_unit(one: Evaluated, value: Name | None) -> Name:
    if value is None:
        return say("missing")
    unit = judged.unit_of(one.indicator)
    joined = (
        say("percent", value=value) if one.indicator.unit == judged.RATE else say("in_unit", value=value, unit=unit)
    )
    return say("provisional", value=joined) if one.judgement.provisional else joined


def _value(one: Evaluated, _before: Evaluated | None) -> Name:
    return _with_unit(one, judged.value_said(one))


def _rate(one: Evaluated, before: Evaluated | None) -> Name:
    counted = judged.counted_said(one)
    value = _value(one, before)
    return value if counted is None else say("with_n", value=value, n=counted)


def _part(name: str) -> Callable[[Evaluated, Evaluated | None], Name]:
    def part(one: Evaluated, _before: Evaluated | None) -> Name:
        found = getattr(one.judgement.point, name, None)
        return say("missing") if found is None else judged.plain(number(found))

    return part


def _path(one: Evaluated, _before: Evaluated | None) -> Name:
    return _with_unit(one, judged.path_cell(one).shown)


def _changed(one: Evaluated, before: Evaluated | None) -> Name:
    return change.said(judged.change(one, before))


FIELDS: Mapping[str, Callable[[Evaluated, Evaluated | None], Name]] = {
    "value": _value,
    "rate": _rate,
    "numerator": _part("numerator"),
    "denominator": _part("denominator"),
    "target": lambda one, _before: judged.target_said(one),
    "path": _path,
    "status": lambda one, _before: word("status", one.judgement.status.value),
    "change": _changed,
}
"""What of an indicator can be referred to. `rate` has its n with it; `change` is the word that passed its test."""


class Filled(NamedTuple):
    """A text with its references filled in.

    Attributes:
        typed: numbers that stand in it as typed, each with its line: nothing checks them.
    """

    text: str
    typed: Sequence[tuple[int, str]]


def filled(text: str, source: str, language: Language, sources: Sources, year: int) -> Filled:
    """Return what an editor wrote with its references filled in.

    Args:
        text: Markdown.
        source: name of its file, for errors.
        language: of the text.
        sources: of the paper.
        year: that a reference means which names none.

    Raises:
        InputError: references that name nothing, each with its line.
    """
    problems: list[str] = []

    def put(match: re.Match[str]) -> str:
        try:
            return said(_referred(match[1], sources, year), language)
        except UsageError as error:
            problems.append(f"{source}, line {_line(text, match.start())}: {error.cause}; {error.mend}")
            return ""

    whole = _REFERENCE.sub(put, text)
    bare = _REFERENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    if unclosed := _OPEN.search(bare):
        problems.append(
            f"{source}, line {_line(bare, unclosed.start())}: a reference is opened and not closed; write }}}}"
        )
    if problems:
        raise InputError("\n".join(problems), "mend the text at the places named")
    typed = [(_line(bare, match.start()), match[0].strip()) for match in _TYPED.finditer(bare)]
    return Filled(whole, [(line, one) for line, one in typed if not _NO_FIGURE.fullmatch(one)])


def _referred(text: str, sources: Sources, year: int) -> Name:
    match = _NAMED.fullmatch(text)
    if match is None:
        raise UsageError(f"{text.strip()!r} is no reference", "write {{ ID.FIELD }}, such as {{ env.air_days.rate }}")
    name, field, other = match.groups()
    if name not in {row.id for row in register().rows}:
        raise UsageError(f"the register has no {name!r}", "`qualicity targets list` lists its rows")
    if field not in FIELDS:
        raise UsageError(f"nothing is called {field!r} of {name}", f"one of: {', '.join(FIELDS)}")
    asked = int(other or year)
    one = _judged(sources, name, asked)
    if one is None:
        raise UsageError(f"{name} is not judged in {asked}", "name a year that the paper knows")
    return FIELDS[field](one, _judged(sources, name, asked - 1))


def _judged(sources: Sources, name: str, year: int) -> Evaluated | None:
    if year > sources.as_of.year:
        return None
    return next((one for one in judged.current(sources, year) if one.indicator.id == name), None)


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
