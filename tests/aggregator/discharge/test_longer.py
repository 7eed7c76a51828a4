"""Longer periods of an outlet from its days: means, counts, volumes, loads with substitutes."""

from __future__ import annotations

import datetime as dt
import math

import msgspec
import pytest

from aggregator.discharge.judge import DischargeJudge
from qualicity.network import Sensor
from qualicity.periods import parse_period, period_of

MARCH = dt.date(2025, 3, 1)
NAN = math.nan


def _month(site, cod, *, flow=10.0, names=("cod", "flow"), **options):
    """Return a site with a day of hours for each of a month's concentrations; NaN = none that day."""
    made = site(names, day=MARCH, **options)
    flows = flow if isinstance(flow, list) else [flow] * len(cod)
    made.add("flow", [value for value in flows for _ in range(24)])
    return made.add("cod", [value for value in cod for _ in range(24)])


def test_month_mean_is_the_mean_of_effective_days(site):
    """Days weigh the same, whatever flowed on them; the unrounded values of days are averaged."""
    made = _month(site, [10.0] * 16 + [40.0] * 15, flow=[1.0] * 16 + [90.0] * 15)
    row = made.longer()

    assert row["items"]["cod"]["value"] == round((16 * 10 + 15 * 40) / 31, 9)
    assert (row["verdict"], row["reason"]) == ("COMPLIES", "all items within their limits")
    assert row["days"] == {"complied": 31, "exceeded": 0, "unknown": 0, "no_discharge": 0}
    assert row["flow_m3"] == row["complied_m3"] == 118022.4  # (16 * 1 + 15 * 90) L/s * 86.4


@pytest.mark.parametrize(("days", "verdict"), [(23, "NOT_ASSESSABLE"), (24, "COMPLIES")])
def test_three_quarters_of_the_days(site, days, verdict):
    """24 of 31 are enough (23.25 needed), 23 are not."""
    row = _month(site, [20.0] * days + [NAN] * (31 - days)).longer()

    assert row["verdict"] == row["items"]["cod"]["verdict"] == verdict
    assert row["items"]["cod"]["coverage"] == {"expected": 31, "observed": days, "valid": days}
    assert (row["items"]["cod"]["value"] is None) == (verdict != "COMPLIES")
    if days == 23:
        assert row["reason"] == "23 of 31 days comply, 24 needed; cod: 23 of 31 days judged, 24 needed"


def test_days_without_discharge_are_not_due(site):
    row = _month(site, [20.0] * 10 + [NAN] * 21, flow=[10.0] * 10 + [0.0] * 21).longer()

    assert row["verdict"] == "COMPLIES"
    assert row["days"] == {"complied": 10, "exceeded": 0, "unknown": 0, "no_discharge": 21}
    assert row["items"]["cod"]["coverage"]["expected"] == 10
    assert row["load"]["cod"] == 10 * 20 * 864 / 1000
    assert row["substituted"] == {}


def test_a_month_without_discharge(site):
    row = _month(site, [NAN] * 31, flow=0.0).longer()

    assert (row["verdict"], row["reason"], row["flow_m3"]) == ("NOT_ASSESSABLE", "no discharge", 0.0)


def test_one_day_that_exceeds_is_enough(site):
    row = _month(site, [20.0] * 5 + [51.0] + [NAN] * 25).longer()

    assert row["verdict"] == row["items"]["cod"]["verdict"] == "EXCEEDS"
    assert row["reason"] == "exceeded on 1 of 31 days; cod: exceeded on 1 days"
    assert row["exceeded_m3"] == 864.0


def test_days_that_were_never_judged_are_unknown(site):
    made = _month(site, [20.0] * 31)
    days = made.rows(10)
    row = made.longer(known=days)

    assert row["days"] == {"complied": 10, "exceeded": 0, "unknown": 21, "no_discharge": 0}
    assert row["verdict"] == "NOT_ASSESSABLE"
    assert row["load"]["cod"] == 10 * 17.28


def test_a_missing_load_is_the_greatest_of_thirty_effective_ones_before(site):
    """HJ 356 8: the greatest of the 30 effective daily loads before; older ones are out of reach."""
    cod = [99.0, 50.0, *[20.0] * 29, NAN]
    made = _month(site, [*cod, *[20.0] * 29])
    days = made.rows(61)
    april = made.longer_of("2025-04", days)

    assert april["substituted"] == {"cod": ["2025-04-01"]}
    assert april["load"]["cod"] == round(0.864 * 50 + 29 * 0.864 * 20, 9)
    assert april["items"]["cod"]["note"] == (
        "loads of 1 days substituted by the greatest of 30 before (HJ356-2019 8)"
    )  # fmt: skip


def test_a_missing_load_goes_back_before_the_last_calibration(site):
    """Loads since the last calibration are as doubtful as the missing one."""
    made = _month(site, [20.0] * 10 + [45.0] * 10 + [NAN] + [20.0] * 10)
    assert made.longer()["load"]["cod"] == round(0.864 * (20 * 20 + 45 * 10 + 45), 9)

    channel = msgspec.structs.replace(
        made.station.channels[0], sensors=(Sensor("s", calibrated=(dt.date(2025, 3, 11), dt.date(2025, 3, 25))),)
    )
    made.station = msgspec.structs.replace(made.station, channels=(channel, *made.station.channels[1:]))
    assert made.longer()["load"]["cod"] == round(0.864 * (20 * 20 + 45 * 10 + 20), 9)


def test_nothing_stands_for_a_load_before_the_first(site):
    row = _month(site, [NAN] + [20.0] * 30).longer()

    assert row["load"] == {"cod": None}
    assert row["items"]["cod"]["note"] == "loads of 1 days not known, and none before that could stand for them"


def test_quarter_and_year_are_made_of_days(site):
    made = _month(site, [20.0] * 92)
    quarter = made.longer_of("2025Q2", made.rows(92))

    assert quarter["items"]["cod"]["coverage"] == {"expected": 91, "observed": 61, "valid": 61}
    assert quarter["days"]["unknown"] == 30


def test_items_of_laboratories_count_by_their_own_interval(site):
    """A mixed sample a week: four are due in a month, three are enough."""
    made = _month(site, [20.0] * 31, manual=("hg",), interval={"hg": 7 * 86_400})
    for week in range(3):
        made.add("hg", [0.0005], hour=24 * 7 * week, poc=9, period=86_400)
    row = made.longer()

    assert row["verdict"] == "COMPLIES"
    assert row["items"]["hg"]["coverage"] == {"expected": 4, "observed": 3, "valid": 3}
    made.parts.pop()
    assert made.longer()["reason"] == "hg: 2 of 4 days judged, 3 needed"


def test_limits_of_seven_and_thirty_days_are_judged_on_months(site):
    """40 CFR 133: 30 mg/L of BOD5 in 30 days, 45 in any seven; days have no limit, and say so."""
    made = site(("bod5", "flow"), day=MARCH, standard="US-40CFR133", grade="secondary")
    made.add("flow", [10.0] * 31 * 24).add("bod5", [20.0] * 24 * 31)
    day = made.row()
    assert (day["verdict"], day["items"]["bod5"]["verdict"]) == ("NOT_ASSESSABLE", None)
    assert day["reason"].endswith("bod5: limit of the mean of 30d, 7d not judged here")
    assert (made.longer()["verdict"], made.longer()["items"]["bod5"]["limit"]) == ("COMPLIES", 30)

    made.parts.pop()
    peak = made.add("bod5", [20.0] * 24 * 10 + [46.0] * 24 * 7 + [10.0] * 24 * 14).longer()
    assert (peak["verdict"], peak["reason"]) == ("EXCEEDS", "bod5 46 > 45 mg/L")


def test_an_annual_limit_with_a_removal_beside_it(site):
    """91/271/EEC: the year's mean of total nitrogen, or a removal that nobody measures."""
    made = site(("tn", "flow"), day=dt.date(2025, 1, 1), standard="EU-91-271", grade="10k-100k", scope="sensitive")
    made.add("flow", [10.0] * 365 * 24).add("tn", [16.0] * 24 * 365)
    days = made.rows(365)
    year, month = made.longer_of("2025", days), made.longer_of("2025-01", days)

    assert year["verdict"] == "NOT_ASSESSABLE"
    assert year["reason"].startswith("tn 16 > 15 mg/L unless 70 % are removed")
    assert month["reason"].endswith("tn: limit of the mean of annual not judged here")
    assert month["verdict"] == "NOT_ASSESSABLE"


def test_ph_of_longer_periods_has_its_ends(site):
    made = _month(site, [20.0] * 31, names=("cod", "ph", "flow"))
    made.add("ph", [7.0, 8.0] * 12 * 31)
    item = made.longer()["items"]["ph"]

    assert (item["min"], item["max"], item["verdict"]) == (7.0, 8.0, "COMPLIES")
    assert 7.0 < item["value"] < 7.5


def test_what_is_gathered_and_what_is_not(site):
    judge, made = DischargeJudge(), site()

    assert set(judge.kinds(made.station)) == {"hour", "day"}
    assert judge.gather(made.station, [period_of(MARCH, "day")], {}) == []
    (empty,) = judge.gather(made.station, [period_of(MARCH, "month")], {})
    assert (empty.result["verdict"], empty.result["days"]["unknown"]) == ("NOT_ASSESSABLE", 31)
    assert [channel.parameter for channel in judge.channels(made.station)] == ["cod", "flow"]


def test_periods_that_are_gathered_together_are_what_they_are_alone(site):
    """Results and digests: each looks at its own days and at those of 120 days before, whatever else is given."""
    made = _month(site, [*[20.0] * 122, NAN, *[20.0] * 60], names=("cod", "ph", "flow"), manual=("hg",))
    made.add("hg", [0.0005], hour=0, poc=9, period=86_400)
    days, judge = made.rows(183), DischargeJudge()
    periods = [period_of(MARCH, "year"), *(parse_period(text) for text in ("2025-03", "2025-07", "2025Q2", "2025-04"))]
    together = judge.gather(made.station, periods, days)

    assert [draft.period for draft in together] == [period.text for period in periods]
    assert together == [draft for period in periods for draft in judge.gather(made.station, [period], days)]
    of = {draft.period: draft.result for draft in together}
    assert len(of["2025-04"]["substituted"]["hg"]) == 30
    assert (of["2025-07"]["substituted"], of["2025-07"]["load"]["hg"]) == ({"cod": ["2025-07-01"]}, None)
