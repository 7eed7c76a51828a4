"""The law that was applied to air, a source, an outlet or a city, row by row, as trees carry it."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec

from aggregator.verdicts import plain
from qualicity.parameters import parameters
from qualicity.standards.airlaw import ENDLESS, AirLaw, Objective
from qualicity.standards.load import standard as table_of
from qualicity.standards.schema import Limit, LimitTable
from qualicity.standards.schema_water import RateTable, ValidityTable
from qualicity.standards.waterlaw import Bound, DischargeLaw, WaterLaw

Node = dict[str, Any]


def water_law_node(law: WaterLaw, names: Collection[str], target: str) -> Node:
    """Return a table of classes, those of its items that a station has."""
    rules = law.assessment
    return {
        "standard": law.standard,
        "body": law.body,
        "classes": list(law.classes),
        "beyond": law.beyond,
        "target": target,
        "table_hash": law.table_hash,
        "certainty": law.certainty,
        "assessment": {
            "id": rules.id,
            "rounding": rules.rounding,
            "not_detected": plain(Decimal(rules.not_detected)),
            "not_detected_certainty": rules.not_detected_certainty,
            "automatic_first": list(rules.automatic_first),
            "automatic_share": plain(Decimal(rules.automatic_share)),
            "automatic_certainty": rules.automatic_certainty,
            "clause": rules.clause,
        },
        "limits": [
            {
                "parameter": item.parameter,
                "group": item.group,
                "unit": item.unit,
                "bounds": [bound_node(bound) for bound in item.bounds] or None,
                "limit": None if item.limit is None else bound_node(item.limit),
                "target": None if (own := item.bound(law.classes, target)) is None else bound_node(own),
                "digits": item.digits,
                "counts": item.counts,
                "clause": item.clause,
                "certainty": item.certainty,
            }
            for item in law.items
            if item.parameter in names
        ],
    }


def bound_node(bound: Bound) -> Node:
    """Return what a value must be: within both ends, or absent."""
    low, high = (None if end is None else plain(end) for end in (bound.low, bound.high))
    return {"low": low, "high": high, "absent": bound.absent}


def discharge_law_node(law: DischargeLaw) -> Node:
    """Return the limits of an outlet: its permit's and its standard's, and when its data are valid."""
    return {
        "standard": law.standard,
        "grade": law.grade,
        "table_hash": law.table_hash,
        "certainty": law.certainty,
        "cold_at_most": None if law.cold_at_most is None else plain(law.cold_at_most),
        "validity": _validity_node(law.validity),
        "limits": [
            {
                "parameter": limit.parameter,
                "unit": limit.unit,
                **bound_node(limit.bound),
                "period": limit.period,
                "statistic": limit.statistic,
                "cold": limit.cold,
                "digits": limit.digits,
                "removal_at_least": None if limit.removal_at_least is None else plain(limit.removal_at_least),
                "origin": limit.origin,
                "clause": limit.clause,
                "certainty": limit.certainty,
            }
            for limit in law.limits
        ],
    }


def _validity_node(table: ValidityTable) -> Node:
    names = ("share", "manual", "load", "zero_flow")
    return {
        "id": table.id,
        "share_at_least": plain(Decimal(table.share_at_least)),
        "manual_at_least": table.manual_at_least,
        "load_days": table.load_days,
        "zero_flow_invalid": table.zero_flow_invalid,
        "clauses": {name: getattr(table, f"{name}_clause") for name in names},
        "certainties": {name: getattr(table, f"{name}_certainty") for name in names},
        "substitutes": {
            row.parameter: {"value": plain(Decimal(row.value)), "unit": row.unit, "clause": row.clause,
                            "certainty": row.certainty}
            for row in table.substitute
        },
    }  # fmt: skip


def rate_law_node(name: str) -> Node:
    """Return what a rate is."""
    table = table_of(name)
    if not isinstance(table, RateTable):
        raise TypeError(f"{name} is no rate")
    return {
        "standard": table.id,
        "weight": table.weight,
        "known_at_least": plain(Decimal(table.known_at_least)),
        "known_certainty": table.known_certainty,
        "clause": table.clause,
        "certainty": table.certainty,
        "note": table.note,
    }


def air_law_node(law: AirLaw) -> Node:
    """Return a law of ambient air: every limit with its clause, and the hash of the rows.

    A law to compare with has its items and what is asked of a year, each with clause and certainty. It is asked for by
    its name and never applied by date, and the node says so: `comparison`.
    """
    return {
        "standard": law.standard,
        "grade": law.grade,
        "index": law.index.id if law.index else None,
        "assessment": law.assessment,
        "table_hash": law.table_hash,
        "certainty": law.certainty,
        **(_compared(law) if law.compared else {"limits": _limits(law)}),
    }


def _limits(law: AirLaw) -> list[Node]:
    return [
        {
            "parameter": name,
            "statistic": rule.kind,
            "limit": plain(limit),
            "unit": parameters()[name].unit,
            "decimals": digits,
            "min_hours": rule.min_hours,
            "clause": clause,
        }
        for name, rule, limit, digits, clause in zip(
            law.parameters, law.day_rule, law.day_limit, law.digits, law.day_clause, strict=True
        )
    ]


def _compared(law: AirLaw) -> Node:
    table = table_of(law.standard)
    if not isinstance(table, LimitTable):
        raise TypeError(f"{law.standard} has no limits")
    rows = {f"{row.parameter}:{row.period.removesuffix('-max')}": row for row in table.limit if row.basic}
    return {
        "comparison": True,
        "gases": table.gases,
        "reference_state": msgspec.to_builtins(table.reference_state),
        "city": "greatest" if law.city.greatest else "mean",
        "limits": [_item_node(law, i, rows.get(item)) for i, item in enumerate(law.items)],
        "objectives": [_objective_node(law, objective) for objective in law.objectives],
        "note": table.note,
    }


def _item_node(law: AirLaw, i: int, row: Limit | None) -> Node:
    """Return a daily statistic: its limit, where it has one, its hours and what it needs of them."""
    rule = law.day_rule[i]
    return {
        "item": law.items[i],
        "parameter": law.parameters[i],
        "statistic": rule.kind,
        "limit": None if law.day_top[i] == ENDLESS else plain(law.day_limit[i]),
        "unit": law.units[i],
        "decimals": law.digits[i],
        "rounding": law.rounding,
        "begin": rule.begin,
        "hours": rule.hours,
        "min_hours": rule.min_hours,
        "windows": rule.last_end - rule.first_end + 1 if rule.kind == "max-running" else None,
        "min_windows": rule.min_windows if rule.kind == "max-running" else None,
        "exceeding_counts": rule.exceeding_counts,
        "clause": law.day_clause[i],
        "certainty": None if row is None else row.certainty,
    }


def _objective_node(law: AirLaw, objective: Objective) -> Node:
    return {
        "item": law.items[objective.item],
        "parameter": law.parameters[objective.item],
        "period": objective.period,
        "limit": plain(objective.limit),
        "unit": objective.unit,
        "decimals": objective.digits,
        "rounding": objective.rounding,
        "form": msgspec.to_builtins(objective.form),
        "interim": {name: plain(value) for name, value in objective.interim},
        "clause": objective.clause,
        "certainty": objective.certainty,
    }
