"""From rows to the hours of an outlet: totals, finer readings, revisions, laboratories."""

from __future__ import annotations

import math

import pytest

from qualicity.model import Grade, Mark, Statistic
from qualicity.network import PermitLimit
from qualicity.periods import HOUR_MS, day_start

NAN = math.nan
INSTANT = {"period": 0, "statistic": Statistic.VALUE}


def _hour(made, hour=0):
    return made.rows(hours=[hour])[f"{made.day}T{hour:02d}"]


def test_a_total_counts_before_the_mean_flow(site):
    """A volume that is reported is the hour's; a pollutant's total in kg is kept in the log and not judged by."""
    made = site().add("flow", [10.0] * 24).add("flow", [40.0] * 3, unit="m3", statistic=Statistic.TOTAL)
    made.add("cod", [20.0] * 24).add("cod", [999.0] * 24, unit="kg", statistic=Statistic.TOTAL)
    row = made.row()

    assert _hour(made)["flow_m3"] == 40.0
    assert _hour(made, 3)["flow_m3"] == 36.0
    assert row["flow_m3"] == 3 * 40 + 21 * 36
    assert row["load"]["cod"] == 20 * row["flow_m3"] / 1000


def test_totals_alone_are_a_flow(site):
    made = site().add("flow", [36.0] * 24, unit="m3", statistic=Statistic.TOTAL).add("cod", [20.0] * 24)
    row = made.row()

    assert (row["verdict"], row["flow_m3"], row["items"]["flow"]["value"]) == ("COMPLIES", 864.0, 10.0)
    assert row["items"]["flow"]["coverage"] == {"expected": 24, "observed": 24, "valid": 24}


def test_a_total_in_another_unit_than_a_volume_is_none(site):
    made = site().add("flow", [36.0] * 24, unit="kg", statistic=Statistic.TOTAL).add("cod", [20.0] * 24)

    assert made.row()["flow_m3"] is None


def test_ten_minutes_make_an_hour(site):
    """Means are averaged, totals are added; of a part of an hour the volume is that of the whole hour."""
    made = site().add("flow", [10.0] * 6, step=1 / 6, period=600).add("cod", [10.0, 20.0] * 3, step=1 / 6, period=600)
    made.add("flow", [6.0] * 6, hour=1, step=1 / 6, period=600, unit="m3", statistic=Statistic.TOTAL)
    made.add("flow", [6.0] * 3, hour=2, step=1 / 6, period=600, unit="m3", statistic=Statistic.TOTAL)

    assert _hour(made)["items"]["cod"]["value"] == 15
    assert [_hour(made, hour)["flow_m3"] for hour in range(3)] == [36.0, 36.0, 36.0]


def test_the_standards_own_flow_by_ten_minutes(site):
    """Annex C: 17.5 L/s are 10.5 m3 in ten minutes and 63.0 m3 in an hour, however they are sent."""
    made = site().add("flow", [17.5] * 6, step=1 / 6, period=600)
    made.add("flow", [10.5] * 6, hour=1, step=1 / 6, period=600, unit="m3", statistic=Statistic.TOTAL)

    assert [_hour(made, hour)["flow_m3"] for hour in range(2)] == [63.0, 63.0]
    assert [_hour(made, hour)["items"]["flow"]["value"] for hour in range(2)] == [17.5, 17.5]


def test_an_hour_of_its_own_counts_before_finer_readings(site):
    made = (
        site().add("cod", [90.0] * 6, step=1 / 6, period=600).add("cod", [20.0]).add("cod", [70.0], hour=0.5, **INSTANT)
    )

    assert _hour(made)["items"]["cod"]["value"] == 20


def test_means_count_before_instants_of_the_same_hour(site):
    made = site().add("cod", [90.0] * 4, step=0.25, **INSTANT).add("cod", [20.0] * 6, step=1 / 6, period=600)

    assert _hour(made)["items"]["cod"]["value"] == 20


def test_one_sample_that_is_repeated_is_one(site):
    """Real-time rows repeat the last analysis; the same start is the same sample."""
    made = site().add("cod", [30.0], **INSTANT).add("cod", [30.0], **INSTANT).add("cod", [60.0], hour=0.5, **INSTANT)

    assert _hour(made)["items"]["cod"]["value"] == 45


def test_ph_of_finer_readings_is_judged_reading_by_reading(site):
    """The hour's mean is within, one of its six readings is not."""
    made = site(("ph", "flow")).add("flow", [1.0] * 24).add("ph", [7.5] * 24 * 6, step=1 / 6, period=600)
    assert made.row()["verdict"] == "COMPLIES"

    made.parts.pop()
    row = made.add("ph", [7.5] * 143 + [9.2], step=1 / 6, period=600).row()
    assert (row["verdict"], row["items"]["ph"]["max"]) == ("EXCEEDS", 9.2)


def test_the_greater_grade_counts_and_order_decides_nothing(site):
    def judged(order):
        made = site().add("flow", [5.0] * 24)
        raw = {"values": [80.0] * 24}
        better = {"values": [20.0] * 24, "grade": Grade.RECORRECTED}
        for part in ((raw, better), (better, raw))[order]:
            made.add("cod", **part)
        return made.drafts()

    first, second = judged(0), judged(1)
    assert first == second
    assert first[0].result["items"]["cod"]["value"] == 20.0


def test_hours_have_permit_limits_of_an_hour_only(site):
    limit = PermitLimit("cod", "mg/L", most="80", period="1h")
    made = site(("cod", "tp", "flow"), limits=(limit,)).add("flow", [10.0] * 24).add("cod", [80.0, 80.1])
    made.add("tp", [9.0, 9.0])

    assert _hour(made)["items"]["cod"]["verdict"] == "COMPLIES"
    assert (_hour(made)["items"]["tp"]["limit"], _hour(made)["items"]["tp"]["verdict"]) == (None, None)
    assert (_hour(made, 1)["verdict"], _hour(made, 1)["reason"]) == ("EXCEEDS", "cod 80.1 > 80 mg/L")
    assert (_hour(made, 2)["verdict"], _hour(made, 2)["reason"]) == (
        "NOT_ASSESSABLE",
        "cod: 0 of 1 values valid, 1 needed",
    )
    assert made.row()["items"]["cod"]["limit"] is None


@pytest.mark.parametrize(("ph", "verdict", "reason"), [
    ([9.0], "NOT_ASSESSABLE", "no limit is of an hour"), ([9.01], "EXCEEDS", "ph 9.01 > 9"),
    ([7.0, 5.9, 7.0], "EXCEEDS", "ph 5.9 < 6"),
])  # fmt: skip
def test_what_every_value_must_be_is_judged_by_the_hour_too(site, ph, verdict, reason):
    """PH has no mean of a day: a reading out of range is so in its hour."""
    made = site(("cod", "ph", "flow")).add("cod", [400.0]).add("flow", [10.0])
    made.add("ph", ph, step=1 / len(ph), period=3600 // len(ph))
    row = _hour(made)

    assert (row["verdict"], row["reason"]) == (verdict, reason)
    assert (row["items"]["cod"]["verdict"], row["items"]["ph"]["limit"]) == (None, [6, 9])
    assert row["items"]["ph"]["verdict"] == ("EXCEEDS" if verdict == "EXCEEDS" else "COMPLIES")


def test_an_hour_without_limits_of_its_own_says_so(site):
    """The limit is of the day's mean."""
    row = _hour(site().add("cod", [400.0]).add("flow", [10.0]))
    assert (row["verdict"], row["reason"]) == ("NOT_ASSESSABLE", "no limit is of an hour")


def test_hours_without_data_have_no_row(site):
    made = site().add("cod", [20.0])

    assert len(made.drafts(hours=[0, 5])) == 2  # the day, and hour 0


def test_a_laboratory_makes_the_day_where_the_instrument_does_not(site):
    """Four samples of a day do, three do not; where the instrument has its own mean the samples stand aside."""
    made = site(manual=("cod",)).add("flow", [10.0] * 24).add("cod", [90.0] * 10)
    item = made.sample("cod", [10.0, 20.0, 30.0, 40.0]).row()["items"]["cod"]

    assert (item["value"], item["verdict"], item["note"]) == (25.0, "COMPLIES", "laboratory")
    assert item["coverage"] == {"expected": 4, "observed": 4, "valid": 4}
    assert made.row()["load"]["cod"] == 25.0 * 864 / 1000

    few = site(manual=("cod",)).add("flow", [10.0] * 24).sample("cod", [10.0, 20.0, 30.0]).row()
    assert (few["verdict"], few["reason"]) == ("NOT_ASSESSABLE", "cod: 0 valid hours, 18 needed")

    own = site(manual=("cod",)).add("flow", [10.0] * 24).add("cod", [45.0] * 24).sample("cod", [90.0] * 4).row()
    assert own["items"]["cod"]["value"] == 45.0


def test_a_mark_on_an_instrument_leaves_the_samples_taken_in_its_place(site):
    made = site(manual=("cod",)).add("flow", [10.0] * 24).add("cod", [900.0] * 24).sample("cod", [20.0] * 4)
    start = day_start(made.day)
    made.marks = [
        Mark("m", "o1", "cod", start, start + 24 * HOUR_MS, "fault", "who", "why", "", start, "approved", start)
    ]

    assert made.row()["items"]["cod"]["note"] == "laboratory"


def test_mixed_water_of_a_whole_day_is_one_sample_and_enough(site):
    made = site(("flow",), manual=("hg",)).add("flow", [10.0] * 24)
    row = made.add("hg", [0.0011], poc=9, period=86_400).row()

    assert (row["verdict"], row["reason"]) == ("EXCEEDS", "hg 0.0011 > 0.001 mg/L")


def test_samples_taken_while_nothing_flowed_do_not_count(site):
    made = site(manual=("cod",)).add("flow", [0.0] * 6 + [5.0] * 18).sample("cod", [900.0, 20.0, 20.0, 20.0])

    assert made.row()["verdict"] == "NOT_ASSESSABLE"


def test_items_of_laboratories_that_nobody_owed_are_left_out(site):
    made = site(manual=("hg",)).add("flow", [5.0] * 24).add("cod", [20.0] * 24)

    assert list(made.row()["items"]) == ["cod", "flow"]
    one = made.sample("hg", [0.5]).row()
    assert (one["verdict"], one["items"]["hg"]["verdict"]) == ("COMPLIES", "NOT_ASSESSABLE")


@pytest.mark.parametrize(("ph", "verdict"), [(6.0, "COMPLIES"), (5.9, "EXCEEDS")])
def test_single_samples_of_ph_are_judged_one_by_one(site, ph, verdict):
    row = site(("flow",), manual=("ph",)).add("flow", [5.0] * 24).sample("ph", [ph]).row()

    assert row["verdict"] == verdict
