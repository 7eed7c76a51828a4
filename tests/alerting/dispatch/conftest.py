"""A desk with people: duty-1 and duty-2 in turns of days, lead-1 behind them, boss-1 as the fallback."""

from __future__ import annotations

import datetime as dt

import pytest

from alerting.oncall.load import load_oncall
from alerting.oncall.testing import PEOPLE, Desk
from qualicity.periods import LAW_ZONE


def at(text: str) -> int:
    """Return a time of Thursday 2026-11-26 (or of another day, when it is given) as ms UTC."""
    whole = text if "T" in text else f"2026-11-26T{text}"
    return round(dt.datetime.fromisoformat(whole).replace(tzinfo=LAW_ZONE).timestamp() * 1000)


@pytest.fixture
def clock():
    """Return what reads times."""
    return at


@pytest.fixture
def people(tmp_path):
    """Return what loads the on-call file of the desk, with some texts replaced."""

    def loaded(*replaced: tuple[str, str], text: str = PEOPLE):
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "oncall.toml"
        path.write_text(text, encoding="utf-8")
        return load_oncall(path)

    return loaded


@pytest.fixture
def desk(people):
    """Return a desk at ten o'clock on a working day."""
    made = Desk(people(), at("10:00"))
    yield made
    made.store.close()
