"""What a city's sections are, by their number in each class and by the word for all of them together. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from aggregator.acidity import ion_mean
from aggregator.stations import Result
from aggregator.water.classes import classify, table, worst
from aggregator.water.means import exact, rounded
from qualicity.network import Station, WaterBody
from qualicity.standards.load_water import water_law
from qualicity.standards.schema_water import WaterAssessment, Word
from qualicity.standards.waterlaw import WaterLaw

_Months = Mapping[tuple[str, str], Result]


def classes_of(stations: Sequence[Station], months: Sequence[str], results: _Months) -> dict[str, int]:
    """Return how many stations are of each class, best first.

    Of one month it is the class that the station has; of several that of its items' means over the months.
    """
    found: Counter[str] = Counter()
    order: dict[str, None] = {}
    for station in stations:
        own = [results[station.id, month] for month in months if (station.id, month) in results]
        law = _law(own)
        if law is not None:
            order.update(dict.fromkeys([*law.classes, law.beyond]))
            if (name := _class(law, own)) is not None:
                found[name] += 1
    return {name: found[name] for name in order if found[name]}


def quality(stations: Sequence[Station], months: Sequence[str], results: _Months) -> str | None:
    """Return the id of the word for a city's surface water; None without a section that has a class.

    Of its assessed sections, or where it has none of its surface sources: from so many sections as the law says by
    their shares of good and of worst classes, else by the class of the items' means over the sections.
    """
    surface = [station for station in stations if station.water.body != "groundwater"]
    sections = [station for station in surface if station.purpose == "assessment"] or surface
    by_body: dict[WaterBody, list[Result]] = defaultdict(list)
    classes: list[tuple[WaterLaw, str]] = []
    for station in sections:
        own = [results[station.id, month] for month in months if (station.id, month) in results]
        law = _law(own)
        if law is not None and (name := _class(law, own)) is not None:
            classes.append((law, name))
            by_body[station.water.body] += own
    if not classes:
        return None
    law = classes[0][0]
    if len(classes) >= law.assessment.share_method_from:
        return by_shares(law, [name for _, name in classes])
    means = [name for own in by_body.values() if (own_law := _law(own)) and (name := mean_class(own_law, own))]
    names = [*law.classes, law.beyond]
    return by_class(law.assessment, max(means, key=names.index))


def _law(results: Sequence[Result]) -> WaterLaw | None:
    """Return the law of the latest result that has one."""
    named = [result for result in results if result["standard"] is not None]
    return water_law(named[-1]["standard"], named[-1]["water_body"]) if named else None


def _class(law: WaterLaw, results: Sequence[Result]) -> str | None:
    if len(results) == 1:
        name: str | None = results[0]["class"]
        return name
    return mean_class(law, [result for result in results if result["class"] is not None])


def mean_class(law: WaterLaw, results: Iterable[Result]) -> str | None:
    """Return the class of the means of items over results; None without any item that counts."""
    values: dict[str, list[Fraction]] = defaultdict(list)
    share = Fraction(Decimal(law.assessment.not_detected))
    for result in results:
        for name, item in result["items"].items():
            if item["value"] is not None and item["class"] is not None:
                value = Fraction(Decimal(str(item["value"])))
                values[name].append(value * share if item["qualifier"] else value)
    own = table(law, values)
    if not own.items:
        return None
    columns = zip(own.items, own.decimals.tolist(), own.step.tolist(), strict=True)
    mean = np.asarray([[_mean(values[i.parameter], places, step, hydrogen=i.hydrogen) for i, places, step in columns]])
    number = int(worst(own, classify(own, mean), np.ones_like(mean, bool))[0])
    return None if number < 0 else own.name(number)


def _mean(values: Sequence[Fraction], decimals: int, step: int, *, hydrogen: bool) -> int:
    """Return the rounded mean as an integer of the item's last digit."""
    if hydrogen:
        ions = sum(10.0 ** -float(value) for value in values)
        total, count = ion_mean(np.asarray([ions]), np.asarray([len(values)])), np.asarray([1])
    else:
        total = np.asarray([round(sum(values) * 10**decimals)])
        count = np.asarray([len(values)])
    return int((rounded(total, count, step) if step else exact(total, count))[0])


def by_class(rules: WaterAssessment, name: str) -> str | None:
    """Return the id of the word for a section of a class."""
    return next((word.id for word in rules.section_word if name in word.classes), None)


def by_shares(law: WaterLaw, classes: Sequence[str]) -> str | None:
    """Return the id of the word for sections of these classes, by the shares that are good and beyond all classes."""
    good = law.classes[: law.classes.index(law.target) + 1]
    share = Fraction(sum(name in good for name in classes), len(classes))
    beyond = Fraction(sum(name == law.beyond for name in classes), len(classes))
    return next((word.id for word in law.assessment.basin_word if _covers(word, share, beyond)), None)


def _covers(word: Word, good: Fraction, beyond: Fraction) -> bool:
    bounds = (
        (word.share_at_least, word.share_below, good),
        (word.worst_share_at_least, word.worst_share_below, beyond),
    )
    return all(
        (least is None or Fraction(least) <= value) and (below is None or value < Fraction(below))
        for least, below, value in bounds
    )
