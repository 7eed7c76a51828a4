"""Certificates (`R_ct`): how many firms above scale have a certified management system, how many firms a product's.

A certificate's records are the history of its state: at a day counts what the newest of them says by then. It holds
from the day of its issue to the day before it expires. Which firms are above scale says the register of firms of the
year (`R_fr`), or the certificate where no register of the year is on file, if it goes by the rule of that year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Computed, Scope, Verdicts, known, nothing_on_file
from targets.counting import rate_points
from targets.model import Series
from targets.parts import state_day
from targets.records.base import Records
from targets.register import indicator
from targets.stocks import reported_until, stock_points, stock_rows
from targets.tally import Tally, among, excluding, joined, looked_at, tallied, years_of

MANAGEMENT_SYSTEMS = ("QMS9001", "EMS14001", "OHS18001", "FSMS", "TS16949", "MD13485", "IT27001", "other_ms")
PRODUCT, COMPULSORY = "product_vol", "CCC"

FIRMS = "prd.ms_cert_firms"


def ms_cert_firms(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.ms_cert_firms: firms above scale with at least one valid management-system certificate, each once."""
    every = _certificates(records)
    filed = every.filter(among(every["cert_type"], *MANAGEMENT_SYSTEMS))
    if not filed.num_rows:
        return nothing_on_file(FIRMS, "R_ct")
    scale = _Scale.of(records)

    def outside(begun: pa.Table, day: dt.date) -> Sequence[tuple[str, Any]]:
        return [*not_valid(begun, day), *scale.outside(begun, day)]

    until = reported_until(every, scope)
    rows = _held(filed, scope, "year", outside)
    holders = _held(filed, scope, "year", not_valid)
    quarters = stock_points(_held(filed, scope, "quarter", outside), scope, until)
    points = (*stock_points(rows, scope, until), *quarters)
    by_rule = tuple(replace(point, method=_rule(state_day(point.period, scope.today))) for point in points)
    beside = {"holders_of_any_size": stock_points(holders, scope, until)}
    missing = () if scale.years else ("R_fr",)
    return Computed(Series(FIRMS, by_rule, missing, known(beside)), (Tally("R_ct", rows),))


def cert_uptake(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.cert_uptake: firms in scope that hold a valid product certificate, of the firms in scope; CCC beside it."""
    every = _certificates(records)
    firms = looked_at(records, "R_fr", "year", "firm_id", "in_scope")
    missing = tuple(schema for schema, table in (("R_ct", every), ("R_fr", firms)) if not table.num_rows)
    if missing:
        return nothing_on_file("prd.cert_uptake", *missing)
    voluntary, held = _uptake(every, firms, PRODUCT, scope)
    compulsory, _ = _uptake(every, firms, COMPULSORY, scope)
    points = rate_points(voluntary, scope)
    series = Series("prd.cert_uptake", points, companions=known({"compulsory": rate_points(compulsory, scope)}))
    return Computed(series, (Tally("R_fr", voluntary), Tally("R_ct", held)))


def _certificates(records: Records) -> pa.Table:
    """Return the records of certificates."""
    filed = looked_at(
        records, "R_ct", "cert_no", "body", "holder_id", "cert_type", "issued_on", "expires_on", "cert_status",
        "status_since", "above_scale", "above_scale_rule",
    )  # fmt: skip
    return named(filed)


def named(filed: pa.Table) -> pa.Table:
    """Return records of certificates with a name for each: its number is unique only of its body."""
    return filed.append_column("certificate", joined(filed["body"], filed["cert_no"]))


def _held(filed: pa.Table, scope: Scope, part: Any, outside: Any) -> pa.Table:
    return stock_rows(filed, scope, part, entity="holder_id", since="issued_on", until="expires_on", outside=outside)


def not_valid(begun: pa.Table, day: dt.date) -> list[tuple[str, Any]]:
    """Say which records of certificates that were issued by a day do not say that one is valid on it."""
    later = pc.greater(begun["status_since"], pa.scalar(day, pa.date32()))
    valid = among(begun["cert_status"], "valid")
    stands_from_issue = pc.or_(pc.invert(valid), pc.equal(begun["status_since"], begun["issued_on"]))
    return [
        ("earlier_state", pa.array(~_newest_states(begun, day))),
        # A state that begins later was another before: valid, unless it is the return of validity.
        ("not_valid_yet", pc.and_(later, pc.invert(stands_from_issue))),
        ("not_valid", pc.and_(pc.invert(later), pc.invert(valid))),
    ]


def _newest_states(begun: pa.Table, day: dt.date) -> Any:
    """Return which record of each certificate is the newest by a day; one that begins later is the oldest of all."""
    since = np.asarray(begun["status_since"].cast(pa.int32()))
    since = np.where(since > (day - dt.date(1970, 1, 1)).days, -1 - since, since)
    reported = np.asarray(begun["reported_at"].cast(pa.int32()))
    names = np.asarray(begun["record_id"].cast(pa.string()).to_pylist(), dtype=str)
    certificates = np.asarray(begun["certificate"].combine_chunks().indices)
    order = np.lexsort((names, reported, since, certificates))
    newest = np.ones(len(order), bool)
    newest[:-1] = certificates[order][1:] != certificates[order][:-1]
    flags = np.zeros(len(order), bool)
    flags[order] = newest
    return flags


def _uptake(every: pa.Table, firms: pa.Table, kind: str, scope: Scope) -> tuple[pa.Table, pa.Table]:
    """Return a row for each firm and year, part 1 = it holds a valid certificate of a kind; and the certificates'."""
    rows = _held(every.filter(among(every["cert_type"], kind)), scope, "year", not_valid)
    counted = rows.filter(pc.field("excluded").is_null())
    holding = joined(counted["period"], counted["entity"]).cast(pa.string())
    firm_years = joined(years_of(firms["year"]), firms["firm_id"]).cast(pa.string())
    return tallied(
        firms,
        years_of(firms["year"]),
        entity=firms["firm_id"],
        part=pc.is_in(firm_years, value_set=holding),
        excluded=excluding(firms.num_rows, [("outside_scope", pc.invert(firms["in_scope"]))]),
    ), rows


@dataclass(frozen=True)
class _Scale:
    """Which firms are above scale, by the register of firms of each year that goes by the rule of that year."""

    years: Mapping[int, pa.Array]

    @classmethod
    def of(cls, records: Records) -> _Scale:
        """Read the registers on file."""
        firms = looked_at(records, "R_fr", "year", "firm_id", "above_scale", "above_scale_rule")
        years = {}
        for year in pc.unique(firms["year"]).to_pylist():
            rule = _rule(dt.date(year, 12, 31))
            own = firms.filter(pc.and_(pc.equal(firms["year"], year), among(firms["above_scale_rule"], rule)))
            if own.num_rows:
                years[year] = own.filter(own["above_scale"])["firm_id"].cast(pa.string()).combine_chunks()
        return cls(years)

    def outside(self, begun: pa.Table, day: dt.date) -> list[tuple[str, Any]]:
        """Say which holders are not known to be above scale on a day by the rule of that day."""
        if day.year in self.years:
            above = pc.is_in(begun["holder_id"].cast(pa.string()), value_set=self.years[day.year])
            return [("below_scale", pc.invert(above))]
        return [
            ("other_scale_rule", pc.invert(among(begun["above_scale_rule"], _rule(day)))),
            ("below_scale", pc.invert(begun["above_scale"])),
        ]


def _rule(day: dt.date) -> str:
    """Return by which rule a firm is above scale on a day, as the register says."""
    methods = indicator(FIRMS).methods
    return next(
        method.id
        for method in methods
        if (method.since is None or method.since <= day) and (method.until is None or day <= method.until)
    )
