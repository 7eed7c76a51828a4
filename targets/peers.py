"""Lists of other cities (`R_pe`): the city's place on one, and how it stands beside the median of its peers.

Totals are compared within a list of one date alone: of several lists of a year the newest counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from targets.computation import Scope
from targets.model import Point
from targets.records.base import Records
from targets.tally import among, excluding, looked_at, tallied, years_of

PEERS = "R_pe"


@dataclass(frozen=True)
class PeerList:
    """The newest list of an indicator and a year.

    Attributes:
        values: of each city on it, by its code.
    """

    indicator: str
    year: int
    as_of: dt.date
    values: Mapping[str, Fraction]
    provisional: bool
    synthetic: bool

    def point(self, value: Fraction | None, **more: Any) -> Point:
        """Return what is known of the year by this list."""
        return Point(
            str(self.year), value, latest=self.as_of, provisional=self.provisional, synthetic=self.synthetic, **more
        )

    def others(self, scope: Scope) -> dict[str, Fraction]:
        """Return the figures of the cities that are compared with: the declared peers, or all on the list."""
        return {
            peer: value
            for peer, value in self.values.items()
            if peer != scope.code and (not scope.peers or peer in scope.peers)
        }

    def coverage(self, scope: Scope) -> Fraction | None:
        """Return the share of the declared peers that are on the list; None where none are declared."""
        return Fraction(len(self.others(scope)), len(set(scope.peers) - {scope.code})) if scope.peers else None


def filed_lists(records: Records) -> pa.Table:
    """Return the figures of cities on file."""
    return looked_at(records, PEERS, "indicator_id", "peer", "year", "value", "as_of")


def lists_of(filed: pa.Table, scope: Scope, indicators: Iterable[str] = ()) -> list[PeerList]:
    """Return the newest list of each indicator and year, in their order."""
    wanted = set(indicators)
    dated: dict[tuple[str, int], dict[dt.date, list[Mapping[str, Any]]]] = {}
    for row in filed.to_pylist():
        asked = row["year"] in scope.years and row["as_of"] <= scope.today
        if asked and (not wanted or row["indicator_id"] in wanted):
            dated.setdefault((row["indicator_id"], row["year"]), {}).setdefault(row["as_of"], []).append(row)
    return [
        PeerList(
            indicator,
            year,
            max(dates),
            {row["peer"]: Fraction(row["value"]) for row in dates[max(dates)]},
            any(row["status"] == "provisional" for row in dates[max(dates)]),
            any(row["synthetic"] for row in dates[max(dates)]),
        )
        for (indicator, year), dates in sorted(dated.items())
    ]


def list_rows(filed: pa.Table, lists: Iterable[PeerList]) -> pa.Table:
    """Return a row of a tally for each figure; those of lists that are not the newest do not count."""
    newest = {(one.indicator, one.year): one.as_of for one in lists}
    about = zip(filed["indicator_id"].to_pylist(), filed["year"].to_pylist(), filed["as_of"].to_pylist(), strict=True)
    other = pa.array([newest.get((indicator, year)) != as_of for indicator, year, as_of in about], pa.bool_())
    return tallied(
        filed,
        years_of(filed["year"]),
        entity=filed["peer"],
        part=filed["value"],
        excluded=excluding(filed.num_rows, [("other_list_date", other)]),
        event=filed["as_of"],
    )


def place(own: Fraction, others: Iterable[Fraction]) -> int:
    """Return the place of a total, the greatest first; who has as much shares it."""
    return 1 + sum(other > own for other in others)


def no_worse(own: Fraction, others: Iterable[Fraction], direction: int) -> bool:
    """Return whether a figure is at the median of others or on its good side."""
    return (own - median(others)) * direction >= 0


def of_indicators(filed: pa.Table, *names: str) -> pa.Table:
    """Return the figures of some indicators alone."""
    return filed.filter(pc.fill_null(among(filed["indicator_id"], *names), False))
