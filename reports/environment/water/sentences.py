"""Sentences about water of a period; each has its variant for what is missing. Never a cause."""

from __future__ import annotations

from collections.abc import Iterable

from qualicity.network import Name
from qualicity.standards.load import table_hash
from qualicity.standards.load_water import rate_table
from reports.environment import rated
from reports.environment.air.sentences import together
from reports.environment.air.words import item_name, law_name, listed
from reports.environment.water.view import View, place_name
from reports.environment.water.words import class_name, say
from reports.model import Prose

_HASH = 12


def overview(view: View) -> tuple[Prose, ...]:
    """Return what is said first: the rate, its change, changes of class, what could not be judged."""
    if not view.sources:
        return (Prose(say("no_sources", city=view.span.city, period=view.span.period.name)),)
    if not any(one.rate is not None for one in view.rates):
        nothing = say("nothing", city=view.span.city, period=view.span.period.name, sources=len(view.sources))
        return (Prose(together([nothing, *unknown(view)])),)
    found = []
    for now, before in zip(view.rates, view.former_rates, strict=True):
        found += [rated.sentence(view.span, now), rated.change_sentence(now, before)]
    return (Prose(together(found)), Prose(together([*changes(view), *unknown(view)])))


def changes(view: View) -> list[Name]:
    """Say which sources have another class than a year before, as plain facts, and how many the same."""
    said: list[Name] = []
    for period in view.span.judged:
        moved, same, compared = [], 0, 0
        for station in view.sources:
            now = view.judged.get((station.id, period.text))
            before = view.former.get((station.id, period.a_year_ago().text))
            if now is None or before is None or now["class"] is None or before["class"] is None:
                continue
            compared += 1
            same += now["class"] == before["class"]
            if now["class"] != before["class"]:
                moved.append(
                    say(
                        "class_changed",
                        place=place_name(station),
                        before=class_name(before["class"]),
                        now=class_name(now["class"]),
                    )
                )
        if not compared:
            said.append(say("classes_no_former", period=period.name))
        elif moved:
            said.append(say("classes_changed", period=period.name, changes=listed(moved), same=same))
        else:
            said.append(say("classes_same", period=period.name, sources=compared))
    return said


def unknown(view: View) -> list[Name]:
    """Say how many months of sources could not be judged, and of which."""
    lost: dict[str, list[Name]] = {}
    for station in view.sources:
        for month in view.span.months:
            row = view.months.get((station.id, month.text))
            if row is None or row["verdict"] == "NOT_ASSESSABLE":
                lost.setdefault(station.id, []).append(month.name)
    if not lost:
        return [say("all_known")] if view.months else []
    names = {station.id: place_name(station) for station in view.sources}
    count = sum(map(len, lost.values()))
    return [say("some_unknown", count=count, places=listed(names[one] for one in lost))]


def exceeding(view: View) -> Name:
    """Say how many months of sources were beyond what was asked for, in which items."""
    rows = [
        row
        for station in view.sources
        for month in view.span.months
        if (row := view.months.get((station.id, month.text))) is not None and row["verdict"] == "EXCEEDS"
    ]
    if not rows:
        return say("exceeding_nothing")
    items = sorted({item for row in rows for item in row["failing"]})
    return say("exceeding_some", count=len(rows), items=listed(map(item_name, items)))


def method(view: View) -> Prose:
    """Return by what the water was judged."""
    rule = rate_table("sources")
    tables = [say("law", law=law_name(table.id), hash=table_hash(table)[:_HASH]) for table in view.standards]
    laws = listed(tables) if tables else say("no_law")
    return Prose(say("method", laws=laws, rate=law_name(rule.id)), "method")


def data_quality(view: View) -> Prose:
    """Return how good the data are that it rests on."""
    said = list(_quality(view))
    return Prose(together(said or [say("quality_nothing")]), "data_quality")


def _quality(view: View) -> Iterable[Name]:
    if view.span.sources.synthetic_readings:
        yield say("quality_synthetic")
    if view.span.period.last >= view.span.sources.as_of:
        yield say("quality_provisional")
    rows = list(view.judged.values())
    if not rows:
        yield say("quality_no_rows")
        return
    for station in (*view.sources, *view.others):
        own = [row for (name, _), row in view.judged.items() if name == station.id]
        worst = [
            (found["valid"] / found["expected"], item)
            for row in own
            for item, found in row["coverage"].items()
            if found["expected"]
        ]
        least = min(worst, default=None)
        if least is not None and least[0] < 1:
            yield say(
                "quality_least",
                place=place_name(station),
                item=item_name(least[1]),
                percent=f"{int(least[0] * 1000) / 10:.1f}",
            )
    if any(row["certainty"] == "recalled" for row in rows):
        yield say("quality_recalled")
