"""Rates of a city's sources as rows, from the results of its stations' months. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from aggregator.stations import Result, Results
from aggregator.water.quality import classes_of, quality
from aggregator.water.rates import Share, Tally, tally
from qualicity.network import City, Station
from qualicity.periods import Period, parse_period, periods_touched
from qualicity.reasons import NOTHING_KNOWN
from qualicity.scopes import Scope
from qualicity.standards.load import weakest
from qualicity.standards.load_water import rate_table
from qualicity.standards.schema_water import RateTable
from qualicity.store.ledger import Draft
from qualicity.target import Target, parse_target

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
    verdict, certain = _verdict(found, rule, target)
    row = {
        "period": period.text,
        "city": city.id,
        "standard": rule.id,
        "numerator": _number(found.numerator),
        "denominator": _number(found.denominator),
        "unknown": _number(found.unknown),
        "rate_volume": _share(found.by_volume),
        "rate_count": _share(found.by_count),
        "rate_lower": _share(found.lower),
        "rate_upper": _share(found.upper),
        "count": {"complied": found.complied, "exceeded": found.exceeded, "unknown": found.open},
        "target": target.text,
        "verdict": verdict,
        "certain": certain,
        "reason": _reason(found, rule, target, verdict, sources),
        "sources": {station.id: _months(shares, station.id) for station in counting},
        "classes": classes_of(stations, texts, own),
        "quality": quality(stations, texts, own),
        "certainty": weakest(
            [rule.certainty, rule.known_certainty, *(r["certainty"] for r in own.values() if r["certainty"])]
        ),
    }
    return [Draft(Scope("water", city.id).text, period.text, rule.id, row, _inputs(own, stations), _table_hash(rule))]


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


def _verdict(found: Tally, rule: RateTable, target: Target) -> tuple[str, bool]:
    """Return the verdict, and whether it would be the same whatever the unknown is."""
    rate = found.by_volume if rule.weight == "volume" else found.by_count
    certain = (found.lower is not None and target.met(found.lower)) or (
        found.upper is not None and not target.met(found.upper)
    )
    if rate is None or found.known is None or found.known < Fraction(Decimal(rule.known_at_least)):
        return "NOT_ASSESSABLE", certain
    return ("COMPLIES" if target.met(rate) else "EXCEEDS"), certain


def _reason(found: Tally, rule: RateTable, target: Target, verdict: str, sources: Sequence[Station]) -> str:
    """Say what the verdict is made of, what is missing, and who has no part in it."""
    rate = found.by_volume if rule.weight == "volume" else found.by_count
    parts = [NOTHING_KNOWN if rate is None else f"{percent(rate)} %, target {target.text}"]
    if verdict == "NOT_ASSESSABLE" and rate is not None:
        needed = Fraction(Decimal(rule.known_at_least))
        parts = [f"{percent(found.known or Fraction(0))} % known, {percent(needed)} % needed"]
    if found.unfiled:
        parts.append(f"volume of {found.unfiled} months of sources not filed")
    parts += [f"{s.id} excluded: {s.water.excluded.replace('; ', ', ')}" for s in sources if s.water.excluded]
    return "; ".join(parts)


def percent(share: Fraction) -> str:
    """Return a share as percent with at most two decimals, cut: 97.999 % is not 98 %."""
    text = f"{Decimal(int(share * 10_000)) / 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _months(shares: Sequence[Share], station: str) -> dict[str, int]:
    own = [share for share in shares if share.station == station and share.counted]
    return {
        "complied": sum(share.good is True for share in own),
        "exceeded": sum(share.good is False for share in own),
        "unknown": sum(share.good is None and share.judged for share in own),
    }


def _number(volume: Fraction) -> float:
    return float(volume)


def _share(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


def _inputs(own: Mapping[tuple[str, str], Result], stations: Sequence[Station]) -> str:
    """Return the digest of what a rate rests on."""
    names = ("verdict", "class", "abstraction_m3", "items")
    used = [[*key, *(result[name] for name in names)] for key, result in own.items()]
    network = [[station.id, station.purpose, station.water] for station in stations]
    return hashlib.sha256(msgspec.json.encode([used, network], order="sorted")).hexdigest()


def _table_hash(rule: RateTable) -> str:
    return hashlib.sha256(msgspec.json.encode(rule, order="sorted")).hexdigest()
