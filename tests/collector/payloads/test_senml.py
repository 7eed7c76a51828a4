"""SenML against the examples of RFC 8428 and their resolved forms."""

from __future__ import annotations

import json

import msgspec
import pytest

from collector.deadletter import Reason
from collector.payloads import decode, senml


def resolved(payload, now=0.0):
    records = senml.resolve(senml.read_pack(payload), now=now)
    return json.loads(msgspec.json.encode([one.record for one in records]))


@pytest.mark.parametrize("number", range(1, 13))
def test_examples_of_the_rfc_resolve_to_its_resolved_forms(oracles, number):
    """All twelve, exactly; packs without a time are resolved at the moment that the resolved form names."""
    folder = oracles / "protocols" / "senml_rfc8428"
    payload = (folder / f"ex{number}.gen.json").read_bytes()
    expected = json.loads((folder / f"ex{number}.gen.resolved.json").read_bytes())
    found = resolved(payload, now=expected[0]["t"])
    without_data = [record for record in found if "vd" not in record]  # the resolved forms leave data values out
    assert without_data == expected
    assert len(found) - len(without_data) == payload.count(b'"vd"')


@pytest.mark.parametrize("number", range(1, 13))
def test_every_record_of_the_examples_is_an_entry_or_a_reject(oracles, number):
    payload = (oracles / "protocols" / "senml_rfc8428" / f"ex{number}.gen.json").read_bytes()
    entries, rejects = decode(payload)
    assert len(entries) + len(rejects) == len(resolved(payload))


def test_sums_of_base_and_own_value_are_those_that_people_write():
    pack = b'[{"bn":"a:","n":"x","bt":1320067464.1,"bv":0.1,"t":0.2,"v":0.2}]'
    assert resolved(pack) == [{"n": "a:x", "t": 1320067464.3, "v": 0.3}]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"vs": "text"}, Reason.NO_VALUE),
        ({"vb": True}, Reason.NO_VALUE),
        ({"vd": "aGk"}, Reason.NO_VALUE),
        ({"s": 5}, Reason.NO_VALUE),
        ({"v": 1, "bt": 0}, Reason.NO_TIME),
        ({"v": 1, "t": -5, "bt": 0}, Reason.NO_TIME),
        ({"v": 1, "must_": 2}, Reason.UNDECODABLE),
        ({"v": 1, "bver": 11}, Reason.UNDECODABLE),
        ({"v": 1, "n": "bad name"}, Reason.UNDECODABLE),
        ({"v": "1"}, Reason.UNDECODABLE),
    ],
)
def test_what_cannot_be_a_reading_says_why(record, reason):
    payload = json.dumps([{"bt": 1320067464, "n": "pm25", **record}]).encode()
    entries, rejects = decode(payload)
    assert entries == []
    assert [reject.reason for reject in rejects] == [reason]


def test_base_fields_hold_until_the_next_and_a_record_of_base_fields_alone_is_no_reading():
    pack = b'[{"bn":"a:","bu":"ug/m3","bt":1320067464},{"n":"x","v":1},{"bn":"b:","n":"x","u":"mg/m3","v":2}]'
    assert resolved(pack) == [
        {"n": "a:x", "u": "ug/m3", "t": 1320067464, "v": 1},
        {"n": "b:x", "u": "mg/m3", "t": 1320067464, "v": 2},
    ]


def test_own_json_is_not_taken_for_senml():
    """Sensors may have keys of their own; only a name at the head makes a pack."""
    entries, rejects = decode(b'{"t": 1795309200000, "v": 1, "device": {"n": "x"}}')
    assert (len(entries), rejects) == (1, [])
