"""A backup of a running collector, restored and served beside it: two logs share their past, and nothing is mixed."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
import time

import numpy as np
import pytest

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from collector.publisher import Outgoing, Publisher
from collector.service import run
from collector.testing import small_network
from qualicity.clock import SystemClock
from qualicity.errors import IntegrityError
from qualicity.periods import HOUR_MS, day_start
from qualicity.settings import JournalSettings, MqttSettings, Settings, load_settings
from qualicity.store.backup import ASIDE, SETTINGS, backup, restore
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import Ledger

BEGIN = day_start(dt.date(2026, 6, 1))


@contextlib.contextmanager
def _collecting(folder, mqtt):
    """Collect into a folder, sealing all the while, until the block ends; yield the state of intake."""
    settings = Settings(mqtt=mqtt, journal=JournalSettings(seal_rows=100, commit_age=0.02))
    stop, states = threading.Event(), []
    with EmbeddedStore(folder, writer=True, clock=SystemClock()) as store:
        arguments = (settings, small_network(), store, stop)
        thread = threading.Thread(target=run, args=arguments, kwargs={"clock": SystemClock(), "report": states.append})
        thread.start()
        try:
            _until(lambda: states and states[-1].connected)
            yield states
        finally:
            stop.set()
            thread.join(30)


def _until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def _publish(publisher, first, count):
    hours = range(first, first + count)
    payloads = [json.dumps({"t": BEGIN + n * HOUR_MS, "v": n, "u": "ug/m3", "p": 3600}).encode() for n in hours]
    publisher.publish([Outgoing(0, "c/air/s1/pm25", payload) for payload in payloads])


def _values(store):
    return np.unique(np.concatenate([table["value"] for table in store.scan()])).astype(int).tolist()


def _judged(store, ledger):
    aggregator = Aggregator(Pipeline(store, ledger, small_network(), SystemClock()))
    rows = aggregator.follow()
    return rows, aggregator.judge_due()


def test_a_copy_is_served_beside_the_service_it_was_taken_from(mosquitto, tmp_path):
    """Each keeps what it was sent, under an epoch of its own; consumers of the copy look at everything again."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    (one / SETTINGS).write_text(f'[mqtt]\nurl = "{mosquitto.url}"\n', encoding="utf-8")
    (one / "oncall.toml").write_text("", encoding="utf-8")
    mqtt = MqttSettings(url=mosquitto.url)
    publisher = Publisher(MqttSettings(url=mosquitto.url))
    with _collecting(one, mqtt) as first:
        _publish(publisher, 0, 400)
        _until(lambda: first[-1].acknowledged >= 400)
        with EmbeddedStore(one, writer=False, clock=SystemClock()) as store, _ledger(one) as ledger:
            assert _judged(store, ledger)[0] >= 400
            before = store.head()
        _publish(publisher, 400, 100)
        backup(one, tmp_path / "backup")
        with EmbeddedStore(one, writer=False, clock=SystemClock()) as store:
            _until(lambda: store.head().seq >= 500)
            lost = store.head()

        restore(tmp_path / "backup", two, beside=True)
        own = load_settings(two / SETTINGS).mqtt
        assert own.client_id.startswith(f"{mqtt.client_id}-")
        assert (two / f"{SETTINGS}{ASIDE}").read_bytes() == (one / SETTINGS).read_bytes()
        assert not (two / "oncall.toml").exists()
        with _collecting(two, own.model_copy(update={"url": mosquitto.url})) as second:
            _publish(publisher, 500, 300)
            _until(lambda: first[-1].acknowledged >= 800 and second[-1].acknowledged >= 300)
            assert first[-1].connections == second[-1].connections == 1  # neither has taken the other's session
    publisher.close()

    with EmbeddedStore(one, writer=True, clock=SystemClock()) as store:
        assert _values(store) == list(range(800))
        assert store.head().epoch == before.epoch
        assert store.verify() == []
    with EmbeddedStore(two, writer=True, clock=SystemClock()) as store, _ledger(two) as ledger:
        held = _values(store)
        assert {*range(400), *range(500, 800)} <= set(held) <= set(range(800))
        assert store.head().epoch != before.epoch
        assert store.verify() == []
        assert sum(map(len, store.scan(as_of=before))) == before.seq
        if lost.seq > before.seq + len(set(held) & set(range(400, 500))):  # rows that the backup did not have
            with pytest.raises(IntegrityError, match="not in this store"):
                list(store.scan(as_of=lost))
        rows, changed = _judged(store, ledger)
        assert rows == store.head().seq  # all, from the first one on
        assert "air/c/2026-06-22" in changed
        assert _judged(store, ledger) == (0, [])


def _ledger(folder):
    return Ledger(folder / "ledger.db", SystemClock())
