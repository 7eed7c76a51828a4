"""By what law and rules the air was judged, and how good the data are that it rests on."""

from __future__ import annotations

from fractions import Fraction

from qualicity.network import Name
from qualicity.standards.airlaw import AirLaw
from reports.environment.air.sentences import states, together
from reports.environment.air.tables import hours
from reports.environment.air.view import View
from reports.environment.air.words import PERCENT, days_said, item_name, law_name, listed, say, share, station_name
from reports.model import Prose
from reports.printing import number

_HASH = 12
"""Digits of a hash that are printed."""


def method(view: View, *, short: bool = False) -> tuple[Prose, ...]:
    """Return the method note: laws, averages, the yearly test, what may be said of a change, loads."""
    laws = view.laws or (() if view.law is None else (view.law,))
    if not laws:
        return (Prose(say("no_law_empty"), "method"),)
    last = laws[-1]
    if short:
        return (Prose(_short(last), "method"),)
    found = [*(_law(law) for law in laws), _days(last), _years(last), say("method_change"), _loads(last)]
    return (Prose(together(found), "method"),)


def _law(law: AirLaw) -> Name:
    return say(
        "method_law",
        law=law_name(law),
        index=law_name(law.index.id) if law.index is not None else say("none"),
        assessment=law_name(law.assessment),
        hash=law.table_hash[:_HASH],
        certainty=say(f"certainty_{law.certainty}"),
    )


def _short(law: AirLaw) -> Name:
    names = (law.standard, *(() if law.index is None else (law.index.id,)), law.assessment)
    return say(
        "method_short",
        laws=listed(Name(name, name) for name in names),
        hash=law.table_hash[:_HASH],
        certainty=say(f"doubt_{law.certainty}"),
        **_least(law),
    )


def _days(law: AirLaw) -> Name:
    few = number(Fraction(law.city.small_min_share) * PERCENT)
    return say("method_day", small=law.city.small_below, few=few, **_least(law))


def _least(law: AirLaw) -> dict[str, int | str]:
    """Return how much data a day needs."""
    return {
        "hours": min(rule.min_hours for rule in law.day_rule if rule.kind == "mean"),
        "windows": min(rule.min_windows for rule in law.day_rule if rule.kind == "max-running"),
        "stations": number(Fraction(law.city.min_share) * PERCENT),
    }


def _years(law: AirLaw) -> Name:
    rule = law.year
    return say("method_year", days=rule.min_days, month=rule.min_month_days, february=rule.min_february_days)


def _loads(law: AirLaw) -> Name:
    by_percentile = dict(zip(law.parameters, law.year.composite_percentile, strict=True))
    ranks = dict(zip(law.parameters, law.year.percentile, strict=True))
    return say(
        "method_load",
        law=law_name(law),
        means=listed(item_name(item) for item in law.parameters if not by_percentile[item]),
        percentiles=listed(
            say("rank_of", item=item_name(item), rank=ranks[item]) for item in law.parameters if by_percentile[item]
        ),
    )


def data_quality(view: View) -> tuple[Prose, ...]:
    """Return the data-quality note: hours due, observed and valid, the worst of them, days that are not valid."""
    found = [say("quality_synthetic")] if view.sources.synthetic_readings else []
    covered = {
        (station.id, item): counted for station in view.stations for item, counted in hours(view, station).items()
    }
    due, observed, valid = (sum(counted[at] for counted in covered.values()) for at in range(3))
    if not due:
        return (Prose(together([*found, say("quality_none")]), "data_quality"),)
    found.append(
        say(
            "quality_hours",
            stations=len(view.stations),
            expected=number(due),
            observed=number(observed),
            valid=number(valid),
            share=share(Fraction(valid, due)),
        )
    )
    if observed > valid:
        found.append(say("quality_invalid", invalid=number(observed - valid)))
    names = {station.id: station_name(station) for station in view.stations}
    shares = {place: Fraction(counted[2], counted[0]) for place, counted in covered.items() if counted[0]}
    worst = min(shares, key=lambda place: (shares[place], place))
    if shares[worst] < 1:
        found.append(
            say(
                "quality_worst",
                station=names[worst[0]],
                item=item_name(worst[1]),
                share=share(shares[worst]),
                valid=number(covered[worst][2]),
                expected=number(covered[worst][0]),
            )
        )
    missing = view.count.over - view.count.valid
    if view.period.kind != "day":  # of a day the first sentence says it
        lost = say("quality_missing", missing=days_said(missing), states=states(view.count))
        found.append(lost if missing else say("quality_complete"))
    if view.provisional:
        found.append(say("quality_provisional"))
    return (Prose(together(found), "data_quality"),)
