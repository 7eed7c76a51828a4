from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.files.numbers import parse_numbers
from collector.files.times import parse_times

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
OFFSET = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
MOMENT = st.datetimes(timezones=st.none() | OFFSET).filter(lambda moment: moment.year >= 1000)


@given(moments=st.lists(MOMENT, min_size=1, max_size=10), separator=st.sampled_from("T "))
@settings(max_examples=100, deadline=None)
def test_times_are_those_of_the_calendar(moments, separator):
    """Texts are read to the ms that Python's calendar gives; without an offset, as clock time."""
    times = parse_times(pa.array([moment.isoformat(separator) for moment in moments]))
    assert times.known.all()
    for moment, ms, local in zip(moments, times.ms.tolist(), times.local.tolist(), strict=True):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        assert ms == (aware - EPOCH) // dt.timedelta(milliseconds=1)
        assert local == (moment.tzinfo is None)


@given(texts=st.lists(st.text(st.sampled_from("0123456789-:TZ+ ."), max_size=26), max_size=10))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_the_reading_of_times_fail(texts):
    assert len(parse_times(pa.array(texts, pa.string())).ms) == len(texts)


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=10))
@settings(max_examples=100, deadline=None)
def test_decimals_are_read_to_the_bit(values):
    numbers = parse_numbers(pa.array([repr(value) for value in values], pa.string()))
    assert [value.hex() for value in numbers.value.tolist()] == [value.hex() for value in values]


@given(texts=st.lists(st.text(st.sampled_from("0123456789-+.eE naif_"), max_size=8), max_size=10))
@settings(max_examples=150, deadline=None)
def test_what_is_read_as_a_number_is_one(texts):
    """No text that Python would not read becomes a value, and none becomes another value."""
    numbers = parse_numbers(pa.array(texts, pa.string()))
    for text, value, known in zip(texts, numbers.value.tolist(), numbers.known.tolist(), strict=True):
        assert known == math.isfinite(value)
        assert not known or float(text) == value
