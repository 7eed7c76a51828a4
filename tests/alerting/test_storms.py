"""Storms: what would be thousands of messages is a handful, and what flaps is told twice a day at most."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest

from alerting.compose import Composer
from alerting.dispatch import Dispatcher
from alerting.engine import Engine, Feed
from alerting.evaluation import Evaluator
from alerting.oncall.load import load_oncall
from alerting.rules.load import load_rules
from alerting.state import Kind
from alerting.store import NAME, AlertStore
from qualicity.checks import default_rules
from qualicity.model import Observations, Registry, Statistic
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS
from qualicity.settings import AlertingSettings

START = 1_781_485_200_000  # 2026-06-15 09:00 +08:00, a Monday
MINUTE = 60_000
ITEMS = ("so2", "no2", "co", "o3", "pm10", "pm25")
UNITS = {item: "mg/m3" if item == "co" else "ug/m3" for item in ITEMS}
ALL = "QUALICITY_EXAMPLES" in os.environ
"""The full storms; else two of them, and a slow one of fewer stations."""

ONCALL = """
[[channel]]
id = "chat"
kind = "dingtalk"
url_env = "CHAT_URL"

[[channel]]
id = "mail"
kind = "email"
url = "smtp://127.0.0.1:25"
sender = "alarms@example.org"
tls = "none"

[[person]]
id = "duty-1"
addresses = { chat = "13800000001", mail = "duty-1@example.org" }

[[person]]
id = "lead-1"
addresses = { mail = "lead-1@example.org" }

[[group]]
id = "duty"
people = ["duty-1"]

[[group]]
id = "leads"
people = ["lead-1"]

[[policy]]
id = "default"
fallback = "leads"

  [[policy.steps]]
  targets = ["group:duty"]
  channels = ["chat"]

  [[policy.steps]]
  after = "15 min"
  targets = ["group:leads"]
  channels = ["mail"]
  severities = ["P1", "P2"]
"""


def _network(stations, cities=1, gateways=1):
    return Network(
        tuple(City(id=f"c{n}") for n in range(cities)),
        tuple(
            Station(
                id=f"s{n}", city=f"c{n % cities}", gateway=f"g{n % gateways}" if gateways else "",
                channels=tuple(ChannelSettings(item, UNITS[item], expected_interval=300) for item in ITEMS),
            )
            for n in range(stations)
        ),
    )  # fmt: skip


class Running:
    """The real evaluator, engine and dispatcher under a clock that is set by hand."""

    def __init__(self, tmp_path, network):
        self.network = network
        (tmp_path / "oncall.toml").write_text(ONCALL, encoding="utf-8")
        rules = load_rules(None, network)
        self.store = AlertStore(tmp_path / NAME)
        oncall = load_oncall(tmp_path / "oncall.toml", policies={one.rule.policy for one in rules.rules})
        dispatcher = Dispatcher(self.store, oncall, rules, network, Composer(network, rules, AlertingSettings(), None))
        evaluator = Evaluator(rules, network, default_rules(), live_ms=6 * HOUR_MS)
        self.engine = Engine(self.store, rules, network, evaluator, dispatcher)
        self.registry = Registry()
        self._places = [
            (self.registry.code(station.id), self.registry.code(item)) for station in network.stations for item in ITEMS
        ]
        self._units = [
            self.registry.code("mg/m3" if item == "co" else "ug/m3") for _ in network.stations for item in ITEMS
        ]

    def readings(self, now, values, chosen=slice(None)):
        """Return one reading a channel that ends now."""
        stations, items = np.asarray(self._places[chosen]).T
        return Observations.build(
            self.registry, len(stations), station=stations, parameter=items, start=now - 300_000, period=300,
            value=values, unit=np.asarray(self._units[chosen]), received=now, source="test", statistic=Statistic.MEAN,
        )  # fmt: skip

    def round(self, now, *rows):
        """Run one round."""
        self.engine.round(Feed(rows=rows), now)

    def told(self):
        """Return how many messages each recipient is to get."""
        return Counter((row.notice.channel, row.notice.recipient) for row in self.store.outbox.recent(100_000))

    def kinds(self):
        """Return how often what happened."""
        return Counter(one.kind for one in self.store.alarms.after(0, 1_000_000))


@pytest.fixture
def running(tmp_path):
    made = []

    def make(**shape):
        made.append(Running(tmp_path, _network(**shape)))
        return made[0]

    yield make
    made[0].store.close()


@pytest.mark.parametrize(("cities", "gateways"), [(1, 1), (30, 0), *([(30, 1), (30, 30), (1, 0)] if ALL else [])])
def test_1500_stations_that_fall_silent_at_once_are_a_handful_of_messages(running, cities, gateways):
    """9,000 channels and 1,500 stations are silent; at most five messages a person, until all is well again."""
    run = running(stations=1500, cities=cities, gateways=gateways)
    rng = np.random.default_rng(7)
    now = START
    for _ in range(3):
        run.round(now, run.readings(now, rng.uniform(0.1, 2.0, 9000)))
        now += 5 * MINUTE
    while now < START + (HOUR_MS if ALL else 40 * MINUTE):
        run.round(now)
        now += MINUTE
    silent = run.told()
    for _ in range(4):
        run.round(now, run.readings(now, rng.uniform(0.1, 2.0, 9000)))
        for _ in range(5):
            now += MINUTE
            run.round(now)
    print(f"{cities} cities, {gateways} gateways: {dict(silent)} while silent, {dict(run.told())} in all")

    assert sum(silent.values()) > 0
    assert max(silent.values()) <= 5
    assert max(run.told().values()) <= 6  # and the end
    assert not any(kept.state.standing for kept in run.engine.alarms.values())
    first = run.store.outbox.report(run.store.incidents.latest(1)[0].id)
    assert first


def test_stations_that_fall_silent_one_after_the_other_are_a_handful_too(running):
    """A gateway that dies slowly: the stations fall silent over an hour, in no order."""
    stations = 1500 if ALL else 300
    run = running(stations=stations, cities=1, gateways=1)
    rng = np.random.default_rng(8)
    death = START + rng.uniform(10 * MINUTE, 70 * MINUTE, stations)
    now = START
    while now < START + 2 * HOUR_MS:
        alive = np.flatnonzero(np.repeat(death > now, len(ITEMS)))
        rows = run.readings(now, rng.uniform(0.1, 2.0, stations * len(ITEMS))).take(alive)
        run.round(now, rows)
        for _ in range(2):
            now += 5 * MINUTE // 2
            run.round(now)
    print(f"{dict(run.told())} messages")

    assert 0 < max(run.told().values()) <= 5


def test_a_sensor_that_flaps_at_the_limit_for_a_day_is_raised_twice_at_most(running):
    """Above and below the limit and its deadband every few minutes, at random, for a day."""
    run = running(stations=1, gateways=0)
    rng = np.random.default_rng(9)
    now = START
    while now < START + 24 * HOUR_MS:
        values = rng.uniform(0.1, 1.5, 6)
        values[1] = rng.choice([150.0, 420.0, 430.0, 410.0], p=[0.25, 0.25, 0.25, 0.25])
        run.round(now, run.readings(now, values))
        now += 5 * MINUTE
    raised = [one for one in run.store.alarms.after(0, 100_000) if one.kind is Kind.RAISED]
    print(f"raised {Counter(one.alarm.rule for one in raised)}, told {dict(run.told())}")

    surge = [one for one in raised if one.alarm.rule == "air-surge-gas"]
    assert 0 < len(surge) <= 2
    assert max(Counter(one.alarm for one in raised).values()) <= 2
