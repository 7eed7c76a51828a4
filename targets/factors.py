"""Factors from quantities of energy to standard coal: `factors.toml`, by the text that prints them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Literal, NamedTuple

import pyarrow as pa

from qualicity.network import Name
from targets.indicator import Certainty
from targets.tables import Identified, rows_by_id

Unit = Literal["kgce/kWh", "kgce/MJ", "kgce/kg", "kgce/m3"]

COLUMNS = ("coef_std", "fuel", "unit", "basis", "coef_value")
"""What a record says of the factor that made it."""

_FILED: Mapping[Unit, tuple[str, int]] = {
    "kgce/kWh": ("10k_kWh", 10),
    "kgce/MJ": ("GJ", 1),
    "kgce/kg": ("t", 1),
    "kgce/m3": ("10k_m3", 10),
}
"""The unit in which such a quantity is filed, and how many tce of it one kgce of the printed unit makes."""

_DASHES = str.maketrans("\N{EN DASH}\N{EM DASH}\N{FULLWIDTH HYPHEN-MINUS}", "---", " ")


class Factor(Identified, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A factor of one text.

    Attributes:
        fuels: codes under which records file it.
        coef: in `unit`, as printed; several where the text has several kinds under one name.
        basis: for which alone it holds; None = the fuel's heat is the same by both.
        source: key of `sources.toml`; empty = none was seen.
    """

    text: str
    fuels: tuple[str, ...]
    name: Name
    coef: tuple[Decimal, ...]
    unit: Unit
    basis: Literal["calorific", "equivalent"] | None = None
    source: str = ""
    certainty: Certainty

    @property
    def filed_unit(self) -> str:
        """Return the unit of a record's quantity, as the form codes it."""
        return _FILED[self.unit][0]

    @property
    def filed(self) -> tuple[Decimal, ...]:
        """Return the factor in tce for each unit of a record's quantity."""
        return tuple(coef * _FILED[self.unit][1] for coef in self.coef)


class _Key(NamedTuple):
    text: str
    fuel: str
    unit: str


@cache
def factors() -> Mapping[str, Factor]:
    """Return the factors by their ids.

    Raises:
        InputError: the table breaks its schema.
    """
    return rows_by_id("factors.toml", "factor", Factor)


@cache
def _by_key() -> Mapping[_Key, Factor]:
    return {_Key(_plain(one.text), fuel, one.filed_unit): one for one in factors().values() for fuel in one.fuels}


def _plain(text: str) -> str:
    """Return a text's number as it compares: GB/T 2589-2008 with blanks or another dash is the same."""
    return text.translate(_DASHES).upper()


def unlike(records: pa.Table | Mapping[str, pa.Array]) -> Sequence[bool]:
    """Return which records name a text and have another factor than it.

    A factor of the one basis that is filed under the other is another factor, too. Of a text, fuel or unit that is not
    in the table nothing is said.

    Args:
        records: with the columns `COLUMNS`.
    """
    columns = (records[name].to_pylist() for name in COLUMNS)
    return [_differs(*cells) for cells in zip(*columns, strict=True)]


@cache
def _differs(text: str | None, fuel: str | None, unit: str | None, basis: str | None, value: Decimal | None) -> bool:
    factor = _by_key().get(_Key(_plain(text or ""), fuel or "", unit or ""))
    if factor is None or value is None:
        return False
    holds = factor.basis in {None, basis}
    return (value in factor.filed) is not holds
