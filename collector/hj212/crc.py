"""The checksum behind a data segment (annex A), and the wrong ones that are met in the field.

The standard's register is shifted by a byte before each byte is taken in, so its low byte never takes part:
the state is one byte. A step is linear over exclusive or, and eight steps are the identity. So the checksum of a
segment is that of the exclusive or of its words of eight bytes, counted from its end. It also follows that only
256 checksums exist: a match is weak evidence, and length, end and fields are checked too.
"""

from __future__ import annotations

import enum
from functools import cache

_POLYNOMIAL = 0xA001
_START = 0xFFFF
_WORD = 64  # bits after which the steps of the standard's register repeat


class Mode(enum.StrEnum):
    """How a logger makes its checksum; `crc` in the network file."""

    HJ = "hj"  # the standard's
    MODBUS_BE = "modbus_be"  # CRC-16/MODBUS, high byte first
    MODBUS_LE = "modbus_le"  # the same, low byte first, as Modbus itself sends it


def _step(register: int) -> int:
    for _ in range(8):
        register = (register >> 1) ^ _POLYNOMIAL if register & 1 else register >> 1
    return register


_TABLE = tuple(_step(byte) for byte in range(256))
_STATE = bytes(entry >> 8 for entry in _TABLE)


def crc_text(segment: bytes, mode: Mode | str = Mode.HJ) -> str:
    """Return the checksum of a data segment as four hexadecimal digits.

    Args:
        segment: the bytes between the length and the checksum.
        mode: the variant.

    Raises:
        ValueError: no such variant.
    """
    mode = Mode(mode)
    if mode is Mode.HJ:
        return f"{_standard(segment):04X}"
    register = _modbus(segment)
    if mode is Mode.MODBUS_LE:
        register = (register & 0xFF) << 8 | register >> 8
    return f"{register:04X}"


def matches(segment: bytes, text: str, mode: Mode | str = Mode.HJ) -> bool:
    """Return whether a checksum as sent, in either case of letters, is that of a data segment."""
    return crc_text(segment, mode) == text.upper()


def variants(segment: bytes, text: str) -> tuple[Mode, ...]:
    """Return the variants under which a checksum as sent is right: what a refusal can advise to set."""
    return tuple(mode for mode in Mode if matches(segment, text, mode))


def _standard(segment: bytes) -> int:
    if not segment:
        return _START
    folded = int.from_bytes(segment, "big") ^ (_START >> 8) << 8 * (len(segment) - 1)
    half = _largest_half(len(segment))
    while half >= _WORD:
        folded = folded >> half ^ folded & (1 << half) - 1
        half >>= 1
    state = 0
    *first, last = folded.to_bytes(_WORD // 8, "big")
    for byte in first:
        state = _STATE[state ^ byte]
    return _TABLE[state ^ last]


@cache
def _largest_half(length: int) -> int:
    """Return the bits at which a number of so many bytes is first folded: a power of two, a word or more."""
    half = _WORD
    while half * 2 < length * 8:
        half *= 2
    return half


def _modbus(segment: bytes) -> int:
    register = _START
    for byte in segment:
        register = register >> 8 ^ _TABLE[(register ^ byte) & 0xFF]
    return register
