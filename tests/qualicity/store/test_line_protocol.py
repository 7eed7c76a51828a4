"""Line protocol as it is written: read back by the grammars of old and new versions, and beside the official cases."""

from __future__ import annotations

import gzip
import json
import math
import os
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualicity.store.influx_testing_points import NEW, OLD, LineError
from qualicity.store.line_protocol import Lines, Point, readings, series

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "100"))
GRAMMARS = pytest.mark.parametrize("grammar", [OLD, NEW], ids=["1.x and 2.x", "3.x"])

AWKWARD = st.text(st.sampled_from("ab\\,= \"'\n\r\t\x00\x1f\x7f#é京\u2028\x85"), max_size=12)
TEXTS = AWKWARD | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = TEXTS.filter(lambda name: _said(name) not in {"", "time"})
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = FLOATS | st.integers(-(2**63), 2**63 - 1) | st.booleans() | TEXTS


def _said(text):
    """Return what is left of a name or tag, as docs/influxdb.md says it: character by character."""
    said = ""
    for character in text:
        if ord(character) < 32 or ord(character) == 127:
            control = said.endswith("\x00")
            said += "" if control else "\x00"
        else:
            said += character
    said = said.replace("\x00", " ")
    kept = [
        character
        for character, following in zip(said, [*said, ""][1:], strict=True)
        if character != "\\" or following not in {"", "\\", ",", "=", " "}
    ]
    return "".join(kept)


def _bits(value):
    return struct.pack("<d", value) if isinstance(value, float) else value


@GRAMMARS
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    measurement=NAMES.filter(lambda name: not _said(name).startswith("#")),
    tags=st.dictionaries(NAMES, TEXTS, max_size=3),
    fields=st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
    time=st.integers(-9_000_000_000_000, 9_000_000_000_000),
)
def test_what_is_written_is_what_is_read(grammar, measurement, tags, fields, time):
    """Every version reads the same point: one line, and nothing lost but what has no escape."""
    tags = {name: value for name, value in tags.items() if sum(_said(other) == _said(name) for other in tags) == 1}
    fields = {name: one for name, one in fields.items() if sum(_said(other) == _said(name) for other in fields) == 1}
    if not fields:
        return
    line = Point(measurement, tags, fields, time).line.decode()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    read = grammar.parse(line[:-1])
    assert read.measurement == _said(measurement)
    assert dict(read.tags) == {_said(name): _said(value) for name, value in tags.items() if _said(value)}
    assert read.time == time
    assert set(read.fields) == {_said(name) for name in fields}
    for name, value in fields.items():
        found = read.fields[_said(name)]
        assert type(found) is type(value)
        if isinstance(value, str):
            assert found.split() == value.split()
            assert found.replace(" ", "") == value.replace("\r", "").replace("\n", "").replace(" ", "")
        else:
            assert _bits(found) == _bits(value)


def test_a_series_has_its_tags_in_the_order_of_their_names_and_no_empty_ones():
    assert series("a b,c=d", {"z": "1", "b": "", "a": "x,y=z w", "c": "\\"}) == r"a\ b\,c=d,a=x\,y\=z\ w,z=1"


def test_fields_without_a_value_are_left_out():
    fields = {"a": None, "b": math.nan, "c": math.inf, "d": 1, "e": True, "f": 'say "\\"'}
    assert Point("m", {}, fields, 5).line == b'm d=1i,e=true,f="say \\"\\\\\\"" 5\n'
    with pytest.raises(ValueError, match="no field"):
        _ = Point("m", {}, {"a": None}, 5).line


def test_numbers_of_numpy_are_written_as_numbers():
    assert Point("m", {}, {"v": np.float64(0.1)}, 5).line == b"m v=0.1 5\n"
    with pytest.raises(AssertionError):
        _ = Point("m", {}, {"v": np.int64(3)}, 5).line  # not a Value: said, not left out


EXTREMES = [-0.0, 0.0, 1e-300, 1e22, 5e-324, 1.7976931348623157e308, -1.5, 0.1, 3.0, 1e15, 123456789.123]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 2),
            FLOATS | st.sampled_from(EXTREMES),
            st.integers(-(2**31), 2**31 - 1),
            st.integers(0, 2**42),
        ),
        max_size=20,
    )
)
def test_columns_say_what_points_say(rows):
    """Readings written as columns are the points written one by one, each on its own line."""
    tags = [{"station": "a b"}, {"station": "京,1"}, {}]
    prefixes = [series("reading", one) for one in tags]
    kinds = (np.int32, np.float64, np.int32, np.int64)
    columns = [np.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds)]
    lines = readings(prefixes, *columns)
    assert len(lines) == len(rows)
    assert lines.part(0, len(lines)) == bytes(lines.data)[: int(lines.ends[-1]) if rows else 0]
    for at, (which, value, flags, time) in enumerate(rows):
        point = Point("reading", tags[which], {"value": value, "flags": flags}, time)
        ours, theirs = (OLD.parse(line.decode().removesuffix("\n")) for line in (lines.part(at, at + 1), point.line))
        assert ours == theirs
        assert _bits(ours.fields["value"]) == _bits(value)


@given(st.lists(st.integers(0, 9), max_size=8), st.data())
def test_parts_of_lines_are_whole_lines(values, data):
    points = [Point("m", {}, {"v": "x" * value}, value) for value in values]
    lines = Lines.of(points)
    first = data.draw(st.integers(0, len(values)))
    last = data.draw(st.integers(first, len(values)))
    assert lines.part(first, last) == b"".join(point.line for point in points[first:last])


# the official cases: github.com/influxdata/line-protocol-corpus


@pytest.fixture(scope="module")
def corpus(oracles):
    """Return the official cases, those that are text."""
    with gzip.open(oracles / "protocols" / "influx_lineproto" / "corpus.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)


def _plain(value):
    """Return a value of the corpus; whole numbers and floats are told apart by their key."""
    [(kind, plain)] = value.items()
    return float(plain) if kind == "float" else plain


def _point(metric):
    tags = {tag["key"]: tag["value"] for tag in metric["tags"]}
    return metric["name"], tags, {field["key"]: _plain(field["value"]) for field in metric["fields"]}


def test_points_are_written_as_the_official_encoder_writes_them(corpus):
    compared = 0
    for case in corpus["encode"].values():
        name, tags, fields = _point(case["input"]["point"])
        texts = [name, *tags, *tags.values(), *fields]
        if "error" in case["output"] or "\n" in repr(fields) or any(_said(text) != text for text in texts):
            continue  # what is lost on purpose: the tests above
        official, _, _ = case["output"]["result"].replace("\n", " ").rpartition(" ")
        ours, _, _ = Point(name, tags, fields, 1).line.decode().rpartition(" ")
        assert OLD.parse(ours) == OLD.parse(official)
        assert ours.partition(" ")[0] == official.partition(" ")[0] or "\\ " in ours
        compared += 1
    assert compared >= 105


def test_the_grammar_of_these_tests_reads_the_official_cases(corpus):
    """Else the round trips above prove nothing: it reads what is valid, and refuses what is not."""
    read = refused = 0
    for case in corpus["decode"].values():
        text = case["input"]["text"]
        if not isinstance(text, str) or not text.isprintable():
            continue
        try:
            found = OLD.parse(text)
        except LineError:
            found = None
        if "error" in case["output"]:
            if found is None or "out of range" in case["output"]["error"]:
                refused += 1
                continue
            raise AssertionError((text, case["output"]["error"]))
        [metric] = case["output"]["result"] or [None]
        if found is None:
            given_time = text.split(" ")[-1].isdigit() or text.split(" ")[-1][1:].isdigit() or text.endswith(" ")
            assert metric is None or given_time or "uint" in repr(metric) or "time=" in text, text
            continue
        name, tags, fields = _point(metric)
        assert (found.measurement, dict(found.tags), dict(found.fields)) == (name, tags, fields)
        read += 1
    assert read > 100
    assert refused > 250
