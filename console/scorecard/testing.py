"""A scorecard's material in memory, judged by the judge itself: for tests and for looking at the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from console.scorecard.material import Material
from qualicity.network import Name
from targets.conference import Task
from targets.departments import departments, sources
from targets.evaluation import versions
from targets.facts import fact_series
from targets.filing_calendar import Filing
from targets.judge import judge
from targets.model import Point, Series
from targets.register import register
from targets.rows import judged_row

TODAY = dt.date(2016, 3, 1)

Row = Mapping[str, Any]


def rate(period: str, part: int, whole: int, unknown: int = 0, **more: Any) -> Point:
    """Return a point of a rate, in percent, with its bounds whatever the unknown were."""
    due = whole + unknown
    return Point(
        period,
        Fraction(100 * part, whole),
        Fraction(part),
        Fraction(whole),
        Fraction(unknown),
        lower=Fraction(100 * part, due),
        upper=Fraction(100 * (part + unknown), due),
        **more,
    )


def count(period: str, value: str, **more: Any) -> Point:
    """Return a point of a number."""
    return Point(period, Fraction(value), **more)


SERIES: Sequence[Series] = (
    Series("prd.market_pass", (
        rate("2012", 901, 1000), rate("2013", 912, 1000), rate("2014", 1840, 2000, synthetic=True),
        rate("2015", 930, 1000, synthetic=True, provisional=True),
    ), companions={"by_firm": (rate("2015", 410, 450, synthetic=True),)}),
    Series("prd.natl_track_pass", (rate("2014", 190, 200), rate("2015", 182, 200))),
    Series("prd.ms_cert_firms", (
        count("2010", "2410", method="5m"), count("2012", "2105", method="20m"), count("2013", "2430", method="20m"),
        count("2014", "2702", method="20m"), count("2015", "2988", method="20m", provisional=True),
    )),
    Series("prd.intl_std_rate", (rate("2014", 840, 1000), rate("2015", 8496, 10000))),
    Series("prd.invention_grants", (count("2014", "11988"), count("2015", "12000"))),
    Series("prd.cert_uptake", (), missing=("R_ct", "R_fr")),
    Series("eng.zero_accident", (
        count("2014", "0", coverage=Fraction(1), exposure=500),
        count("2015", "1", coverage=Fraction(1), exposure=480, failing=("AC-2015-017",)),
    )),
    Series("eng.affordable_ok", (rate("2014", 57, 57), rate("2015", 60, 60))),
    Series("eng.first_pass", (rate("2015", 48, 50, failing=("PA-2015-3", "PA-2015-9", "PA-2015-11", "PA-2015-12")),)),
    Series("env.air_days", (
        rate("2011", 358, 365, method="API"), rate("2013", 324, 364, method="AQI", unknown=1),
        rate("2014", 348, 364, method="AQI", unknown=1),
        rate("2015", 340, 362, method="AQI", unknown=3),
    ), companions={"api": (rate("2015", 359, 362, method="API"),)}),
    Series("env.energy_int", (
        count("2009", "0.529", price_base=2005), count("2010", "0.513", price_base=2005),
        count("2011", "0.4931", price_base=2005), count("2012", "0.4752", price_base=2005),
        count("2013", "0.4561", price_base=2005), count("2014", "0.4392", price_base=2005),
        count("2015", "0.4241", price_base=2005),
    )),
    Series("ips.std_docs", (count("2013", "880"), count("2014", "1190"), count("2015", "1611", synthetic=True))),
    Series("brd.gi", (count("2014", "3"), count("2015", "5"))),
    Series("qmp.support100", (count("2014", "104"), count("2015", "97"))),
    Series("svc.satisfaction", (), missing=("R_sv",)),
    Series("org.white_paper", (), missing=("R_ms",)),
)  # fmt: skip
"""Points of some of the register's indicators; some are made up and say so, others would not be told from real ones."""


def judged(series: Sequence[Series] = SERIES, first: int = 2009, last: int = 2015, today: dt.date = TODAY) -> list[Row]:
    """Return the rows of some years, by every version of the targets."""
    rows: list[Row] = []
    for one in series:
        indicator = register().indicator(one.indicator)
        for year in range(first, last + 1):
            for target in versions(indicator, year):
                row = judged_row(indicator, target, one, judge(indicator, target, one, year, today))
                rows.append({**row, "version": 1})
    return rows


def material(rows: Sequence[Row] | None = None, year: int = 2015) -> Material:
    """Return what a page of the example city is made from."""
    every = judged() if rows is None else rows
    return Material(
        city=Name(zh="深圳", en="Shenzhen"),
        year=year,
        today=TODAY,
        filing=217,
        position=1408,
        rows=[row for row in every if row["year"] == year],
        past=[row for row in every if row["year"] < year],
        register=register().indicators,
        departments={code: one.name for code, one in departments().items()},
        tasks=(
            Task("T-2014-07", "发布重点产品目录", "MSA", dt.date(2015, 12, 31), "prd.market_pass", synthetic=True),
            Task("T-2014-09", "完善零报告制度", "HCB", dt.date(2015, 6, 30), closed_on=dt.date(2015, 6, 1)),
            Task("T-2015-02", "编制白皮书", "MSA", dt.date(2016, 6, 30)),
        ),
        filings=(
            Filing("R_ps", "MSA", "2015Q4", dt.date(2016, 1, 20), dt.date(2016, 1, 18)),
            Filing("R_ac", "HCB", "2015-12", dt.date(2016, 1, 15), dt.date(2016, 2, 2)),
            Filing("R_sv", "STAT", "2015", dt.date(2016, 1, 31)),
        ),
        facts=list(fact_series().values()),
        sources=sources(),
    )


def hostile(made: Material, text: str) -> Material:
    """Return the same with a text in every place that people or files fill."""
    return replace(
        made,
        city=Name(zh=text, en=text),
        rows=[_spoilt(row, text) for row in made.rows],
        departments=dict.fromkeys(made.departments, Name(zh=text, en=text)),
        tasks=[replace(task, id=text, title=text, evidence=text) for task in made.tasks],
        filings=[replace(one, schema=text, dept=text, period=text) for one in made.filings or ()],
    )


def _spoilt(row: Row, text: str) -> Row:
    return {
        **row,
        "key": text,
        "label": {"zh": text, "en": text},
        "reasons": [text],
        "evidence": text,
        "method": text,
        "missing": [text],
        "failing": [text],
        "data_until": text,
        "target": {**row["target"], "id": text, "op": text},
        "base": row["base"] and {**row["base"], "source": text},
        "companions": {text: {**row, "unit": text}},
    }
