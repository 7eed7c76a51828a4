"""Products: adopted standards, grades; certificates, patents, brands and samplings have modules of their own."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow.compute as pc

from targets.brand import brand_products
from targets.certificates import cert_uptake, ms_cert_firms
from targets.computation import Computation, Computed, Scope, Verdicts, known, nothing_on_file
from targets.counting import rate_points, worst_of
from targets.economy import NONE
from targets.inspection import market_pass, tracking_pass
from targets.milestones import done_of_planned, ladder
from targets.model import Series
from targets.overlaps import counted_once, filed_periods
from targets.patents import invention_grants
from targets.records.base import Records
from targets.tally import Tally, among, excluding, looked_at, tallied, years_of

ADOPTING = ("IDT", "MOD", "own_higher")
"""Degrees that count as made to an international standard; NEQ does not."""

GRADES = ("output_superior_10k", "output_first_10k", "output_qualified_10k", "output_nonconf_10k")


def intl_std_rate(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.intl_std_rate: main products made to adopted standards, of the main products on file.

    A product of several firms counts as made to them where each of its firms does. Weighted by output beside it.
    """
    filed = looked_at(records, "R_sa", "product_code", "firm_id", "degree", "output_value_10k", "year")
    if not filed.num_rows:
        return nothing_on_file("prd.intl_std_rate", "R_sa")
    adopting = pc.fill_null(among(filed["degree"], *ADOPTING), False)
    years, output = years_of(filed["year"]), filed["output_value_10k"]
    rows = tallied(filed, years, entity=filed["product_code"], part=adopting)
    silent = excluding(filed.num_rows, [("no_output", pc.is_null(output))])
    by_output = tallied(filed, years, part=pc.if_else(adopting, output, NONE), whole=output, excluded=silent)
    beside = {"output_weighted": rate_points(by_output, scope), "firm_products": rate_points(rows, scope)}
    points = rate_points(worst_of(rows, "year"), scope)
    return Computed(Series("prd.intl_std_rate", points, companions=known(beside)), (Tally("R_sa", rows),))


def superior_rate(records: Records, _verdicts: Verdicts, scope: Scope) -> Computed:
    """prd.superior_rate: output value graded superior, of the output value graded."""
    filed = looked_at(records, "R_gr", "district", "product_code", "firm_id", *GRADES)
    if not filed.num_rows:
        return nothing_on_file("prd.superior_rate", "R_gr")
    graded = filed[GRADES[0]]
    for grade in GRADES[1:]:
        graded = pc.add(graded, filed[grade])
    excluded = counted_once(filed, ("product_code", "firm_id"), scope.code)
    rows = tallied(filed, filed_periods(filed), part=filed[GRADES[0]], whole=graded, excluded=excluded)
    return Computed(Series("prd.superior_rate", rate_points(rows, scope)), (Tally("R_gr", rows),))


COMPUTATIONS: Mapping[str, Computation] = {
    "prd.cert_uptake": cert_uptake,
    "prd.ms_cert_firms": ms_cert_firms,
    "prd.intl_std_rate": intl_std_rate,
    "prd.superior_rate": superior_rate,
    "prd.market_pass": market_pass,
    "prd.natl_track_pass": tracking_pass,
    "prd.brands": brand_products,
    "prd.invention_grants": invention_grants,
    "prd.monitor_system": ladder("prd.monitor_system", cells_monitored=done_of_planned),
}
