"""`qualicity retention`: which readings were removed, which would be next; nothing goes unless it is asked for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.site import Site, open_site
from qualicity.errors import UsageError
from qualicity.periods import clock_time
from qualicity.settings import LEAST_MONTHS
from qualicity.store.upkeep import first_kept, setting_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retention")(retention)


def retention(
    months: Annotated[
        int | None, typer.Option("--keep-months", min=LEAST_MONTHS, help="As if so many were kept; nothing is removed.")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Remove what archive.keep_months says, now.")] = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Show which months' readings were removed under a tombstone, and which archive.keep_months removes next.

    A running service removes by itself, every day at archive.compact_at. Verdicts are kept in any case.
    """
    if now and months is not None:
        raise UsageError("--now does what archive.keep_months says", "leave --keep-months out, or set it there")
    with open_site(data, config, sealing=now) as site:
        kept = site.settings.archive.keep_months if months is None else months
        if now and kept:
            site.store.compact()
            site.store.remove(first_kept(site.clock.now(), kept), setting_of(kept))
        rows = [*_removed(site), *_next(site, kept)]
    if json_:
        print_json(rows)
        return
    listing = table("month", "readings", "removed", "by")
    for row in rows:
        at = "next" if row["at"] is None else clock_time(row["at"])
        listing.add_row(row["month"], f"{row['rows']:,}", at, row["setting"])
    stdout.print(listing)
    if not kept:
        stdout.print("archive.keep_months = 0: all readings are kept")


def _removed(site: Site) -> list[dict[str, Any]]:
    return [
        {"month": stone.month, "rows": stone.rows, "at": stone.at, "setting": stone.setting}
        for stone in site.store.tombstones()
    ]


def _next(site: Site, months: int) -> list[dict[str, Any]]:
    found = site.store.too_old(first_kept(site.clock.now(), months)) if months else {}
    return [{"month": month, "rows": rows, "at": None, "setting": setting_of(months)} for month, rows in found.items()]
