"""A small network, rules of every kind, and an alarm engine of a few lines."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from alerting.evaluation import Evaluator
from alerting.evaluation.testing import PlainEvaluator
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.schema import Clause, Rule, Scope, Title
from alerting.state import Alarm, Kind, Phase, step
from qualicity.checks import default_rules
from qualicity.model import Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS, day_start

DAY = dt.date(2026, 6, 10)
LIVE_MS = 6 * HOUR_MS


def _rule(name, kind, trip, clear, **more):
    """Return a rule ready to be applied."""
    rule = Rule(name, Title(name, name), kind, more.pop("severity", "P2"), name, "x.md", trip=trip, clear=clear, **more)
    return compile_rule(rule, default_rules())


@pytest.fixture(scope="session")
def rule():
    """Give what makes a rule."""
    return _rule


@pytest.fixture(scope="session")
def ruleset():
    """Give one rule of every kind and side."""
    return Ruleset(
        (
            _rule("legal", "threshold", "law:air:so2:1h", "90 %", standard=Clause("GB3095-2026")),
            _rule("high", "threshold", 100.0, 80.0, op=">=", module="system", on_delay="2 readings over 2 min"),
            _rule("low", "threshold", 10.0, 15.0, op="<", module="system", off_delay="2 readings"),
            _rule("lowest", "threshold", 5.0, 6.0, op="<=", module="system", scope=Scope(parameter=("so2",))),
            _rule("jump", "rate_of_change", 60.0, 30.0, op=">", on_delay="1 reading"),
            _rule("flat", "flat_line", 3.0, 1.5, op=">="),
            _rule("quality", "quality_share", 0.4, 0.2, op=">=", window="3 h", min_valid=2),
            _rule("recent", "quality_share", 0.9, 0.5, op=">=", window="1 h"),
        )
    )


@pytest.fixture(scope="session")
def network():
    """Give two stations: hours and minutes, two instruments, one that was is closed after a day."""
    hours, minutes = ChannelSettings("so2", "ug/m3"), ChannelSettings("so2", "mg/m3", poc=2, expected_interval=60)
    return Network(
        (City("x"),),
        (
            Station("a", "x", gateway="g", channels=(hours, minutes, ChannelSettings("pm25", "ug/m3"))),
            Station("b", "x", gateway="g", district="north", valid_to=DAY, channels=(hours,)),
        ),
    )


@pytest.fixture
def registry():
    """Give the texts of a log."""
    return Registry()


@pytest.fixture(scope="session")
def noon():
    """Give an instant, ms UTC."""
    return day_start(DAY) + 12 * HOUR_MS


class Alarms:
    """Steps alarms, and tells an evaluator which are idle."""

    def __init__(self, ruleset, *evaluators):
        self.timing = {one.rule.id: one.timing for one in ruleset.rules}
        self.evaluators = list(evaluators)
        self.states = {}
        self.effects = {}

    def event(self, name, event):
        """Step one alarm."""
        before = self.states.get(name, Alarm())
        after, effects = step(before, event, self.timing[name.rule])
        self.states[name] = after
        self.effects.setdefault(name, []).extend(effects)
        assert not [one for one in effects if one.kind is Kind.RETRO]  # late ones are told apart before
        if before.idle != after.idle:
            self.tell(name)

    def take(self, judged):
        """Step by samples; return those that are late."""
        for one in judged:
            if not one.late:
                self.event(one.alarm, one.sample)
        return [(one.alarm, one.sample) for one in judged if one.late]

    def tell(self, name):
        """Say what an alarm is."""
        for evaluator in self.evaluators:
            evaluator.watch(name, idle=self.states[name].idle)

    @property
    def seen(self):
        """Return the states; of quiet alarms without the measurements of samples that changed nothing."""
        shown = {}
        for name, state in self.states.items():
            quiet = state.phase is Phase.NORMAL
            plain = msgspec.structs.replace(state, at=0, value=None, above=0, tripped=0) if quiet else state
            if plain != Alarm():
                shown[name] = plain
        return shown

    @property
    def told(self):
        """Return the effects of alarms that had any."""
        return {name: effects for name, effects in self.effects.items() if effects}


class Site:
    """All of it together, with a short name for hypothesis."""

    def __init__(self, ruleset, network, noon):
        self.ruleset, self.network, self.noon = ruleset, network, noon

    def evaluator(self):
        """Return a new evaluator."""
        return Evaluator(self.ruleset, self.network, default_rules(), live_ms=LIVE_MS)

    def plain(self):
        """Return a new one in plain Python, which gives every sample."""
        return PlainEvaluator(self.ruleset, self.network, default_rules(), live_ms=LIVE_MS)

    def alarms(self, *evaluators):
        """Return a new engine of a few lines."""
        return Alarms(self.ruleset, *evaluators)


@pytest.fixture(scope="session")
def site(ruleset, network, noon):
    """Give the site."""
    return Site(ruleset, network, noon)
