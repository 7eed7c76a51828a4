"""A city of which nothing is on file, and one of which little is: both judged once for all chapters."""

from __future__ import annotations

import datetime as dt

import pytest

from reports.testing import MadeUpSources


def sampled(year: int, month: int, passed: int, failed: int) -> list[dict]:
    """Return batches of one key product sampled on the market in a month."""
    day = dt.date(year, month, 15)
    return [
        {
            "record_id": f"s{year}{month:02d}{number:05d}",
            "event_date": day,
            "sampled_on": day,
            "period_start": day.replace(day=1),
            "period_end": day.replace(day=30),
            "reported_at": dt.date(year, month, 28),
            "scheme": "city_routine",
            "stage": "market",
            "key_product": True,
            "verdict": "pass" if number < passed else "fail",
            "producer_id": f"f{number}",
            "product_code": "p1",
            "lot_no": f"l{number}",
        }
        for number in range(passed + failed)
    ]


FAILED = {
    "event_date": dt.date(2015, 5, 4),
    "held_on": dt.date(2015, 5, 4),
    "project_id": "p1",
    "stage": "completion",
    "attempt_no": 1,
    "project_type": "housing",
    "class": "large",
    "result": "fail",
}
"""Works that did not pass: a breach."""


@pytest.fixture(scope="session")
def nothing() -> MadeUpSources:
    """Return a city of which nothing is on file."""
    return MadeUpSources()


@pytest.fixture(scope="session")
def little() -> MadeUpSources:
    """Return a city with market samples of three years, those of the last better, and one breach."""
    samples = [
        *sampled(2013, 11, 341, 59),
        *sampled(2014, 4, 190, 10),
        *sampled(2014, 11, 152, 48),
        *sampled(2015, 4, 192, 8),
        *sampled(2015, 11, 188, 12),
    ]
    return MadeUpSources(filed={"R_ps": samples, "R_pa": [FAILED]})
