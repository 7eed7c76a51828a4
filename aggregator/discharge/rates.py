"""A city's rates: the compliant share of its industrial wastewater, the treated share of its sewage. Pure.

Volumes and outlet-days of all outlets and months are summed first and divided once. What is not known stands beside
the rate, never in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import msgspec

from aggregator.discharge import words
from aggregator.discharge.plan import FLOW
from aggregator.rates import decided, is_certain, number_of, ratio, said_of, verdict_of
from aggregator.stations import Result, Results
from qualicity.network import City, Station
from qualicity.periods import Period, parse_period, periods_touched
from qualicity.reasons import NOT_FILED
from qualicity.scopes import Scope
from qualicity.standards.load import table_hash, weakest
from qualicity.standards.load_water import rate_table
from qualicity.standards.schema import Certainty
from qualicity.standards.schema_water import RateTable
from qualicity.store.ledger import Draft
from qualicity.target import Target, parse_target

_CUBIC = 10**4
"""Volumes are added as integers of four decimals of a m3."""

_KINDS = ("complied", "exceeded", "unknown")


@dataclass(frozen=True)
class Month:
    """One outlet in one month: volumes of four decimals of a m3, outlet-days, and days of which no volume is known.

    Attributes:
        volume, days: by complied, exceeded, unknown.
        unmeasured: days on which something was, or may have been, discharged that nobody measured.
        most: what may have been discharged on them; None = no capacity is declared.
        certainty: of the law that judged it.
    """

    outlet: str
    volume: Mapping[str, int]
    days: Mapping[str, int]
    unmeasured: int
    most: int | None
    certainty: Certainty | None

    @classmethod
    def of(cls, station: Station, period: Period, result: Result | None) -> Month:
        """Return an outlet's month from its result; None = it is still to come, or was never judged."""
        if result is None:
            served = sum(station.serves(day) for day in period.days)
            volume, days, unmeasured = (
                dict.fromkeys(_KINDS, 0),
                {"complied": 0, "exceeded": 0, "unknown": served},
                served,
            )
        else:
            volume = {kind: _units(result[f"{kind}_m3"]) for kind in _KINDS}
            days = {kind: int(result["days"][kind]) for kind in _KINDS}
            flow = result["items"].get(FLOW)
            unmeasured = sum(days.values()) - (flow["coverage"]["valid"] if flow else 0)
        capacity = station.outlet.design_capacity
        most = 0 if not unmeasured else None if capacity is None else round(capacity * unmeasured * _CUBIC)
        return cls(station.id, volume, days, unmeasured, most, None if result is None else result["certainty"])


@dataclass(frozen=True)
class Tally:
    """What a rate is made of; None = cannot be told."""

    numerator: int
    denominator: int
    unknown: int
    by_volume: Fraction | None
    by_count: Fraction | None
    lower: Fraction | None
    upper: Fraction | None
    known: Fraction | None  # share that is judged: the lesser of volume and of outlet-days


def outlet_rate(city: City, stations: Sequence[Station], period: Period, months: Results) -> Draft | None:
    """Return the compliant share of a city's industrial wastewater; None where it has no industrial outlet."""
    industrial = [s for s in _outlets(stations, "industrial") if not s.outlet.excluded]
    if not industrial:
        return None
    rule, target = rate_table("outlets"), parse_target(city.discharge_target)
    own = [one for station in industrial for one in _months(station, period, months)]
    tally = _tally(own, rule)
    rate, needed = decided(rule, tally.by_volume, tally.by_count), Fraction(rule.known_at_least)
    verdict, certain = verdict_of(rate, tally.known, needed, target), is_certain(tally.lower, tally.upper, target)
    left_out = [s for s in _outlets(stations, "industrial") if s.outlet.excluded]
    reason = "; ".join([said_of(rate, tally.known, needed, target, verdict), *map(_excluded, left_out)])
    row = _row(city, period, rule, target, tally=tally, own=own, verdict=verdict, certain=certain, reason=reason)
    return _draft(period, rule, row, industrial + left_out, months)


def _tally(months: Sequence[Month], rule: RateTable) -> Tally:
    volume = {kind: sum(one.volume[kind] for one in months) for kind in _KINDS}
    days = {kind: sum(one.days[kind] for one in months) for kind in _KINDS}
    good, judged, unknown = volume["complied"], volume["complied"] + volume["exceeded"], volume["unknown"]
    judged_days = days["complied"] + days["exceeded"]
    every_day = sum(days.values())
    if rule.weight == "volume":
        most = _sum(one.most for one in months)
        whole = None if most is None else judged + unknown + most
        lower = None if whole is None else ratio(good, whole)
        upper = None if whole is None or most is None else ratio(good + unknown + most, whole)
        measured = every_day - sum(one.unmeasured for one in months)
        shares = (ratio(judged, judged + unknown), ratio(min(judged_days, measured), every_day))
        known = min((share for share in shares if share is not None), default=None)
    else:
        lower, upper = ratio(days["complied"], every_day), ratio(every_day - days["exceeded"], every_day)
        known = ratio(judged_days, every_day)
    return Tally(
        good, judged, unknown, ratio(good, judged), ratio(days["complied"], judged_days), lower, upper, known
    )  # fmt: skip


def sewage_rate(city: City, stations: Sequence[Station], period: Period, months: Results) -> Draft | None:
    """Return the treated share of a city's sewage; None where it has neither municipal outlets nor catchments.

    Treated is what municipal plants discharged, within their limits or not: the definition asks no more. Months of
    which a catchment's volume is not filed have no part in the rate; what was treated in them is unknown.
    """
    plants = [s for s in _outlets(stations, "municipal") if not s.outlet.excluded]
    catchments = [station for station in stations if station.purpose == "catchment"]
    if not plants and not catchments:
        return None
    rule, target = rate_table("sewage"), parse_target(city.sewage_target)
    texts = _texts(period)
    filed = {text: _sum(_filed(s, text, months) for s in catchments if _stood(s, text)) for text in texts}
    filed = {text: volume if any(_stood(s, text) for s in catchments) else None for text, volume in filed.items()}
    own = {text: [one for s in plants for one in _months(s, parse_period(text), months)] for text in texts}
    treated = {text: sum(sum(one.volume.values()) for one in own[text]) for text in texts}
    known = [text for text in texts if filed[text] is not None]
    numerator, denominator = sum(treated[text] for text in known), sum(filed[text] or 0 for text in known)
    unknown = sum(treated[text] for text in texts if text not in known)
    rate = ratio(numerator, denominator)
    whole = len(known) == len(texts)
    most = _sum(one.most for text in known for one in own[text])
    days = [one for text in known for one in own[text]]
    every_day, measured = sum(sum(one.days.values()) for one in days), sum(one.unmeasured for one in days)
    shares = (ratio(len(known), len(texts)), ratio(every_day - measured, every_day))
    tally = Tally(
        numerator, denominator, unknown, rate, None,
        rate if whole else None,
        ratio(numerator + most, denominator) if whole and most is not None else None,
        min((share for share in shares if share is not None), default=None),
    )  # fmt: skip
    needed = Fraction(rule.known_at_least)
    verdict, certain = verdict_of(rate, tally.known, needed, target), is_certain(tally.lower, tally.upper, target)
    parts = [] if known else [NOT_FILED]
    if known and not whole:
        parts.append(words.months_filed(len(known), len(texts)))
    if rate is not None:
        parts.insert(0, said_of(rate, tally.known, needed, target, verdict))
    flat = [one for text in texts for one in own[text]]
    reason = "; ".join(parts)
    row = _row(city, period, rule, target, tally=tally, own=flat, verdict=verdict, certain=certain, reason=reason)
    return _draft(period, rule, row, plants + catchments, months)


def _outlets(stations: Iterable[Station], kind: str) -> list[Station]:
    return [s for s in stations if s.purpose == "outlet" and s.outlet.kind == kind]


def _texts(period: Period) -> list[str]:
    return [month.text for month in periods_touched(period.first, period.last, "month")]


def _stood(station: Station, text: str) -> bool:
    return any(station.serves(day) for day in parse_period(text).days)


def _filed(station: Station, text: str, months: Results) -> int | None:
    result = months.get((station.id, text))
    return None if result is None or result["sewage_m3"] is None else _units(result["sewage_m3"])


def _months(station: Station, period: Period, months: Results) -> list[Month]:
    """Return an outlet's months in which it stood."""
    return [
        Month.of(station, parse_period(text), months.get((station.id, text)))
        for text in _texts(period)
        if _stood(station, text)
    ]


def _units(volume: float | None) -> int:
    return 0 if volume is None else round(volume * _CUBIC)


def _sum(values: Iterable[int | None]) -> int | None:
    """Return a sum; None where a part is None."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _excluded(station: Station) -> str:
    return words.excluded(station.id, station.outlet.excluded)


def _row(
    city: City,
    period: Period,
    rule: RateTable,
    target: Target,
    *,
    tally: Tally,
    own: Sequence[Month],
    verdict: str,
    certain: bool,
    reason: str,
) -> dict[str, Any]:
    outlets = dict.fromkeys(one.outlet for one in own)
    return {
        "period": period.text,
        "city": city.id,
        "standard": rule.id,
        "numerator": tally.numerator / _CUBIC,
        "denominator": tally.denominator / _CUBIC,
        "unknown": tally.unknown / _CUBIC,
        "rate_volume": number_of(tally.by_volume),
        "rate_count": number_of(tally.by_count),
        "rate_lower": number_of(tally.lower),
        "rate_upper": number_of(tally.upper),
        "count": {kind: sum(one.days[kind] for one in own) for kind in _KINDS},
        "target": target.text,
        "verdict": verdict,
        "certain": certain,
        "reason": reason,
        "outlets": {
            name: {kind: sum(one.volume[kind] for one in own if one.outlet == name) / _CUBIC for kind in _KINDS}
            for name in outlets
        },
        "certainty": weakest([rule.certainty, rule.known_certainty, *(one.certainty for one in own if one.certainty)]),
    }


def _draft(
    period: Period, rule: RateTable, row: Mapping[str, Any], stations: Sequence[Station], months: Results
) -> Draft:
    used = [[s.id, s.purpose, s.outlet, text, months.get((s.id, text))] for s in stations for text in _texts(period)]
    digest = hashlib.sha256(msgspec.json.encode(used, order="sorted")).hexdigest()
    return Draft(Scope("wastewater", row["city"]).text, period.text, rule.id, row, digest, table_hash(rule))
