"""Of each form which records are of a period, and which of them count in no figure: as the indicators have it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from targets.certificates import named, not_valid
from targets.computation import Scope
from targets.implementation import STAGES
from targets.inspection import uncounted
from targets.overlaps import counted_once
from targets.parts import part_of
from targets.product import ADOPTING
from targets.service import of_services
from targets.stocks import ended_by
from targets.surveys import SURVEY, round_rows
from targets.tally import TEXT, among, excluding

Within = Callable[[pa.Table, dt.date, dt.date], Any]
"""Which records are of a period, from its first day to the last of it that has come."""

Excluded = Callable[[pa.Table, str, Scope], pa.Array]
"""Why records of a period are left out; `scope.today` is the last day of it that has come."""

More = Callable[[pa.Table], Mapping[str, Any]]
"""What else a tally says of each: `part`, `event`, `provisional`."""


def _none(table: pa.Table, _period: str, _scope: Scope) -> pa.Array:
    return pa.nulls(table.num_rows, TEXT)


def _no_more(_table: pa.Table) -> Mapping[str, Any]:
    return {}


def _of_event(table: pa.Table, first: dt.date, day: dt.date) -> Any:
    """Events by their day; what has none by the period that it is about, which lies within."""
    begun = pc.coalesce(table["event_date"], table["period_start"])
    ended = pc.coalesce(table["event_date"], table["period_end"])
    return pc.and_(pc.greater_equal(begun, _date(first)), pc.less_equal(ended, _date(day)))


def _of_period(table: pa.Table, first: dt.date, day: dt.date) -> Any:
    """Say which records are about a period within, or about what has come of it."""
    begun = pc.greater_equal(table["period_start"], _date(first))
    return pc.and_(begun, pc.less_equal(table["period_end"], _date(day)))


@dataclass(frozen=True)
class Rule:
    """How the records of a form are looked at.

    Attributes:
        columns: that it needs beside those of `entity`.
        entity: columns that together name what is counted once.
        sums: columns whose sum says something.
        judged: records pass or fail.
    """

    columns: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()
    within: Within = _of_event
    excluded: Excluded = _none
    more: More = _no_more
    sums: tuple[str, ...] = ()
    judged: bool = False


def _dated(column: str, **more: Any) -> Rule:
    """Return the rule of what happened on the day of a column."""

    def within(table: pa.Table, first: dt.date, day: dt.date) -> Any:
        return pc.and_(pc.greater_equal(table[column], _date(first)), pc.less_equal(table[column], _date(day)))

    def event(table: pa.Table) -> Mapping[str, Any]:
        return {"event": table[column]}

    columns = dict.fromkeys((column, *more.pop("columns", ())))
    return Rule(**{"columns": tuple(columns), "within": within, "more": event, **more})


def _standing(since: str, until: str, reasons: Any = None, **more: Any) -> Rule:
    """Return the rule of what stands from the day of a column to the day before that of another."""

    def within(table: pa.Table, _first: dt.date, day: dt.date) -> Any:
        return pc.less_equal(table[since], _date(day))

    def excluded(table: pa.Table, _period: str, scope: Scope) -> pa.Array:
        beside: Sequence[tuple[str, Any]] = reasons(table, scope.today) if reasons else ()
        return excluding(table.num_rows, [("expired", ended_by(table[until], scope.today)), *beside])

    def event(table: pa.Table) -> Mapping[str, Any]:
        return {"event": table[since]}

    columns = tuple(dict.fromkeys((since, until, *more.pop("columns", ()))))
    return Rule(columns=columns, within=within, excluded=excluded, more=event, **more)


def _of_year(**more: Any) -> Rule:
    """Return the rule of what is filed of a calendar year, as its column `year` says; a part of a year has none."""

    def within(table: pa.Table, first: dt.date, day: dt.date) -> Any:
        whole = (first.month, first.day) == (1, 1) and (day.month, day.day) == (12, 31)
        return pc.and_(pc.equal(table["year"], first.year), pa.scalar(whole))

    columns = tuple(dict.fromkeys(("year", *more.pop("columns", ()))))
    return Rule(columns=columns, within=within, **more)


def _once(*by: str, sums: tuple[str, ...] = ()) -> Rule:
    """Return the rule of amounts of a place and period, which are filed for longer periods and greater places too."""

    def excluded(table: pa.Table, period: str, scope: Scope) -> pa.Array:
        return counted_once(table, by, scope.code, part=part_of(period))

    return Rule(columns=("district", *by, *sums), within=_of_period, excluded=excluded, sums=sums)


def _date(day: dt.date) -> pa.Scalar:
    return pa.scalar(day, pa.date32())


# forms with a rule of their own


def _batches_left_out(table: pa.Table, _period: str, _scope: Scope) -> pa.Array:
    return excluding(table.num_rows, uncounted(table, among(table["verdict"], "pass")))


def _batches(table: pa.Table) -> Mapping[str, Any]:
    return {
        "part": among(table["verdict"], "pass"),
        "event": table["sampled_on"],
        "provisional": among(table["objection"], "filed"),
    }


def _states(table: pa.Table, day: dt.date) -> Sequence[tuple[str, Any]]:
    return not_valid(named(table), day)


def _activities(table: pa.Table, first: dt.date, day: dt.date) -> Any:
    """Standards published in the period; committees that had begun by its end."""
    standard = among(table["kind"], "standard")
    published = pc.and_(
        pc.greater_equal(table["published_on"], _date(first)), pc.less_equal(table["published_on"], _date(day))
    )
    return pc.if_else(standard, published, pc.less_equal(table["valid_from"], _date(day)))


def _activities_left_out(table: pa.Table, _period: str, scope: Scope) -> pa.Array:
    body = pc.invert(among(table["kind"], "standard"))
    return excluding(table.num_rows, [("expired", pc.and_(body, ended_by(table["valid_to"], scope.today)))])


def _activities_event(table: pa.Table) -> Mapping[str, Any]:
    return {"event": pc.if_else(among(table["kind"], "standard"), table["published_on"], table["valid_from"])}


def _rounds_left_out(table: pa.Table, period: str, scope: Scope) -> pa.Array:
    """Rounds of services and of the culture of quality are judged apart, as the indicators do."""
    found = np.full(table.num_rows, None, object)
    services = np.array([of_services(code) for code in table["sector_code"].to_pylist()], bool)
    for kind in (services, ~services):
        rows = round_rows(table.filter(pa.array(kind)), scope, part_of(period))
        found[kind] = np.array(rows["excluded"].to_pylist(), object)
    return pa.array(found.tolist(), pa.string()).dictionary_encode()


def _stages_left_out(table: pa.Table, _period: str, _scope: Scope) -> pa.Array:
    """Of each organisation and standard the highest stage counts; of standards of service each by its number."""
    highest: dict[tuple[Any, ...], tuple[tuple[int, dt.date, str], int]] = {}
    for row, one in enumerate(table.select([*_STAGED, "record_id"]).to_pylist()):
        numbered = one["standard_no"] if one["standard"] == "service_std" else None
        unit = (one["org_id"], one["standard"], numbered)
        rank = (STAGES.index(one["stage"]), one["assessed_on"], one["record_id"])
        highest[unit] = max(highest.get(unit, (rank, row)), (rank, row))
    earlier = np.ones(table.num_rows, bool)
    earlier[[row for _, row in highest.values()]] = False
    return excluding(table.num_rows, [("earlier_stage", pa.array(earlier))])


_STAGED = ("org_id", "standard", "standard_no", "stage", "assessed_on")

RULES: Mapping[str, Rule] = {
    "R_ac": Rule(entity=("event_id",), sums=("deaths", "serious_injuries", "direct_loss_10k")),
    "R_aw": _dated("announced_on"),
    "R_br": _standing("awarded_on", "valid_to", entity=("brand_type", "owner_id", "name")),
    "R_ct": _standing(
        "issued_on",
        "expires_on",
        _states,
        columns=("cert_no", "body", "cert_status", "status_since"),
        entity=("holder_id",),
    ),
    "R_fr": _of_year(entity=("firm_id",)),
    "R_gr": _once(
        "product_code",
        "firm_id",
        sums=("output_superior_10k", "output_first_10k", "output_qualified_10k", "output_nonconf_10k"),
    ),
    "R_pa": _dated(
        "held_on",
        columns=("result",),
        entity=("project_id",),
        more=lambda table: {"part": among(table["result"], "pass"), "event": table["held_on"]},
        sums=("floor_area_m2", "cost_10k", "defects_major"),
        judged=True,
    ),
    "R_ps": _dated(
        "sampled_on",
        columns=("scheme", "verdict", "objection"),
        entity=("producer_id",),
        excluded=_batches_left_out,
        more=_batches,
        sums=("sample_n", "items_tested", "items_failed"),
        judged=True,
    ),
    "R_pt": _dated("grant_date", entity=("appl_no",)),
    "R_sa": _of_year(
        columns=("degree",),
        entity=("product_code",),
        more=lambda table: {"part": pc.fill_null(among(table["degree"], *ADOPTING), False)},
        sums=("output_value_10k",),
        judged=True,
    ),
    "R_sd": Rule(
        columns=("kind", "published_on", "valid_from", "valid_to"),
        entity=("ref_no",),
        within=_activities,
        excluded=_activities_left_out,
        more=_activities_event,
    ),
    "R_si": Rule(
        columns=_STAGED,
        entity=("org_id",),
        within=lambda table, _first, day: pc.less_equal(table["assessed_on"], _date(day)),
        excluded=_stages_left_out,
        more=lambda table: {"event": table["assessed_on"]},
    ),
    "R_su": _of_year(entity=("firm_id",), sums=("amount_10k",)),
    "R_sv": Rule(
        columns=SURVEY, entity=("sector_code",), within=_of_period, excluded=_rounds_left_out, sums=("n_valid",)
    ),
    "R_sw": _once("source_id", sums=("abstraction_10km3",)),
    "R_tr": _dated("completed_on", entity=("person_hash",), sums=("hours",)),
    "R_wu": _once("user", sums=("m3_10k",)),
    "R_ww": _once(
        "type",
        sums=("generated_10kt", "discharged_10kt", "compliant_10kt", "treated_10kt", "central_treated_10kt"),
    ),
}

_ANY = Rule()


def rule_of(name: str) -> Rule:
    """Return how the records of a form are looked at; those without a rule of their own by the day of their event."""
    return RULES.get(name, _ANY)
