"""A law to compare with as an archive's law.json has it, so that hours are converted and years recomputed elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from aggregator.law_hours import decimals_of, factor_of
from qualicity.canonical import MAX_DECIMALS
from qualicity.periods import day_of
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.states import eras


def compared_law(law: AirLaw) -> dict[str, Any]:
    """Return a law with every field of its forms, the factors of its items since each day, and the decimals kept."""
    content: dict[str, Any] = msgspec.to_builtins(law)
    for row, objective in zip(content["objectives"], law.objectives, strict=True):
        row["form"] = msgspec.structs.asdict(objective.form)
    since = [dt.date.min if era.start is None else day_of(era.start) for era in eras()]
    factors = [[factor_of(name, law, unit, day) for name, unit in zip(law.parameters, law.units, strict=True)]
               for day in since]  # fmt: skip
    content["factors"] = [
        {"since": day.isoformat(), "factor": [format(factor, "f") for factor in own]}
        for day, own in zip(since, factors, strict=True)
    ]
    content["kept"] = [decimals_of(law, i, MAX_DECIMALS, [own[i] for own in factors]) for i in range(len(law.items))]
    return content
