"""What a row of the register must be, beyond the types of its fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

from qualicity.network import Name
from qualicity.strict import Declared, Problems
from targets.departments import departments, sources
from targets.indicator import Figure, Indicator, Judge, Kind, TargetVersion

JUDGES: Mapping[Kind, frozenset[Judge]] = {
    "rate_sampled": frozenset({"JS", "JM"}),
    "rate_census": frozenset({"JC", "JM"}),
    "day_share": frozenset({"JC", "JM"}),
    "flow_count": frozenset({"JF", "JM"}),
    "stock_count": frozenset({"JK", "JX", "JL"}),
    "cumulative_count": frozenset({"JU", "JD"}),
    "intensity": frozenset({"JI"}),
    "zero_tolerance": frozenset({"JZ"}),
    "all_units": frozenset({"JA"}),
    "directional": frozenset({"JD", "JZ"}),
    "milestone": frozenset({"JL", "JC"}),
    "rank": frozenset({"JR"}),
    "benchmark": frozenset({"JB"}),
}
"""Judge codes that suit a kind."""

_OPERATORS: Mapping[Judge, frozenset[str]] = {"JZ": frozenset("="), "JA": frozenset("="), "JX": frozenset("~")}
_NUMBERED: frozenset[Judge] = frozenset({"JS", "JC", "JM", "JF", "JU", "JI", "JZ", "JA", "JR", "JX"})
"""Codes that cannot lead without a number to compare with."""

_SHARES: frozenset[Kind] = frozenset({"rate_sampled", "rate_census", "day_share", "all_units"})


def check(rows: Sequence[Declared[Indicator]], documents: Mapping[str, dt.date], problems: Problems) -> None:
    """Note what is wrong in rows, by themselves and together.

    Args:
        rows: with their places.
        documents: first day of force of the texts that set targets; the first of them is the promise.
        problems: where everything that is wrong is noted.
    """
    promise = next(iter(documents), "")
    seen: dict[str, str] = {}
    for place, row in rows:
        if row.id in seen:
            problems.add(place, f"{row.id!r} stands in {seen[row.id]}, too")
        seen[row.id] = place
        for field, what in [*_row(row), *_texts(row), *_references(row), *_judges(row), *_versions(row, promise)]:
            problems.add(f"{place}.{field}", what)


def _row(row: Indicator) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in fields that go together."""
    if row.kind in _SHARES and (row.numerator is None or row.denominator is None):
        yield "numerator", f"a {row.kind} says its numerator and its denominator"
    if (row.numerator is None) != (row.denominator is None):
        yield "numerator", "numerator and denominator are said together"
    if row.limit is None and row.unit == "%" and row.direction == 1 and row.kind in _SHARES:
        yield "limit", "a share has a limit"
    if (row.unit == "level") != (row.judge[:1] == ("JL",)):
        yield "unit", "ladders, and they alone, have the unit level"
    if not 0 <= row.minimum_coverage <= 1:
        yield "minimum_coverage", f"{row.minimum_coverage} is no share from 0 to 1"
    if row.decimals < 0:
        yield "decimals", "a count of digits is not negative"
    names = [method.id for method in row.methods]
    for name in {name for name in names if names.count(name) > 1}:
        yield "methods", f"{name!r} stands twice"
    for method in row.methods:
        if method.since and method.until and method.since > method.until:
            yield "methods", f"{method.id!r} ends before it begins"


def _texts(row: Indicator) -> Iterator[tuple[str, str]]:
    """Yield which texts are missing in one of the languages."""
    if not row.text_zh.strip():
        yield "text_zh", "quote the promise"
    texts: dict[str, Name | None] = {
        "name": row.name,
        "definition": row.definition,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "release_lag": row.release_lag,
        "quality": row.quality,
        "note": row.note,
    }
    texts |= {f"methods {method.id!r}": method.name for method in row.methods}
    for version in row.targets:
        texts |= {
            f"targets {version.id!r}.note": version.note,
            f"targets {version.id!r}.price_base_note": version.price_base_note,
        }
    for field, text in texts.items():
        if text is not None and not (text.zh.strip() and text.en.strip()):
            yield field, "say it in both languages"


def _references(row: Indicator) -> Iterator[tuple[str, str]]:
    """Yield what is named and is not there."""
    if not row.owners:
        yield "owners", "somebody answers for it"
    cites = [version.base.cite for version in row.targets if version.base and version.base.cite]
    methods = [version.method for version in row.targets]
    methods += [version.base.method for version in row.targets if version.base]
    own = [method.id for method in row.methods]
    for field, names, known, where in (
        ("owners", row.owners, departments(), "departments.toml"),
        ("records", row.records, _schemas(), "records/schemas"),
        ("sources", (*row.sources, *cites), sources(), "sources.toml"),
        ("targets.method", filter(None, methods), own, "the row's methods"),
    ):
        for name in names:
            if name not in known:
                yield field, f"{name!r} is not in {where}"


@cache
def _schemas() -> frozenset[str]:
    """Return the ids of the schemas of records, by the names of their files."""
    folder = files(__package__) / "records" / "schemas"
    return frozenset(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.startswith("R_"))


def _judges(row: Indicator) -> Iterator[tuple[str, str]]:
    """Yield what the judge could not go by."""
    if not row.judge:
        yield "judge", "say how it is judged"
    for code in row.judge:
        if code not in JUDGES[row.kind]:
            yield "judge", f"{code} does not suit a {row.kind}; those that do: {', '.join(sorted(JUDGES[row.kind]))}"
    if ("JU" in row.judge) != (row.start is not None):
        yield "start", "what accumulates (JU), and that alone, has a first day"
    if row.opening is not None and row.start is None:
        yield "opening", "only what accumulates has an opening balance"
    if ("JD" in row.judge) != (row.trend is not None):
        yield "trend", "words without a number (JD), and they alone, say how strong a trend they ask for"
    if row.first_observation and row.judge[:1] and row.judge[0] not in {"JS", "JC", "JF", "JK"}:
        yield "first_observation", f"{row.judge[0]} has no path that could start there"


def _versions(row: Indicator, promise: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in targets and in their order."""
    if not row.targets or row.targets[0].id != promise:
        yield "targets", f"the first version is the promise, {promise}"
    for one, two in pairwise(row.targets):
        if two.supersedes != one.id:
            yield f"targets {two.id!r}.supersedes", f"it follows {one.id!r} and supersedes {two.supersedes!r}"
        if two.effective_from <= one.effective_from:
            yield f"targets {two.id!r}", f"is in force from {two.effective_from}, not after {one.id!r}"
    if row.targets and row.targets[0].supersedes is not None:
        yield f"targets {row.targets[0].id!r}.supersedes", "nothing stands before it"
    if len({version.id for version in row.targets}) < len(row.targets):
        yield "targets", "a version stands twice"
    for version in row.targets:
        yield from ((f"targets {version.id!r}{field}", what) for field, what in _version(row, version))


def _version(row: Indicator, version: TargetVersion) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in one target."""
    yield from _comparison(row, version)
    if version.value is not None and (version.value < 0 or (row.limit and version.value > row.limit)):
        yield ".value", f"{version.value} is beyond what the indicator can be"
    if version.tolerance and version.op != "~":
        yield ".tolerance", "only what is approximate (~) has one"
    if version.tolerance < 0:
        yield ".tolerance", "is not negative"
    if row.kind == "intensity" and version.price_base is None and version.price_base_note is None:
        yield ".price_base", "say the year of its prices, or why it is not known (price_base_note)"
    if version.year < version.effective_from.year:
        yield ".year", "lies before the target's first day"
    if version.base is not None:
        yield from ((f".base{field}", what) for field, what in _base(version, version.base))


def _comparison(row: Indicator, version: TargetVersion) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in how a target is compared."""
    leading = row.judge[0] if row.judge else None
    if (version.op is None) != (version.value is None):
        yield "", "operator and value are said together"
    if version.op is None:
        if leading in _NUMBERED:
            yield "", f"{leading} compares with a number, and there is none"
        return
    suiting = _OPERATORS.get(leading, frozenset({">=", ">", "<=", "<", "="})) if leading else frozenset({version.op})
    if version.op not in suiting:
        yield ".op", f"{leading} goes with {' '.join(sorted(suiting))}, not with {version.op}"
    if (row.direction < 0 and version.op in {">", ">="}) or (row.direction > 0 and version.op in {"<", "<="}):
        yield ".op", f"{version.op} goes against the direction {row.direction}"


def _base(version: TargetVersion, base: Figure) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in the figure from which a path starts."""
    if not base.cite and base.source != "definition":
        yield ".cite", "say where it stands"
    if base.source == "first_observation":
        yield ".source", "the judge finds a first observation; here stands what a text says"
    if base.year >= version.year:
        yield ".year", f"a path to {version.year} cannot start in {base.year}"
    if base.price_base != version.price_base:
        yield ".price_base", f"{base.price_base} is not the target's {version.price_base}"
