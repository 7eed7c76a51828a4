"""The register of indicators as rows: the same for the command line and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from targets.departments import departments, sources
from targets.factors import Factor
from targets.facts import FactSeries
from targets.indicator import Indicator
from targets.register import Document

_NUMBERS = msgspec.json.Encoder(decimal_format="number")


def plain(value: object) -> Any:
    """Return a struct as JSON holds it: numbers as numbers."""
    return msgspec.json.decode(_NUMBERS.encode(value))


def sheet_row(
    one: Indicator,
    documents: Sequence[Document],
    facts: Sequence[FactSeries],
    used: Sequence[Factor],
    keys: Sequence[str],
) -> Mapping[str, Any]:
    """Return everything that is known of an indicator.

    Args:
        one: the indicator.
        documents: that set its targets.
        facts: about it.
        used: factors by which its records may be made.
        keys: of the sources that are cited.
    """
    return {
        **plain(one),
        "documents": plain(documents),
        "departments": plain([departments()[owner] for owner in one.owners]),
        "forms": [f"qualicity targets template {name}" for name in one.records],
        "facts": plain(facts),
        "factors": plain(used),
        "cited": {key: plain(sources()[key]) for key in keys},
    }
