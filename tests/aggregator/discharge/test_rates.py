"""Rates of a city: the compliant share of industrial wastewater, the treated share of sewage."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from aggregator.discharge.judge import DischargeJudge
from qualicity.checks import default_rules
from qualicity.model import Observations, Registry, Statistic
from qualicity.network import ChannelSettings, City, Outlet, Station
from qualicity.periods import DAY_MS, day_start, parse_period

CITY = City("c")
YEAR = parse_period("2025")


def _outlet(name="a", kind="industrial", **options):
    return Station(name, "c", medium="wastewater", purpose="outlet", outlet=Outlet(kind=kind, **options))


def _catchment(name="k"):
    channel = ChannelSettings("sewage_volume", "m3", expected_interval=31 * 86_400)
    return Station(name, "c", medium="wastewater", purpose="catchment", channels=(channel,))


def _month(volumes, days, flow_days=None):
    """Return an outlet's month: m3 and outlet-days that complied, exceeded, are unknown."""
    known = sum(days) if flow_days is None else flow_days
    return {
        **{f"{kind}_m3": volume for kind, volume in zip(("complied", "exceeded", "unknown"), volumes, strict=True)},
        "days": dict(zip(("complied", "exceeded", "unknown", "no_discharge"), (*days, 0), strict=True)),
        "items": {"flow": {"coverage": {"expected": sum(days), "observed": known, "valid": known}}},
        "certainty": "read",
    }


def _rates(stations, months, period="2025-01", city=CITY):
    drafts = DischargeJudge().rates(city, stations, parse_period(period), months)
    return {draft.standard: draft.result for draft in drafts}


def test_ratio_of_sums_is_not_the_mean_of_ratios():
    """Trap 16: 90 of 100 and 900 of 9,900 are 9.9 %, where the months' rates would average to 49.5 %."""
    months = {("a", "2025-01"): _month((90, 10, 0), (28, 3, 0)), ("a", "2025-02"): _month((900, 9000, 0), (3, 25, 0))}
    row = _rates([_outlet()], months, "2025Q1")["RATE-OUTLETS"]

    assert (row["numerator"], row["denominator"], row["rate_volume"]) == (990.0, 10_000.0, 0.099)
    assert row["rate_count"] == 31 / 59


@pytest.mark.parametrize(("complied", "verdict"), [(94.9999, "EXCEEDS"), (95.0, "COMPLIES"), (95.0001, "COMPLIES")])
def test_the_target_of_95_percent(complied, verdict):
    months = {("a", "2025-01"): _month((complied, round(100 - complied, 4), 0), (30, 1, 0))}
    row = _rates([_outlet()], months)["RATE-OUTLETS"]

    assert (row["verdict"], row["target"], row["certain"]) == (verdict, ">=95", True)
    assert row["reason"] == ("94.99 %, target >=95" if complied < 95 else "95 %, target >=95")


def test_the_unknown_stands_beside_the_rate_and_widens_its_bounds():
    months = {("a", "2025-01"): _month((900, 50, 50), (28, 1, 2))}
    row = _rates([_outlet()], months)["RATE-OUTLETS"]

    assert (row["numerator"], row["denominator"], row["unknown"]) == (900.0, 950.0, 50.0)
    assert (row["rate_lower"], row["rate_upper"]) == (0.9, 0.95)
    assert (row["verdict"], row["certain"]) == ("EXCEEDS", False)
    assert row["count"] == {"complied": 28, "exceeded": 1, "unknown": 2}


def test_days_without_a_known_flow_have_bounds_only_by_capacity():
    months = {("a", "2025-01"): _month((900, 100, 0), (28, 2, 1), flow_days=30)}
    assert _rates([_outlet()], months)["RATE-OUTLETS"]["rate_lower"] is None

    row = _rates([_outlet(design_capacity=1000.0)], months)["RATE-OUTLETS"]
    assert (row["rate_lower"], row["rate_upper"]) == (900 / 2000, 1900 / 2000)


def test_months_to_come_leave_the_year_open():
    months = {("a", "2025-01"): _month((1000, 0, 0), (31, 0, 0))}
    row = _rates([_outlet()], months, "2025")["RATE-OUTLETS"]

    assert row["rate_volume"] == 1.0
    assert (row["rate_lower"], row["rate_upper"]) == (None, None)
    assert (row["verdict"], row["certain"]) == ("NOT_ASSESSABLE", False)
    assert row["count"]["unknown"] == 365 - 31


def test_too_little_known_is_no_verdict():
    months = {("a", "2025-01"): _month((740, 0, 260), (30, 0, 1))}
    row = _rates([_outlet()], months)["RATE-OUTLETS"]

    assert (row["verdict"], row["reason"]) == ("NOT_ASSESSABLE", "74 % known, 75 % needed")


def test_excluded_and_municipal_outlets_have_no_part():
    stations = [_outlet("a"), _outlet("b", excluded="cooling water; apart"), _outlet("m", kind="municipal")]
    months = {(name, "2025-01"): _month((100, 0, 0), (31, 0, 0)) for name in ("a", "b", "m")}
    row = _rates(stations, months)["RATE-OUTLETS"]

    assert row["denominator"] == 100.0
    assert row["outlets"] == {"a": {"complied": 100.0, "exceeded": 0.0, "unknown": 0.0}}
    assert row["reason"] == "100 %, target >=95; b excluded: cooling water, apart"


def test_outlets_count_from_when_they_stood():
    late = _outlet("b")
    late = Station("b", "c", medium="wastewater", purpose="outlet", outlet=late.outlet, valid_from=dt.date(2025, 2, 1))
    months = {("a", "2025-01"): _month((100, 0, 0), (31, 0, 0))}

    assert _rates([_outlet("a"), late], months)["RATE-OUTLETS"]["count"]["unknown"] == 0


def test_a_city_without_outlets_has_no_rate():
    assert _rates([], {}) == {}
    assert set(_rates([_outlet()], {})) == {"RATE-OUTLETS"}
    assert set(_rates([_catchment()], {})) == {"RATE-SEWAGE"}


@pytest.mark.parametrize(("treated", "verdict"), [(79.9999, "EXCEEDS"), (80.0, "COMPLIES")])
def test_the_treated_share_of_sewage(treated, verdict):
    """80 % of what the catchments discharge; what was treated counts whether or not it was within its limits."""
    months = {
        ("m", "2025-01"): _month((treated - 30, 20, 10), (31, 0, 0)),
        ("k", "2025-01"): {"sewage_m3": 100.0, "certainty": None},
    }
    row = _rates([_outlet("m", kind="municipal"), _catchment()], months)["RATE-SEWAGE"]

    assert (row["numerator"], row["denominator"], row["verdict"]) == (treated, 100.0, verdict)
    assert row["rate_lower"] == row["rate_upper"] == row["rate_volume"]
    assert row["certain"]


def test_sewage_that_nobody_filed_makes_no_rate():
    months = {("m", "2025-01"): _month((90, 0, 0), (31, 0, 0)), ("k", "2025-01"): {"sewage_m3": None}}
    row = _rates([_outlet("m", kind="municipal"), _catchment()], months)["RATE-SEWAGE"]

    assert (row["verdict"], row["rate_volume"], row["unknown"]) == ("NOT_ASSESSABLE", None, 90.0)
    assert row["reason"] == "no volume of sewage filed"


def test_months_without_a_filed_volume_leave_the_rate_to_the_others():
    months = {("m", f"2025-{n:02}"): _month((90, 0, 0), (28, 0, 0)) for n in (1, 2, 3)}
    months |= {("k", f"2025-{n:02}"): {"sewage_m3": 100.0 if n < 3 else None} for n in (1, 2, 3)}
    row = _rates([_outlet("m", kind="municipal"), _catchment()], months, "2025Q1")["RATE-SEWAGE"]

    assert (row["rate_volume"], row["unknown"]) == (0.9, 90.0)
    assert (row["rate_lower"], row["rate_upper"]) == (None, None)
    assert row["reason"] == "66.66 % known, 75 % needed; sewage of 2 of 3 months filed"


def _volumes(rows):
    """Return filed volumes from (first day, days, m3, revision)."""
    registry = Registry()
    return Observations.build(
        registry, len(rows), station="k", parameter="sewage_volume", unit="m3", statistic=Statistic.TOTAL,
        start=np.asarray([day_start(day) for day, _, _, _ in rows]),
        period=np.asarray([days * DAY_MS // 1000 for _, days, _, _ in rows]),
        value=np.asarray([float(volume) for _, _, volume, _ in rows]),
        revision=np.asarray([revision for _, _, _, revision in rows]),
    )  # fmt: skip


def _filed(rows, *texts, marks=()):
    periods = [parse_period(text) for text in texts]
    drafts = DischargeJudge().judge([_volumes(rows)], [_catchment()], periods, rules=default_rules(), marks=marks)
    return {draft.period: draft.result["sewage_m3"] for draft in drafts}


def test_catchments_are_what_is_filed():
    """Of a month's volume and its days' the month's counts; a corrected volume takes the place of the first."""
    january, february, march = (dt.date(2025, n, 1) for n in (1, 2, 3))
    rows = [
        (january, 31, 3100, 0),
        (january, 31, 3000, 1),
        (january, 1, 500, 0),
        (february, 1, 90, 0),
        (february, 28, 2800, 0),
    ]
    rows.append((march, 31, 4000, 0))
    found = _filed(rows, "2025-01", "2025-02", "2025-03", "2025-04", "2025Q1", "2025")

    assert found == {
        "2025-01": 3000.0, "2025-02": 2800.0, "2025-03": 4000.0, "2025-04": None, "2025Q1": 9800.0, "2025": 9800.0,
    }  # fmt: skip


def test_a_quarter_that_is_filed_is_no_month():
    found = _filed([(dt.date(2025, 1, 1), 90, 9000, 0)], "2025-01", "2025Q1")

    assert found == {"2025-01": None, "2025Q1": 9000.0}


def test_catchments_without_any_row():
    judge, station = DischargeJudge(), _catchment()
    drafts = judge.judge([], [station], [parse_period("2025-01")], rules=default_rules(), marks=())

    assert [draft.result["reason"] for draft in drafts] == ["no volume of sewage filed"]
    assert set(judge.kinds(station)) == {"month", "quarter", "year"}
    assert judge.channels(station) == []
    assert judge.gather(station, [parse_period("2025-01")], {}) == []
