"""What a full disk is for the files that no journal holds: something that passes, said in words."""

from __future__ import annotations

import resource
import sqlite3

import pytest

from alerting.store import NAME as ALERTING
from alerting.store import AlertStore
from dashboards.projection.state import State
from qualicity.clock import SystemClock
from qualicity.errors import Retryable
from qualicity.store.durable import database_errors
from qualicity.store.ledger import Ledger


@pytest.fixture
def full():
    """A function after which no file can be written, or any again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(*, yes=True):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0 if yes else soft, hard))

    yield limit
    limit(yes=False)


def _ledger(folder):
    ledger = Ledger(folder / "ledger.db", SystemClock())
    return ledger, lambda text: ledger.set_note("tables", text)


def _state(folder):
    state = State(folder / "influx.db")
    return state, lambda text: state.set_note("epoch", text)


def _alerting(folder):
    store = AlertStore(folder / ALERTING)
    return store, lambda text: store.database.set_note("decided", text)


@pytest.mark.parametrize("opened", [_ledger, _state, _alerting])
def test_a_full_disk_is_something_that_passes(tmp_path, full, opened):
    """Not a fault: whoever runs the part is told to make room; and when there is some, the file goes on."""
    file, write = opened(tmp_path)
    with file:
        write("before")
        full()
        with pytest.raises(Retryable, match="make room"), database_errors():
            write("meanwhile")
        full(yes=False)
        write("after")


def test_an_error_that_does_not_pass_goes_on_as_it_is(tmp_path):
    """A file that is no database is no full disk."""
    (tmp_path / "x.db").write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"), database_errors():
        sqlite3.connect(tmp_path / "x.db").execute("SELECT 1 FROM a")
