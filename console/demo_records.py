"""Records in the demo: what departments of Shenzhen might have filed by 2015, made up, and its scorecard.

They stand beside the readings in the demo's folder and are of another city and other years: no verdict of readings is
among what is judged, and the scorecard says which are missing. Every figure that rests on them is marked synthetic.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from console import made_up
from console.demo_water import CITY
from console.judging import judged
from console.scorecard.writing import write
from console.site import Site
from qualicity.periods import day_of
from targets.computation import Scope
from targets.records.known import CITY_CODE

SCORECARD = "scorecard.html"
YEAR = 2015
ADDRESS = f"{SCORECARD}?city={CITY}&year={YEAR}"
"""From the page: a file takes no notice of the query, the service does."""

_FIRST = 2011
_SCALE = 0.25
"""A demo should not take longer than a minute or so."""


def file_records(site: Site, scale: float = _SCALE) -> int:
    """Make records up and file them; return how many are on file.

    Raises:
        IntegrityError: one was refused, or stands for another one's matter.
    """
    return made_up.file_records(site, by="demo", scale=scale)


def judge_records(site: Site, page: Path) -> Counter[str]:
    """Judge the years of the promise and write the scorecard of the last; return its rows by status."""
    scope = Scope(CITY, CITY_CODE, _FIRST, YEAR, day_of(site.clock.now()))
    found = judged(site, scope)
    write(page, site, YEAR, CITY)
    return Counter(item.judgement.status.value for item in found if item.judgement.year == YEAR)
