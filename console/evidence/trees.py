"""The tree of any key: what `qualicity explain KEY --json` prints, for the command, the pages and the API alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aggregator.due import station_pipeline
from aggregator.explain import Explainer
from aggregator.explain_stations import StationExplainer
from aggregator.keys import Key, parse_key
from aggregator.pipeline import Pipeline
from console.evidence import asking, tables
from console.evidence.tables import FILING, LAW, REGISTER, ROLLUP, SELECTION, Node
from console.site import Site
from console.verdicts import SiteVerdicts, verdict_city
from targets.keys import PREFIX, TargetKey, parse_target_key

PREFIXES = (LAW, REGISTER, FILING, ROLLUP, SELECTION, PREFIX)
"""How keys begin that are not of a verdict of monitoring."""


def tree_of(site: Site, text: str, *, city: str | None = None, every: bool = False, standing: bool = True) -> Node:
    """Return the tree of a key.

    Args:
        site: open; for reading only where `standing`.
        text: the key: of a verdict, or `target/`, `records/`, `filing/`, `rollup/`, `register/`, `law:`.
        city: whose verdicts count in an indicator; None = the site's only one.
        every: list all records, not only those that fail or come first.
        standing: nothing is judged or written: what stands is shown.

    Raises:
        UsageError: it is no key, or nothing is known of it.
    """
    known = without_site(text)
    if known is not None:
        return known
    kinds: Mapping[str, Callable[[], Node]] = {
        PREFIX: lambda: target_tree_of(site, parse_target_key(text), city, every=every, standing=standing),
        SELECTION: lambda: tables.selected(site, text, every=every),
        FILING: lambda: tables.owed(site, text),
        ROLLUP: lambda: tables.rolled_up(site, text, city, standing=standing),
    }
    for prefix, make in kinds.items():
        if text.startswith(prefix):
            return make()
    if standing:
        return asking.standing(site, asking.key_of(text)).tree
    return judged_tree(Pipeline(site.store, site.ledger, site.network, site.clock), parse_key(text))


def without_site(text: str) -> Node | None:
    """Return the tree of a key that is the same at all sites; None = it takes a site.

    Raises:
        UsageError: it is no key, or names no row of a table.
    """
    if text.startswith(LAW):
        return tables.law(text)
    if text.startswith(REGISTER):
        return tables.row_of_register(text)
    check(text)
    return None


def check(text: str) -> None:
    """Refuse what is no key of a site.

    Raises:
        UsageError: it is none.
    """
    if text.startswith(PREFIX):
        parse_target_key(text)
    elif text.startswith(SELECTION):
        from reports.selection import parse_selection  # noqa: PLC0415 - Arrow takes longer to load than others

        parse_selection(text)
    elif text.startswith(FILING):
        tables.filing_place(text)
    elif text.startswith(ROLLUP):
        from reports.rollups import parse_rollup_key  # noqa: PLC0415 - as above

        parse_rollup_key(text)
    elif not text.startswith((LAW, REGISTER)):
        asking.key_of(text)


def judged_tree(pipeline: Pipeline, key: Key) -> Node:
    """Return the tree of a verdict; what is dirty or missing is judged first."""
    if key.medium == "air":
        return Explainer(pipeline).explain(key)
    return StationExplainer(station_pipeline(pipeline, key.medium)).explain(key)


def city_of(site: Site, text: str, city: str | None = None) -> str | None:
    """Return the city that a key is about; None = of none: tables of the law, and what departments file.

    Raises:
        UsageError: it is no key, or the city has to be said.
    """
    if text.startswith((PREFIX, ROLLUP)):
        return verdict_city(site, city) or None
    if text.startswith(PREFIXES):
        return None
    return asking.key_of(text).city


def target_tree_of(site: Site, key: TargetKey, city: str | None, *, every: bool, standing: bool) -> Node:
    """Return the tree of a judgement of an indicator; the arguments are those of `tree_of`.

    Raises:
        UsageError: there is no such indicator or version, it has not been judged, or the city has to be said.
    """
    from console.evidence.targets_asking import (  # noqa: PLC0415 - Arrow takes longer to load than others
        standing_target,
        target_tree,
    )

    if standing:
        return standing_target(site, key, city, every=every)
    name = verdict_city(site, city)
    return target_tree(site, key, SiteVerdicts(site, name), name, every=every)
