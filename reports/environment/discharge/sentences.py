"""Sentences about wastewater of a period; each has its variant for what is missing. Never a cause."""

from __future__ import annotations

from collections.abc import Iterator

from qualicity.network import Name
from qualicity.standards.load import standard, table_hash
from qualicity.standards.load_water import rate_table
from reports.environment import rated
from reports.environment.air.sentences import together
from reports.environment.air.words import days_said, item_name, law_name, listed, station_name
from reports.environment.discharge.tables import standards
from reports.environment.discharge.view import View, exceeded
from reports.environment.discharge.words import say
from reports.model import Prose

_HASH = 12


def overview(view: View) -> tuple[Prose, ...]:
    """Return what is said first: the two rates and their changes, outlets beyond their limits, what is unknown."""
    about: dict[str, Name | str | int] = {"city": view.span.city, "period": view.span.period.name}
    if not view.rate_names:
        return (Prose(say("no_outlets", **about)),)
    found = []
    for name in view.rate_names:
        sentences: list[Name] = []
        for now, then in zip(view.rates(name), view.former_rates(name), strict=True):
            sentences += [rated.sentence(view.span, now), rated.change_sentence(now, then)]
        found.append(Prose(together(sentences or [say("nothing", **about)])))
    if not view.has_industry:
        found.append(Prose(say("no_industry", **about)))
    if not view.has_sewage:
        found.append(Prose(say("no_sewage", **about)))
    if view.outlets:
        found.append(Prose(together(_outlets(view))))
    return tuple(found)


def _outlets(view: View) -> Iterator[Name]:
    if not any(view.days.values()):
        yield say("outlets_silent", outlets=len(view.outlets), period=view.span.period.name)
        return
    over = {outlet.id: [row for row in view.days[outlet.id] if exceeded(row)] for outlet in view.outlets}
    said = [
        say(
            "outlet_exceeds",
            outlet=station_name(outlet),
            days=days_said(len(rows)),
            items=listed(item_name(item) for item in sorted({item for row in rows for item in exceeded(row)})),
        )
        for outlet in view.outlets
        if (rows := over[outlet.id])
    ]
    if said:
        yield say("outlets_exceed", outlets=len(said), all=len(view.outlets), said=listed(said))
    else:
        yield say("outlets_comply", outlets=len(view.outlets))
    lost = [
        say("outlet_days", outlet=station_name(outlet), days=days_said(days))
        for outlet in view.outlets
        if (days := sum(row["verdict"] == "NOT_ASSESSABLE" for row in view.days[outlet.id]))
    ]
    if lost:
        yield say("outlets_unknown", said=listed(lost))


def cases(view: View) -> Name:
    """Say how many cases of exceedance are on file, and how many of them were handled."""
    if not view.cases.on_file:
        return say("cases_none", period=view.span.period.name)
    open_ones = view.cases.part("action", "").number
    return say(
        "cases_said",
        period=view.span.period.name,
        cases=view.cases.number,
        handled=view.cases.number - open_ones,
        open=open_ones,
    )


def method(view: View) -> Prose:
    """Return by what outlets and sewage were judged."""
    tables = [say("law", law=law_name(name), hash=table_hash(standard(name))[:_HASH]) for name in standards(view)]
    laws = listed(tables) if tables else say("no_law")
    rates = listed(law_name(rate_table(name).id) for name in ("outlets", "sewage"))
    return Prose(say("method", laws=laws, rates=rates), "method")


def data_quality(view: View) -> Prose:
    """Return how good the data are that it rests on."""
    return Prose(together(_quality(view)), "data_quality")


def _quality(view: View) -> Iterator[Name]:
    if view.span.sources.synthetic_readings:
        yield say("quality_synthetic")
    if view.span.period.last >= view.span.sources.as_of:
        yield say("quality_provisional")
    if len(view.outlets) == 1:
        yield say("quality_one", outlet=station_name(view.outlets[0]))
    elif view.outlets:
        yield say("quality_outlets", outlets=len(view.outlets))
    rows = [row for row in view.judged.values() if "days" in row]
    if not rows:
        yield say("quality_no_rows")
        return
    substituted = sum(len({day for days in row["substituted"].values() for day in days}) for row in rows)
    if substituted:
        yield say("quality_substituted", days=substituted)
    if any(row["certainty"] == "recalled" for row in rows):
        yield say("quality_recalled")
