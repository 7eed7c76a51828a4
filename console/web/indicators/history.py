"""An indicator over its years: each year's figure and status, what it is, its second figures, its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from console.scorecard.figures import FigureView, exact, figure, printed, with_unit
from console.scorecard.material import Material, Row
from console.scorecard.view import IndicatorView, StatusView, companions, scorecard, status_view
from console.scorecard.words import NOTHING, Said, coded, named
from qualicity.periods import clock_time
from qualicity.store.ledger import Ledger
from targets.indicator import Indicator
from targets.keys import PREFIX


@dataclass(frozen=True)
class YearLine:
    """A year under one version of the target."""

    year: int
    target: str
    figure: FigureView | None
    path: Said
    progress: str
    status: StatusView
    method: Said
    evidence: Said
    breaks: bool  # its method is another than the year's before: not to be compared
    address: str


@dataclass(frozen=True)
class CompanionLine:
    """A second figure over the years; None = it has none of a year."""

    name: Said
    figures: Sequence[FigureView | None]


@dataclass(frozen=True)
class VersionLine:
    """A version of the year's judgement."""

    target: str
    number: int
    made: str
    status: StatusView
    address: str


@dataclass(frozen=True)
class HistoryView:
    """The page.

    Attributes:
        year: what was judged of the year that is looked at.
        lines: the years, the latest first.
        versions: of the year's judgement, the latest first.
        words: what is counted, each with its label's key.
        records: schemas that it is counted from; none = from verdicts or from other indicators.
    """

    year: IndicatorView
    lines: Sequence[YearLine]
    years: Sequence[int]  # of the second figures, the latest first
    companions: Sequence[CompanionLine]
    versions: Sequence[VersionLine]
    words: Sequence[tuple[str, Said]]
    records: Sequence[str]


def history_view(
    ledger: Ledger, indicator: Indicator, material: Material, address: Callable[[str], str]
) -> HistoryView:
    """Return what was judged of an indicator up to a year."""
    own = replace(
        material,
        register={indicator.id: indicator},
        rows=[row for row in material.rows if row["indicator"] == indicator.id],
        past=[row for row in material.past if row["indicator"] == indicator.id],
    )
    year = scorecard(own, address).areas[0].indicators[0]
    years, beside = _companions([*own.past, *own.rows], indicator)
    return HistoryView(
        year=year,
        lines=list(_lines([*own.past, *own.rows], indicator, address)),
        years=years,
        companions=beside,
        versions=list(_versions(ledger, indicator, material.year, address)),
        words=list(_words(indicator)),
        records=indicator.records,
    )


def _lines(rows: Sequence[Row], indicator: Indicator, address: Callable[[str], str]) -> Iterator[YearLine]:
    order = {version.id: at for at, version in enumerate(indicator.targets)}
    ordered = sorted(rows, key=lambda row: (int(row["year"]), order.get(row["target"]["id"], -1)))
    before: dict[str, tuple[object, object]] = {}
    lines = []
    for row in ordered:
        target = str(row["target"]["id"])
        method = (row.get("method"), row.get("price_base"))
        valued = exact(row.get("value")) is not None
        lines.append(_line(row, indicator, address, breaks=valued and before.get(target, method) != method))
        if valued:
            before[target] = method
    yield from reversed(lines)


def _line(row: Row, indicator: Indicator, address: Callable[[str], str], *, breaks: bool) -> YearLine:
    more = indicator.decimals + 1
    path = with_unit(printed(row["path"], more), indicator.unit) if exact(row.get("path")) is not None else NOTHING
    name = next((one.name for one in indicator.methods if one.id == row.get("method")), None)
    return YearLine(
        year=int(row["year"]),
        target=str(row["target"]["id"] or ""),
        figure=figure(row, indicator.unit, indicator.decimals),
        path=path,
        progress=printed(row["progress"], 2) if exact(row.get("progress")) is not None else "",
        status=status_view(row["status"], row.get("label")),
        method=named(name, str(row.get("method") or "")),
        evidence=coded("evidence", row["evidence"]) if row.get("evidence") else NOTHING,
        breaks=breaks,
        address=address(str(row["key"])),
    )


def _companions(rows: Sequence[Row], indicator: Indicator) -> tuple[list[int], list[CompanionLine]]:
    """Return the second figures by year: whatever the target is, they are the same."""
    found = {int(row["year"]): dict(companions(row, indicator)) for row in rows}
    years = sorted((year for year, own in found.items() if own), reverse=True)
    names = list(dict.fromkeys(name for year in years for name in found[year]))
    return years, [CompanionLine(name, [found[year].get(name) for year in years]) for name in names]


def _versions(ledger: Ledger, indicator: Indicator, year: int, address: Callable[[str], str]) -> Iterator[VersionLine]:
    for version in reversed(ledger.history(f"{PREFIX}{indicator.id}/{year}")):
        row = version.result
        yield VersionLine(
            target=str(row["target"]["id"] or ""),
            number=version.version,
            made=clock_time(version.made),
            status=status_view(row["status"], row.get("label")),
            address=address(f"{row['key']}#{version.version}"),
        )


def _words(indicator: Indicator) -> Iterator[tuple[str, Said]]:
    """Yield what an indicator is, by the keys of the page's labels."""
    yield "definition", named(indicator.definition, "")
    for key, name in (("numerator", indicator.numerator), ("denominator", indicator.denominator)):
        if name is not None:
            yield key, named(name, "")
    if indicator.quality is not None:
        yield "quality", named(indicator.quality, "")
    if indicator.note is not None:
        yield "note", named(indicator.note, "")
