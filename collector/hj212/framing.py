"""From a stream of bytes to frames (6.3): `##`, four digits, the data segment, its checksum, CR LF.

Nothing that arrives raises, and no more is kept than the largest frame. Where a frame fails, the search goes on
one byte behind its beginning, so a frame behind or inside rubbish is found; no byte is searched again and again.
Lengths are told in bytes: Chinese text is UTF-8.

Two deviations are taken as they are met: a length that counts its own `##LLLL` too, six bytes too many, where
the checksum proves it; and encrypted packets of the 2025 edition, whose length is that of the plain text
(annex A.2), which are ended by `&&`, checksum and CR LF.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from collector.hj212.crc import variants

LARGEST = 8192
"""Bytes of the largest frame: one of 1,024 bytes that is encrypted takes some 5,000."""

_START = b"##"
_END = b"\r\n"
_HEAD = 6  # ## and the length
_AROUND = 12  # ##, length, checksum, CR LF
_COUNTED = 6  # by loggers that count ## and the length too
_SEGMENT_HEAD = 256  # where the CP begins, at the latest
_ENCRYPTED = b"CP=&&{"
_TAIL = re.compile(rb"&&[0-9A-Fa-f]{4}")
_BLANK = b"\r\n \t\x00"
_WAIT = 0


class Frame(NamedTuple):
    """A frame; nothing but its outline is checked."""

    raw: bytes
    segment: bytes
    crc: str  # as sent


class Broken(NamedTuple):
    """Bytes that are no frame."""

    raw: bytes  # at most as many as the largest frame has
    reason: str


class Framer:
    """Finds the frames of one connection.

    Args:
        largest: bytes of the largest frame.
    """

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._resync = 0  # before it no end of line with a start of a frame behind it
        self._ends = 0  # before it no end of line

    @property
    def pending(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return len(self._buffer)

    @property
    def rest(self) -> bytes:
        """What waits for the rest of its frame."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[Frame | Broken]:
        """Take bytes as they arrive; return what they complete, in order."""
        buffer = self._buffer
        buffer += data
        found: list[Frame | Broken] = []
        at = skipped = 0  # skipped: where the bytes begin that are no frame
        reason = ""
        while True:
            start = buffer.find(_START, at)
            if start < 0:
                at = max(at, len(buffer) - (buffer.endswith(b"#") and 1))
                reason = reason or "no ## begins it"
                break
            if start > at:
                reason = reason or "no ## begins it"
            end, why = self._end(start)
            if end == _WAIT:
                at = start
                break
            if why:
                reason = reason or why
                at = start + 1
                continue
            self._note(found, skipped, start, reason)
            found.append(Frame(bytes(buffer[start:end]), bytes(buffer[start + _HEAD : end - 6]), _crc(buffer, end)))
            at = skipped = end
            reason = ""
        self._note(found, skipped, at, reason)
        del buffer[:at]
        self._resync = max(0, self._resync - at)
        self._ends = max(0, self._ends - at)
        return found

    def _note(self, found: list[Frame | Broken], start: int, end: int, reason: str) -> None:
        """Note the bytes of a gap, unless they are blank: modems send such to keep a line open."""
        if self._buffer[start:end].strip(_BLANK):
            found.append(Broken(bytes(self._buffer[start : min(end, start + self._largest)]), reason))

    def _end(self, start: int) -> tuple[int, str]:
        """Return the end of the frame that begins at a place, or 0 where more has to come, or why it is none."""
        buffer = self._buffer
        digits = buffer[start + 2 : start + _HEAD]
        if digits and not digits.isdigit():
            return -1, "its length is not four digits"
        if len(digits) < _HEAD - 2:
            return _WAIT, ""
        length = int(digits)
        end = start + length + _AROUND
        if end - start > self._largest:
            return -1, f"its length {length} is more than a frame may have"
        for place in (end, end - _COUNTED):
            if buffer[place - 2 : place] == _END and (place == end or self._counts_head(start, place)):
                return place, ""
        return self._other_end(start, end, length)

    def _other_end(self, start: int, end: int, length: int) -> tuple[int, str]:
        """Return the same of a frame that does not end where its length says."""
        if end > len(self._buffer):
            vain = self._next_begins(start)
            return (-1, f"it ends before its length {length}") if vain else (_WAIT, "")
        opened = self._buffer.find(_ENCRYPTED, start, start + _SEGMENT_HEAD)
        if opened >= 0:
            return self._encrypted_end(start, opened)
        return -1, f"no CR LF stands where its length {length} ends"

    def _counts_head(self, start: int, end: int) -> bool:
        """Return whether a frame that is six bytes shorter than it says ends here: its checksum decides."""
        buffer = self._buffer
        if end - start < _AROUND + 2 or not _TAIL.fullmatch(buffer[end - 8 : end - 2]):
            return False
        return bool(variants(bytes(buffer[start + _HEAD : end - 6]), _crc(buffer, end)))

    def _next_begins(self, start: int) -> bool:
        """Return whether another frame begins before this one is whole: its length is wrong, waiting is vain."""
        place = self._buffer.find(_END + _START, max(start + _HEAD, self._resync))
        self._resync = place if place >= 0 else max(0, len(self._buffer) - 3)
        return place >= 0

    def _encrypted_end(self, start: int, opened: int) -> tuple[int, str]:
        """Return the end of an encrypted frame, which its length does not tell; its CP opens at a place."""
        buffer = self._buffer
        place = buffer.find(_END, max(start + _HEAD, self._ends))
        self._ends = place if place >= 0 else max(0, len(buffer) - 1)
        if place < 0:
            waits = len(buffer) - start < self._largest
            return (_WAIT, "") if waits else (-1, "it is encrypted and longer than a frame may be")
        end = place + len(_END)
        if opened < place and end - start <= self._largest and _TAIL.fullmatch(buffer[end - 8 : end - 2]):
            return end, ""
        return -1, "it is encrypted and does not end with && and a checksum"


def whole(payload: bytes, largest: int = LARGEST) -> Frame | Broken:
    """Return the one frame that a message holds, with or without its CR LF."""
    found = Framer(largest).feed(payload.rstrip(_BLANK) + _END)
    if len(found) == 1:
        return found[0]
    return Broken(payload[:largest], f"{len(found)} frames in one message" if found else "the frame is not whole")


def _crc(buffer: bytearray, end: int) -> str:
    return buffer[end - 6 : end - 2].decode("latin-1")
