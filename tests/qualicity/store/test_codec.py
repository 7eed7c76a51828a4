"""Rows as bytes and back, whatever is in them; texts from one registry to another."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualicity.errors import IntegrityError
from qualicity.model import COLUMNS, TEXTS, Observations, Registry
from qualicity.store.codec import Recoder, decode, encode

INT64 = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), 2**63 - 1, 0, 1_795_309_200_000])


@st.composite
def tables(draw):
    """Return rows with any bits in them, with columns that are one value throughout and columns close together."""
    rows = draw(st.integers(1, 6))
    registry = Registry(["", *"abcde"])
    columns = {}
    for name, dtype in COLUMNS.items():
        if name == "seq":
            continue
        if name in TEXTS:
            one = st.integers(0, 5)
        elif dtype.itemsize == 4:
            one = st.integers(-(2**31), 2**31 - 1)
        else:
            low = draw(st.integers(-(2**62), 2**62))
            one = draw(st.sampled_from([INT64, st.integers(low, low + 300), st.integers(low, low + 2**31 - 1)]))
        bits = draw(st.lists(one, min_size=rows, max_size=rows)) if draw(st.booleans()) else draw(one)
        column = np.array(bits, np.int64 if dtype.kind == "f" else dtype)
        columns[name] = column.view(np.float64) if dtype.kind == "f" else column
    return Observations.build(registry, rows, **columns)


def bits(rows):
    return {name: column.tobytes() for name, column in rows.columns.items() if name != "seq"}


@settings(max_examples=80, deadline=None)
@given(tables(), st.integers(1, 2**40))
def test_rows_come_back_bit_by_bit(rows, first):
    back = decode(encode(rows), first, rows.registry)
    assert bits(back) == bits(rows)
    assert back["seq"].tolist() == list(range(first, first + len(rows)))


def test_columns_close_together_take_few_bytes():
    start = 1_795_309_200_000 + np.arange(1000)
    assert len(encode(Observations.build(Registry(), 1000, start=start))) < 2_300
    assert len(encode(Observations.build(Registry(), 1000))) < 200


def test_a_body_that_is_not_what_was_written_is_found():
    body = bytearray(encode(Observations.build(Registry(), 3, start=np.arange(3))))
    for at in range(len(body)):
        broken = bytes(body[:at]) + bytes([body[at] ^ 1]) + bytes(body[at + 1 :])
        with pytest.raises(IntegrityError):
            decode(broken, 1, Registry())


def test_texts_are_coded_anew_and_remembered():
    recoder = Recoder(Registry(["", "b", "a"]))
    for texts in (["", "a", "b", "c"], ["", "c", "b", "d"]):  # of one process, and of another
        registry = Registry(texts)
        for _ in range(2):
            station = np.arange(len(registry), dtype=np.int32)
            rows = Observations.build(registry, len(registry), station=station, unit="e")
            found = recoder.recode(rows)
            assert [found.registry.text(code) for code in found["station"]] == registry.texts()[: len(station)]
            assert {found.registry.text(code) for code in found["unit"]} == {"e"}


def test_columns_of_one_value_cannot_be_written_to():
    rows = Observations.build(Registry(), 2, value=1.5)
    with pytest.raises(ValueError, match="read-only"):
        rows["value"][0] = 2.0
    assert struct.pack("<2d", *rows["value"]) == struct.pack("<2d", 1.5, 1.5)
