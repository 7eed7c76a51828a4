"""Who is on duty: to the millisecond, over handovers, years, holidays and overrides."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.oncall.holidays import Calendar, calendar_of, shipped_years
from alerting.oncall.hours import Hours, parse_hours
from alerting.oncall.rota import Layer, Override, Rota, on_duty, shifts
from qualicity.periods import DAY_MS, HOUR_MS, LAW_ZONE

CALENDAR = calendar_of(shipped_years())
ROTA = """
channel = [{ id = "chat", kind = "dingtalk", url_file = "url" }]
person = [{ id = "a", addresses = { chat = "1" } }, { id = "b" }, { id = "c" }]
group = [{ id = "all", people = ["a"] }]
policy = [{ id = "default", fallback = "all", steps = [{ targets = ["rota:main"], channels = ["chat"] }] }]
[[rota]]
id = "main"
"""


def at(text: str) -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE).timestamp() * 1000)


@pytest.fixture
def rota(load):
    """Return what makes a rota of the text of its layers and overrides."""

    def made(text: str) -> Rota:
        return load(ROTA + text).rotas["main"]

    return made


WEEKS = 'layers = [{ people = ["a", "b", "c"], start = 2026-01-05 }]'


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-01-05T08:59:59.999", ()),
        ("2026-01-05T09:00", ("a",)),
        ("2026-01-12T08:59:59.999", ("a",)),
        ("2026-01-12T09:00", ("b",)),
        ("2026-01-26T08:59:59.999", ("c",)),
        ("2026-01-26T09:00", ("a",)),
        ("2026-12-31T23:59:59.999", ("a",)),  # the turn from 12-28
        ("2027-01-01T00:00", ("a",)),
        ("2027-01-04T09:00", ("b",)),
    ],
)
def test_weeks_in_turn(rota, when, who):
    """Handovers count to the millisecond; a new year changes nothing."""
    assert on_duty(rota(WEEKS), at(when)) == who


def test_the_first_handover_is_on_or_after_the_start(rota):
    made = rota('layers = [{ people = ["a"], start = 2026-01-06, handover = "fri 17:30" }]')
    assert on_duty(made, at("2026-01-09T17:29:59.999")) == ()
    assert on_duty(made, at("2026-01-09T17:30")) == ("a",)


def test_turns_of_days(rota):
    made = rota('layers = [{ people = ["a", "b"], start = 2026-01-06, handover = "08:00", length = "3 d" }]')
    assert [on_duty(made, at(f"2026-01-{day:02}T08:00")) for day in (6, 8, 9, 12)] == [("a",), ("a",), ("b",), ("a",)]


def test_a_later_layer_wins_where_it_has_somebody(rota):
    """Nights over midnight belong to the day on which they begin."""
    made = rota(
        'layers = [{ people = ["a"], start = 2026-01-05 },'
        ' { people = ["b"], start = 2026-01-05, hours = "17:30-08:30", days = "workdays" }]'
    )
    assert on_duty(made, at("2026-01-08T12:00")) == ("a",)
    assert on_duty(made, at("2026-01-08T17:30")) == ("b",)
    assert on_duty(made, at("2026-01-10T08:29:59.999")) == ("b",)  # Saturday morning, of Friday's night
    assert on_duty(made, at("2026-01-10T08:30")) == ("a",)
    assert on_duty(made, at("2026-01-11T02:00")) == ("a",)


def test_holidays_and_make_up_days(rota):
    made = rota(
        'layers = [{ people = ["a"], start = 2026-01-01, handover = "00:00", length = "1 d", days = "workdays" },'
        ' { people = ["b"], start = 2026-01-01, handover = "00:00", length = "1 d", days = "weekends" },'
        ' { people = ["c"], start = 2026-01-01, handover = "00:00", length = "1 d", days = "holidays" }]'
    )
    found = {day: on_duty(made, at(f"2026-{day}T10:00")) for day in ("02-14", "02-15", "02-23", "02-28", "03-01")}
    assert found == {"02-14": ("a",), "02-15": ("c",), "02-23": ("c",), "02-28": ("a",), "03-01": ("b",)}


def test_free_days_are_weekends_and_holidays(rota):
    made = rota('layers = [{ people = ["a"], start = 2026-01-01, handover = "00:00", length = "1 d", days = "free" }]')
    found = [on_duty(made, at(f"2026-02-{day:02}T10:00")) for day in (13, 14, 15, 16)]
    assert found == [(), (), ("a",), ("a",)]


def test_overrides_win_in_their_order(rota):
    """A swap of a swap; one that is for somebody else's duty changes nothing."""
    made = rota(
        WEEKS
        + """
overrides = [
  { start = 2026-01-06T00:00:00, end = 2026-01-08T00:00:00, person = "b", instead_of = "a" },
  { start = 2026-01-07T00:00:00+08:00, end = 2026-01-09T00:00:00+08:00, person = "c", instead_of = "b" },
  { start = 2026-01-10T00:00:00Z, end = 2026-01-10T01:00:00Z, person = "c" },
  { start = 2026-01-01T00:00:00, end = 2026-01-02T00:00:00, person = "c" },
]"""
    )
    hours = {
        "2026-01-01T12:00": ("c",), "2026-01-03T12:00": (), "2026-01-05T23:59:59.999": ("a",),
        "2026-01-06T00:00": ("b",), "2026-01-07T00:00": ("c",), "2026-01-07T23:59:59.999": ("c",),
        "2026-01-08T00:00": ("a",), "2026-01-10T08:00": ("c",), "2026-01-10T08:59:59.999": ("c",),
        "2026-01-10T09:00": ("a",),
    }  # fmt: skip
    assert {when: on_duty(made, at(when)) for when in hours} == hours


def test_an_empty_rota_has_nobody(rota):
    made = rota("")
    assert on_duty(made, at("2026-01-05T09:00")) == ()
    assert shifts(made, 0, DAY_MS) == [(0, DAY_MS, ())]


def test_a_layer_ends_with_its_last_day(rota):
    made = rota('layers = [{ people = ["a"], start = 2026-01-05, end = 2026-01-06 }]')
    assert on_duty(made, at("2026-01-06T23:59:59.999")) == ("a",)
    assert on_duty(made, at("2026-01-07T00:00")) == ()


def test_the_table_for_people(rota):
    made = rota(WEEKS)
    found = shifts(made, at("2026-01-04T00:00"), at("2026-01-13T00:00"))
    assert found == [
        (at("2026-01-04T00:00"), at("2026-01-05T09:00"), ()),
        (at("2026-01-05T09:00"), at("2026-01-12T09:00"), ("a",)),
        (at("2026-01-12T09:00"), at("2026-01-13T00:00"), ("b",)),
    ]


HALVES = st.integers(0, 47).map(lambda half: half * HOUR_MS // 2)
LAYERS = st.builds(
    Layer,
    people=st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple),
    first=st.integers(-20, 20).map(lambda half: at("2026-02-10T00:00") + half * DAY_MS // 2),
    length=st.integers(1, 9).map(lambda days: days * DAY_MS),
    end=st.just(0) | st.integers(0, 20).map(lambda days: at("2026-02-10T00:00") + days * DAY_MS),
    hours=st.just(parse_hours("00:00-24:00")) | st.builds(Hours, HALVES, HALVES),
    days=st.sampled_from(["all", "workdays", "weekends", "holidays", "free"]),
)
OVERRIDES = st.builds(
    lambda start, length, person, instead: Override(start, start + length, person, instead),
    st.integers(0, 20 * 24).map(lambda hour: at("2026-02-05T00:00") + hour * HOUR_MS),
    st.integers(1, 72).map(lambda hours: hours * HOUR_MS),
    st.sampled_from("abcd"),
    st.sampled_from(["", "a", "b", "d"]),
)
ROTAS = st.builds(
    Rota, st.just("r"), st.lists(LAYERS, max_size=3).map(tuple), st.lists(OVERRIDES, max_size=3).map(tuple),
    st.just(CALENDAR) | st.just(Calendar()),
)  # fmt: skip


@given(ROTAS, st.integers(at("2026-02-05T00:00"), at("2026-02-25T00:00")))
def test_at_every_instant_one_declared_person_or_nobody(rota, instant):
    """By the plain reading of the rules: the last layer that counts, then the overrides in their order."""
    expected = None
    local = dt.datetime.fromtimestamp(instant / 1000, LAW_ZONE)
    for layer in rota.layers:
        if layer.first <= instant and not (layer.end and instant >= layer.end):
            for back in (0, 1):
                day = local.date() - dt.timedelta(days=back)
                midnight = at(f"{day}T00:00")
                end = layer.hours.end + (DAY_MS if layer.hours.end <= layer.hours.start else 0)
                kind = rota.calendar.kind(day)
                counts = {"all": True, "free": kind != "workday"}.get(layer.days, layer.days == f"{kind}s")
                if counts and midnight + layer.hours.start <= instant < midnight + end:
                    turns = [n for n in range(100) if layer.first + n * layer.length <= instant]
                    expected = layer.people[turns[-1] % len(layer.people)]
    for override in rota.overrides:
        if override.start <= instant < override.end and override.instead_of in {"", expected}:
            expected = override.person
    assert on_duty(rota, instant) == ((expected,) if expected else ())


@given(ROTAS, st.integers(0, 400), st.integers(1, 14 * 24))
def test_the_table_agrees_with_every_instant(rota, begin, hours):
    """Shifts follow each other without gaps, neighbours differ, and who stands there is on duty."""
    start = at("2026-02-05T00:00") + begin * HOUR_MS + 1
    end = start + hours * HOUR_MS
    found = shifts(rota, start, end)
    assert [found[0].start, *(one.end for one in found)] == [*(one.start for one in found), end]
    assert all(one.people != other.people for one, other in itertools.pairwise(found))
    for one in found:
        for instant in (one.start, (one.start + one.end) // 2, one.end - 1):
            assert on_duty(rota, instant) == one.people
