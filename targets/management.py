"""The project of quality management: one award, ten benchmarks, a hundred firms, a thousand, ten thousand people."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow.compute as pc

from targets.computation import Computation, Computed, Scope, Verdicts, in_unit, known, nothing_on_file
from targets.counting import accumulated, distinct_points
from targets.implementation import STAGES, Asked, implementations
from targets.milestones import levels
from targets.model import Series
from targets.records.base import Records
from targets.register import indicator
from targets.service import PUBLIC
from targets.tally import Tally, among, excluding, looked_at, months_of, tallied, years_of


def award(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """qmp.award1: level of the ladder by the evidence filed; beside it the editions of each year and who won them."""
    points, evidence = levels(records, scope, "qmp.award1")
    every = looked_at(records, "R_aw", "award", "edition", "org_id", "announced_on")
    won = every.filter(among(every["award"], "mayor_quality"))
    months = months_of(won["announced_on"])
    editions = tallied(won, months, entity=won["edition"], event=won["announced_on"])
    winners = tallied(won, months, entity=won["org_id"], event=won["announced_on"])
    filed = {"R_ms": evidence.rows.num_rows, "R_aw": won.num_rows}
    missing = tuple(name for name, rows in filed.items() if not rows)
    counts = {"editions": distinct_points(editions, scope), "winners": distinct_points(winners, scope)}
    beside = {name: in_unit(own, "1") for name, own in counts.items()}
    series = Series("qmp.award1", points, missing, known(beside))
    return Computed(series, (evidence, Tally("R_aw", winners)))


def firms_of(name: str, standard: str, least: str) -> Computation:
    """Return the computation of what accumulates: firms that have come to a stage of a standard, each once.

    Schools and hospitals have an indicator of their own.
    """

    def compute(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
        filed = implementations(records, Asked(standard, least, listed=False))
        if not filed.num_rows:
            return nothing_on_file(name, "R_si")
        reasons = [
            ("stage_not_reached", pc.invert(among(filed["stage"], *STAGES[STAGES.index(least) :]))),
            ("not_a_firm", among(filed["sector"], *PUBLIC)),
        ]
        rows = tallied(
            filed,
            months_of(filed["assessed_on"]),
            entity=filed["org_id"],
            excluded=excluding(filed.num_rows, reasons),
            event=filed["assessed_on"],
        )
        return Computed(Series(name, accumulated(indicator(name), rows, scope)), (Tally("R_si", rows),))

    return compute


def support(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """qmp.support100: firms supported in the calendar year, each once a year."""
    filed = looked_at(records, "R_su", "firm_id", "year")
    if not filed.num_rows:
        return nothing_on_file("qmp.support100", "R_su")
    rows = tallied(filed, years_of(filed["year"]), entity=filed["firm_id"])
    series = Series("qmp.support100", distinct_points(rows, scope))
    return Computed(series, (Tally("R_su", rows),))


def training(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """qmp.train10000: persons who completed a course since the declared start, each once; attendances beside it."""
    filed = looked_at(records, "R_tr", "person_hash", "completed_on")
    if not filed.num_rows:
        return nothing_on_file("qmp.train10000", "R_tr")
    months, declared = months_of(filed["completed_on"]), indicator("qmp.train10000")
    rows = tallied(filed, months, entity=filed["person_hash"], event=filed["completed_on"])
    times = tallied(filed, months, event=filed["completed_on"])
    beside = {"person_times": accumulated(declared, times, scope), "persons_in_year": distinct_points(rows, scope)}
    series = Series("qmp.train10000", accumulated(declared, rows, scope), companions=known(beside))
    return Computed(series, (Tally("R_tr", rows),))


COMPUTATIONS: Mapping[str, Computation] = {
    "qmp.award1": award,
    "qmp.bench10": firms_of("qmp.bench10", "benchmark", "evaluated"),
    "qmp.support100": support,
    "qmp.self1000": firms_of("qmp.self1000", "GBT19580", "self_assessed"),
    "qmp.train10000": training,
}
