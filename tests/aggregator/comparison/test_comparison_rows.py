"""Days and years under laws to compare with, from readings to rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from aggregator.assess import Assessment
from aggregator.comparison.years import ComparedYears
from aggregator.pipeline import Pipeline, Run
from qualicity.errors import UsageError
from qualicity.model import Batch, Observations
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, day_start
from qualicity.reasons import reason_in
from qualicity.standards.load import TABLE_ORDER, comparison_tables
from qualicity.store.ledger import Ledger
from qualicity.store.manifest import Tombstone
from qualicity.testing import FakeClock, MemoryStore, hourly

CLEAN = {"so2": 10.0, "no2": 10.0, "pm10": 10.0, "pm25": 4.0, "co": 0.5, "o3": 20.0}
CHANNELS = tuple(ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3") for item in TABLE_ORDER)


@pytest.fixture
def site(tmp_path):
    """Yield the function that makes a pipeline over hours of stations; every item is clean unless a series is given."""
    opened = []

    def made(first, days, series=None, stations=("a",), items=TABLE_ORDER, **settings):
        clock, store = FakeClock(day_start(first) + (days + 30) * DAY_MS), MemoryStore()
        network = Network((City("c"),), tuple(Station(name, "c", channels=CHANNELS, **settings) for name in stations))
        tables = [
            hourly(store.registry, name, item, day_start(first), _filled((series or {}).get((name, item)), item, days),
                   unit="mg/m3" if item == "co" else "ug/m3")
            for name in stations
            for item in items
        ]  # fmt: skip
        store.append(Batch(Observations.concatenate(tables, store.registry)))
        ledger = Ledger(tmp_path / f"ledger{len(opened)}.db", clock)
        opened.append(ledger)
        return Pipeline(store, ledger, network, clock)

    yield made
    for ledger in opened:
        ledger.close()


def _filled(own, item, days):
    """Return the hours of an item: an array of them, one level, or by hour; clean elsewhere."""
    if isinstance(own, np.ndarray):
        return own
    value = np.full(days * 24, CLEAN[item])
    if isinstance(own, dict):
        for hour, level in own.items():
            value[hour] = level
    elif own is not None:
        value[:] = own
    return value


def _days(pipeline, standard, first, last=None, **asked):
    return list(Assessment(pipeline, standard=standard, **asked).days(first, last or first))


def _year(pipeline, standard, year, **asked):
    return list(Assessment(pipeline, standard=standard, **asked).years(dt.date(year, 1, 1), dt.date(year, 12, 31)))


def _objective(row, item, period):
    [found] = [one for one in row["objectives"] if (one["item"], one["period"]) == (item, period)]
    return found


def test_a_day_from_noon_to_noon_carries_the_date_of_its_end(site):
    """The hour from 12:00 of 31 December counts for 1 January, the one before it for 31 December."""
    first = dt.date(2015, 12, 30)
    pipeline = site(first, 4, {("a", "pm10"): {24 + 12: 970.0}, ("a", "no2"): {24 + 11: 490.0}})

    found = _days(pipeline, "GB3095-1996", dt.date(2015, 12, 31), dt.date(2016, 1, 1))

    assert [row["values"]["pm10"] for row in found] == [0.01, 0.05]
    assert [row["values"]["no2"] for row in found] == [0.03, 0.01]
    assert found[1]["key"] == "air/c/2016-01-01@GB3095-1996"
    assert found[1]["coverage"]["pm10"] == {"expected": 24, "observed": 24, "valid": 24}


def test_the_index_of_2010_knows_three_pollutants_in_milligrams(site):
    """What it does not know is null; its index and its classes are those of the API."""
    first = dt.date(2010, 5, 1)
    [row] = _days(site(first - dt.timedelta(days=1), 3, {("a", "pm10"): 200.0}), "GB3095-1996", first)

    assert row["values"] == {"so2": 0.01, "no2": 0.01, "pm10": 0.2, "pm25": None, "co": None, "o3": None}
    assert row["units"] == {"so2": "mg/m3", "no2": "mg/m3", "pm10": "mg/m3", "pm25": None, "co": None, "o3": None}
    assert row["iaqi"]["pm10"] == 125
    assert (row["aqi"], row["primary"], row["level"]) == (125, ["pm10"], 3)
    assert (row["verdict"], row["good"]) == ("EXCEEDS", False)
    assert row["reason"] == "pm10 0.2 > 0.15 mg/m3"
    assert row["coverage"]["o3"] == {"expected": 0, "observed": 0, "valid": 0}
    assert list(row["statistics"]) == ["so2:24h", "no2:24h", "pm10:24h"]


@pytest.mark.parametrize(("value", "rounded", "verdict"), [
    (149.0, 0.149, "COMPLIES"), (150.0, 0.15, "COMPLIES"), (150.5, 0.15, "COMPLIES"), (150.6, 0.151, "EXCEEDS"),
])  # fmt: skip
def test_the_day_of_2010_at_below_and_above_its_limit(site, value, rounded, verdict):
    """0.150 mg/m3 of SO2, half to even at three decimals."""
    first = dt.date(2010, 5, 1)
    [row] = _days(site(first - dt.timedelta(days=1), 2, {("a", "so2"): value}), "GB3095-1996", first)

    assert (row["values"]["so2"], row["verdict"]) == (rounded, verdict)


def test_gases_are_converted_by_the_state_of_each_hours_day(site):
    """From 2018-09-01 readings are at 298.15 K: at 273 K they are 1.0921 times as much. Particles stay as they are."""
    pipeline = site(dt.date(2018, 8, 30), 4, {("a", "so2"): 100.0, ("a", "pm10"): 100.0})

    found = _days(pipeline, "GB3095-1996", dt.date(2018, 8, 31), dt.date(2018, 9, 2))

    assert [row["values"]["so2"] for row in found] == [0.1, 0.105, 0.109]  # of the second, twelve hours are of August
    assert [row["values"]["pm10"] for row in found] == [0.1] * 3


def test_guidelines_have_no_index(site):
    """No index, no class, no primary pollutant: null, not invented."""
    first = dt.date(2019, 3, 2)
    [row] = _days(site(first - dt.timedelta(days=1), 3), "WHO-2021", first)

    assert (row["aqi"], row["level"], row["primary"]) == (None, None, None)
    assert row["iaqi"] == dict.fromkeys(TABLE_ORDER)
    assert row["verdict"] == "COMPLIES"
    assert row["statistics"]["no2:1h"] == {
        "value": 10, "unit": "ug/m3", "limit": 200, "verdict": "COMPLIES", "hours_above": 0,
        "coverage": {"expected": 24, "valid": 24},
    }  # fmt: skip


@pytest.mark.parametrize(("micrograms", "ppm", "verdict"), [(139.0, 0.07, "COMPLIES"), (140.0, 0.071, "EXCEEDS")])
def test_ozone_of_the_united_states_is_cut_off(site, micrograms, ppm, verdict):
    """70.9 ppb are 0.070 ppm, 71.4 are 0.071: at 298.15 K 1 ppb is 1.962 ug/m3."""
    first = dt.date(2019, 6, 2)
    [row] = _days(site(first - dt.timedelta(days=1), 3, {("a", "o3"): micrograms}), "US-NAAQS", first)

    assert (row["values"]["o3"], row["verdict"]) == (ppm, verdict)
    assert row["iaqi"]["o3"] == {0.07: 100, 0.071: 101}[ppm]


def test_ozone_of_the_united_states_runs_from_seven_to_seven(site):
    """The hours to 07:00 belong to the day before."""
    first = dt.date(2019, 6, 1)
    night = dict.fromkeys(range(48, 55), 300.0)
    found = _days(site(first, 4, {("a", "o3"): night}), "US-NAAQS", first + dt.timedelta(days=1), dt.date(2019, 6, 3))

    assert [row["statistics"]["o3:8h"]["verdict"] for row in found] == ["EXCEEDS", "COMPLIES"]


def test_a_day_that_is_over_may_wait_for_hours_of_the_next(site):
    """Without them the windows that they complete are missing: twelve of the thirteen that are needed are there."""
    first = dt.date(2019, 6, 1)
    [row] = _days(site(first, 1), "US-NAAQS", first)

    assert row["coverage"]["o3"] == {"expected": 24, "observed": 17, "valid": 17, "windows": 12}
    assert row["reason"] == "o3: 0 of 1 stations valid, 1 needed"


def test_windows_of_europe_end_from_one_to_midnight(site):
    """31 hours: those from 17:00 of the day before count, too."""
    first = dt.date(2019, 6, 2)
    evening = dict.fromkeys(range(17, 25), 200.0)
    found = _days(site(first - dt.timedelta(days=1), 3, {("a", "o3"): evening}), "EU-2008-50", first)

    assert found[0]["values"]["o3"] == 200
    assert found[0]["coverage"]["o3"] == {"expected": 31, "observed": 31, "valid": 31, "windows": 24}
    assert found[0]["reason"] == "o3 200 > 120 ug/m3"


@pytest.mark.parametrize(("hours", "level", "verdict", "reason"), [
    (18, 15.0, "COMPLIES", "all items within their limits"),
    (17, 15.0, "NOT_ASSESSABLE", "pm25: 17 valid hours, 18 needed"),
    (18, 15.1, "EXCEEDS", "pm25 15.1 > 15 ug/m3"),
])  # fmt: skip
def test_a_day_has_three_verdicts(site, hours, level, verdict, reason):
    """At, below and beyond what data and limit ask for."""
    first = dt.date(2019, 3, 1)
    fine = np.full(24, np.nan)
    fine[:hours] = level
    series = {("a", "pm25"): np.concatenate([np.full(24, 4.0), fine, np.full(24, 4.0)])}
    [row] = _days(site(first - dt.timedelta(days=1), 3, series), "WHO-2021", first, level="station")

    assert (row["verdict"], row["reason"]) == (verdict, reason)


def test_one_item_of_two_is_named_by_its_hours(site):
    """NO2 has a day and an hour; the hour's value is beyond, with less than the data of a maximum."""
    first = dt.date(2019, 3, 1)
    traffic = np.concatenate([np.full(24, 10.0), [210.0, 200.0], np.full(46, np.nan)])
    [row] = _days(site(first - dt.timedelta(days=1), 3, {("a", "no2"): traffic}), "EU-2024-2881", first,
                  level="station")  # fmt: skip

    assert row["verdict"] == "EXCEEDS"
    assert row["reason"] == "no2:1h 210 > 200 ug/m3; no2:24h: 2 valid hours, 18 needed"
    assert row["statistics"]["no2:1h"]["hours_above"] == 1
    assert reason_in(row["reason"], "en") == "NO₂ 1 h 210 > 200 µg/m³; NO₂ 24 h: 2 valid hours, 18 needed"
    assert reason_in(row["reason"], "zh").startswith("NO₂ 1 h 210 > 200 µg/m³; NO₂ 24 h")


def test_a_city_is_its_mean_or_its_highest_station(site):
    """The mean of the stations under WHO, as HJ 663 has it; the highest under the European law."""
    first = dt.date(2019, 3, 1)
    pipeline = site(first - dt.timedelta(days=1), 3, {("a", "pm25"): 10.0, ("b", "pm25"): 30.0}, ("a", "b"))

    assert _days(pipeline, "WHO-2021", first)[0]["values"]["pm25"] == 20.0
    [row] = _days(pipeline, "EU-2024-2881", first)
    assert (row["values"]["pm25"], row["verdict"]) == (30, "EXCEEDS")
    assert row["coverage"]["pm25"] == {"expected": 48, "observed": 48, "valid": 48}


@pytest.mark.parametrize("standard", comparison_tables())
def test_nothing_is_kept(site, standard):
    """Computed when it is asked for: keys name the law, there is no version, and the ledger knows nothing of it."""
    first = dt.date(2019, 3, 1)
    pipeline = site(first - dt.timedelta(days=1), 3)
    rows = _days(pipeline, standard, first) + _year(pipeline, standard, 2019)

    assert [row["key"] for row in rows] == [f"air/c/2019-03-01@{standard}", f"air/c/2019@{standard}"]
    assert {row["version"] for row in rows} == {None}
    for period in ("2019", "2019-03-01"):
        assert not [v for v in pipeline.ledger.current("air/c", period, period) if v.standard == standard]


def test_inputs_are_the_hours_that_the_day_rests_on(site):
    """Of noon to noon: an hour of the afternoon changes the next day's, not its own date's."""
    first = dt.date(2010, 5, 1)

    def digests(series):
        pipeline = site(first, 4, series)
        run = Run(pipeline.city("c"), "GB3095-1996", first + dt.timedelta(days=1), 2)
        return [d.inputs for d in pipeline.drafts(run, pipeline.store.head()) if d.scope == "air/c/a"]

    before, after = digests({}), digests({("a", "so2"): {24 + 13: 11.0}})

    assert before[0] == after[0]
    assert before[1] != after[1]


# years


@pytest.fixture
def busy(site):
    """Return a pipeline over 2019: NO2 of two stations is beyond 200 in 18 and in 19 hours, on as many days."""
    hours = {name: {48 * day + 9: 210.0 for day in range(count)} for name, count in (("a", 18), ("b", 19))}
    return site(dt.date(2019, 1, 1), 365, {(name, "no2"): own for name, own in hours.items()}, ("a", "b"),
                ("no2", "pm10"))  # fmt: skip


def test_eighteen_hours_are_allowed(busy):
    """The nineteenth exceeds; the city is the station that comes off worst."""
    a, b = (_objective(row, "no2:1h", "1h") for row in _year(busy, "EU-2008-50", 2019, level="station"))

    assert (a["exceedances"], a["allowed"], a["verdict"]) == (18, 18, "COMPLIES")
    assert (b["exceedances"], b["value"], b["verdict"]) == (19, 19, "EXCEEDS")
    [city] = _year(busy, "EU-2008-50", 2019)
    assert _objective(city, "no2:1h", "1h") | {"clause": None} == b | {"station": "b", "clause": None}
    assert city["attainment"] == "EXCEEDS"
    assert city["parameters"]["no2"]["verdict"] == "EXCEEDS"
    assert city["parameters"]["pm25"]["verdict"] == "NOT_ASSESSABLE"
    assert city["parameters"]["o3"]["verdict"] is None  # a target value binds nobody


def test_a_city_whose_mean_complies_has_no_hours_beyond(site):
    """One station's hour of 300 is 175 as the city's mean: its year may not count what none of its days has."""
    first, hours = dt.date(2019, 3, 1), {("a", "no2"): {33: 300.0}}
    pipeline = site(first - dt.timedelta(days=1), 3, hours, ("a", "b"), ("no2",))

    def hour(standard, **asked):
        [*_, row] = _days(pipeline, standard, first, **asked)
        found = row["statistics"]["no2:1h"]
        return found["verdict"], found["hours_above"]

    assert hour("WHO-2021", level="station", station="a") == ("EXCEEDS", 1)
    assert hour("WHO-2021") == ("COMPLIES", 0)
    assert hour("EU-2008-50") == ("EXCEEDS", 1)
    assert _objective(_year(pipeline, "WHO-2021", 2019)[0], "no2:1h", "1h")["exceedances"] == 0


def test_a_year_says_null_where_the_law_says_nothing(busy):
    """The fields of any year, and the means that are asked for, in the law's unit."""
    [row] = _year(busy, "GB3095-1996", 2019)

    assert row["parameters"]["pm25"] == {
        "annual_mean": None, "percentile": None, "percentile_rank": None, "limit_mean": None, "limit_percentile": None,
        "valid_days": 0, "verdict": None,
    }  # fmt: skip
    assert row["parameters"]["pm10"]["annual_mean"] == 0.01
    assert (row["parameters"]["pm10"]["limit_mean"], row["parameters"]["pm10"]["verdict"]) == (0.1, "COMPLIES")
    assert (row["composite_index"], row["attainment"]) == (None, "NOT_ASSESSABLE")  # SO2 is not measured
    assert (row["days"], row["valid_days"], row["rate_verdict"]) == (365, 0, "NOT_ASSESSABLE")


def test_good_days_are_counted_on_their_own_basis(site):
    """Noon to noon, three pollutants: 358 of 364 valid days; 1 January rests on twelve hours before the first."""
    bad = {24 * day + hour: 400.0 for day in range(10, 16) for hour in range(12)}
    bad |= {24 * day + hour: 400.0 for day in range(9, 15) for hour in range(12, 24)}
    pipeline = site(dt.date(2019, 1, 1), 365, {("a", "pm10"): bad}, ("a",), ("so2", "no2", "pm10"))
    [row] = _year(pipeline, "GB3095-1996", 2019)

    assert (row["good_days"], row["valid_days"], row["exceeding_days"], row["missing_days"]) == (358, 364, 6, 1)
    assert row["rate_valid"] == pytest.approx(358 / 364)
    assert (row["rate_verdict"], row["certain"]) == ("COMPLIES", True)


def test_three_years_or_none(site):
    """A mean of three years of PM2.5: 9.0 complies; without the first of them it is not assessable."""
    level = {("a", "pm25"): np.repeat([9.1, 9.0, 8.9], [365 * 24] * 3)}
    pipeline = site(dt.date(2017, 1, 1), 3 * 365, level, ("a",), ("pm25",))

    mean = {year: _objective(_year(pipeline, "US-NAAQS", year)[0], "pm25:24h", "annual") for year in (2018, 2019)}
    assert (mean[2019]["value"], mean[2019]["verdict"], mean[2019]["years_valid"]) == (9, "COMPLIES", 3)
    assert (mean[2018]["value"], mean[2018]["verdict"], mean[2018]["years_valid"]) == (None, "NOT_ASSESSABLE", 2)
    assert (mean[2018]["year_value"], mean[2018]["limit"]) == (9, 9)


def test_earlier_years_whose_readings_were_removed_are_not_known(site):
    """The year itself is still judged; a year that is asked for and was removed is refused as under any law."""
    pipeline = site(dt.date(2017, 1, 1), 3 * 365, {}, ("a",), ("pm25",))
    pipeline.store.remove(Tombstone("2018-05", day_start(dt.date(2018, 6, 1)), 1, 1, 1, "readings_keep", 0))

    [row] = _year(pipeline, "US-NAAQS", 2019)
    assert _objective(row, "pm25:24h", "annual")["years_valid"] == 1
    with pytest.raises(UsageError, match="removed"):
        _year(pipeline, "US-NAAQS", 2018)
    years = ComparedYears(pipeline, pipeline.city("c"), "US-NAAQS")
    years.draft(None, 2019)
    with pytest.raises(UsageError, match="removed"):  # also where a later year has looked at it before
        years.draft(None, 2018)


def test_the_strictest_interim_target_that_is_met_is_told(site):
    """PM2.5 of 24 ug/m3 in a year is IT-2; its own guideline is 5."""
    pipeline = site(dt.date(2019, 1, 1), 365, {("a", "pm25"): 24.0}, ("a",), ("pm25",))
    [row] = _year(pipeline, "WHO-2021", 2019)

    found = _objective(row, "pm25:24h", "annual")
    assert (found["value"], found["interim"], found["verdict"], found["station"]) == (24, "IT-2", "EXCEEDS", None)
    assert row["parameters"]["pm25"] == {
        "annual_mean": 24, "percentile": 24, "percentile_rank": 99, "limit_mean": 5, "limit_percentile": 15,
        "valid_days": 365, "verdict": "EXCEEDS",
    }  # fmt: skip


def test_a_station_of_class_1_has_its_own_grade(site):
    """Under GB 3095-1996, which has grades; the city is of class 2."""
    first = dt.date(2010, 5, 1)
    pipeline = site(first - dt.timedelta(days=1), 3, {("a", "pm10"): 60.0}, zone_class="I")

    assert _days(pipeline, "GB3095-1996", first)[0]["verdict"] == "COMPLIES"
    [row] = _days(pipeline, "GB3095-1996", first, level="station")
    assert (row["verdict"], row["reason"]) == ("EXCEEDS", "pm10 0.06 > 0.05 mg/m3")


def test_a_year_without_readings_is_not_assessable(site):
    """And has no value anywhere."""
    pipeline = site(dt.date(2019, 1, 1), 2)
    [row] = _year(pipeline, "EU-2008-50", 2012)

    assert (row["valid_days"], row["attainment"], row["rate_valid"]) == (0, "NOT_ASSESSABLE", None)
    assert {one["value"] for one in row["objectives"]} == {None}


def test_laws_share_the_hours_until_something_changes(site):
    """The second law reads nothing; a reading that came since is seen by the third."""
    pipeline, scans = site(dt.date(2019, 1, 1), 365, {}, ("a",), ("pm25",)), []
    scan = pipeline.store.scan
    pipeline.store.scan = lambda **asked: scans.append(asked) or scan(**asked)

    def counted(standard):
        scans.clear()
        [row] = _year(pipeline, standard, 2019)
        return len(scans), row["parameters"]["pm25"]["annual_mean"]

    assert counted("WHO-2021") == (1, 4)
    assert counted("EU-2024-2881") == (2, 4)  # 2017 and 2018
    late = hourly(pipeline.store.registry, "a", "pm25", day_start(dt.date(2019, 1, 1)), [940.0] * 365, revision=1)
    pipeline.store.append(Batch(late))
    assert counted("WHO-2021") == (1, 43)
