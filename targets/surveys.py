"""Surveys: scores from 0 to 100 by sector, and the city's as the plain mean of its sectors.

Several rounds or places of one sector in a period are pooled by their answers. Fewer than 30 valid answers are not
published and do not count; fewer than 100 are not compared. Another questionnaire is another method: of a period with
two, the one that asked in more sectors counts.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computed, Scope, known
from targets.counting import rate_points
from targets.model import Point, Series, YearOnYear
from targets.overlaps import counted_once, filed_periods
from targets.parts import MONTHS, Part, coarser, part_of
from targets.records.base import Records
from targets.sampling import mean_change
from targets.tally import Tally, looked_at, tallied
from targets.thresholds import thresholds

CULTURE = "quality_culture"
"""Sector code of the survey of citizens on the culture of quality."""

SURVEY = ("sector_code", "district", "n_valid", "mean_0_100", "sd", "weight", "instrument_version")
"""Columns of a round of a survey that are looked at."""


@dataclass(frozen=True)
class Score:
    """What the answers of one sector in one period come to."""

    sector: str
    mean: Fraction
    error: float | None
    answers: int
    weight: Fraction | None

    @classmethod
    def of(cls, sector: str, rounds: Sequence[Mapping[str, Any]]) -> Score:
        """Pool the rounds of a sector by their answers."""
        answers = sum(row["n_valid"] for row in rounds)
        mean = sum((Fraction(row["mean_0_100"]) * row["n_valid"] for row in rounds), Fraction(0)) / answers
        spread = None
        if all(row["sd"] is not None for row in rounds):
            spread = math.sqrt(sum(row["n_valid"] * float(row["sd"]) ** 2 for row in rounds)) / answers
        weights = [row["weight"] for row in rounds if row["weight"] is not None]
        weight = sum(map(Fraction, weights), Fraction(0)) / len(weights) if len(weights) == len(rounds) else None
        return cls(sector, mean, spread, answers, weight)


def survey(
    records: Records, scope: Scope, indicator: str, asks: Callable[[str], bool], **more: Sequence[Point]
) -> Computed:
    """Return the city's score by year, and by the shorter periods that are filed.

    Args:
        records: that count.
        scope: city, years and today.
        indicator: that is computed.
        asks: whether it is about a sector, by its code.
        more: second figures from elsewhere.
    """
    table = about(looked_at(records, "R_sv", *SURVEY), asks)
    points: list[Point] = []
    yearly: dict[str, list[Score]] = {}
    for part in _parts(table):
        rows = round_rows(table, scope, part)
        rounds = _counted(table, rows, part)
        for point in rate_points(rows, scope, part):
            scores = _scores(rounds.get(point.period, ()))
            points.append(_city(point, scores, {row["instrument_version"] for row in rounds.get(point.period, ())}))
            if point.yearly and scores:
                yearly[point.period] = scores
    points = [replace(point, change=_change(point, points, yearly)) for point in points]
    years = [point for point in points if point.period in yearly]
    beside = {
        "weighted": [_weighted(point, yearly[point.period]) for point in years],
        "comparable": _comparable(years, yearly),
        **more,
    }
    series = Series(indicator, tuple(points), () if table.num_rows else ("R_sv",), known(beside))
    return Computed(series, (Tally("R_sv", round_rows(table, scope, "year")),))


def sector_scores(records: Records, scope: Scope, part: Part, asks: Callable[[str], bool]) -> dict[str, list[Score]]:
    """Return the score of each sector that is asked for, by period: of the same rounds as the city's."""
    table = about(looked_at(records, "R_sv", *SURVEY), asks)
    rounds = _counted(table, round_rows(table, scope, part), part)
    return {period: _scores(rounds[period]) for period in sorted(rounds)}


def _parts(table: pa.Table) -> list[Part]:
    """Return the year and the shorter parts of it that are filed, the longest first."""
    filed = {part_of(period) for period in filed_periods(table).dictionary.to_pylist()}
    return sorted({"year", *filed}, key=lambda part: -MONTHS[part])


def about(table: pa.Table, asks: Callable[[str], bool]) -> pa.Table:
    """Return the records of the sectors that are asked for."""
    return table.filter(pa.array([asks(code) for code in table["sector_code"].to_pylist()], pa.bool_()))


def round_rows(table: pa.Table, scope: Scope, part: Part) -> pa.Table:
    """Return the rows of a tally, one for each record, that are brought together to a part of the year."""
    periods = filed_periods(table)
    small = pc.less(table["n_valid"], thresholds().survey.publish)
    other = _other_instrument(table, [coarser(period, part) for period in periods.to_pylist()], small.to_pylist())
    reasons = [("small_sample", small), ("other_instrument", pa.array(other, pa.bool_()))]
    excluded = counted_once(table, ("sector_code",), scope.code, reasons, part=part)
    return tallied(table, periods, entity=table["sector_code"], part=table["mean_0_100"], excluded=excluded)


def _other_instrument(table: pa.Table, periods: Sequence[str | None], small: Sequence[bool]) -> list[bool]:
    """Return which records another questionnaire asked than the one that asked in most sectors of their period."""
    rows = table.select(["instrument_version", "sector_code", "n_valid"]).to_pylist()
    asked: dict[tuple[str | None, str], dict[str, int]] = defaultdict(dict)
    for row, period, out in zip(rows, periods, small, strict=True):
        if not out:
            answers = asked[period, row["instrument_version"]]
            answers[row["sector_code"]] = answers.get(row["sector_code"], 0) + row["n_valid"]
    leading: dict[str | None, tuple[int, int, str]] = {}
    for (period, instrument), answers in asked.items():
        rank = (len(answers), sum(answers.values()), instrument)
        leading[period] = max(leading.get(period, rank), rank)
    return [
        period in leading and leading[period][-1] != row["instrument_version"]
        for row, period in zip(rows, periods, strict=True)
    ]


def _counted(table: pa.Table, rows: pa.Table, part: Part) -> dict[str, list[dict[str, Any]]]:
    """Return the records that count, by the period to which they are brought together."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    columns = (table.to_pylist(), rows["period"].to_pylist(), rows["excluded"].to_pylist())
    for row, period, out in zip(*columns, strict=True):
        brought = coarser(period, part)
        if out is None and brought is not None:
            found[brought].append(row)
    return found


def _scores(rounds: Iterable[Mapping[str, Any]]) -> list[Score]:
    """Return the score of each sector."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rounds:
        found[row["sector_code"]].append(row)
    return [Score.of(sector, own) for sector, own in sorted(found.items())]


def _city(point: Point, scores: Sequence[Score], instruments: Collection[str]) -> Point:
    """Return a period's point as the plain mean of its sectors, each by itself."""
    if not scores:
        return replace(point, numerator=None, denominator=None, lower=None, upper=None)
    notes = ("small_samples",) if any(score.answers < thresholds().survey.compare for score in scores) else ()
    return replace(
        point,
        value=sum((score.mean for score in scores), Fraction(0)) / len(scores),
        numerator=None,
        denominator=Fraction(sum(score.answers for score in scores)),
        lower=None,
        upper=None,
        standard_error=_error(scores, [Fraction(1)] * len(scores)),
        method=min(instruments),
        notes=notes,
    )


def _weighted(point: Point, scores: Sequence[Score]) -> Point:
    """Return a year's point with the sectors weighted as they are filed; without a value where a weight is missing."""
    weights = [score.weight for score in scores if score.weight is not None]
    if len(weights) < len(scores) or not sum(weights):
        return replace(point, value=None)
    value = sum((score.mean * weight for score, weight in zip(scores, weights, strict=True)), Fraction(0))
    return replace(point, value=value / sum(weights), standard_error=_error(scores, weights), change=None)


def _comparable(years: Sequence[Point], scores: Mapping[str, Sequence[Score]]) -> list[Point]:
    """Return the years' points by the sectors alone that had enough answers in each year by the same questionnaire."""
    found: list[Point] = []
    least = thresholds().survey.compare
    for point in years:
        alike = [scores[other.period] for other in years if other.method == point.method]
        common = set.intersection(*({one.sector for one in own if one.answers >= least} for own in alike))
        own = [score for score in scores[point.period] if score.sector in common]
        if len(alike) > 1 and own:
            shown = _city(point, own, (point.method,))
            former = next((one for one in found if _follows(one, shown)), None)
            found.append(replace(shown, change=_since(former, shown, comparable=True)))
    return found


def _follows(former: Point, point: Point) -> bool:
    """Return whether a year's point follows another, by the same questionnaire."""
    return (former.period, former.method) == (str(point.year - 1), point.method)


def _change(point: Point, points: Sequence[Point], scores: Mapping[str, Sequence[Score]]) -> YearOnYear | None:
    """Return the change since the year before; of other sectors, another questionnaire or few answers no word is said.

    Shorter periods have none.
    """
    former = next((one for one in points if one.period == str(point.year - 1)), None)
    if former is None or former.period not in scores or point.period not in scores:
        return None
    before, now = ({one.sector for one in scores[period]} for period in (former.period, point.period))
    enough = all(
        one.answers >= thresholds().survey.compare for period in (former.period, point.period) for one in scores[period]
    )
    return _since(former, point, comparable=enough and before == now and _follows(former, point))


def _since(former: Point | None, point: Point, *, comparable: bool) -> YearOnYear | None:
    if former is None or former.value is None or point.value is None:
        return None
    if former.standard_error is None or point.standard_error is None:
        return None
    ends = (float(former.value), former.standard_error, 1), (float(point.value), point.standard_error, 1)
    return mean_change(*ends, comparable=comparable).since(former.period, former.value, point.value)


def _error(scores: Sequence[Score], weights: Sequence[Fraction]) -> float | None:
    """Return the standard error of a weighted mean of sectors; None where one of them is not known."""
    errors = [score.error for score in scores if score.error is not None]
    if len(errors) < len(scores):
        return None
    return math.sqrt(sum((float(w) * e) ** 2 for w, e in zip(weights, errors, strict=True))) / float(sum(weights))
