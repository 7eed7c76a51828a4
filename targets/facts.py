"""What has been published: series of facts with their sources, in `facts/*.toml`.

A fact is shown beside an indicator and never judged. Figures of two methods are two pieces of a series and are never
joined; what somebody planned is no measurement and stands in no piece. What no source states is not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from qualicity.errors import UsageError
from qualicity.network import Name
from qualicity.strict import Problems, convert_tables
from targets.departments import sources
from targets.indicator import Method
from targets.records.known import CITY_CODE
from targets.register import register
from targets.tables import MEND, Identified, toml_table

_PERIOD = re.compile(r"\d{4}(H[12]|Q[1-4](-Q[2-4])?|-(0[1-9]|1[0-2]))?")


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One published figure.

    Attributes:
        period: `2015`, `2011H1`, `2015Q1`, `2013Q1-Q3` or `2011-08`.
        kind: quoted = the source prints the number; derived = it follows from what the source prints; plan.
        sources: keys of sources.toml.
        value: in the series' unit, as precise as it is published; None = the source says it without a number.
        bound: the source gives a bound, not a value.
        numerator, denominator: where they are known.
        method: of the series' methods; a plan may name none.
        how: of what is derived, from what.
    """

    period: str
    kind: Literal["quoted", "derived", "plan"]
    sources: tuple[str, ...]
    value: Decimal | None = None
    bound: Literal[">", "<"] | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    method: str = ""
    how: Name | None = None
    caveat: Name | None = None


class FactSeries(Identified, frozen=True, forbid_unknown_fields=True):
    """Figures of one thing in one place.

    Attributes:
        place: code by GB/T 2260; `CN` = the country.
        indicator: that they stand beside; "" = none of the register.
        methods: where figures of several were published.
    """

    name: Name
    place: str
    unit: str
    facts: tuple[Fact, ...]
    indicator: str = ""
    methods: tuple[Method, ...] = ()

    @property
    def plans(self) -> tuple[Fact, ...]:
        """Return what somebody meant to reach."""
        return tuple(fact for fact in self.facts if fact.kind == "plan")

    @property
    def pieces(self) -> Mapping[str, tuple[Fact, ...]]:
        """Return the measured figures by method, each in order of time; they are never joined."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            if fact.kind != "plan":
                found.setdefault(fact.method, []).append(fact)
        return {method: tuple(sorted(own, key=lambda fact: fact.period)) for method, own in found.items()}


@cache
def fact_series() -> Mapping[str, FactSeries]:
    """Return all series by id.

    Raises:
        InputError: a file breaks its form: all that is wrong, each with its place.
    """
    folder = files(__package__) / "facts"
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    return parse({path.name: path.read_text("utf-8") for path in paths if path.name.endswith(".toml")})


def facts(series: str) -> Mapping[str, tuple[Fact, ...]]:
    """Return the measured figures of a series by method; they are never joined.

    Raises:
        UsageError: there is no such series.
    """
    found = fact_series().get(series)
    if found is None:
        raise UsageError(f"no series of facts {series!r}", f"one of: {', '.join(fact_series())}")
    return found.pieces


def facts_about(indicator: str) -> tuple[FactSeries, ...]:
    """Return the series that stand beside an indicator, those of the promise's own city first."""
    found = [series for series in fact_series().values() if series.indicator == indicator]
    return tuple(sorted(found, key=lambda series: series.place != CITY_CODE))


def parse(texts: Mapping[str, str]) -> Mapping[str, FactSeries]:
    """Return the series of files, by id.

    Args:
        texts: by file name.

    Raises:
        InputError: all that is wrong, each with its place.
    """
    problems = Problems()
    found: dict[str, FactSeries] = {}
    for file, text in texts.items():
        content = toml_table(text, file)
        for key in sorted(content.keys() - {"series"}):
            problems.add(f"{file}: {key}", "unknown key; known is series")
        for place, series in convert_tables(content, "series", FactSeries, file, problems):
            if series.id in found:
                problems.add(place, "stands twice")
            found[series.id] = series
            for where, what in _series(series):
                problems.add(f"{place}{where}", what)
    problems.refuse("the facts", MEND)
    return found


def _series(series: FactSeries) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in a series."""
    if series.indicator and series.indicator not in register().indicators:
        yield ".indicator", f"{series.indicator!r} is not in the register"
    seen: set[tuple[str, str, bool]] = set()
    for fact in series.facts:
        where = f".facts {fact.period}"
        key = (fact.period, fact.method, fact.kind == "plan")
        if key in seen:
            yield where, "stands twice"
        seen.add(key)
        planned = fact.kind == "plan" and not fact.method
        if not planned and (fact.method or series.methods) and fact.method not in {one.id for one in series.methods}:
            yield f"{where}.method", f"{fact.method!r} is none of the series' methods"
        yield from ((f"{where}{field}", what) for field, what in _fact(fact))


def _fact(fact: Fact) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in a fact."""
    if not _PERIOD.fullmatch(fact.period):
        yield ".period", "write 2015, 2011H1, 2015Q1, 2013Q1-Q3 or 2011-08"
    if not fact.sources:
        yield ".sources", "say where it stands"
    for source in fact.sources:
        if source not in sources():
            yield ".sources", f"{source!r} is not in sources.toml"
    if fact.value is None and fact.caveat is None:
        yield ".value", "a fact without a number says what it is (caveat)"
    if (fact.kind == "derived") != (fact.how is not None):
        yield ".how", "what is derived, and that alone, says from what"
    for field, text in (("how", fact.how), ("caveat", fact.caveat)):
        if text is not None and not (text.zh.strip() and text.en.strip()):
            yield f".{field}", "say it in both languages"
    yield from _share(fact)


def _share(fact: Fact) -> Iterator[tuple[str, str]]:
    """Yield whether a published share is not what its numbers come to."""
    if (fact.numerator is None) != (fact.denominator is None):
        yield ".numerator", "numerator and denominator are said together"
    if fact.value is None or fact.numerator is None or not fact.denominator:
        return
    share = (100 * fact.numerator / fact.denominator).quantize(fact.value, ROUND_HALF_UP)
    if share != fact.value:
        yield ".value", f"{fact.numerator} of {fact.denominator} are {share} %, not {fact.value}"
