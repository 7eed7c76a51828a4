"""The standard's checksum, the variants of the field, and what a checksum is worth."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.hj212.crc import Mode, crc_text, matches, variants

VECTORS = {
    b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&": "1C80",
    b"QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&": "2200",
    b"": "FFFF",
    b"\x00": "4040",
    b"123456789": "2F80",
}


def by_the_text(segment):
    """Annex A as it is printed: bit by bit, a byte after the other."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            odd = register & 1
            register >>= 1
            if odd:
                register ^= 0xA001
    return f"{register:04X}"


@pytest.mark.parametrize(("segment", "text"), VECTORS.items())
def test_vectors_of_the_standard(segment, text):
    assert crc_text(segment) == by_the_text(segment) == text


@given(st.binary(max_size=300))
def test_words_folded_give_what_bits_give(segment):
    assert crc_text(segment) == by_the_text(segment)


@pytest.mark.parametrize("length", [*range(20), 63, 64, 65, 127, 128, 129, 1023, 1024, 1025])
def test_every_length_is_folded(length):
    segment = random.Random(length).randbytes(length)
    assert crc_text(segment) == by_the_text(segment)


def test_modbus_is_another_checksum():
    """Trap 1: public code takes the CRC of Modbus for that of HJ 212."""
    assert crc_text(b"123456789", "modbus_be") == "4B37"
    assert crc_text(b"123456789", "modbus_le") == "374B"
    assert crc_text(b"123456789") == "2F80"


def test_letters_may_be_small():
    """Real devices send 7d00 and cc01."""
    assert matches(b"123456789", "2f80")
    assert matches(b"123456789", "4b37", Mode.MODBUS_BE)
    assert not matches(b"123456789", "2F81")


def test_a_refusal_can_say_which_variant_is_right():
    assert variants(b"123456789", "374b") == (Mode.MODBUS_LE,)
    assert variants(b"123456789", "2F80") == (Mode.HJ,)
    assert variants(b"123456789", "0000") == ()


@pytest.mark.parametrize("text", ["", "ZZZZ", "2F8", "02F80", "\xff\xff\xff\xff", "\uff12F80"])
def test_what_is_no_checksum_matches_nothing(text):
    assert not matches(b"123456789", text)
    assert variants(b"123456789", text) == ()


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="crc32"):
        crc_text(b"", "crc32")


def test_there_are_only_256_checksums():
    """So a match is weak evidence: the rest of a frame is checked too."""
    dice = random.Random(212)
    assert len({crc_text(dice.randbytes(40)) for _ in range(20_000)}) == 256
