"""What is asked for, and what stands in the ledger of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.due import station_pipeline
from aggregator.explain import Explainer, Node
from aggregator.explain_stations import StationExplainer
from aggregator.judging import scope
from aggregator.keys import Key, parse_key
from aggregator.pipeline import Pipeline
from aggregator.standing import StandingPipeline, StandingStations
from console.site import Site
from qualicity.errors import UsageError
from qualicity.network import Network
from qualicity.periods import HOUR_MS, PERIOD_LENGTHS, Period, day_of, day_start, period_of
from qualicity.scopes import Scope

_TIME = re.compile(rf"(?<=/)(?:({'|'.join(PERIOD_LENGTHS)}):)?(\d{{13}})(?=$|[@#])")
"""An instant in a key, ms since 1970: a link of Grafana can name a day, or another period, only so."""


@dataclass(frozen=True)
class Standing:
    """What stands of a key."""

    key: Key
    tree: Node  # as `qualicity explain KEY --json` prints it
    network: Network
    now: int  # ms UTC
    dirty: bool  # something that it rests on has changed, and the aggregator has not judged it again yet
    unfollowed: int  # rows of the log that the aggregator has not followed yet
    above: frozenset[str] = frozenset()  # keys of water and outlets that hold this one and are judged or running


def key_of(text: str) -> Key:
    """Read a key as the command takes it; an instant in it means the civil day that holds it, `month:` its month.

    Raises:
        UsageError: it is no such key.
    """
    return parse_key(_TIME.sub(lambda found: _period(found[1] or "day", int(found[2])).text, text))


def _period(kind: str, instant: int) -> Period:
    day = day_of(instant)
    return period_of(day, kind, (instant - day_start(day)) // HOUR_MS)


def standing(site: Site, key: Key) -> Standing:
    """Return what stands of a key, in one snapshot of the ledger.

    Raises:
        UsageError: there is no such city, station, standard or version, or nothing is judged yet.
    """
    with site.ledger.transaction():
        pipeline = StandingPipeline(site.store, site.ledger, site.network, site.clock)
        tree = _tree(pipeline, key)
        unfollowed = pipeline.unfollowed()
        return Standing(key, tree, site.network, site.clock.now(), _dirty(site, key), unfollowed, _above(pipeline, key))


def _tree(pipeline: Pipeline, key: Key) -> Node:
    if key.medium != "air":
        return StationExplainer(station_pipeline(pipeline, key.medium, StandingStations)).explain(key)
    tree = Explainer(pipeline).explain(key)
    if tree["kind"] != "day" and not tree["months"]:
        raise UsageError(f"{key.text} has not been judged yet", "the aggregator judges a day when it is due")
    return tree


def _above(pipeline: Pipeline, key: Key) -> frozenset[str]:
    """Return the longer periods around a key of water or outlets, and of its city, that are judged or running."""
    if key.medium == "air":
        return frozenset()
    own = station_pipeline(pipeline, key.medium, StandingStations)
    periods = [period_of(key.period.first, kind) for kind in PERIOD_LENGTHS if kind != "hour"]
    scopes = {key.scope, Scope(key.medium, key.city).text}
    return frozenset(
        f"{scope}/{one.text}"
        for scope in scopes
        for one in periods
        if not own.over(one) or pipeline.ledger.current(scope, one.text, one.text)
    )


def _dirty(site: Site, key: Key) -> bool:
    """Return whether the aggregator still has to judge something of a key; not of what is computed when asked."""
    if key.standard is not None or key.version is not None:
        return False
    text = key.period.text
    if key.medium != "air":
        return any(item.period == text for item in site.ledger.dirty(key.scope))
    return any(item.period.startswith(text) for item in site.ledger.dirty(scope(key.city)))
