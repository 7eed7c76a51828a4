"""The scorecard as a file: `qualicity targets judge --html FILE`."""

from __future__ import annotations

from pathlib import Path

from console.scorecard.gathering import gather
from console.scorecard.rendering import render
from console.scorecard.view import scorecard
from console.scorecard.words import Spoken
from console.site import Site
from qualicity.errors import UsageError


def write(
    path: Path,
    site: Site,
    year: int,
    city: str | None = None,
    *,
    spoken: Spoken = "zh",
) -> None:
    """Write the scorecard of a year, as it stands in the ledger of indicators.

    Args:
        path: of the file; what stands there is replaced.
        site: open.
        year: calendar year.
        city: id; None = the site's only one.
        spoken: language that the page shows first.

    Raises:
        UsageError: the file cannot be written; or as `gather`.
    """
    text = render(scorecard(gather(site, year, city)), spoken)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "give another --html FILE") from error
