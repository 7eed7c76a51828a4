"""The rows of outlets' hours, for those who ask: values, and limits of every value or of an hour."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from aggregator.discharge import words
from aggregator.discharge.effective import VOLUME_SHOWN
from aggregator.discharge.hours import VOLUME_DECIMALS, Hours
from aggregator.discharge.laws import OPEN, Ends, Law, Rule, plain
from aggregator.discharge.limits import COMPLIES, EXCEEDS, NO_RULE, UNJUDGED, UNKNOWN
from aggregator.discharge.plan import FLOW, HOUR_S
from qualicity.canonical import NO_VALUE, WATER_DECIMALS
from qualicity.periods import Period
from qualicity.reasons import NO_DISCHARGE, NO_LAW, NOT_OF_HOURS, WITHIN
from qualicity.units import canonical_unit

_GRAMS_A_KG = 1000
_LITRES = 1000 * 10**WATER_DECIMALS // 10**VOLUME_DECIMALS  # from ten decimals of a m3 to nine of a litre


def hour_row(hours: Hours, law: Law | None, s: int, d: int, period: Period) -> dict[str, Any] | None:
    """Return the row of an hour of an outlet; None where nothing arrived for it.

    What was measured while nothing flowed does not count, as for days.
    """
    h = period.hour or 0
    station, own = hours.plan.stations[s], hours.plan.own[s]
    if not hours.observed[s, d, own, h].any():
        return None
    volume = int(hours.volume[s, d, h])
    still = volume == 0 and law is not None and law.validity.zero_flow_invalid
    items: dict[str, dict[str, Any]] = {}
    loads: dict[str, float | None] = {}
    reasons: list[str] = []
    codes: list[int] = []
    for p in own:
        name, value = hours.plan.parameters[p], int(hours.value[s, d, p, h])
        if name == FLOW:
            value = NO_VALUE if volume == NO_VALUE else round(Fraction(volume * _LITRES, HOUR_S))
        elif still:
            value = NO_VALUE
        rule = NO_RULE if law is None else law.rules.get(name, NO_RULE)
        ends = rule.hour.narrower(rule.each)
        code = UNJUDGED if ends == OPEN else _code(hours, (s, d, p, h), value, ends)
        single = "" if value == NO_VALUE else _single(hours, (s, d, p, h), rule)
        code = EXCEEDS if single else code
        if rule.hour != OPEN or code == EXCEEDS:
            codes.append(code)  # where most is asked of a day only, one pH in its range makes no hour comply
        unit = canonical_unit(name, "wastewater")
        if code == EXCEEDS:
            reasons.append(single or words.outside(name, value, ends, unit))
        elif code == UNKNOWN and rule.hour != OPEN and not still:
            text = words.too_few(name, 0, 1, Fraction(1)) if value == NO_VALUE else words.unsettled(name, ends, unit)
            reasons.append(text)
        items[name] = {
            "value": None if value == NO_VALUE else plain(value),
            "limit": ends.shown,
            "unit": unit,
            "verdict": words.VERDICTS[code],
            "coverage": {
                "expected": 1,
                "observed": int(hours.observed[s, d, p, h]),
                "valid": int(value != NO_VALUE),
            },
        }
        if hours.plan.weighted(name):
            known = NO_VALUE not in {value, volume}
            loads[name] = plain(round(Fraction(value * volume, 10**VOLUME_DECIMALS * _GRAMS_A_KG))) if known else None
    verdict, reason = _verdict(codes, reasons, law, still=still)
    cubic = None if volume == NO_VALUE else round(Fraction(volume, 10 ** (VOLUME_DECIMALS - VOLUME_SHOWN)))
    flow = None if cubic is None else cubic / 10**VOLUME_SHOWN
    volumes: list[float | None] = [None, None, None] if flow is None else [0.0, 0.0, 0.0]
    volumes[verdict] = flow
    return {
        "period": period.text,
        "outlet": station.id,
        "city": station.city,
        "standard": None if law is None else law.table.standard,
        "grade": None if law is None else law.table.grade,
        "items": items,
        "flow_m3": flow,
        "load": loads,
        "complied_m3": volumes[COMPLIES],
        "exceeded_m3": volumes[EXCEEDS],
        "unknown_m3": volumes[UNKNOWN],
        "verdict": words.VERDICTS[verdict],
        "reason": reason,
        "certainty": None if law is None else law.table.certainty,
    }


def _single(hours: Hours, at: tuple[int, int, int, int], rule: Rule) -> str:
    """Return which reading in an hour is beyond what every one must be; empty where none is."""
    name, (low, high) = hours.plan.parameters[at[2]], rule.each
    least, most = int(hours.least[at]), int(hours.most[at])
    if (high is None or most <= high) and (low is None or least >= low):
        return ""
    return words.spread(name, least, most, rule.each, canonical_unit(name, "wastewater"))


def _code(hours: Hours, at: tuple[int, int, int, int], value: int, ends: Ends) -> int:
    """Return the verdict of an hour's value; UNKNOWN where it is not there, or hangs on what was not measured."""
    if value == NO_VALUE:
        return UNKNOWN
    low, high = hours.between(at)
    if (ends.high is not None and low > ends.high) or (ends.low is not None and high < ends.low):
        return EXCEEDS
    hangs = (ends.high is not None and high > ends.high) or (ends.low is not None and low < ends.low)
    return UNKNOWN if hangs else COMPLIES


def _verdict(codes: list[int], reasons: list[str], law: Law | None, *, still: bool) -> tuple[int, str]:
    if law is None:
        return UNKNOWN, NO_LAW
    if still:
        return UNKNOWN, NO_DISCHARGE
    if EXCEEDS in codes:
        return EXCEEDS, "; ".join(reasons)
    if reasons:
        return UNKNOWN, "; ".join(reasons)
    return (COMPLIES, WITHIN) if COMPLIES in codes else (UNKNOWN, NOT_OF_HOURS)
