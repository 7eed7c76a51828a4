"""Water stations from readings to verdicts: means, precedence, non-detects, coverage, volumes."""

from __future__ import annotations

import datetime as dt
import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.water.judge import WaterJudge
from aggregator.water.testing import Site, channel, judged, place, sampled
from qualicity.checks import default_rules
from qualicity.model import Grade, Mark, Observations, Qualifier
from qualicity.network import Station
from qualicity.periods import DAY_MS, HOUR_MS, parse_period
from qualicity.reasons import reason_in

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))
DAY = "2016-03-01"
TOO_FEW = "TP：应有 6 个数据，有效 2 个，需 5 个"  # noqa: RUF001 - Chinese punctuation


def _one(site, station, period, **rest):
    return judged(site, station, period, **rest)[0]


# means


def test_a_snapshot_is_judged_as_it_is_a_day_as_it_is_rounded():
    """CODMn 6.04 misses class III by itself; as a day's mean it is 6.0 and meets it."""
    site = Site()
    site.auto("codmn", [6.04] * 6)
    hour, day = judged(site, place(channel("codmn")), f"{DAY}T04", DAY)

    assert (hour["class"], hour["items"]["codmn"]["value"], hour["verdict"]) == ("IV", 6.04, "EXCEEDS")
    assert (day["class"], day["items"]["codmn"]["value"], day["verdict"]) == ("III", 6.0, "COMPLIES")


def test_an_hour_of_finer_readings_is_their_mean_without_rounding():
    """6.00 and 6.01: above 6, however little."""
    site = Site()
    site.auto("codmn", [6.0, 6.0, 6.01], hours=1, period=600)
    site.parts[-1] = site.parts[-1].replace(start=site.start + 600_000 * np.arange(3))

    row = _one(site, place(channel("codmn", interval=600)), f"{DAY}T00")

    assert (row["class"], row["items"]["codmn"]["n"]) == ("IV", 3)


def test_acidity_of_a_day_is_averaged_by_ions():
    """Trap 14: 7.08, not 7.98; assessments print it without a decimal."""
    site, station = Site(), place(channel("ph", "1"))
    site.auto("ph", [6.5, 7.9, 8.8, 9, 6.78, 8.87], unit="1")

    assert _one(site, station, DAY)["items"]["ph"]["value"] == 7


def test_a_means_value_is_not_made_of_rounded_days():
    """A month rounds once: days of 6.04 and 6.06 are 6.05, half to even 6.0."""
    site = Site()
    for day in range(31):
        site.auto("codmn", [6.04 if day % 2 else 6.06] * 6, day=day)
    site.auto("codmn", [6.05] * 6, day=30, revision=1)

    assert _one(site, place(channel("codmn")), "2016-03")["items"]["codmn"]["value"] == 6.0


@pytest.mark.parametrize(("values", "verdict", "reason"), [
    ([3] * 5, "COMPLIES", "all items within their limits"),
    ([3] * 4, "NOT_ASSESSABLE", "codmn: 4 of 6 values valid, 5 needed"),
    ([], "NOT_ASSESSABLE", "codmn: 0 of 6 values valid, 5 needed"),
    ([9] * 4, "NOT_ASSESSABLE", "codmn: 4 of 6 values valid, 5 needed"),
    ([9] * 5, "EXCEEDS", "codmn 9 > 6 mg/L"),
])  # fmt: skip
def test_too_little_of_an_automatic_station_is_never_enough(values, verdict, reason):
    """Three quarters of six are 4.5: five."""
    site = Site()
    site.auto("codmn", values)
    row = _one(site, place(channel("codmn")), DAY)

    assert (row["verdict"], row["reason"]) == (verdict, reason)
    assert row["coverage"]["codmn"] == {"expected": 6, "observed": len(values), "valid": len(values)}
    assert (row["class"] is None) == (verdict == "NOT_ASSESSABLE")


def test_what_exceeds_is_known_even_where_other_items_are_missing():
    """Three-valued."""
    site = Site()
    site.auto("codmn", [9] * 6)
    row = _one(site, place(channel("codmn"), channel("nh3n")), DAY)

    assert (row["verdict"], row["class"], row["failing"]) == ("EXCEEDS", "IV", ["codmn"])
    assert row["reason"] == "codmn 9 > 6 mg/L; nh3n: 0 of 6 values valid, 5 needed"
    assert row["multiples"] == {"codmn": 0.5}


@pytest.mark.parametrize(("build", "zh", "en"), [
    (lambda s: s.auto("ph", [5.1] * 6, unit="1"), "pH 5 < 6", "pH 5 < 6"),
    (lambda s: s.auto("do", [1.2] * 6), "DO 1.2 < 5 mg/L", "DO 1.2 < 5 mg/L"),
    (lambda s: s.auto("tp", [0.31] * 5), "TP 0.31 > 0.2 mg/L", "TP 0.31 > 0.2 mg/L"),
    (lambda s: s.auto("tp", [0.31] * 2), TOO_FEW, "TP: 2 of 6 values valid, 5 needed"),
    (lambda s: None, "没有有效数据", "no valid value"),
])  # fmt: skip
def test_reasons_in_both_languages(build, zh, en):
    """Every part has its form."""
    site = Site()
    build(site)
    used = {site.registry.text(code) for part in site.parts for code in part["parameter"].tolist()}
    row = _one(site, place(*(channel(name, "1" if name == "ph" else "mg/L") for name in sorted(used))), DAY)

    assert (reason_in(row["reason"], "zh"), reason_in(row["reason"], "en")) == (zh, en)


def test_the_worst_items_decide_in_the_tables_order():
    """None where the class is the best."""
    site, station = Site(), place(channel("do"), channel("codmn"), channel("tp"), channel("wt", "C"))
    site.auto("tp", [0.2] * 6)
    site.auto("do", [5] * 6)
    site.auto("codmn", [2] * 6)
    site.auto("wt", [-0.5] * 6, unit="C")
    row = _one(site, station, DAY)

    assert (row["class"], row["deciding"]) == ("III", ["do", "tp"])
    assert row["items"]["wt"] == {
        "value": -0.5, "unit": "C", "class": None, "verdict": None, "qualifier": "", "n": 6, "source": "automatic",
    }  # fmt: skip
    clean = Site()
    clean.auto("codmn", [2] * 6)
    assert _one(clean, place(channel("codmn")), DAY)["deciding"] == []


def test_nitrogen_is_shown_with_its_class_and_decides_nothing():
    """Trap 13."""
    site = Site()
    site.auto("tn", [9] * 6)
    site.auto("tp", [0.01] * 6)
    row = _one(site, place(channel("tn"), channel("tp"), body="lake"), DAY)

    assert (row["class"], row["verdict"], row["failing"]) == ("I", "COMPLIES", [])
    assert (row["items"]["tn"]["class"], row["items"]["tn"]["verdict"]) == ("worse", None)


def test_oxygen_below_its_minimum_exceeds():
    """Trap 7."""
    site = Site()
    site.auto("do", [1.5] * 6)
    row = _one(site, place(channel("do")), DAY)

    assert (row["class"], row["reason"], row["multiples"]) == ("worse", "do 1.5 < 5 mg/L", {})


# automatic stations and laboratories


def _both(parameter, automatic, laboratory):
    site = Site()
    site.auto(parameter, [automatic] * 6 * 31)
    site.lab(parameter, laboratory)
    return _one(site, place(channel(parameter), sampled(parameter)), "2016-03")["items"][parameter]


def test_the_automatic_station_counts_first_for_the_items_that_the_law_names():
    """pH, oxygen, permanganate, ammonia, phosphorus, nitrogen; for the others the laboratory."""
    assert (_both("codmn", 3, "5")["value"], _both("codmn", 3, "5")["source"]) == (3.0, "automatic")
    assert (_both("f", 0.3, "0.5")["value"], _both("f", 0.3, "0.5")["source"]) == (0.5, "manual")


def test_the_laboratory_stands_in_where_the_automatic_station_has_too_little():
    """With its own number of samples."""
    site = Site()
    site.auto("codmn", [3] * 6 * 20)
    site.lab("codmn", "5")
    station = place(channel("codmn"), sampled("codmn"))
    row = _one(site, station, "2016-03")

    assert (row["items"]["codmn"]["value"], row["items"]["codmn"]["source"]) == (5.0, "manual")
    assert row["coverage"]["codmn"] == {"expected": 1, "observed": 1, "valid": 1}


def test_one_stations_laboratory_is_not_anothers():
    """Judged together, each by its own channels."""
    site = Site()
    site.auto("codmn", [3] * 6 * 31, station="A")
    stations = [place(channel("codmn"), name="A"), place(sampled("codmn"), name="B")]
    drafts = WaterJudge().judge(site.parts, stations, [parse_period("2016-03")], rules=default_rules(), marks=())
    a, b = (draft.result for draft in drafts)

    assert a["items"]["codmn"]["source"] == "automatic"
    assert (b["items"]["codmn"]["source"], b["reason"]) == ("manual", "codmn: 0 of 1 samples valid, 1 needed")


def test_samples_of_several_places_of_a_section_are_averaged():
    """Each occurrence of a laboratory's channel."""
    site = Site()
    site.lab("cod", "10", poc=8)
    site.lab("cod", "21", poc=9)
    row = _one(site, place(sampled("cod", poc=8), sampled("cod", poc=9)), "2016-03")

    assert (row["items"]["cod"]["value"], row["items"]["cod"]["n"]) == (15.5, 2)


@pytest.mark.parametrize(("samples", "verdict"), [(1, "NOT_ASSESSABLE"), (2, "COMPLIES"), (3, "COMPLIES")])
def test_a_quarter_needs_two_samples(samples, verdict):
    """Of three that are due (circular 22, recalled)."""
    site = Site()
    for number in range(samples):
        site.lab("cod", "10", day=-30 + 30 * number)

    assert _one(site, place(sampled("cod")), "2016Q1")["verdict"] == verdict


def test_what_is_not_due_is_not_missing():
    """A day does not need what a laboratory gives once a month."""
    site = Site()
    site.auto("codmn", [3] * 6)
    station = place(channel("codmn"), sampled("cd"))
    day, month = judged(site, station, DAY, "2016-03")

    assert (day["verdict"], list(day["items"])) == ("COMPLIES", ["codmn"])
    assert month["reason"] == "codmn: 6 of 186 values valid, 140 needed; cd: 0 of 1 samples valid, 1 needed"


def test_days_before_a_station_stood_are_not_due():
    """From its first day on."""
    site = Site()
    site.auto("codmn", [3] * 6 * 10, day=21)
    made = place(channel("codmn"))
    station = Station(made.id, made.city, medium="water", valid_from=dt.date(2016, 3, 22), channels=made.channels)
    row = _one(site, station, "2016-03")

    assert (row["verdict"], row["coverage"]["codmn"]["expected"]) == ("COMPLIES", 60)


# sources


def test_limits_without_classes_count_at_sources_only():
    """Tables 2 and 3."""
    site = Site()
    site.lab("fe", "0.5")
    site.lab("cod", "10")
    channels = sampled("fe"), sampled("cod")
    river, source = (_one(site, place(*channels, purpose=p), "2016-03") for p in ("assessment", "source"))

    assert (river["verdict"], river["items"]["fe"]["verdict"]) == ("COMPLIES", None)
    assert (source["verdict"], source["failing"], source["class"]) == ("EXCEEDS", ["fe"], "I")
    assert source["multiples"] == {"fe": 0.67}


def test_nitrate_is_counted_as_nitrogen():
    """Trap 10: 10 mg/L at surface sources, 20 in groundwater."""
    site = Site()
    site.lab("no3n", "15")
    surface = place(sampled("no3n"), purpose="source")
    ground = place(sampled("no3n"), purpose="source", body="groundwater")

    assert _one(site, surface, "2016-03")["verdict"] == "EXCEEDS"
    assert _one(site, ground, "2016-03", standard="GBT14848-2017")["verdict"] == "COMPLIES"


def test_a_period_without_law_says_so():
    """Groundwater before the table of 2017 was in force."""
    drafts = WaterJudge().judge(
        [], [place(body="groundwater")], [parse_period("2016-03")], rules=default_rules(), marks=()
    )

    assert (drafts[0].standard, drafts[0].result["standard"], drafts[0].result["verdict"]) == (
        "none", None, "NOT_ASSESSABLE",
    )  # fmt: skip


# below the detection limit


@pytest.mark.parametrize(("text", "value", "name", "verdict"), [
    ("<0.0001", 0.0001, "I", "COMPLIES"),  # 0 and the limit comply; the half decides the class
    ("<0.00012", 0.00012, None, "NOT_ASSESSABLE"),  # on both sides of class III
    ("<", None, None, "NOT_ASSESSABLE"),  # no limit stated
])  # fmt: skip
def test_what_is_below_a_detection_limit_is_never_zero(text, value, name, verdict):
    """Trap 8, mercury: class III up to 0.0001."""
    site = Site()
    site.lab("hg", text)
    row = _one(site, place(sampled("hg")), "2016-03")

    assert row["items"]["hg"] == {
        "value": value, "unit": "mg/L", "class": name, "verdict": verdict, "qualifier": "<", "n": 1, "source": "manual",
    }  # fmt: skip
    assert (row["class"], row["verdict"]) == (name, verdict)


def test_half_the_limit_takes_part_in_means():
    """<0.02 and 0.03: 0.02; what it is between, 0.015 and 0.025, meets class III alike."""
    site = Site()
    site.lab("las", "<0.02", day=3)
    site.lab("las", "0.03", day=13)
    item = _one(site, place(sampled("las")), "2016-03")["items"]["las"]

    assert (item["value"], item["qualifier"], item["class"], item["n"]) == (0.02, "", "I", 2)


def test_a_stated_limit_counts_before_the_value():
    """A value that came with it says nothing."""
    site = Site()
    site.lab("cd", "<0", limit=0.0004)
    item = _one(site, place(sampled("cd")), "2016-03")["items"]["cd"]

    assert (item["value"], item["class"]) == (0.0004, "I")


def test_another_item_that_exceeds_decides_where_a_limit_hides_one():
    """EXCEEDS, with the reason of both."""
    site = Site()
    site.lab("hg", "<0.01")
    site.lab("cod", "35")
    row = _one(site, place(sampled("hg"), sampled("cod")), "2016-03")

    assert (row["verdict"], row["class"], row["deciding"]) == ("EXCEEDS", "V", ["cod"])
    assert row["reason"] == "cod 35 > 20 mg/L; hg: not measured well enough for the limit of 0.0001 mg/L"


def test_what_lies_above_the_range_of_its_instrument_is_at_least_that():
    """Above a limit it exceeds; below nothing is known."""
    site = Site()
    site.auto("codmn", [8] * 6, qualifier=Qualifier.ABOVE)
    site.auto("nh3n", [0.4] * 6, qualifier=Qualifier.ABOVE)
    row = _one(site, place(channel("codmn"), channel("nh3n")), DAY)

    assert [row["items"][name]["verdict"] for name in ("codmn", "nh3n")] == ["EXCEEDS", "NOT_ASSESSABLE"]
    assert [row["items"][name]["class"] for name in ("codmn", "nh3n")] == [None, None]


# flags, marks, revisions, units


def test_units_are_converted_exactly():
    """Trap 9: mercury comes in ug/L."""
    site = Site()
    site.lab("hg", "0.05", unit="ug/L")
    item = _one(site, place(sampled("hg", "ug/L")), "2016-03")["items"]["hg"]

    assert (item["value"], item["unit"], item["class"]) == (0.00005, "mg/L", "I")


def test_what_is_not_valid_takes_no_part():
    """A device's flag, an operators' mark, a value below zero."""
    site = Site()
    site.auto("codmn", [3, 3, 3, 99, 99, 99, -1])
    flags = np.asarray([site.registry.code(text) for text in ("N", "N", "N", "D", "N", "N", "N")], np.int32)
    start = site.start + 4 * HOUR_MS * np.asarray([0, 1, 2, 3, 4, 4, 5])
    site.parts[-1] = site.parts[-1].replace(device_flag=flags, start=start)
    mark = Mark("m", "R1", "*", site.start + 16 * HOUR_MS, site.start + 20 * HOUR_MS, "fault", "", "", "", 0, "open", 0)
    row = _one(site, place(channel("codmn")), DAY, marks=[mark])

    assert row["coverage"]["codmn"] == {"expected": 6, "observed": 6, "valid": 3}
    assert row["verdict"] == "NOT_ASSESSABLE"


@pytest.mark.parametrize("value", [1e30, float("inf"), float("nan"), -0.001])
def test_what_no_water_can_be_takes_no_part(value):
    """Kept in the coverage."""
    site = Site()
    site.auto("codmn", [3, 3, 3, 3, 3, value])
    row = _one(site, place(channel("codmn")), DAY)

    assert (row["items"]["codmn"]["value"], row["verdict"]) == (3.0, "COMPLIES")
    assert row["coverage"]["codmn"] == {"expected": 6, "observed": 6, "valid": 5}


def test_a_station_without_channels_has_nothing_to_judge():
    """Readings of channels that nobody declared are none of it."""
    site = Site()
    site.auto("codmn", [3] * 6)
    for station in (place(), place(channel("nh3n")), place(channel("codmn", poc=3))):
        row = _one(site, station, DAY)
        assert (row["verdict"], row["class"]) == ("NOT_ASSESSABLE", None)
    assert _one(site, place(), DAY)["reason"] == "no valid value"


def test_hours_without_data_have_no_row():
    """Other periods have one."""
    site = Site()
    site.auto("codmn", [3])
    periods = [parse_period(text) for text in (DAY, f"{DAY}T00", f"{DAY}T01", "2016-03-02")]
    drafts = WaterJudge().judge(site.parts, [place(channel("codmn"))], periods, rules=default_rules(), marks=())

    assert [draft.period for draft in drafts] == [DAY, "2016-03-02", f"{DAY}T00"]


def test_a_correction_counts_whenever_it_comes():
    """A later grade or revision in the place of the reading."""
    for order in itertools.permutations([(4.0, 0, 0), (5.5, Grade.AUDITED, 0), (9.0, 0, 7)]):
        site = Site()
        for value, grade, revision in order:
            site.auto("codmn", [value] * 6, grade=grade, revision=revision)
        assert _one(site, place(channel("codmn")), DAY)["items"]["codmn"]["value"] == 5.5


def test_a_row_of_the_whole_slot_counts_before_finer_ones():
    """A logger sends an hour, its minutes and its seconds; a day's own mean of the device is none of our hours."""
    site = Site()
    site.auto("codmn", [3] * 24, hours=1, period=3600)
    site.auto("codmn", [9] * 24, hours=1, period=600)
    site.auto("codmn", [9] * 24, hours=1)
    site.auto("codmn", [9], period=86_400)
    row = _one(site, place(channel("codmn", interval=3600)), DAY)

    assert (row["items"]["codmn"]["value"], row["coverage"]["codmn"]["observed"]) == (3.0, 24)


# each sample


def _each(*texts, rule="each"):
    site = Site()
    for day, text in enumerate(texts):
        site.lab("cod", text, day=day)
        site.lab("nh3n", "0.1", day=day)
    return _one(site, place(sampled("cod"), sampled("nh3n"), period_rule=rule), "2016-03")


def test_one_sample_that_misses_is_enough_where_each_must_meet():
    """By their mean 18 they would comply; the worst one is shown."""
    row, mean = _each("10", "16", "28"), _each("10", "16", "28", rule="mean")

    assert (mean["verdict"], mean["samples"], mean["items"]["cod"]["value"]) == ("COMPLIES", None, 18.0)
    assert (row["verdict"], row["class"], row["samples"]) == ("EXCEEDS", "IV", {"complied": 2, "exceeded": 1})
    assert (row["items"]["cod"]["value"], row["items"]["cod"]["n"]) == (28.0, 3)
    assert row["reason"] == "cod 28 > 20 mg/L; 1 of 3 samples exceed"


def test_days_of_an_automatic_station_are_samples_too():
    """By their means; what is no day by itself is no sample."""
    site, scattered = Site(), Site()
    for day in range(31):
        site.auto("codmn", [7 if day == 9 else 3] * 6, day=day)
        scattered.auto("codmn", [3] * 4, day=day)
    row = _one(site, place(channel("codmn"), period_rule="each"), "2016-03")
    few = _one(scattered, place(channel("codmn", interval=3 * 3600), period_rule="each"), "2016-03")

    assert (row["samples"], row["verdict"]) == ({"complied": 30, "exceeded": 1}, "EXCEEDS")
    assert (row["items"]["codmn"]["value"], row["multiples"]) == (7.0, {"codmn": 0.17})
    assert (few["samples"], few["verdict"]) == ({"complied": 0, "exceeded": 0}, "NOT_ASSESSABLE")


def test_a_sample_that_hides_behind_its_limit_leaves_class_and_verdict_open():
    """Unless another one misses."""
    hidden, missed = _each("10", "<30"), _each("10", "<30", "50")

    assert (hidden["verdict"], hidden["class"], hidden["samples"]) == (
        "NOT_ASSESSABLE",
        None,
        {"complied": 1, "exceeded": 0},
    )
    assert (missed["verdict"], missed["class"]) == ("EXCEEDS", "worse")
    assert missed["reason"] == "cod 50 > 20 mg/L; 1 of 3 samples exceed"
    assert missed["samples"] == {"complied": 1, "exceeded": 1}


def test_samples_that_all_meet_comply():
    """Counted by day."""
    row = _each("10", "16", "20")

    assert (row["verdict"], row["class"], row["samples"]) == ("COMPLIES", "III", {"complied": 3, "exceeded": 0})


# days on which a station stood


def test_samples_of_days_on_which_the_station_did_not_stand_count_in_no_period():
    """Though its year has begun before it, and goes on behind it."""
    site, columns = Site(), {"valid_from": dt.date(2016, 3, 5), "valid_to": dt.date(2016, 3, 12)}
    for day, text in ((3, "9"), (4, "1.0"), (11, "1.0"), (12, "9")):
        site.lab("nh3n", text, day=day)
    station = replace(place(sampled("nh3n")), **columns)

    for period in ("2016-03", "2016Q1", "2016"):
        item = _one(site, station, period)["items"]["nh3n"]
        assert (item["value"], item["n"]) == (1.0, 2), period


# volumes


def test_the_volume_of_a_month_is_what_its_operators_filed():
    """A correction counts; a longer total stands in the place of its days; intakes add up, and so do months."""
    site, station = Site(), place(channel("abstraction_volume", "m3"), sampled("cod"), purpose="source")
    site.volume(1000.5)
    site.volume(900.25, revision=1)
    site.volume(55, period=86_400, day=3)
    site.volume(10, period=86_400, day=3, poc=2)
    site.volume(20, period=86_400, day=4, poc=2)
    site.volume(7, day=-31)
    site.volume(99, period=86_400, day=5, poc=2, device_flag="D")
    site.volume(-5, period=86_400, day=6, poc=2)
    day, month, quarter, other = judged(site, station, DAY, "2016-03", "2016Q1", "2016-04")

    assert [row["abstraction_m3"] for row in (day, month, quarter, other)] == [None, 930.25, 937.25, None]


# order of arrival


def _shuffled(parts, dice):
    """Return the rows of tables in another order and other chunks."""
    rows = Observations.concatenate(parts, parts[0].registry)
    order = list(range(len(rows)))
    dice.shuffle(order)
    rows = rows.take(np.asarray(order))
    cuts = sorted(dice.randrange(len(rows) + 1) for _ in range(3))
    return [rows.take(slice(a, b)) for a, b in itertools.pairwise([0, *cuts, len(rows)])]


ROW = st.tuples(
    st.sampled_from(["ph", "do", "codmn", "hg"]), st.integers(0, 80), st.sampled_from([0, 600, 3600]),
    st.sampled_from([4.0, 6.0, 6.04, 7.5, -1.0]), st.sampled_from([0, 1, 2]), st.sampled_from(["N", "D"]),
    st.integers(0, 1), st.sampled_from([1, 9]),
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_no_order_of_arrival_and_no_chunking_changes_anything(rows, dice):
    """Results and digests, byte for byte; a second delivery of everything neither."""
    site = Site()
    names, half_hours, period, value, qualifier, flag, revision, poc = zip(*rows, strict=True)
    code = site.registry.code
    table = Observations.build(
        site.registry, len(rows), station="R1", unit="mg/L",
        parameter=np.asarray([code(name) for name in names]), start=site.start + np.asarray(half_hours) * HOUR_MS // 2,
        period=np.asarray(period), value=np.asarray(value), qualifier=np.asarray(qualifier), poc=np.asarray(poc),
        device_flag=np.asarray([code(text) for text in flag]), revision=np.asarray(revision),
        seq=np.arange(1, len(rows) + 1),
    )  # fmt: skip
    units = np.asarray([code("1" if name == "ph" else "mg/L") for name in names])
    table = table.replace(unit=units.astype(np.int32))
    station = place(
        *(channel(name, "1" if name == "ph" else "mg/L", interval=3600) for name in ("ph", "do", "codmn")),
        *(sampled(name, "1" if name == "ph" else "mg/L") for name in ("ph", "do", "codmn", "hg")),
    )
    periods = [parse_period(text) for text in ("2016-03-01", "2016-03-02", "2016-03", "2016Q1", "2016", f"{DAY}T03")]

    def drafts(parts):
        return WaterJudge().judge(parts, [station], periods, rules=default_rules(), marks=())

    expected = drafts([table])
    assert drafts(_shuffled([table], dice)) == expected
    assert drafts(_shuffled([table, table], dice)) == expected


def test_what_a_period_rests_on_shows_in_its_digest():
    """Values and flags; not seq, not when it was received."""

    def digest(value, **columns):
        site = Site()
        site.auto("codmn", [3, 3, 3, 3, 3, value], **columns)
        drafts = WaterJudge().judge(
            site.parts, [place(channel("codmn"))], [parse_period(DAY)], rules=default_rules(), marks=()
        )
        return drafts[0].inputs

    assert digest(3) == digest(3, seq=7, received=DAY_MS, revision=2)
    assert digest(3) != digest(4)
    assert digest(3) != digest(3, device_flag="D")
