"""The outbox: what must be sent, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from alerting.message import Notice
from alerting.store.database import Database

State = Literal["waiting", "leased", "delivered", "dead"]


class Row(NamedTuple):
    """One row, for reports and workers."""

    id: int
    notice: Notice
    state: State
    attempts: int
    next_at: int  # ms UTC
    code: str  # the provider's
    answer: str
    made: int
    settled: int  # 0 = not yet


class Outbox:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, notices: Iterable[Notice], now: int) -> int:
        """Put in what is not there yet; return how many were new. Inside the transaction of the decision."""
        raise NotImplementedError
