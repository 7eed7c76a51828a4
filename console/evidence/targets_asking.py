"""What is asked for of an indicator, what stands of it in the ledger, and the tree of why."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from console.site import Site
from console.verdicts import SiteVerdicts, verdict_city
from qualicity.errors import UsageError
from qualicity.periods import day_of
from qualicity.store.ledger import Version
from reports.made_up import of_readings
from reports.rollups import RollupKey, of_rows
from targets.computation import Computed, Scope, Verdicts
from targets.evaluation import FIELDS, ROLLED_UP, computations, first_year
from targets.explain import Asked, explained
from targets.explain_records import FiledAsOf
from targets.indicator import Indicator
from targets.keys import NO_TARGET, TargetKey
from targets.records.known import CITY_CODE
from targets.register import register
from targets.rows import Row

Node = dict[str, Any]


def standing_target(site: Site, key: TargetKey, asked: str | None, *, every: bool = False) -> Node:
    """Return the tree of a judgement for a reader: nothing is judged, verdicts of monitoring as they stand.

    Raises:
        UsageError: as `target_tree`.
    """
    city = verdict_city(site, asked)
    with site.ledger.transaction() if (site.data / "ledger.db").is_file() else nullcontext():
        return target_tree(site, key, SiteVerdicts(site, city, standing=True), city, every=every)


def target_tree(site: Site, key: TargetKey, verdicts: Verdicts, city: str, *, every: bool = False) -> Node:
    """Return the tree of a judgement: what stands in the ledger, and the records that it rests on.

    Args:
        site: open.
        key: which judgement.
        verdicts: of the city's monitoring.
        city: id of the network's city; empty = none.
        every: list all records, not only those that fail.

    Raises:
        UsageError: there is no such indicator or version, or it has not been judged.
    """
    indicator = register().indicator(key.indicator)
    with site.indicators.transaction():
        history = site.indicators.history(key.plain)
        version = chosen(key, indicator, history, site.indicators.current(key.scope, str(key.year), str(key.year)))
        parts = _parts(site, key) if indicator.id == ROLLED_UP else []
    as_of = version.as_of.seq if version.as_of.epoch == site.records.epoch else site.records.head
    records = site.records.counting(as_of)
    computed: Computed | None = None
    if indicator.id != ROLLED_UP:
        first = min(first_year(register().rows), key.year)
        scope = Scope(city, CITY_CODE, first, key.year, day_of(version.made))
        computed = computations()[indicator.id](records, verdicts, scope)
    row = {**version.result, "version": version.version}
    tree = explained(
        Asked(key, indicator, register().documents, row, version, history, computed, records,
              FiledAsOf(site.records, as_of), every)
    )  # fmt: skip
    return {**tree, "parts": parts}


def chosen(key: TargetKey, indicator: Indicator, history: Sequence[Version], current: Sequence[Version]) -> Version:
    """Return the judgement that a key means: of the target in force, and the latest, where it does not say.

    Raises:
        UsageError: there is none.
    """
    if not history:
        raise UsageError(f"{key.plain} has not been judged yet", f"run: qualicity targets judge --year {key.year}")
    order = [version.id for version in indicator.targets]
    stands = current if key.version is None else history
    found = [one for one in stands if key.target in {None, target_of(one)} and key.version in {None, one.version}]
    if not found:
        known = ", ".join(f"@{target_of(one) or NO_TARGET}#{one.version}" for one in history)
        raise UsageError(f"{key.text} is not in the ledger of indicators", f"of {key.plain} there are {known}")
    return max(found, key=lambda one: order.index(target_of(one)) if target_of(one) in order else -1)


def target_of(version: Version) -> str:
    """Return the id of the target's version that was judged by, also where it states no number."""
    return str(version.result.get("target", {}).get("id") or version.standard)


def standing_rollup(site: Site, key: RollupKey, asked: str | None) -> Node:
    """Return which indicators stand how in a year, as it was judged last.

    Raises:
        UsageError: nothing was judged of the year.
    """
    city = verdict_city(site, asked)
    made_up = bool(city) and site.network.city_by_id[city].synthetic
    with site.indicators.transaction():
        rows, before = _rows(site, key.year), _rows(site, key.year - 1)
    if not rows:
        raise UsageError(f"nothing of {key.year} has been judged", f"run: qualicity targets judge --year {key.year}")
    told = [(one, {**row, "synthetic": row["synthetic"] or (made_up and of_readings(one, row))}) for one, row in rows]
    return of_rows(key, told, {one.id: row["status"] for one, row in before})


def _rows(site: Site, year: int) -> list[tuple[Indicator, Row]]:
    """Return what stands of a year, by the version of each target in force, in the order of the register."""
    found = []
    for one in register().rows:
        key = TargetKey(one.id, year)
        if versions := site.indicators.current(key.scope, str(year), str(year)):
            found.append((one, dict(chosen(key, one, versions, versions).result)))
    return found


def _parts(site: Site, key: TargetKey) -> list[Node]:
    """Return how the indicators of the four fields stand, on which the promise as a whole rests."""
    names = ("key", "indicator", "name", "area", "status", "label")
    return [{name: row[name] for name in names} for one, row in _rows(site, key.year) if one.area in FIELDS]
