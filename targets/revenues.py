"""Main revenue of single firms in each year: as the list of brands says (`R_br`), or as statistics say (`R_ec`)."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from targets.economy import ESTIMATES, IN_10K_YUAN
from targets.parts import period_between
from targets.records.base import Records
from targets.tally import among, looked_at

HUNDRED_MILLION = IN_10K_YUAN["100m_yuan"]


def main_revenues(records: Records, brands: pa.Table) -> dict[tuple[str, int], Decimal]:
    """Return main revenue in 10^8 yuan by firm and year.

    Statistics count before the list of brands, and of several estimates the later kind. Where the list names several
    for a firm and a year, the least counts: a claim is not proven by being the larger.
    """
    found: dict[tuple[str, int], Decimal] = {}
    listed = brands.filter(pc.is_valid(brands["revenue_100m"]))
    columns = (listed[name].to_pylist() for name in ("owner_id", "revenue_year", "revenue_100m"))
    for owner, year, amount in zip(*columns, strict=True):
        found[owner, year] = min(amount, found.get((owner, year), amount))
    return found | _by_statistics(records)


def _by_statistics(records: Records) -> dict[tuple[str, int], Decimal]:
    filed = looked_at(records, "R_ec", "series", "org_id", "value", "unit", "estimate")
    wanted = pc.and_(pc.fill_null(among(filed["series"], "main_revenue"), False), pc.is_valid(filed["org_id"]))
    ranked: dict[tuple[str, int], tuple[int, Decimal]] = {}
    for row in filed.filter(wanted).to_pylist():
        period = period_between(row["period_start"], row["period_end"])
        if period is None or len(period) > 4:
            continue  # a part of a year is not the revenue of a year
        key = (row["org_id"], int(period))
        amount = row["value"] * IN_10K_YUAN[row["unit"]] / HUNDRED_MILLION
        rank = ESTIMATES.index(row["estimate"])
        held = ranked.get(key)
        if held is None or (rank, -amount) > (held[0], -held[1]):
            ranked[key] = (rank, amount)
    return {key: amount for key, (_, amount) in ranked.items()}
