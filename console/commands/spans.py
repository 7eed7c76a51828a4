"""The days that commands are about, as their options give them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from qualicity.errors import UsageError
from qualicity.periods import parse_period

From = Annotated[str, typer.Option("--from", metavar="DAY", help="First civil day, such as 2016-01-01.")]
To = Annotated[str, typer.Option("--to", metavar="DAY", help="Last civil day, inclusive.")]


def days(first: str, last: str) -> tuple[dt.date, dt.date]:
    """Return the two civil days of the options.

    Raises:
        UsageError: one is not a day, or they are in the wrong order.
    """
    begin, end = parse_period(first), parse_period(last)
    if begin.kind != "day" or end.kind != "day":
        raise UsageError("--from and --to take civil days", "write them as 2016-01-01")
    if end.first < begin.first:
        raise UsageError(f"--to {last} is before --from {first}", "exchange them")
    return begin.first, end.first
