"""Indicators of a site, judged: what differs from what stands is kept."""

from __future__ import annotations

from collections.abc import Callable

from console.site import Site
from console.verdicts import SiteVerdicts
from qualicity.errors import UsageError
from qualicity.model import Position
from targets.computation import Scope, Verdicts
from targets.evaluation import Evaluated, evaluate
from targets.indicator import Indicator
from targets.judging import Filed, code_version, keep
from targets.register import register as the_register


def judged(
    site: Site,
    scope: Scope,
    *,
    wanted: Callable[[Indicator], bool] = lambda _: True,
    only: str | None = None,
    as_of: int | None = None,
    verdicts: Verdicts | None = None,
) -> list[Evaluated]:
    """Judge the indicators of a site; what differs from what stands is kept as a new version.

    Args:
        site: its records and verdicts.
        scope: which years.
        wanted: which indicators.
        only: id of one version of targets; None = all.
        as_of: number of a filing, after which nothing is looked at; then nothing is kept.
        verdicts: of the city; None = asked for anew.

    Raises:
        UsageError: there is no such filing.
    """
    records = site.records
    head = records.head
    if as_of is not None and as_of > head:
        raise UsageError(f"filing {as_of} is not on file", f"the last one is {head}")
    at = head if as_of is None else as_of
    verdicts = verdicts or SiteVerdicts(site, scope.city)
    found = list(evaluate(the_register().rows, records.counting(at), verdicts, scope, wanted=wanted, only=only))
    if as_of is None:
        filings = [Filed(filing.number, filing.schema) for filing in records.filings()]
        keep(site.indicators, found, Position(records.epoch, head), code_version(), filings)
    return found
