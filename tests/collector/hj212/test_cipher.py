"""The encryption of the 2025 edition against the examples of its annex A.2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.hj212.cipher import decrypt, encrypt, is_encrypted
from collector.hj212.crc import crc_text, matches
from collector.hj212.framing import whole
from collector.hj212.segment import Malformed, parse
from qualicity.errors import InputError

KEY = b"0" * 16  # sixteen times 0x30
HEAD = "QN=20240520210700000;ST=31;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&"
FIRST = "DataTime=20240520210600;a01011-Min=1.35,a01011-Avg=1.35,a01011-Max=1.35,a01011-Flag=N;"
COMMON = (
    "E43E159ACFAB242CB53155FB8B9281A1A242577ABFAED881BE88B72D69FC55ED1A80119FAAC8B3CD33D285CC76F57F2C"
    "A7F88B9573C6647E0F07E24609BD6B63EB20C5B9784F28E71D2F4994FF61D9E1"
)
WHOLE = COMMON + (
    "C2B3075592B4D1E09C4D8BB27BE97B559E3DA6643781A6F477769DEEB009B10DFFF3426922725D607DC4480F0CAC5F70"
    "DB2587B124BCB281592721D6E4BC180A97E5E111499CBE822E31C8D7761553543AA24207C290997BBDE64F9266BC5F52"
    "9A172E381C1D898CA1A0D771A914A7B2D7467C70B94F1D4A7B0350A48DBF8B41"
)
WITH_REST = COMMON + (
    "3B391A1D2A454B65388D5D9435DBF021528C7BF9755EF16518710C0CAC0ADEF9C5156CD0A5A17674AC0ED2ABC40023E9"
    "EF70128554B82438E91ADCE98A0D03A4"
)
MORE = "a01012-Min=9.3,a01012-Avg=9.3,a01012-Max=9.3,a01012-Flag=N;a01014-Min=3.20,a01014-Avg=3.211,a01014-Max=3.212,"
EXAMPLES = {  # plain frame, encrypted blocks, rest, length of the segment on the wire
    "whole blocks": (f"##0295{HEAD}{FIRST}{MORE}a01014-Flag=N&&2200\r\n", WHOLE, "", 1128),
    "blocks and a rest": (
        f"##0234{HEAD}{FIRST}a01014-Min=3.20,a01014-Avg=3.20,a01014-Max=3.20,a01014-Flag=N&&B541\r\n",
        WITH_REST,
        "g=N",
        811,
    ),
}


def wire_of(plain, blocks, rest):
    """Return the frame as the standard prints it: the length of the plain text before more than that."""
    written = ",".join(f"0x{blocks[at : at + 2]}" for at in range(0, len(blocks), 2))
    return (plain[: 6 + len(HEAD)] + "{" + written + "}" + rest + plain[-8:]).encode()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_standard(example):
    plain, blocks, rest, on_the_wire = EXAMPLES[example]
    wire = wire_of(plain, blocks, rest)
    assert encrypt(plain.encode(), KEY) == wire
    frame = whole(wire)
    assert len(frame.segment) == on_the_wire
    assert is_encrypted(frame.segment)

    segment = decrypt(frame.segment, KEY)

    assert segment == plain.encode()[6:-6]
    assert matches(segment, frame.crc)
    assert not matches(frame.segment, frame.crc)
    assert parse(segment).field("a01014-Min") == "3.20"


@given(st.binary(max_size=100), st.binary(min_size=16, max_size=16))
def test_what_was_encrypted_comes_back(cp, key):
    segment = b"QN=1;CP=&&" + cp.replace(b"&", b"").replace(b"{", b"").replace(b"}", b"") + b"&&"
    frame = b"##%04d%b%b\r\n" % (len(segment), segment, crc_text(segment).encode())
    encrypted = encrypt(frame, key)
    assert encrypted[:6] == frame[:6]
    assert encrypted[-6:] == frame[-6:]
    assert decrypt(encrypted[6:-6], key) == segment


def test_another_key_shows_in_the_checksum():
    """As far as a checksum of one byte can."""
    plain, blocks, rest, _ = EXAMPLES["whole blocks"]
    frame = whole(wire_of(plain, blocks, rest))
    assert not matches(decrypt(frame.segment, b"1" * 16), frame.crc)


@pytest.mark.parametrize(
    "cp",
    [b"{", b"}", b"{}x}", b"{0x}", b"{0x00}", b"{0xE4,0x3E}", b"{0xG4}", b"{E4,3E}", b"{0x00,}", b"{}" + b"x" * 16,
     b"{" + b",".join([b"0x00"] * 17) + b"}", b"x{}"],
)  # fmt: skip
def test_what_encryption_does_not_make_is_malformed(cp):
    with pytest.raises(Malformed):
        decrypt(b"QN=1;CP=&&" + cp + b"&&", KEY)


@pytest.mark.parametrize("segment", [b"", b"CP=&&", b"CP=&&{}", b"{}&&"])
def test_what_has_no_cp_is_malformed(segment):
    with pytest.raises(Malformed):
        decrypt(segment, KEY)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_key_has_sixteen_bytes(length):
    with pytest.raises(InputError, match="16 bytes"):
        decrypt(b"CP=&&{}&&", b"0" * length)


def test_plain_segments_are_not_taken_for_encrypted_ones():
    assert not is_encrypted(b"QN=1;CP=&&DataTime=1&&")
    assert not is_encrypted(b"QN=1;CP=&&&&")
