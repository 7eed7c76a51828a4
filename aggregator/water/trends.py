"""Whether an item of a section has become more or less over years or months: rank correlation. Pure, exact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from aggregator.stations import Result
from qualicity.network import WaterBody
from qualicity.standards.load_water import water_law
from qualicity.standards.schema_water import WaterAssessment

Word = Literal["rising", "falling", "none"]


@dataclass(frozen=True)
class Trend:
    """What a series of means does."""

    word: Word  # none: no significant trend
    coefficient: float  # Spearman's, -1 to 1
    critical: str  # what its absolute value must reach, as the table writes it
    periods: int


def trend(means: Sequence[Decimal | float], rules: WaterAssessment) -> Trend | None:
    """Return the trend of means of periods in order of time; None for fewer than the rules need.

    Spearman's coefficient of ranks; equal means share the mean of their ranks, and with such ties it is the ranks'
    correlation. A coefficient that reaches the critical one is a significant trend: by chance that many would be rare.

    Args:
        means: one a period; a period without one is left out by the caller.
        rules: with critical coefficients.
    """
    count = len(means)
    if count < rules.trend_periods_at_least:
        return None
    written = critical(count, rules.trend_critical)
    square, sign = _correlation(ranks(means))
    significant = square >= Fraction(written) ** 2
    word: Word = "none" if not significant else "rising" if sign > 0 else "falling"
    return Trend(word, sign * float(square) ** 0.5, written, count)


def trend_rows(rows: Iterable[Result]) -> Iterator[dict[str, Any]]:
    """Yield, for each item of each section, what its means do over the rows of its periods.

    Args:
        rows: of periods of one kind, in order of time, as `assess water` gives them.
    """
    means: dict[tuple[str, str], dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
    judged: dict[tuple[str, str], tuple[str, WaterBody]] = {}
    for row in rows:
        if row["standard"] is not None:
            place = row["city"], row["station"]
            judged[place] = row["standard"], row["water_body"]
            for name, item in row["items"].items():
                if item["value"] is not None:
                    means[place][name].append((row["period"], item["value"]))
    for place, items in sorted(means.items()):
        rules = water_law(*judged[place]).assessment
        for name, values in items.items():
            found = trend([value for _, value in values], rules)
            yield {
                "city": place[0],
                "station": place[1],
                "parameter": name,
                "first": values[0][0],
                "last": values[-1][0],
                "periods": len(values),
                "needed": rules.trend_periods_at_least,
                "coefficient": None if found is None else round(found.coefficient, 6),
                "critical": None if found is None else float(found.critical),
                "trend": None if found is None else found.word,
                "certainty": rules.trend_certainty,
            }


def critical(count: int, table: Mapping[str, str]) -> str:
    """Return the critical coefficient for a number of periods; in a gap of the table the next smaller number's."""
    known = max(int(number) for number in table if int(number) <= count)
    return table[str(known)]


def ranks(values: Sequence[Decimal | float]) -> list[Fraction]:
    """Return the ranks of values from 1 on; equal ones share the mean of theirs."""
    ordered = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(ordered, 1)))}
    return [Fraction(2 * first[value] + ordered.count(value) - 1, 2) for value in values]


def _correlation(own: Sequence[Fraction]) -> tuple[Fraction, int]:
    """Return the square of the correlation of ranks with time, and its sign; 0 where all are equal."""
    count = len(own)
    middle = Fraction(count + 1, 2)
    covariance = sum((rank - middle) * (place - middle) for place, rank in enumerate(own, 1))
    spread = sum((rank - middle) ** 2 for rank in own)
    if not spread:
        return Fraction(0), 0
    time = Fraction(count * (count * count - 1), 12)
    return Fraction(covariance) ** 2 / (spread * time), (covariance > 0) - (covariance < 0)
