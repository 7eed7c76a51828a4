"""Rates of a city's sources as rows, from the results of its stations' months. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from aggregator.rates import decided, is_certain, number_of, said_of, verdict_of
from aggregator.stations import Result, Results
from aggregator.water.quality import classes_of, quality
from aggregator.water.rates import Share, Tally, tally
from qualicity.network import City, Station
from qualicity.periods import Period, parse_period, periods_touched
from qualicity.scopes import Scope
from qualicity.standards.load import table_hash, weakest
from qualicity.standards.load_water import rate_table
from qualicity.store.ledger import Draft
from qualicity.target import parse_target

_GOOD = {"COMPLIES": True, "EXCEEDS": False}


def city_rates(city: City, stations: Sequence[Station], period: Period, months: Results) -> list[Draft]:
    """Return the rate of a city's sources in a month or longer, with the classes of all its stations.

    Args:
        city: with its target.
        stations: all of its water stations.
        period: month, quarter or year.
        months: results of the stations' months by (station, month); those that are missing are still to come.
    """
    if not stations:
        return []
    rule, target = rate_table("sources"), parse_target(city.water_target)
    texts = [month.text for month in periods_touched(period.first, period.last, "month")]
    sources = [station for station in stations if station.purpose == "source"]
    counting = [station for station in sources if not station.water.excluded]
    shares = [share for station in counting for share in _shares(station, texts, months)]
    found = tally(shares, rule.weight)
    keys = [(station.id, text) for station in stations for text in texts]
    own = {key: months[key] for key in keys if key in months}
    rate, needed = decided(rule, found.by_volume, found.by_count), Fraction(rule.known_at_least)
    verdict = verdict_of(rate, found.known, needed, target)
    row = {
        "period": period.text,
        "city": city.id,
        "standard": rule.id,
        "numerator": float(found.numerator),
        "denominator": float(found.denominator),
        "unknown": float(found.unknown),
        "rate_volume": number_of(found.by_volume),
        "rate_count": number_of(found.by_count),
        "rate_lower": number_of(found.lower),
        "rate_upper": number_of(found.upper),
        "count": {"complied": found.complied, "exceeded": found.exceeded, "unknown": found.open},
        "target": target.text,
        "verdict": verdict,
        "certain": is_certain(found.lower, found.upper, target),
        "reason": _reason(found, said_of(rate, found.known, needed, target, verdict), sources),
        "sources": {station.id: _months(shares, station.id) for station in counting},
        "classes": classes_of(stations, texts, own),
        "quality": quality(stations, texts, own),
        "certainty": weakest(
            [rule.certainty, rule.known_certainty, *(r["certainty"] for r in own.values() if r["certainty"])]
        ),
    }
    return [Draft(Scope("water", city.id).text, period.text, rule.id, row, _inputs(own, stations), table_hash(rule))]


def _shares(station: Station, texts: Sequence[str], months: Results) -> list[Share]:
    """Return the shares of a source's months in which it stood."""
    shares = []
    for text in texts:
        days = [day for day in parse_period(text).days if station.serves(day)]
        if days:
            result = months.get((station.id, text))
            capacity = station.water.design_capacity
            most = None if capacity is None else Fraction(Decimal(str(capacity))) * len(days)
            if result is None:
                shares.append(Share(station.id, None, None, most, judged=False))
            else:
                filed = result["abstraction_m3"]
                volume = None if filed is None else Fraction(Decimal(str(filed)))
                shares.append(Share(station.id, _GOOD.get(result["verdict"]), volume, most))
    return shares


def _reason(found: Tally, said: str, sources: Sequence[Station]) -> str:
    """Say what the verdict is made of, what is missing, and who has no part in it."""
    parts = [said]
    if found.unfiled:
        parts.append(f"volume of {found.unfiled} months of sources not filed")
    parts += [f"{s.id} excluded: {s.water.excluded.replace('; ', ', ')}" for s in sources if s.water.excluded]
    return "; ".join(parts)


def _months(shares: Sequence[Share], station: str) -> dict[str, int]:
    own = [share for share in shares if share.station == station and share.counted]
    return {
        "complied": sum(share.good is True for share in own),
        "exceeded": sum(share.good is False for share in own),
        "unknown": sum(share.good is None and share.judged for share in own),
    }


def _inputs(own: Mapping[tuple[str, str], Result], stations: Sequence[Station]) -> str:
    """Return the digest of what a rate rests on."""
    names = ("verdict", "class", "abstraction_m3", "items")
    used = [[*key, *(result[name] for name in names)] for key, result in own.items()]
    network = [[station.id, station.purpose, station.water] for station in stations]
    return hashlib.sha256(msgspec.json.encode([used, network], order="sorted")).hexdigest()
