"""A day of an outlet: effective means, limits, verdicts. Vectors and traps of the water domain."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from qualicity.model import Mark, Qualifier
from qualicity.network import PermitLimit
from qualicity.periods import HOUR_MS, day_start

NAN = math.nan
PLANT = ("cod", "nh3n", "ph", "wt", "flow")


def _with_flow(site, names=("cod", "flow"), flow=10.0, **options):
    return site(names, **options).add("flow", [flow] * 24)


def test_flow_of_annex_c(site):
    """17.5 L/s are 63.0 m3 in an hour and 1512 m3 in a day."""
    made = _with_flow(site, flow=17.5).add("cod", [40.1] * 24)
    row = made.row(hours=[3])
    hour = made.rows(hours=[3])["2025-03-05T03"]

    assert row["flow_m3"] == 1512.0
    assert row["items"]["flow"]["value"] == 17.5
    assert hour["flow_m3"] == 63.0
    assert hour["load"]["cod"] == 2.5263
    assert row["load"]["cod"] == 60.6312


def test_mean_is_weighted_by_flow(site):
    """Twelve hours of 30 at 1 L/s and twelve of 60 at 3 L/s are 52.5, not 45."""
    made = site().add("cod", [30.0] * 12 + [60.0] * 12).add("flow", [1.0] * 12 + [3.0] * 12)
    item = made.row()["items"]["cod"]

    assert (item["value"], item["verdict"]) == (52.5, "EXCEEDS")


def test_mean_is_arithmetic_without_a_flow_channel(site):
    made = site(("cod",)).add("cod", [30.0] * 12 + [60.0] * 12)
    row = made.row()

    assert row["items"]["cod"]["value"] == 45.0
    assert row["verdict"] == "COMPLIES"
    assert row["flow_m3"] is None
    assert row["load"] == {"cod": None}
    assert row["complied_m3"] is row["exceeded_m3"] is row["unknown_m3"] is None


@pytest.mark.parametrize(("valid", "verdict"), [(17, "NOT_ASSESSABLE"), (18, "COMPLIES"), (19, "COMPLIES")])
def test_three_quarters_of_the_hours(site, valid, verdict):
    """18 of 24 hourly values are enough, 17 are not; no value is made of too few, and no load."""
    row = _with_flow(site).add("cod", [20.0] * valid).row()
    item = row["items"]["cod"]

    assert row["verdict"] == item["verdict"] == verdict
    assert item["coverage"] == {"expected": 24, "observed": valid, "valid": valid}
    assert (item["value"] is None) == (row["load"]["cod"] is None) == (verdict == "NOT_ASSESSABLE")
    assert (row["complied_m3"], row["unknown_m3"]) == ((864.0, 0.0) if verdict == "COMPLIES" else (0.0, 864.0))


@pytest.mark.parametrize(("value", "verdict"), [(49.9999, "COMPLIES"), (50.0, "COMPLIES"), (50.0001, "EXCEEDS")])
def test_at_below_and_above_a_limit(site, value, verdict):
    assert _with_flow(site).add("cod", [value] * 24).row()["verdict"] == verdict


def test_limit_is_compared_without_rounding(site):
    """One hour a ten-thousandth above a limit among 23 at it is above: the mean is not rounded first."""
    row = _with_flow(site).add("cod", [50.0] * 23 + [50.0001]).row()

    assert row["verdict"] == "EXCEEDS"
    assert row["items"]["cod"]["value"] == 50.000004167
    assert row["reason"] == "cod 50.000004167 > 50 mg/L"


def test_float_noise_makes_no_verdict(site):
    """0.1 and 0.2 and 0.3 are no binary fractions; their weighted mean is 0.5 to the last digit."""
    made = site(("tp", "flow")).add("tp", [0.1, 0.9, 0.3, 0.7] * 6).add("flow", [0.7, 0.7, 1.1, 1.1] * 6)

    assert made.row()["items"]["tp"] == {
        "value": 0.5, "limit": 0.5, "unit": "mg/L", "verdict": "COMPLIES",
        "coverage": {"expected": 24, "observed": 24, "valid": 24},
    }  # fmt: skip


@pytest.mark.parametrize(("temperature", "limit"), [(11.9, 8), (12.0, 8), (12.1, 5)])
def test_ammonia_goes_by_water_temperature(site, temperature, limit):
    """Trap 17: up to 12 C the greater limit, above it the lesser."""
    made = _with_flow(site, ("nh3n", "wt", "flow")).add("nh3n", [6.0] * 24).add("wt", [temperature] * 24)
    item = made.row()["items"]["nh3n"]

    assert item["limit"] == limit
    assert item["verdict"] == ("COMPLIES" if limit == 8 else "EXCEEDS")
    assert "note" not in item


@pytest.mark.parametrize("hours", [0, 17])
def test_ammonia_without_a_temperature_takes_the_stricter_limit(site, hours):
    """Trap 17: and says so; a mean of too few temperatures is none."""
    made = _with_flow(site, ("nh3n", "wt", "flow")).add("nh3n", [6.0] * 24).add("wt", [5.0] * hours)
    item = made.row()["items"]["nh3n"]

    assert (item["limit"], item["verdict"]) == (5, "EXCEEDS")
    assert item["note"] == "no water temperature, so the stricter limit"


def test_nothing_discharged_is_neither_good_nor_unknown(site):
    """Trap 15: without water there is no mean, so never a zero that complies."""
    row = _with_flow(site, flow=0.0).add("cod", [0.0] * 24).row()

    assert (row["verdict"], row["reason"]) == ("NOT_ASSESSABLE", "no discharge")
    assert row["items"]["cod"]["value"] is None
    assert row["load"] == {"cod": None}
    assert (row["flow_m3"], row["complied_m3"], row["exceeded_m3"], row["unknown_m3"]) == (0.0, 0.0, 0.0, 0.0)


def test_concentrations_while_nothing_flows_do_not_count(site):
    made = site().add("flow", [0.0] * 6 + [5.0] * 18).add("cod", [500.0] * 6 + [20.0] * 18)
    item = made.row()["items"]["cod"]

    assert (item["value"], item["verdict"], item["coverage"]["valid"]) == (20.0, "COMPLIES", 18)


def test_concentrations_without_a_known_flow_do_not_count(site):
    made = site().add("flow", [5.0] * 17 + [NAN] * 7).add("cod", [20.0] * 24)
    row = made.row()

    assert row["verdict"] == "NOT_ASSESSABLE"
    assert row["flow_m3"] is None
    assert row["items"]["cod"]["coverage"] == {"expected": 24, "observed": 24, "valid": 17}


def test_an_intermittent_outlet_owes_only_hours_with_flow(site):
    """Three hours of flow and three values make a day of an outlet that discharges at times, and none of another."""
    flow, cod = [0.0] * 10 + [5.0] * 3 + [0.0] * 11, [NAN] * 10 + [20.0] * 3
    at_times = site(intermittent=True).add("flow", flow).add("cod", cod).row()
    always = site().add("flow", flow).add("cod", cod).row()

    assert at_times["verdict"] == "COMPLIES"
    assert at_times["items"]["cod"]["coverage"] == {"expected": 3, "observed": 3, "valid": 3}
    assert always["verdict"] == "NOT_ASSESSABLE"


def test_an_intermittent_outlet_may_measure_only_while_it_discharges(site):
    made = site(intermittent=True).add("flow", [NAN] * 10 + [5.0] * 4).add("cod", [NAN] * 10 + [20.0] * 4)
    row = made.row()

    assert (row["verdict"], row["flow_m3"]) == ("COMPLIES", 72.0)
    assert site(intermittent=True).row()["reason"] == "cod: no value, and not known whether anything was discharged"


def test_ph_is_a_range_of_every_value_and_never_weighted(site):
    """Traps 7 and 14: two-sided; its mean is that of the ions, by time; one value outside is enough."""
    values = [6.5, 7.9, 8.8, 9.0, 6.78, 8.87] * 4
    made = site(("ph", "flow")).add("flow", [1.0, 9.0] * 12).add("ph", values)
    item = made.row()["items"]["ph"]

    assert (item["value"], item["min"], item["max"]) == (7.08, 6.5, 9.0)
    assert (item["limit"], item["verdict"]) == ([6, 9], "COMPLIES")


@pytest.mark.parametrize(("value", "reason"), [(5.99, "ph 5.99 < 6"), (9.01, "ph 9.01 > 9")])
def test_one_ph_outside_exceeds_even_with_too_few_values(site, value, reason):
    row = _with_flow(site, ("ph", "flow")).add("ph", [7.0] * 5 + [value]).row()

    assert (row["verdict"], row["reason"]) == ("EXCEEDS", reason)


def test_ph_of_a_permit_by_the_day_is_judged_value_by_value(site):
    limit = PermitLimit("ph", "1", most="8", least="7", period="24h")
    row = _with_flow(site, ("ph", "flow"), limits=(limit,)).add("ph", [7.5] * 23 + [6.9]).row()

    assert (row["verdict"], row["items"]["ph"]["limit"]) == ("EXCEEDS", [7, 8])


@pytest.mark.parametrize("value", [0.0, -0.3])
def test_values_at_or_below_zero_are_substituted(site, value):
    """HJ 356 7.1: 2 mg/L of COD stand for what is at or below zero and judged real."""
    item = _with_flow(site).add("cod", [value] * 12 + [20.0] * 12).row()["items"]["cod"]

    assert (item["value"], item["coverage"]["valid"]) == (11.0, 24)
    assert item["note"] == "12 values substituted by 2 mg/L (HJ356-2019 7.1)"


def test_without_a_substitute_zero_is_zero_and_less_is_not_valid(site):
    made = _with_flow(site, ("ss", "flow")).add("ss", [0.0] * 12 + [4.0] * 8 + [-1.0] * 4)
    item = made.row()["items"]["ss"]

    assert (item["value"], item["coverage"]["valid"]) == (1.6, 20)
    assert "note" not in item


def test_not_detected_is_half_the_limit_or_the_tables_substitute(site):
    """Trap 8: `<0.01` is neither zero nor missing; which of the two stands for it is said."""
    made = _with_flow(site, ("cod", "ss", "flow"))
    made.add("cod", [4.0] * 24, qualifier=Qualifier.BELOW).add("ss", [3.0] * 24, qualifier=Qualifier.BELOW)
    items = made.row()["items"]

    assert (items["cod"]["value"], items["cod"]["note"]) == (
        2.0, "24 values substituted by 2 mg/L (HJ356-2019 7.1)"
    )  # fmt: skip
    assert (items["ss"]["value"], items["ss"]["note"]) == (1.5, "24 values substituted by half the detection limit")


def test_what_was_not_detected_is_no_load_unless_the_table_says_more(site):
    """Trap 8: in loads zero (SL 219); the table's substitute is a value like any other."""
    made = _with_flow(site, ("cod", "ss", "flow"))
    made.add("cod", [4.0] * 24, qualifier=Qualifier.BELOW).add("ss", [3.0] * 12, qualifier=Qualifier.BELOW)
    made.add("ss", [3.0] * 12, hour=12)
    row = made.row()

    assert row["items"]["ss"]["value"] == 2.25
    assert row["load"]["ss"] == pytest.approx(row["flow_m3"] / 2 * 3.0 / 1000, abs=1e-9)
    assert row["load"]["cod"] == pytest.approx(row["flow_m3"] * 2.0 / 1000, abs=1e-9)


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [
        (24, "NOT_ASSESSABLE"),  # between 0 and 17, limit 10
        (12, "NOT_ASSESSABLE"),  # between 2 and 10.5
        (1, "COMPLIES"),  # at most 4.6
    ],
)
def test_a_detection_limit_above_the_limit_leaves_it_open(site, hours, verdict):
    """Trap 8: the limit is 10; whether the mean is above hangs on what was not detected, unless both ends agree."""
    made = _with_flow(site, ("ss", "flow"))
    made.add("ss", [17.0] * hours, qualifier=Qualifier.BELOW).add("ss", [4.0] * (24 - hours), hour=hours)
    row = made.row()

    assert row["verdict"] == verdict
    if verdict == "NOT_ASSESSABLE":
        assert row["reason"] == "ss: not measured well enough for the limit of 10 mg/L"


def test_a_detection_limit_above_the_limit_may_not_matter(site):
    """With every value that was detected far above, the mean is above whatever the others were."""
    made = _with_flow(site, ("ss", "flow"))
    made.add("ss", [12.0], qualifier=Qualifier.BELOW).add("ss", [90.0] * 23, hour=1)

    assert made.row()["verdict"] == "EXCEEDS"


def test_above_the_measuring_range_never_complies(site):
    made = _with_flow(site, ("ss", "flow"))
    made.add("ss", [9.0], qualifier=Qualifier.ABOVE).add("ss", [1.0] * 23, hour=1)

    assert made.row()["verdict"] == "NOT_ASSESSABLE"
    assert (
        _with_flow(site, ("ss", "flow")).add("ss", [11.0] * 24, qualifier=Qualifier.ABOVE).row()["verdict"] == "EXCEEDS"
    )


def test_a_device_over_its_range_never_complies(site):
    """HJ 212: T keeps its value, which the truth is at least."""
    made = _with_flow(site).add("cod", [40.0] * 20).add("cod", [50.0] * 4, hour=20, device_flag="T")
    row = made.row()

    assert row["items"]["cod"]["coverage"]["valid"] == 24
    assert (row["verdict"], row["reason"]) == (
        "NOT_ASSESSABLE",
        "cod: not measured well enough for the limit of 50 mg/L",
    )
    assert _with_flow(site).add("cod", [60.0] * 24, device_flag="T").row()["verdict"] == "EXCEEDS"


def test_marks_and_device_flags_take_hours_out(site):
    made = _with_flow(site).add("cod", [20.0] * 12).add("cod", [900.0] * 6, hour=12, device_flag="D")
    made.add("cod", [20.0] * 6, hour=18)
    start = day_start(made.day)
    assert made.row()["items"]["cod"]["coverage"] == {"expected": 24, "observed": 24, "valid": 18}

    made.marks = [
        Mark("m", "o1", "cod", start, start + HOUR_MS, "calibration", "who", "why", "", start, "approved", start)
    ]
    assert made.row()["verdict"] == "NOT_ASSESSABLE"


def test_micrograms_are_not_milligrams(site):
    """Trap 9: Hg, Cd, Cr(VI), As, Pb come in ug/L, the limits are mg/L."""
    made = _with_flow(site, ("pb", "flow")).add("pb", [100.0] * 24, unit="ug/L")
    item = made.row()["items"]["pb"]

    assert (item["value"], item["limit"], item["verdict"]) == (0.1, 0.1, "COMPLIES")
    worse = _with_flow(site, ("pb", "flow")).add("pb", [100.001] * 24, unit="ug/L")
    assert worse.row()["verdict"] == "EXCEEDS"


def test_items_without_a_channel_are_not_required_and_channels_without_a_limit_are_shown(site):
    made = _with_flow(site, ("cod", "ec", "flow")).add("cod", [20.0] * 24).add("ec", [900.0] * 24)
    row = made.row()

    assert row["verdict"] == "COMPLIES"
    assert list(row["items"]) == ["cod", "ec", "flow"]
    assert (row["items"]["ec"]["value"], row["items"]["ec"]["limit"], row["items"]["ec"]["verdict"]) == (
        900.0,
        None,
        None,
    )


def test_an_item_with_a_channel_is_required_and_a_failing_one_is_enough(site):
    """Three-valued: a known failing item exceeds though another is missing."""
    made = _with_flow(site, ("cod", "tp", "flow")).add("cod", [20.0] * 24)
    row = made.row()
    assert (row["verdict"], row["reason"]) == ("NOT_ASSESSABLE", "tp: 0 valid hours, 18 needed")

    made.parts.clear()
    row = made.add("flow", [10.0] * 24).add("cod", [60.0] * 24).row()
    assert row["verdict"] == "EXCEEDS"
    assert row["reason"] == "cod 60 > 50 mg/L; tp: 0 valid hours, 18 needed"


def test_nothing_with_a_limit_is_no_compliance(site):
    made = _with_flow(site, ("ec", "flow")).add("ec", [900.0] * 24)
    row = made.row()

    assert (row["verdict"], row["reason"]) == ("NOT_ASSESSABLE", "no item with a limit is measured")


def test_a_permit_stands_in_the_place_of_the_standard(site):
    """Trap 18: the outlet's own papers choose the limits, never what happens to be measured."""
    limit = PermitLimit("cod", "mg/L", most="30", document="P-1")
    row = _with_flow(site, limits=(limit,)).add("cod", [40.0] * 24).row()

    assert (row["items"]["cod"]["limit"], row["verdict"]) == (30, "EXCEEDS")


def test_removal_in_the_place_of_a_limit_is_left_open(site):
    """Grade 3 of GB 18918: COD above 120, unless 60 % of what comes in are removed; nobody measures what comes in."""
    row = _with_flow(site, grade="3").add("cod", [130.0] * 24).row()

    assert row["verdict"] == row["items"]["cod"]["verdict"] == "NOT_ASSESSABLE"
    assert row["reason"] == "cod 130 > 120 mg/L unless 60 % are removed: inflow not measured"
    assert _with_flow(site, grade="3").add("cod", [120.0] * 24).row()["verdict"] == "COMPLIES"


def test_flue_gas_rules_are_not_applied(site):
    """Trap 21: of flue gas 20 hours of 45 minutes are needed; of water 18 hours with any value."""
    made = site().add("cod", [20.0] * 18, period=0, statistic=0).add("flow", [5.0] * 24)

    assert made.row()["verdict"] == "COMPLIES"


def test_day_before_the_standard_has_no_law(site):
    import datetime as dt

    row = _with_flow(site, day=dt.date(1999, 5, 1)).add("cod", [20.0] * 24).row()

    assert (row["standard"], row["grade"], row["certainty"]) == (None, None, None)
    assert (row["verdict"], row["reason"]) == ("NOT_ASSESSABLE", "no law table covers this day")
    assert row["items"]["cod"]["limit"] is None
    assert row["items"]["cod"]["value"] == 20.0


def test_an_explicit_standard_counts_whenever_it_is_asked_for(site):
    import datetime as dt

    made = _with_flow(site, day=dt.date(1997, 5, 1), grade="1A").add("cod", [90.0] * 24)
    assert made.row(standard="GB18918-2002")["verdict"] == "EXCEEDS"


def test_a_channel_that_owes_a_value_every_two_hours(site):
    """9 of 12 are enough; each stands for the water of both hours of its slot."""
    made = site(interval={"cod": 7200}).add("flow", [1.0, 3.0] * 12).add("cod", [30.0, 60.0] * 6, step=2)
    item, load = made.row()["items"]["cod"], made.row()["load"]["cod"]

    assert item["coverage"] == {"expected": 12, "observed": 12, "valid": 12}
    assert item["value"] == 45.0
    assert load == float(Fraction(45) * 48 * Fraction(36, 10) / 1000)
    assert (
        site(interval={"cod": 7200}).add("flow", [1.0] * 24).add("cod", [30.0] * 9, step=2).row()["verdict"]
        == "COMPLIES"
    )
    few = site(interval={"cod": 7200}).add("flow", [1.0] * 24).add("cod", [30.0] * 8, step=2).row()
    assert few["reason"] == "cod: 8 of 12 values valid, 9 needed"


def test_values_too_long_for_64_bits_are_added_exactly(site):
    """Nine decimals of value and flow: the sums are Python's integers, and as exact."""
    dice = np.random.default_rng(5)
    cod, flow = np.round(dice.uniform(1000, 9000, 24), 9), np.round(dice.uniform(100, 900, 24), 9)
    row = site(grade="3").add("cod", cod).add("flow", flow).row()
    value, weight = ([Fraction(str(number)) for number in column.tolist()] for column in (cod, flow))
    mass = sum(v * w for v, w in zip(value, weight, strict=True))

    assert row["items"]["cod"]["value"] == float(round(mass / sum(weight), 9))
    assert row["load"]["cod"] == float(round(mass * Fraction(36, 10) / 1000, 9))


@pytest.mark.parametrize(("last", "verdict"), [(1000, "COMPLIES"), (1001, "EXCEEDS")])
def test_coliforms_are_judged_by_their_geometric_mean(site, last, verdict):
    """10 and 100,000 have the mean 1,000: exactly at the limit; the product decides, without a root."""
    made = site(("flow",), manual=("fc",)).add("flow", [5.0] * 24)
    item = made.sample("fc", [10.0, 100_000.0, 1000.0, float(last)]).row()["items"]["fc"]

    assert item["verdict"] == verdict
    assert item["note"] == "laboratory"
    assert item["value"] == pytest.approx(1000, abs=1)


def test_what_must_be_absent(site):
    made = site(("flow",), manual=("alkyl_hg",)).add("flow", [5.0] * 24)
    made.sample("alkyl_hg", [10.0] * 4, unit="ng/L", qualifier=Qualifier.BELOW)
    assert made.row()["items"]["alkyl_hg"]["verdict"] == "COMPLIES"

    made.sample("alkyl_hg", [0.1], hour=20, unit="ng/L")
    row = made.row()
    assert (row["verdict"], row["reason"]) == ("EXCEEDS", "alkyl_hg: detected, must not be")
