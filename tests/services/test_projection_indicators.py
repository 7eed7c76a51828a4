"""Judgements of indicators in a real InfluxDB: a copy of targets.db by a position of its own."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from dashboards.boards import boards
from dashboards.expected import Expected
from dashboards.projection.indicators import IndicatorLog
from dashboards.schema import INDICATOR, INDICATOR_AREA
from dashboards.verify import Ends, verify
from qualicity.errors import Retryable
from qualicity.model import Position
from qualicity.periods import day_start
from qualicity.store.ledger import Draft, Ledger
from targets.computation import Scope
from targets.evaluation import evaluate
from targets.judging import draft_of
from targets.model import Status
from targets.records.store import RecordStore
from targets.register import register
from targets.testing import MemoryVerdicts

END = day_start(dt.date(2017, 1, 1)) - 1


@pytest.fixture
def influxd(any_influxd):
    """Every version at hand."""
    return any_influxd


@pytest.fixture(scope="module")
def drafts(tmp_path_factory):
    """Return what is judged of two years without any record: every indicator, by every version of its target."""
    with RecordStore(tmp_path_factory.mktemp("empty") / "records.db", None, reader=True) as records:
        scope = Scope("", "440300", 2014, 2015, dt.date(2016, 4, 1))
        return [draft_of(item) for item in evaluate(register().rows, records.counting(), MemoryVerdicts(), scope)]


@pytest.fixture
def ledger(air_site):
    with Ledger(air_site.folder / "targets.db", air_site.clock) as ledger:
        yield ledger


@pytest.fixture
def log(air_site):
    with IndicatorLog(air_site.folder / "targets.db", register().indicators, air_site.clock) as log:
        yield log


def _judged(ledger, draft, **changed):
    ledger.write([draft._replace(result={**draft.result, **changed})], Position("e", 1), "code", {})


def _happens(ledger, drafts, dice):
    """Let some indicators be judged otherwise: figures come and go."""
    for draft in dice.sample(drafts, 30):
        value = dice.choice([None, dice.uniform(0, 100)])
        _judged(
            ledger, draft, status=dice.choice(list(Status)).value, value=value, path=value, progress=value,
            interval=None if value is None else [value - 1, value + 1], synthetic=dice.random() < 0.5,
        )  # fmt: skip


def _stands(site):
    """Return every point as the database has it: measurement, tags, time, fields."""
    found = {}
    for name in (INDICATOR.name, INDICATOR_AREA.name):
        for series in site.influx.query(f'SELECT * FROM "{name}" GROUP BY *'):
            for row in series.rows:
                values = dict(zip(series.columns, row, strict=True))
                place = (name, tuple(sorted(series.tags.items())), values.pop("time"))
                found[place] = {key: value for key, value in values.items() if value is not None}
    return found


def _wanted(log):
    return {
        (point.measurement, tuple(sorted(point.tags.items())), point.time): {
            name: value for name, value in point.fields.items() if value is not None
        }
        for point in log.everything()
    }


def _problems(site, log):
    expected = Expected(site.pipeline, (), None, log)
    own = [board for board in boards() if board.id == "indicators"]
    checked = list(verify(own, expected, site.network, site.influx.query, Ends(END, END)))
    assert len(checked) > 60
    return [(one.panel, one.problem) for one in checked if one.problem]


def test_a_site_that_has_judged_none_writes_none(air_site, log):
    writer = air_site.writer(indicators=log)
    air_site.drain(writer)
    assert (_stands(air_site), writer.lag_indicators()) == ({}, 0)


def test_the_copy_follows_the_ledger_and_the_board_agrees(air_site, ledger, log, drafts):
    """Whatever was judged when: figures that are lost do not shine through, and a board's answers are the ledger's."""
    dice = random.Random(8)
    ledger.write(drafts, Position("e", 1), "code", {})
    writer = air_site.writer(indicators=log)
    assert writer.lag_indicators() == len(drafts)
    air_site.drain(writer)
    for _ in range(3):
        _happens(ledger, drafts, dice)
        air_site.drain(writer)
        assert writer.lag_indicators() == 0
        assert _stands(air_site) == _wanted(log)
    assert writer.round() is False
    assert _problems(air_site, log) == []
    air_site.influx.write(
        f"indicator_area,area=product,year=2015 achieved=99i {day_start(dt.date(2015, 1, 1))}\n".encode()
    )
    assert {panel for panel, _ in _problems(air_site, log)} == {"Status by area"}


def test_while_the_database_is_away_the_position_stays(air_site, ledger, log, drafts, influxd):
    writer = air_site.writer(indicators=log)
    air_site.drain(writer)
    influxd.kill()
    ledger.write(drafts, Position("e", 1), "code", {})
    with pytest.raises(Retryable):
        writer.round()
    assert writer.lag_indicators() == len(drafts)
    influxd.start()
    air_site.drain(air_site.writer(indicators=log))
    assert _stands(air_site) == _wanted(log)


def test_another_register_is_written_anew(air_site, ledger, log, drafts):
    """What is in force no more counts no more; nothing of the old areas stays."""
    ledger.write(drafts, Position("e", 1), "code", {})
    air_site.drain(air_site.writer(indicators=log))
    known = {name: row for name, row in register().indicators.items() if row.area != "brand"}
    with IndicatorLog(air_site.folder / "targets.db", known, air_site.clock) as other:
        writer = air_site.writer(indicators=other)
        air_site.drain(writer)
        found = _stands(air_site)
        assert found == _wanted(other)
        assert "brand" not in {dict(tags)["area"] for name, tags, _ in found if name == INDICATOR_AREA.name}
        assert writer.round() is False
    (air_site.folder / "restored").mkdir()
    with Ledger(air_site.folder / "restored" / "targets.db", air_site.clock) as restored:
        restored.write([Draft(*drafts[0])], Position("e", 1), "code", {})
    with IndicatorLog(air_site.folder / "restored" / "targets.db", known, air_site.clock) as younger:
        air_site.drain(air_site.writer(indicators=younger))
        assert _stands(air_site) == _wanted(younger)


def test_what_the_database_would_not_keep_is_not_sent(air_site, ledger, log, drafts):
    ledger.write(drafts, Position("e", 1), "code", {})
    writer = air_site.writer(indicators=log, retention_days=300)  # today is in April 2016
    air_site.drain(writer)
    assert _stands(air_site) == {}
    assert writer.lag_indicators() == 0
