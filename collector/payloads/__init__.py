"""Payloads: bytes as they come from a sensor to entries, or to reasons why not."""

from __future__ import annotations

from collector.payloads import json, senml
from collector.payloads.entry import Decoded, Entry

__all__ = ["Decoded", "Entry", "decode"]


def decode(payload: bytes) -> Decoded:
    """Return the entries of a payload and the rejects; never raises for any bytes.

    Every payload is decoded by itself: joining payloads would let fragments of bad ones fuse into a reading
    that nobody sent.
    """
    if senml.may_be_pack(payload):
        pack = senml.decode(payload)
        if pack is not None:
            return pack
    return json.decode(payload)
