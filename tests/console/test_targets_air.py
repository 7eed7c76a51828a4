"""The good-air days of a real year: the indicator says what the ledger says, to the day."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from aggregator.assess import Assessment
from aggregator.pipeline import Pipeline
from console.examples import example
from console.site import open_site
from console.verdicts import SiteVerdicts
from targets.airdays import air_days
from targets.computation import Scope
from targets.testing import records

YEAR = 2016


@pytest.mark.skipif("QUALICITY_EXAMPLES" not in os.environ, reason="imports a whole year: QUALICITY_EXAMPLES runs it")
def test_the_indicator_of_a_real_year_is_the_ledgers_rate_and_the_old_basis_is_milder(tmp_path: Path) -> None:
    """Beijing 2016: 197 of 359 valid days by six pollutants; by three of the old law more days are valid, and good."""
    shutil.copy(example("beijing-2016") / "network.toml", tmp_path)
    readings = example("beijing-2016") / "readings.parquet"
    subprocess.run([sys.executable, "-m", "console", "import", str(readings), "--data", str(tmp_path)], check=True)
    with open_site(tmp_path, None) as site:
        verdicts = SiteVerdicts(site, "beijing")
        asked = Scope("beijing", "110100", YEAR - 1, YEAR, dt.date(YEAR + 1, 3, 1))
        computed = air_days(records({}), verdicts, asked)
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        (ledger,) = Assessment(pipeline, city="beijing").years(dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31))
    (point,) = computed.series.points
    assert (point.numerator, point.denominator, point.unknown) == (197, 359, 7)
    assert (ledger["good_days"], ledger["valid_days"], ledger["missing_days"]) == (197, 359, 7)
    bounds = [float(bound or 0) / 100 for bound in (point.lower, point.upper)]
    assert bounds == pytest.approx([ledger["rate_lower"], ledger["rate_upper"]])
    (old,) = computed.series.companions["API"]
    assert (old.numerator, old.denominator, old.value) == (308, 364, Fraction(30800, 364))
