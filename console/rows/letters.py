"""Dead letters as rows: what the API and the command line print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from qualicity.model import DeadLetter
from qualicity.store.dead_letters import DeadLetterCount

Row = Mapping[str, Any]


def letter_row(number: int, letter: DeadLetter) -> Row:
    """Return a letter."""
    return {"id": number, **asdict(letter), "payload": text_of(letter.payload)}


def count_row(count: DeadLetterCount) -> Row:
    """Return how often one thing went wrong at one station."""
    return {**asdict(count), "sample": text_of(count.sample)}


def text_of(payload: bytes) -> str:
    """Return what a stranger has sent as a text; what is no UTF-8 as its bytes."""
    return payload.decode("utf-8", "backslashreplace")
