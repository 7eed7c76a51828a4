"""Our own JSON: every form, every way to be wrong, and any bytes at all."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.deadletter import Reason
from collector.payloads import decode

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "300"))
T = 1795309200000


def payload(content):
    return json.dumps(content).encode()


def test_one_object():
    entries, rejects = decode(b'{"t":"2026-11-22T09:00:00+08:00","v":35.2,"u":"ug/m3","p":3600,"f":"N"}')
    assert rejects == []
    [entry] = entries
    assert entry.time.isoformat() == "2026-11-22T09:00:00+08:00"
    assert (entry.value, entry.unit, entry.period, entry.device_flag) == (35.2, "ug/m3", 3600, "N")


def test_an_array_keeps_its_good_objects():
    entries, rejects = decode(payload([{"t": T, "v": 1}, {"t": T, "v": "2"}, {"t": T, "v": 3}, 4]))
    assert [(entry.index, entry.value) for entry in entries] == [(0, 1), (2, 3)]
    assert [(reject.entry, reject.reason) for reject in rejects] == [(1, Reason.NO_VALUE), (3, Reason.UNDECODABLE)]


def test_values_of_several_parameters():
    entries, rejects = decode(payload({"t": T, "values": {"pm25": 1, "o3": 2.5}, "u": {"o3": "mg/m3"}}))
    assert [(entry.name, entry.value, entry.unit) for entry in entries] == [("pm25", 1, ""), ("o3", 2.5, "mg/m3")]
    assert rejects == []


def test_a_bad_value_among_values_does_not_take_the_others_with_it():
    entries, rejects = decode(payload({"t": T, "values": {"pm25": 1, "o3": "x", "co": True}}))
    assert [entry.name for entry in entries] == ["pm25"]
    assert [reject.reason for reject in rejects] == [Reason.NO_VALUE, Reason.NO_VALUE]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_told_from_garbage(text):
    """What loggers send instead of a value reaches the check for finite numbers, good neighbours survive."""
    entries, rejects = decode(b'[{"t": 1, "v": %s}, {"t": 2, "v": 5}]' % text.encode())
    assert len(entries) == 2
    assert rejects == []
    assert entries[1].value == 5


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.UNDECODABLE),
        (b"\xff\xfe{}", Reason.UNDECODABLE),
        (b"{", Reason.UNDECODABLE),
        (b"35.2", Reason.UNDECODABLE),
        (b"null", Reason.UNDECODABLE),
        (b"[]", Reason.UNDECODABLE),
        (b"[" * 100_000, Reason.UNDECODABLE),
        (b'{"t":1,"v":2}{"t":1,"v":2}', Reason.UNDECODABLE),
        (payload({"t": T, "v": 1, "values": {"pm25": 1}}), Reason.UNDECODABLE),
        (payload({"t": T, "v": 1, "u": {"pm25": "ug/m3"}}), Reason.UNDECODABLE),
        (payload({"t": T, "values": {}}), Reason.NO_VALUE),
        (payload({"t": "yesterday", "v": 1}), Reason.NO_TIME),
        (payload({"t": "2026-11-22", "v": 1}), Reason.NO_TIME),
        (payload({"t": True, "v": 1}), Reason.NO_TIME),
        (payload({"t": T, "v": "35.2"}), Reason.NO_VALUE),
        (payload({"t": T, "v": True}), Reason.NO_VALUE),
        (payload({"t": T, "v": 10**400}), Reason.NON_FINITE),
        (payload({"t": T, "v": 1, "u": 5}), Reason.WRONG_UNIT),
        (payload({"t": T, "v": 1, "p": "hour"}), Reason.BAD_FIELD),
        (payload({"t": T, "v": 1, "f": 7}), Reason.BAD_FIELD),
    ],
)
def test_what_is_wrong_is_named(content, reason):
    entries, rejects = decode(content)
    assert entries == []
    assert {reject.reason for reject in rejects} == {reason}


def test_keys_of_the_sensors_own_are_not_read():
    entries, rejects = decode(payload({"t": T, "v": 1, "rssi": -70, "battery": {"v": 3.3}}))
    assert (len(entries), rejects) == (1, [])


KEYS = ["t", "v", "u", "p", "f", "q", "dl", "poc", "statistic", "revision", "values", "n", "bn", "bt", "bver", "x_"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("2026-11-22T09:00:00Z"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=64) | json_values.map(payload))
def test_any_bytes_become_entries_or_rejects_never_neither(content):
    entries, rejects = decode(content)
    assert entries or rejects


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.fixed_dictionaries({"t": st.just(T), "v": json_values}), min_size=1, max_size=5))
def test_every_object_of_an_array_is_accounted_for(objects):
    entries, rejects = decode(payload(objects))
    assert {entry.index for entry in entries} | {reject.entry for reject in rejects} == set(range(len(objects)))
