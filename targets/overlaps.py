"""What is filed of one thing for periods and places that overlap is counted once.

A department may file a year beside its months, and the whole city beside its districts. Of one place the longer period
counts. Of the city and its districts counts who filed more months of the year; of equally many, the city.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from targets.parts import MONTHS, Part, coarser, part_of, period_between, period_of, span
from targets.tally import excluding


def filed_periods(records: pa.Table) -> pa.Array:
    """Return the period of each record as text; where it is no part of a year, the year in which it ends."""
    found = [period_between(*days) or period_of(days[1], "year") for days in _days(records)]
    return pa.array(found, pa.string()).dictionary_encode()


def counted_once(
    records: pa.Table,
    by: Sequence[str],
    city: str,
    more: Sequence[tuple[str, Any]] = (),
    *,
    part: Part = "year",
) -> pa.Array:
    """Return why records are left out so that nothing counts twice; null = counted.

    Args:
        records: with what a tally needs, `district`, and the columns of `by`.
        by: columns that say what a record is about, beside its place and period.
        city: code of the whole city; other districts are parts of it.
        more: reasons with their flags that come first; records left out by them cover nothing.
        part: that the records are brought together to; those of longer periods say nothing of it and cover nothing.
    """
    excluded = excluding(records.num_rows, more)
    about = list(zip(*(records[name].to_pylist() for name in by), strict=True)) if by else [()] * records.num_rows
    places = records["district"].to_pylist()
    periods = [period_between(*days) for days in _days(records)]
    looked_at = [
        out is None and period is not None and coarser(period, part) is not None
        for out, period in zip(excluded.to_pylist(), periods, strict=True)
    ]
    rows = [
        (thing, place, period or "")
        for thing, place, period, look in zip(about, places, periods, looked_at, strict=True)
        if look
    ]
    filed = set(rows)
    longest = {row for row in filed if not any((row[0], row[1], longer) in filed for longer in longer_periods(row[2]))}
    parts = _parts_of_city(longest, city)
    flags: dict[str, list[bool]] = {"no_period": [], "longer": [], "city": []}
    for thing, place, period, look in zip(about, places, periods, looked_at, strict=True):
        row = (thing, place, period or "")
        flags["no_period"].append(period is None)
        flags["longer"].append(look and row not in longest)
        flags["city"].append(look and row in parts)
    return excluding(
        records.num_rows,
        [
            *more,
            ("no_part_of_year", pa.array(flags["no_period"], pa.bool_())),
            ("within_longer_period", pa.array(flags["longer"], pa.bool_())),
            ("other_level_of_place", pa.array(flags["city"], pa.bool_())),
        ],
    )


_Row = tuple[tuple[Any, ...], Any, str]


def _parts_of_city(rows: set[_Row], city: str) -> set[_Row]:
    """Return the rows of districts where the city counts, and those of the city where its districts count."""
    months: dict[tuple[Any, str], dict[bool, set[int]]] = defaultdict(lambda: {True: set(), False: set()})
    for thing, place, period in rows:
        first, last = span(period)
        months[thing, period[:4]][place == city].update(range(first.month, last.month + 1))
    whole = {key for key, filed in months.items() if len(filed[True]) >= len(filed[False])}
    return {row for row in rows if ((row[0], row[2][:4]) in whole) != (row[1] == city)}


def longer_periods(period: str) -> list[str]:
    """Return the longer parts of the year that hold a period."""
    parts = [part for part in MONTHS if MONTHS[part] > MONTHS[part_of(period)]]
    return [longer for part in parts if (longer := coarser(period, part)) is not None]


def _days(records: pa.Table) -> list[tuple[dt.date, dt.date]]:
    return list(zip(records["period_start"].to_pylist(), records["period_end"].to_pylist(), strict=True))
