"""Years under laws with forms: at, below and above every limit; exact against a slow reference; too little data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest

from aggregator.comparison.forms import ItemYear, greatest_within, rounded, year_statistic
from aggregator.comparison.objectives import Outcome, gathered, judge_objectives, worst, years_needed
from aggregator.index import INVALID
from qualicity.errors import InputError
from qualicity.standards.airlaw import ENDLESS, AirLaw, Objective
from qualicity.standards.load import air_law, comparison_tables
from qualicity.standards.schema import Form, RoundingRule

ITEM = 1
"""Of the laws made up here, the one with objectives."""

DAY_HOURS = 24


def limit(
    form: Form,
    level: str = "100",
    digits: int = 0,
    rounding: RoundingRule = "half-up",
    period: str = "24h",
    interim: Sequence[tuple[str, str]] = (),
) -> Objective:
    """Return an objective of the one item."""
    targets = tuple((name, Decimal(text)) for name, text in interim)
    return Objective(ITEM, period, Decimal(level), "ug/m3", digits, rounding, form, targets, "recalled", None)


def law(*objectives: Objective, places: int = 0) -> AirLaw:
    """Return a law with such objectives, whose days have so many decimals."""
    return replace(air_law("GB3095-2012"), objectives=objectives, digits=(places,) * 6)


def length(year: int) -> int:
    """Return the days of a year."""
    return (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days


def year_of(
    year: int, days: Iterable[int | None], item: int = ITEM, items: int = 6, over: Iterable[int] | None = None
) -> ItemYear:
    """Return a year whose one item has such days (None = no value) and, on the valid ones, 24 hours of their value."""
    shape = (items, length(year))
    value = np.full(shape, INVALID, np.int16)
    hour_sum, hour_count = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for day, known in enumerate(days):
        if known is not None:
            value[item, day], hour_sum[item, day], hour_count[item, day] = known, known * DAY_HOURS, DAY_HOURS
    beyond = np.zeros(shape, np.uint8)
    if over is not None:
        beyond[item] = list(over)
    return ItemYear(year, value, beyond, hour_sum, hour_count, (0,) * items, (DAY_HOURS,) * items)


def some(year: int, count: int, high: int, low: int = 10) -> ItemYear:
    """Return a whole year of which the first days are high and all others low."""
    return year_of(year, [high] * count + [low] * (length(year) - count))


def judged(objective: Objective, *years: ItemYear | None, places: int = 0) -> Outcome:
    """Return the outcome of a law's only objective."""
    (outcome,) = judge_objectives(law(objective, places=places), years)
    return outcome


def told(outcome: Outcome, names: str) -> tuple[object, ...]:
    """Return some of what an outcome says."""
    return tuple(getattr(outcome, name) for name in names.split())


# rounding


@pytest.mark.parametrize(
    ("value", "digits", "rule", "expected"),
    [("9.05", 1, "half-up", "9.1"), ("9.04", 1, "half-up", "9.0"), ("9.05", 1, "half-even", "9.0"),
     ("9.15", 1, "half-even", "9.2"), ("0.0709", 3, "truncate", "0.070"), ("0.0710", 3, "truncate", "0.071"),
     ("154.9", -1, "half-up", "150"), ("155", -1, "half-up", "160"), ("155", -1, "half-even", "160"),
     ("145", -1, "half-even", "140"), ("159.9", -1, "truncate", "150"), ("35.5", 0, "half-even", "36")],
)  # fmt: skip
def test_rounding(value: str, digits: int, rule: RoundingRule, expected: str) -> None:
    """Each rule at its tie, with decimals, none, and tens."""
    assert rounded(Fraction(value), digits, rule) == Decimal(expected)


@pytest.mark.parametrize(
    ("level", "digits", "rule", "places", "top"),
    [("150", -1, "half-up", 0, 154), ("35", 0, "half-up", 1, 354), ("0.070", 3, "truncate", 3, 70),
     ("9", 0, "half-up", 1, 94), ("50", 0, "half-even", 0, 50), ("50", 0, "half-even", 1, 505),
     ("35", 0, "truncate", 1, 359), ("37.5", 1, "half-even", 0, 37)],
)  # fmt: skip
def test_the_greatest_day_within_a_limit(level: str, digits: int, rule: RoundingRule, places: int, top: int) -> None:
    """One more in the last digit is beyond: 154 ug/m3 is within 150 in tens, 9.4 ppm within 9."""
    objective = limit(Form("exceedances"), level, digits, rule)
    assert greatest_within(objective, places) == top
    assert rounded(Fraction(top, 10**places), digits, rule) <= Decimal(level)


# boundaries


@pytest.mark.parametrize(("days", "verdict"), [(0, "COMPLIES"), (34, "COMPLIES"), (35, "COMPLIES"), (36, "EXCEEDS")])
def test_days_beyond_a_limit(days: int, verdict: str) -> None:
    """PM10 in Europe: 35 days beyond 50 comply, 36 exceed; a day of exactly 50 is not beyond."""
    objective = limit(Form("exceedances", allowed="35"), "50")
    outcome = judged(objective, some(2023, days, 51, low=50))
    assert told(outcome, "verdict value exceedances") == (verdict, days, days)


@pytest.mark.parametrize(("hours", "verdict"), [(17, "COMPLIES"), (18, "COMPLIES"), (19, "EXCEEDS")])
def test_hours_beyond_a_limit(hours: int, verdict: str) -> None:
    """NO2 in Europe: 18 hours comply, 19 exceed, on however many days they were."""
    over = [hours - 4, 4] + [0] * 363
    objective = limit(Form("exceedances", allowed="18"), "200", period="1h")
    outcome = judged(objective, year_of(2023, [300] * 365, over=over))
    assert told(outcome, "verdict value") == (verdict, hours)


@pytest.mark.parametrize(
    ("fourth", "value", "verdict"),
    [((70, 70, 70), "0.070", "COMPLIES"), ((71, 71, 70), "0.070", "COMPLIES"), ((70, 71, 72), "0.071", "EXCEEDS"),
     ((71, 71, 71), "0.071", "EXCEEDS"), ((69, 70, 70), "0.069", "COMPLIES")],
)  # fmt: skip
def test_ozone_in_the_united_states(fourth: Sequence[int], value: str, verdict: str) -> None:
    """The mean of three fourth highest days is truncated: 0.0706 ppm is 0.070."""
    objective = limit(Form("highest", nth=4, years=3), "0.070", 3, "truncate", "8h-max")
    years = [year_of(2021 + n, [99, 98, 97, each] + [30] * 361) for n, each in enumerate(fourth)]
    outcome = judged(objective, *years, places=3)
    assert told(outcome, "value verdict") == (Decimal(value), verdict)
    assert outcome.year_value == Decimal(fourth[-1]).scaleb(-3)


@pytest.mark.parametrize(("hundredths", "value", "verdict"), [(904, "9.0", "COMPLIES"), (905, "9.1", "EXCEEDS")])
def test_a_mean_of_quarters_is_rounded_once(hundredths: int, value: str, verdict: str) -> None:
    """PM2.5 in the United States: 9.04 is 9.0 and complies, 9.05 is 9.1 and exceeds."""
    objective = limit(Form("mean", of="quarters", years=3), "9.0", 1)
    outcome = judged(objective, *(some(year, 0, 0, hundredths) for year in (2021, 2022, 2023)), places=2)
    assert told(outcome, "value verdict") == (Decimal(value), verdict)


@pytest.mark.parametrize(("tenths", "value"), [(354, 35), (355, 36)])
def test_a_mean_of_percentiles(tenths: int, value: int) -> None:
    """The 98th percentile of 365 days is the eighth highest; 35.4 is 35 and complies, 35.5 is 36 and exceeds."""
    objective = limit(Form("percentile", percent=98, method="rank", years=3), "35")
    years = [year_of(year, [900] * 7 + [tenths] + [100] * 357) for year in (2021, 2022, 2023)]
    outcome = judged(objective, *years, places=1)
    assert told(outcome, "value verdict") == (value, "COMPLIES" if value <= 35 else "EXCEEDS")


@pytest.mark.parametrize(
    ("percent", "step"), [(98, 50), (99, 100)], ids=["98th, a place more for each 50 days", "99th, for each 100"]
)
def test_the_table_of_ranks(percent: int, step: int) -> None:
    """The place from above of the United States' tables, for every number of days: 351 to 366 days, the eighth."""
    objective = limit(Form("percentile", percent=percent, method="rank"))
    for days in (1, 2, 49, 50, 51, 99, 100, 101, 200, 201, 300, 301, 350, 351, 365, 366):
        one = year_of(2024, [*range(1, days + 1), *[None] * (366 - days)])
        assert year_statistic(objective, 0, one).value == days + 1 - -(-days // step), days


def test_a_percentile_between_days() -> None:
    """WHO: the 99th percentile of 365 days lies between the fourth and the fifth highest, at 0.36 of the way."""
    objective = limit(Form("percentile", percent=99), "100", 1, "half-even")
    assert judged(objective, year_of(2023, [*[200] * 4, *[0] * 361])).value == Decimal("72.0")
    assert judged(objective, some(2023, 4, 900, low=100)).verdict == "EXCEEDS"
    assert judged(objective, some(2023, 3, 900, low=100)).verdict == "COMPLIES"
    assert judged(objective, some(2024, 3, 900, low=100)).verdict == "COMPLIES"


@pytest.mark.parametrize(
    ("counts", "value", "verdict"),
    [((1, 1, 1), "1", "COMPLIES"), ((3, 0, 0), "1", "COMPLIES"), ((2, 1, 1), "1.3", "EXCEEDS"),
     ((0, 0, 4), "1.3", "EXCEEDS"), ((1, 1, 0), "0.7", "COMPLIES")],
)  # fmt: skip
def test_exceedances_expected_of_whole_years(counts: Sequence[int], value: str, verdict: str) -> None:
    """PM10 in the United States: not more than one a year over three years; 154 is within, 155 is beyond."""
    objective = limit(Form("exceedances", allowed="1", expected=True, years=3), "150", -1)
    outcome = judged(objective, *(some(2021 + n, count, 155, low=154) for n, count in enumerate(counts)))
    assert told(outcome, "value verdict") == (Decimal(value), verdict)


def test_exceedances_are_scaled_up_by_quarter() -> None:
    """One in a quarter with 69 of 90 days is 1.30; the other quarters' gaps change nothing."""
    form = Form("exceedances", allowed="1", expected=True, capture="0.75", by_quarter=True)
    days = [160] + [20] * 68 + [None] * 21 + [20] * 255 + [None] * 20
    outcome = judged(limit(form, "150", -1), year_of(2023, days))
    assert outcome.exceedances == Fraction("1.30")
    assert told(outcome, "value verdict") == (Decimal("1.3"), "EXCEEDS")
    assert outcome.capture == Fraction(69, 90)
    assert outcome.years_valid == 1


def test_a_tenth_of_an_expected_exceedance() -> None:
    """1.04 is 1.0 and complies, 1.05 is 1.1 and exceeds; what is scaled up is not known whatever is missing."""
    form = Form("exceedances", allowed="1", expected=True)
    for valid, value, verdict in ((87, "1.0", "COMPLIES"), (86, "1.1", "EXCEEDS")):  # 90/87 = 1.034, 90/86 = 1.047
        days = [160] + [20] * (valid - 1) + [None] * (90 - valid) + [20] * 275
        outcome = judged(limit(form, "150", -1), year_of(2023, days))
        assert told(outcome, "value verdict") == (Decimal(value), verdict)


def test_the_peak_season_is_the_worst_half_year() -> None:
    """April to September at 61, the rest at 20: 61 is compared, and meets the second interim target."""
    summer = [61 if 4 <= day.month <= 9 else 20 for day in _days(2024)]
    form, targets = Form("peak-season", capture="0.75"), [("IT-1", "100"), ("IT-2", "70")]
    objective = limit(form, "60", 0, "half-even", "peak-season", targets)
    outcome = judged(objective, year_of(2024, summer))
    assert told(outcome, "value verdict interim") == (61, "EXCEEDS", "IT-2")
    assert judged(objective, year_of(2024, [60 if value == 61 else value for value in summer])).verdict == "COMPLIES"


@pytest.mark.parametrize("first", range(1, 8))
def test_a_season_begins_in_any_month_and_ends_within_the_year(first: int) -> None:
    """Six months at 61 are found wherever they stand in the year."""
    days = [61 if first <= day.month < first + 6 else 20 for day in _days(2024)]
    assert judged(limit(Form("peak-season"), "60"), year_of(2024, days)).value == 61


def test_a_month_with_too_little_data_takes_part_in_no_season() -> None:
    """Without enough of October the summer is judged: it exceeds, or nothing is known of the other seasons."""
    october = [(day, 900 if day.month == 10 and day.day > 23 else None) for day in _days(2023)]
    for summer, verdict in ((61, "EXCEEDS"), (60, "NOT_ASSESSABLE")):
        days = [(gap if day.month == 10 else summer if 4 <= day.month <= 9 else 20) for day, gap in october]
        outcome = judged(limit(Form("peak-season", capture="0.75"), "60"), year_of(2023, days))
        assert told(outcome, "verdict year_value") == (verdict, summer)
        assert outcome.capture == Fraction(8, 31)


# too little data


@pytest.mark.parametrize(("valid", "verdict"), [(68, "NOT_ASSESSABLE"), (69, "COMPLIES"), (70, "COMPLIES")])
@pytest.mark.parametrize("quarter", [2, 3])
def test_three_quarters_of_a_quarter(quarter: int, valid: int, verdict: str) -> None:
    """69 of the 92 days of July to September are exactly 75 %."""
    days = [(day.month - 1) // 3 for day in _days(2023)]
    first = days.index(quarter)
    values = [None if one == quarter and n >= first + valid else 20 for n, one in enumerate(days)]
    form = Form("mean", of="quarters", capture="0.75", by_quarter=True)
    outcome = judged(limit(form), year_of(2023, values))
    assert told(outcome, "verdict year_value capture") == (verdict, 20, Fraction(valid, 92))
    assert outcome.value == (20 if verdict == "COMPLIES" else None)


@pytest.mark.parametrize(("year", "valid", "verdict"), [(2023, 328, "NOT_ASSESSABLE"), (2023, 329, "COMPLIES"), (2024, 329, "NOT_ASSESSABLE"), (2024, 330, "COMPLIES")])  # fmt: skip  # noqa: E501
def test_the_share_of_a_year_that_has_a_leap_day(year: int, valid: int, verdict: str) -> None:
    """90 % of 365 days are 329, of 366 they are 330."""
    outcome = judged(limit(Form("mean", capture="0.9")), year_of(year, [20] * valid))
    assert told(outcome, "verdict capture") == (verdict, Fraction(valid, length(year)))


def test_a_mean_of_hours_needs_hours() -> None:
    """75 % of 8760 hours are 6570; the mean is that of hours, whatever the days are."""
    objective = limit(Form("mean", of="hours", capture="0.75"), "20", 1)
    year = year_of(2023, [None] * 365)
    year.hour_count[ITEM, :274] = DAY_HOURS
    year.hour_sum[ITEM, :274] = DAY_HOURS * 20
    year.hour_count[ITEM, 273] = 6570 - 273 * DAY_HOURS
    year.hour_sum[ITEM, 273] = 20 * year.hour_count[ITEM, 273]
    assert told(judged(objective, year), "verdict capture") == ("COMPLIES", Fraction(3, 4))
    year.hour_sum[ITEM, 0] += 329  # 6570 / 20 is 328.5
    assert judged(objective, year).value == Decimal("20.1")
    year.hour_count[ITEM, 273] -= 1
    assert judged(objective, year).verdict == "NOT_ASSESSABLE"


def test_one_valid_value_is_enough_where_the_form_says_nothing() -> None:
    """Without a rule of capture, one day is a year; without a day there is none."""
    assert judged(limit(Form("mean")), year_of(2023, [20])).verdict == "COMPLIES"
    nothing = judged(limit(Form("mean")), year_of(2023, []))
    assert told(nothing, "verdict value year_value capture") == ("NOT_ASSESSABLE", None, None, 0)
    assert judged(limit(Form("mean"))).verdict == "NOT_ASSESSABLE"
    counted = judged(limit(Form("exceedances", allowed="3")), year_of(2023, []))
    assert told(counted, "verdict value year_value exceedances") == ("NOT_ASSESSABLE", None, None, None)
    assert judged(limit(Form("peak-season")), year_of(2023, [20] * 334)).verdict == "NOT_ASSESSABLE"
    quarters = judged(limit(Form("mean", of="quarters")), year_of(2023, [20] * 273))
    assert told(quarters, "verdict year_value") == ("NOT_ASSESSABLE", 20)


def test_too_many_exceedances_exceed_whatever_is_missing() -> None:
    """36 days beyond in a year with 40 days exceed; 35 in it are not assessable; over three years 3 x 25 + 1 exceed."""
    short = Form("exceedances", allowed="35", capture="0.85")
    for count, verdict in ((35, "NOT_ASSESSABLE"), (36, "EXCEEDS")):
        outcome = judged(limit(short, "50"), year_of(2023, [51] * count + [20] * (40 - count)))
        assert told(outcome, "verdict exceedances years_valid") == (verdict, count, 0)
        assert outcome.value == (None if verdict == "NOT_ASSESSABLE" else count)
    long = Form("exceedances", allowed="25", years=3)
    for count, verdict in ((75, "NOT_ASSESSABLE"), (76, "EXCEEDS")):
        assert judged(limit(long, "50"), None, None, some(2023, count, 51)).verdict == verdict


def test_a_ranked_value_exceeds_only_where_no_missing_day_could_bring_it_down() -> None:
    """The fourth highest never falls with more days; a percentile may: the place of all 365 days counts."""
    fourth = Form("highest", nth=4, capture="0.75")
    assert judged(limit(fourth), year_of(2023, [101] * 4)).verdict == "EXCEEDS"
    assert judged(limit(fourth), year_of(2023, [101] * 3 + [100] * 9)).verdict == "NOT_ASSESSABLE"
    rank = Form("percentile", percent=98, method="rank", capture="0.75")
    between = Form("percentile", percent=98, capture="0.75")
    for form, days, verdict in ((rank, 7, "NOT_ASSESSABLE"), (rank, 8, "EXCEEDS"), (between, 9, "EXCEEDS")):
        assert judged(limit(form), year_of(2023, [101] * days + [3])).verdict == verdict
    assert judged(limit(between), year_of(2023, [101] * 8 + [3])).verdict == "NOT_ASSESSABLE"
    three = Form("highest", nth=4, years=3)
    assert judged(limit(three), None, some(2022, 4, 150), some(2023, 4, 151)).verdict == "NOT_ASSESSABLE"
    known = judged(limit(three), None, some(2022, 4, 151), some(2023, 4, 151))
    assert told(known, "verdict value at_least year_value") == ("EXCEEDS", 101, True, 151)
    assert judged(limit(Form("mean", capture="0.9")), year_of(2023, [30000] * 300)).verdict == "NOT_ASSESSABLE"


def test_years_that_a_mean_needs() -> None:
    """All of them, unless the form says how many are enough, and always the one asked for; the mean is of the valid."""
    all_three, one = Form("mean", years=3, capture="0.9"), Form("mean", years=3, years_at_least=1, capture="0.9")
    good, better, poor = some(2021, 0, 0, 104), some(2022, 0, 0, 90), year_of(2023, [400] * 9)
    assert judged(limit(all_three), good, better, some(2023, 0, 0, 106)).value == 100
    missing = judged(limit(all_three), good, None, some(2023, 0, 0, 106))
    assert told(missing, "verdict value year_value years_valid") == ("NOT_ASSESSABLE", None, 106, 2)
    without_last = judged(limit(one), good, better, poor)
    assert told(without_last, "verdict value year_value") == ("NOT_ASSESSABLE", None, 400)
    some_years = judged(limit(one), good, poor, some(2023, 0, 0, 90))
    assert told(some_years, "verdict value years_valid") == ("COMPLIES", 97, 2)
    assert judged(limit(one), None, None, some(2023, 0, 0, 101)).verdict == "EXCEEDS"
    assert judged(limit(one), some(2020, 0, 0, 9999), good, poor, some(2023, 0, 0, 90)).value == 97
    assert judged(limit(one), None, None, poor).verdict == "NOT_ASSESSABLE"
    assert years_needed(law(limit(all_three), limit(Form("mean")))) == 3
    assert years_needed(law()) == 1


def test_valid_days_that_a_law_asks_for() -> None:
    """GB 3095-1996: 144 days and 12 in every month for SO2 and NO2, 60 and 5 for PM10."""
    ruled = air_law("GB3095-1996")
    for parameter, monthly in (("so2", 12), ("pm10", 5)):
        row = next(n for n, one in enumerate(ruled.objectives) if ruled.parameters[one.item] == parameter)
        item, items = ruled.objectives[row].item, len(ruled.items)
        for least, expected in ((monthly, "COMPLIES"), (monthly - 1, "NOT_ASSESSABLE")):
            days = [1 if day.day <= (least if day.month == 4 else monthly) else None for day in _days(2023)]
            assert judge_objectives(ruled, [year_of(2023, days, item, items)])[row].verdict == expected


# interim targets, parameters, stations


@pytest.mark.parametrize(
    ("value", "name"), [(15, None), (16, "IT-4"), (25, "IT-4"), (26, "IT-3"), (37, "IT-3"), (38, "IT-2"), (76, None)]
)
def test_the_strictest_interim_target(value: int, name: str | None) -> None:
    """Of those that are met; none where the limit is met, where none is, or where there is too little data."""
    targets = [("IT-1", "75"), ("IT-2", "50"), ("IT-3", "37.5"), ("IT-4", "25")]
    objective = limit(Form("mean", capture="0.75"), "15", interim=targets)
    assert judged(objective, some(2023, 0, 0, value)).interim == name
    assert judged(objective, year_of(2023, [value] * 100)).interim is None


def test_parameters_and_attainment_are_of_what_binds() -> None:
    """The worst binding objective of each parameter; what does not bind is told and not counted."""
    lax, strict = limit(Form("mean"), "200"), limit(Form("mean"), "50")
    later = limit(Form("mean", binding=False), "50")
    unknown = replace(lax, item=2)
    ruled = law(lax, strict, later, unknown)
    outcomes = judge_objectives(ruled, [some(2023, 0, 0, 100)])
    assert [one.verdict for one in outcomes] == ["COMPLIES", "EXCEEDS", "EXCEEDS", "NOT_ASSESSABLE"]
    first, second = ruled.parameters[1], ruled.parameters[2]
    assert gathered(ruled, outcomes) == ({first: "EXCEEDS", second: "NOT_ASSESSABLE"}, "EXCEEDS")
    assert gathered(ruled, [outcomes[0], outcomes[2]]) == ({first: "COMPLIES"}, "COMPLIES")
    assert gathered(ruled, [outcomes[0], outcomes[3]])[1] == "NOT_ASSESSABLE"
    assert gathered(ruled, [outcomes[2]]) == ({}, "NOT_ASSESSABLE")


def test_the_station_that_comes_off_worst() -> None:
    """EXCEEDS before NOT_ASSESSABLE before COMPLIES; then the highest value; then the first station."""
    objective = limit(Form("mean", capture="0.75"))

    def city(**stations: ItemYear) -> tuple[str, str]:
        ((outcome, name),) = worst({name: [judged(objective, year)] for name, year in stations.items()})
        return outcome.verdict, name

    low, high, beyond, short = (some(2023, 0, 0, value) for value in (20, 90, 101, 0))
    short = year_of(2023, [500] * 9)
    assert city(a=low, b=high, c=low) == ("COMPLIES", "b")
    assert city(a=high, b=short) == ("NOT_ASSESSABLE", "b")
    assert city(a=short, b=beyond, c=high) == ("EXCEEDS", "b")
    assert city(a=year_of(2023, [3]), b=short, c=year_of(2023, [])) == ("NOT_ASSESSABLE", "b")
    assert city(a=low, b=low) == ("COMPLIES", "a")
    assert worst({}) == []


def test_a_percentile_needs_its_percent() -> None:
    """A table that forgets it is refused, not guessed."""
    with pytest.raises(InputError, match="percent"):
        judged(limit(Form("percentile")), some(2023, 0, 0))


# against a slow reference

Days = Sequence[tuple[dt.date, int | None]]


def _days(year: int) -> list[dt.date]:
    return [dt.date(year, 1, 1) + dt.timedelta(days=n) for n in range(length(year))]


def _mean(values: Sequence[Fraction | int]) -> Fraction:
    return Fraction(sum(values)) / len(values)


def _known(days: Days, months: range = range(1, 13)) -> list[int]:
    return [value for day, value in days if value is not None and day.month in months]


def _quarters(days: Days) -> list[list[int]]:
    return [_known(days, range(first, first + 3)) for first in (1, 4, 7, 10)]


def _expected(days: Days, top: int) -> Fraction:
    total = Fraction(0)
    for first, known in zip((1, 4, 7, 10), _quarters(days), strict=True):
        there = sum(day.month in range(first, first + 3) for day, _ in days)
        estimate = Decimal(sum(value > top for value in known) * there) / Decimal(len(known))
        total += Fraction(estimate.quantize(Decimal("0.01"), ROUND_HALF_UP))
    return total


def _interpolated(values: list[int], percent: int) -> Fraction:
    ordered = sorted(values)
    place = 1 + (len(ordered) - 1) * Fraction(percent, 100)
    below = int(place)
    above = min(below + 1, len(ordered))
    return ordered[below - 1] + (place - below) * (ordered[above - 1] - ordered[below - 1])


def _season(days: Days) -> Fraction:
    return max(_mean(_known(days, range(first, first + 6))) for first in range(1, 8))


REFERENCE: dict[str, tuple[Form, Callable[[Days], Fraction]]] = {
    "mean": (Form("mean"), lambda days: _mean(_known(days))),
    "quarters": (Form("mean", of="quarters"), lambda days: _mean([_mean(known) for known in _quarters(days)])),
    "hours": (Form("mean", of="hours"), lambda days: _mean(_known(days))),
    "days beyond": (Form("exceedances"), lambda days: Fraction(sum(value > 100 for value in _known(days)))),
    "expected": (Form("exceedances", expected=True), lambda days: _expected(days, 100)),
    "between ranks": (Form("percentile", percent=99), lambda days: _interpolated(_known(days), 99)),
    "rank": (
        Form("percentile", percent=98, method="rank"),
        lambda days: Fraction(sorted(_known(days))[len(_known(days)) * 98 // 100]),
    ),
    "fourth": (Form("highest", nth=4), lambda days: Fraction(sorted(_known(days), reverse=True)[3])),
    "season": (Form("peak-season"), _season),
}


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize(("year", "seed"), [(2023, 1), (2024, 2), (2024, 3)])
def test_random_years_with_gaps(name: str, year: int, seed: int) -> None:
    """Every form, against lists and fractions; the least that it can be is no more, and filling gaps keeps it."""
    form, reference = REFERENCE[name]
    random = np.random.default_rng(seed)
    days = [(day, int(random.gamma(4, 20)) if random.random() < 0.8 else None) for day in _days(year)]
    objective = limit(form)
    statistic = year_statistic(objective, 1, year_of(year, [value for _, value in days]))
    unit = 1 if form.kind == "exceedances" else 10
    if name in {"days beyond", "expected"}:
        statistic = year_statistic(objective, 0, year_of(year, [value for _, value in days]))
    if name == "hours":
        unit = 1
    assert statistic.value == reference(days) / unit
    assert statistic.enough
    if form.kind in {"percentile", "highest", "exceedances"}:
        filled = [(day, int(random.integers(0, 60)) if value is None else value) for day, value in days]
        assert statistic.least <= min(statistic.value, reference(filled) / unit)


# every row of the tables

ROWS = {
    f"{name}-{n}-{air_law(name).items[one.item]}-{one.period}-{one.form.kind}": (name, n)
    for name in comparison_tables()
    for n, one in enumerate(air_law(name).objectives)
}
ASKING = {said: (name, n) for said, (name, n) in ROWS.items() if air_law(name).objectives[n].form.capture is not None}


def _constant(ruled: AirLaw, objective: Objective, value: int) -> list[ItemYear]:
    """Return years of which all days, and hours, have one value in the item's last digit."""
    items = len(ruled.items)
    places = (ruled.digits[objective.item],) * items
    return [
        replace(year_of(year, [value] * length(year), objective.item, items), decimals=places)
        for year in (2022, 2023, 2024)[-objective.form.years :]
    ]


def _beyond(ruled: AirLaw, objective: Objective, count: int) -> list[ItemYear]:
    """Return years in each of which so many days are just beyond the limit and all others just within."""
    hourly = objective.period == "1h"
    top = 0 if hourly else greatest_within(objective, ruled.digits[objective.item])
    return [
        year_of(
            year, [top + 1] * count + [top] * (length(year) - count), objective.item, len(ruled.items),
            [1] * count + [0] * (length(year) - count) if hourly else None,
        )
        for year in (2022, 2023, 2024)[-objective.form.years :]
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "row"), ROWS.values(), ids=ROWS)
def test_every_row_at_its_limit(name: str, row: int) -> None:
    """A value that rounds to the limit complies, one more in the last digit exceeds; so do the exceedances allowed."""
    ruled = air_law(name)
    objective = ruled.objectives[row]
    assert objective.unit == ruled.units[objective.item]
    counted = objective.form.kind == "exceedances"
    at = int(objective.form.allowed) if counted else greatest_within(objective, ruled.digits[objective.item])
    build = _beyond if counted else _constant
    for value, verdict in ((at - 1, "COMPLIES"), (at, "COMPLIES"), (at + 1, "EXCEEDS")):
        if value >= 0:
            outcome = judge_objectives(ruled, build(ruled, objective, value))[row]
            assert outcome.verdict == verdict, (value, outcome)
            assert outcome.years_valid == objective.form.years
    assert judge_objectives(ruled, [])[row].verdict == "NOT_ASSESSABLE"


@pytest.mark.parametrize("name", comparison_tables())
def test_limits_of_days_and_hours_are_those_of_the_rows(name: str) -> None:
    """Where an objective counts days or hours beyond the day limit, both have the same greatest value within it."""
    ruled = air_law(name)
    for one in ruled.objectives:
        if one.form.kind == "exceedances" and (one.period == "1h" or one.limit == ruled.day_limit[one.item]):
            assert min(greatest_within(one, ruled.digits[one.item]), ENDLESS) == ruled.day_top[one.item]


@pytest.mark.parametrize(("name", "row"), ASKING.values(), ids=ASKING)
def test_every_row_at_the_data_it_needs(name: str, row: int) -> None:
    """With exactly the share that the form asks for, the last year is assessable; with one day less it is not."""
    ruled = air_law(name)
    objective = ruled.objectives[row]
    form = objective.form
    needed = Fraction(form.capture or 0)
    size = {True: 3, False: 12}[form.by_quarter] if form.kind != "peak-season" else 1
    parts = [[n for n, day in enumerate(_days(2023)) if (day.month - 1) // size == part] for part in range(12 // size)]
    keep = {n for part in parts for n in part[: -(-len(part) * needed // 1)]}
    for gone, enough in ((set(), True), ({max(keep & set(parts[-1]))}, False)):
        days = [1 if n in keep - gone else None for n in range(365)]
        statistic = year_statistic(objective, 0, year_of(2023, days, objective.item, len(ruled.items)))
        assert statistic.enough == enough
