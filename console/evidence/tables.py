"""Trees of what stands in tables and on file: a law's limit, a row of the register, filings, records, roll-ups.

Nothing is judged or written for them when what stands is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from console.site import Site
from qualicity.errors import UsageError
from qualicity.periods import day_of
from qualicity.standards.load import standard, table_hash

LAW = "law:"
REGISTER = "register/"
FILING = "filing/"
ROLLUP = "rollup/"
SELECTION = "records/"

_PERIODS = {"1y": "annual"}
"""As keys may write a period that the tables call otherwise."""

_PARTS = 3
"""Of a key of filings before its period: department, form, district."""

Node = Mapping[str, Any]


def law(key: str) -> Node:
    """Return the rows of a law table that a key names: `law:STANDARD:PARAMETER[:PERIOD[:GRADE]]`.

    Raises:
        UsageError: the key is none, or the table has no such row.
    """
    name, *wanted = key.removeprefix(LAW).split(":")
    table = standard(name)
    parameter = wanted[0] if wanted else ""
    limits = getattr(table, "limit", ())
    period = _PERIODS.get(wanted[1], wanted[1]) if len(wanted) > 1 else None
    rows = [row for row in limits if row.parameter == parameter and period in {None, getattr(row, "period", period)}]
    if not rows:
        raise UsageError(f"{key!r} names no limit", f"`qualicity standards show {name}` lists them")
    return {
        "key": key,
        "standard": name,
        "title": msgspec.to_builtins(table.title),
        "in_force": table.in_force.isoformat(),
        "source": getattr(table, "source", ""),
        "grade": wanted[2] if len(wanted) > 2 else None,
        "limits": [msgspec.to_builtins(row) for row in rows],
        "table": table_hash(table),
    }


def row_of_register(key: str) -> Node:
    """Return a row of the register: `register/ID`.

    Raises:
        UsageError: it has no such row.
    """
    from targets.register import register  # noqa: PLC0415 - sixty rows are read

    return {"key": key, **msgspec.to_builtins(register().indicator(key.removeprefix(REGISTER)))}


def filing_place(key: str) -> tuple[str, str, str, str]:
    """Return department, form, district (empty = all) and period of a key of filings.

    Raises:
        UsageError: it is none.
    """
    from targets.parts import span  # noqa: PLC0415 - Arrow takes longer to load than others

    *place, period = key.removeprefix(FILING).split("/")
    if len(place) > _PARTS or not period[:1].isdecimal():
        raise UsageError(f"{key!r} is not a key", "write filing/DEPT[/FORM[/DISTRICT]]/2015, or filing/2015 of all")
    span(period)
    dept, form, district = (*place, "", "", "")[:_PARTS]
    return dept, form, district, period


def owed(site: Site, key: str) -> Node:
    """Return what departments owed of a period, and whether it came: `filing/[DEPT[/FORM[/DISTRICT]]/]PERIOD`.

    Raises:
        UsageError: the key is none, or nothing of it was owed.
    """
    from console.papers.sources import last_came  # noqa: PLC0415 - Arrow takes longer to load than others
    from targets.filing_calendar import filings  # noqa: PLC0415 - as above
    from targets.parts import span  # noqa: PLC0415 - as above

    dept, form, district, period = filing_place(key)
    first, last = span(period)
    try:
        today = last_came(site)
    except UsageError:  # nothing has come yet: what is owed stands all the same
        today = day_of(site.clock.now())
    rows = [
        {
            **({} if dept else {"department": one.dept}),
            "form": one.schema,
            "district": one.district,
            "period": one.period,
            "state": one.state(today),
            "due_on": one.due_on.isoformat(),
            "filed_on": one.filed_on.isoformat() if one.filed_on else None,
            "filing": one.filing or None,
            "synthetic": one.synthetic,
        }
        for one in filings(site.records.counting(), [first.year], today)
        if dept in {"", one.dept} and form in {"", one.schema} and district in {"", one.district}
        if first <= span(one.period)[1] <= last
    ]
    if not rows:
        raise UsageError(f"{key!r}: nothing of it was owed", "`qualicity targets calendar` lists what is")
    return {"key": key, "as_of": today.isoformat(), "filings": rows}


def selected(site: Site, key: str, *, every: bool = False) -> Node:
    """Return what a selection of records comes to, and the records: `records/SCHEMA/PERIOD[/COLUMN=VALUE,...]`.

    Args:
        site: open.
        key: of the selection.
        every: list all records, not only the first.

    Raises:
        UsageError: the key is none, or nothing has ever been filed.
    """
    from console.papers.sources import last_came  # noqa: PLC0415 - Arrow takes longer to load than others
    from reports.selection import parse_selection  # noqa: PLC0415 - as above
    from reports.selection_explained import explained  # noqa: PLC0415 - as above
    from targets.computation import Scope  # noqa: PLC0415 - as above
    from targets.explain_records import FiledAsOf  # noqa: PLC0415 - as above
    from targets.parts import span  # noqa: PLC0415 - as above
    from targets.records.known import CITY_CODE  # noqa: PLC0415 - as above

    selection = parse_selection(key)
    year, head = span(selection.period)[0].year, site.records.head
    scope = Scope("", CITY_CODE, year, year, last_came(site))
    return explained(site.records.counting(head), FiledAsOf(site.records, head), selection, scope, every=every)


def rolled_up(site: Site, key: str, city: str | None = None, *, standing: bool) -> Node:
    """Return which indicators stand how in a year: `rollup/YEAR[/AREA]`.

    Args:
        site: open.
        key: of the count.
        city: whose verdicts count; None = the site's only one.
        standing: what is kept is told; nothing is judged.

    Raises:
        UsageError: the key is none, nothing has ever come in, or of what stands: nothing was judged.
    """
    from reports.rollups import explained, parse_rollup_key  # noqa: PLC0415 - Arrow takes longer to load than others

    asked = parse_rollup_key(key)
    if standing:
        from console.evidence.targets_asking import standing_rollup  # noqa: PLC0415 - as above

        return standing_rollup(site, asked, city)
    from console.papers.sources import SiteSources  # noqa: PLC0415 - as above

    sources = SiteSources(site, city, asked.year, standing=False)
    return explained(asked, sources.evaluated(asked.year), sources.evaluated(asked.year - 1))
