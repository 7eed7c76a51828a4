"""Sentences about the air of a period; each has its variant for what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from qualicity.network import Name
from qualicity.standards.load import air_law
from reports.change import of_bounded
from reports.environment.air.days import UNSETTLED, Count, episodes, worst
from reports.environment.air.statistics import shares
from reports.environment.air.view import View
from reports.environment.air.words import (
    PERCENT,
    class_names,
    days_named,
    days_said,
    item_name,
    law_name,
    listed,
    say,
    share,
    station_name,
)
from reports.model import Prose
from reports.printing import date, number

_GOOD_CLASSES = (1, 2)


def overview(view: View) -> tuple[Prose, ...]:
    """Return what is said first: good days, classes, primary pollutants, what is missing, the change."""
    if not view.count.measured:
        return (Prose(summary(view) if view.count.known else nothing(view)), *_laws(view))
    found = [summary(view)]
    if view.count.indexed:
        found += [classes(view.count), primary(view.count)]
    if view.count.over > view.count.valid:
        found.append(say("missing", missing=days_said(view.count.over - view.count.valid), states=states(view.count)))
    found.append(change(view))
    if len(view.stations) == 1:
        found.append(say("one_station", station=station_name(view.stations[0])))
    return (Prose(together(found)), *_laws(view), *_target(view))


def together(sentences: Iterable[Name]) -> Name:
    """Return sentences as one paragraph."""
    found = list(sentences)
    return Name("".join(one.zh for one in found), " ".join(one.en for one in found))


def nothing(view: View) -> Name:
    """Say that nothing was read, and what would bring it."""
    code = "no_readings" if view.stations else "no_stations"
    return say(code, period=view.period.name, city=view.sources.city.name, stations=len(view.stations))


def summary(view: View) -> Name:
    """Say how many days were good."""
    found = view.count
    if not found.valid:
        return say("summary_none", period=view.period.name, city=view.sources.city.name, states=states(found))
    code = "summary_complete" if not found.missing else "summary"
    if any(row["good"] is False and row["level"] in _GOOD_CLASSES for row in view.days.values()):
        code = "summary_by_limits"
    return say(
        code,
        period=view.period.name,
        city=view.sources.city.name,
        valid=found.valid,
        days=found.days,
        good=found.good,
        rate=share(found.rate),
        missing=days_said(found.missing),
        lower=share(found.lower),
        upper=share(found.upper),
    )


def states(found: Count) -> Name:
    """List the days that are not valid by why they are not."""
    counted = [(kind, found.states.get(kind, 0)) for kind in UNSETTLED]
    texts = [say(f"state_{kind}", days=days) for kind, days in counted if days]
    if found.to_come:
        texts.append(say("state_to_come", days=found.to_come))
    return listed(texts)


def classes(found: Count) -> Name:
    """List the days by class."""
    names = class_names()
    return say(
        "classes",
        indexed=days_said(found.indexed),
        classes=listed(_counted(names[level], found.levels[level]) for level in sorted(found.levels)),
    )


def primary(found: Count) -> Name:
    """List the primary pollutants by count of days, greatest first."""
    if not found.primary:
        return say("primary_none")
    ranked = sorted(found.primary.items(), key=lambda one: (-one[1], one[0]))
    names = listed(_counted(item_name(item), days) for item, days in ranked)
    return say("primary", days=days_said(found.indexed - found.unpolluted), items=names)


def _counted(name: Name, days: int) -> Name:
    return say("counted", what=name, days=days)


def change(view: View) -> Name:
    """Say how the share of good days stands to that of a year before, as far as may be said."""
    if view.provisional:
        return say("provisional", as_of=date(view.sources.as_of), days=days_said(view.count.to_come))
    now, then = view.count, view.a_year_ago.count
    word = of_bounded(now.bounded, then.bounded)
    if now.rate is None or then.rate is None:
        return say("change_no_former", states=states(then))
    return say(
        f"change_{word}",
        valid=then.valid,
        good=then.good,
        rate=share(then.rate),
        points=number(abs(now.rate - then.rate) * PERCENT, 1),
        before=_standards(then),
        now=_standards(now),
    )


def _standards(found: Count) -> Name:
    return listed(law_name(name) for name in found.standards)


def _laws(view: View) -> tuple[Prose, ...]:
    """Say which law applied when, where it was not one and the same."""
    found: list[Prose] = []
    if lawless := view.count.states.get("lawless", 0):
        found.append(Prose(say("lawless", days=days_said(lawless)), "caution"))
    if len(view.laws) > 1 and view.law is not None:
        spans = []
        for law in view.laws:
            days = [day for day, row in view.days.items() if row["standard"] == law.standard]
            spans.append(say("law_from", law=law_name(law), span=days_named(min(days), max(days))))
        found.append(Prose(say("two_laws", laws=listed(spans), last=law_name(view.law)), "caution"))
    return tuple(found)


def _target(view: View) -> tuple[Prose, ...]:
    """Say whether the year met its target, and which items complied; of a year that is over only."""
    year = view.year
    if year is None or view.provisional or view.law is None:
        return ()
    verdict = say(f"target_{year['rate_verdict']}")
    certain = say("certain" if year["certain"] else "uncertain")
    return (
        Prose(
            together(
                (
                    say("target", target=year["target"], verdict=verdict, certain=certain),
                    say(
                        "items_year",
                        verdicts=_items_by_verdict(year["parameters"], air_law(year["standard"]).parameters),
                    ),
                )
            )
        ),
    )


def _items_by_verdict(found: dict[str, dict[str, str]], order: tuple[str, ...]) -> Name:
    texts = []
    for verdict in ("COMPLIES", "EXCEEDS", "NOT_ASSESSABLE"):
        names = [item_name(item) for item in order if found[item]["verdict"] == verdict]
        if names:
            texts.append(say("items_of_verdict", items=listed(names), verdict=say(f"they_{verdict}")))
    then = say("then")
    return Name(then.zh.join(one.zh for one in texts), then.en.join(one.en for one in texts))


def loads(view: View) -> Name:
    """List the pollutant loads, greatest first."""
    parts = shares(view.items)
    if parts is None:
        return say("loads_none")
    ranked = sorted(parts.items(), key=lambda one: (-one[1], one[0]))
    return say("loads", items=listed(say("load", item=item_name(item), share=share(part)) for item, part in ranked))


def exceeding(view: View) -> Name:
    """Say how many days exceed, in which runs."""
    runs = episodes(view.days, view.over)
    if not runs:
        return say("episodes_none")
    longest, top = (
        max(runs, key=lambda run: run.days),
        max((worst(run) for run in runs), key=lambda row: row["aqi"] or 0),
    )
    return say(
        "episodes",
        days=days_said(sum(run.days for run in runs)),
        runs=say("one_run") if len(runs) == 1 else say("many_runs", runs=len(runs)),
        longest=days_said(longest.days),
        span=days_named(longest.first, longest.last),
        aqi=top["aqi"] or "\N{EN DASH}",
        day=_date_of(top["date"]),
        items=listed(item_name(item) for item in top["primary"]),
    )


def _date_of(text: str) -> Name:
    return date(dt.date.fromisoformat(text))
