"""What the judges of water say stands in a real InfluxDB, panel by panel, from readings on."""

from __future__ import annotations

import pytest

from aggregator import testing_stations
from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from dashboards.boards import boards
from dashboards.expected import Expected
from dashboards.projection.state import NAME, State
from dashboards.projection.writer import Writer
from dashboards.verify import Ends, verify
from qualicity.model import Batch
from qualicity.network_file import site_network
from qualicity.periods import DAY_MS, day_start
from qualicity.settings import Settings
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Influx
from qualicity.store.influx_delivery import Sender
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock

DAYS = 40
END = day_start(testing_stations.FIRST) + DAYS * DAY_MS


@pytest.fixture
def judged(tmp_path):
    """A site of sources, a section, outlets and a catchment, judged: its pipeline."""
    (tmp_path / "network.toml").write_text(testing_stations.NETWORK, encoding="utf-8")
    clock = FakeClock(END + 3 * DAY_MS)
    with EmbeddedStore(tmp_path, writer=True, clock=clock) as store, Ledger(tmp_path / "ledger.db", clock) as ledger:
        for rows in testing_stations.tables(store.registry, days=DAYS):
            store.append(Batch(rows))
        pipeline = Pipeline(store, ledger, site_network(tmp_path, Settings()), clock)
        aggregator = Aggregator(pipeline)
        aggregator.follow()
        aggregator.judge_due()
        yield pipeline


def test_every_panel_says_what_the_judges_say(judged, tmp_path, influxd):
    with Influx(influxd.address) as influx, State(tmp_path / NAME) as state:
        writer = Writer(influx, judged, state, Sender(influx.write))
        while writer.round():
            pass
        shown = [board for board in boards() if board.medium in {"water", "wastewater"}]
        expected = Expected(judged, ())
        checked = list(verify(shown, expected, judged.network, influx.query, Ends(END, END)))
        assert [one for one in checked if one.problem] == []
        filled = {(one.board, one.panel) for one in checked if one.rows}
        panels = {(board.id, panel.title.en) for board in shown for panel in board.panels}
        assert panels - filled == set()
        for name in ("day", "month"):
            [series] = influx.query(f"SELECT count(level) FROM discharge_verdict WHERE span = '{name}'")
            assert series.rows[0][1] >= 3
