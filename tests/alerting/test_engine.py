"""One round of the engine: states, effects and the place in the log are kept together or not at all."""

from __future__ import annotations

import pytest

from alerting.engine import RETRO_MS, Engine, Feed
from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.record import Context
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.schema import Rule, Title
from alerting.state import Condition, Kind, Phase, Sample
from alerting.store import NAME, AlertStore
from alerting.store.commands import Command
from qualicity.checks import default_rules
from qualicity.model import Position
from qualicity.network import City, Network, Station

NOW = 1_800_000_000_000
NETWORK = Network((City(id="c"),), tuple(Station(id=f"s{n}", city="c", gateway="g" if n < 3 else "") for n in range(5)))


def _rule(name, **more):
    fields = {"trip": 3.0, "clear": 1.0} | more
    return Rule(
        id=name, title=Title(zh="规则", en="rule"), kind="missing", severity="P2", family="silence", runbook="silence",
        **fields,
    )  # fmt: skip


RULES = Ruleset(
    tuple(
        compile_rule(rule, default_rules())
        for rule in (
            _rule("channel", inhibited_by=("station", "gateway")),
            _rule("station", level="station", inhibited_by=("gateway", "city")),
            _rule("gateway", level="gateway"),
            _rule("city", level="city"),
        )
    )
)


class Quiet:
    """An evaluator that has nothing to say by itself."""

    def __init__(self):
        self.out = {}
        self.idle = {}

    def readings(self, rows, marks, now):
        """No sample."""
        return []

    def statistics(self, rows, now):
        """No sample."""
        return []

    def silence(self, now):
        """No sample."""
        return []

    def prepare(self, now):
        """Nothing to prepare."""

    def gone(self, alarm):
        """Nothing is gone."""
        return False

    def out_of_service(self, now, marks):
        """What the test says."""
        return self.out

    def watch(self, alarm, *, idle):
        """Remember what the engine says."""
        self.idle[alarm] = idle

    def memory(self):
        """Nothing to keep."""
        return []

    def restore(self, rows):
        """Nothing was kept."""


class Listener:
    """Takes what happened; may fail, as a full disk would."""

    def __init__(self):
        self.taken = []
        self.ticks = []
        self.broken = False

    def take(self, transitions, alarms, now):
        """Remember what happened."""
        if self.broken:
            raise OSError("the disk is full")
        self.taken += transitions

    def tick(self, now):
        """Remember the time."""
        self.ticks.append(now)

    def alarms_of(self, incident):
        """Two alarms for incident 7."""
        return (AlarmId("station", "c/s0"), AlarmId("station", "c/s1")) if incident == 7 else ()

    def test(self, command, now):
        """Remember the request."""
        self.taken.append(command)


@pytest.fixture
def store(tmp_path):
    with AlertStore(tmp_path / NAME) as store:
        yield store


def _engine(store):
    return Engine(store, RULES, NETWORK, Quiet(), Listener())


def _trip(rule, key, at=NOW, condition=Condition.TRIPPED, *, late=False):
    return Judged(AlarmId(rule, key), Sample(at, condition, 5.0), Context(severity="P2", city="c"), late)


def _kinds(engine):
    return [(str(t.alarm), t.kind) for t in engine.tells.taken]


def test_a_tripped_sample_becomes_an_alarm_with_its_history(store):
    engine = _engine(store)
    engine.round(Feed(judged=[_trip("station", "c/s0")], position=Position("e", 9), version=4), NOW)

    assert _kinds(engine) == [("station@c/s0", Kind.RAISED), ("station@c/s0", Kind.ANNOUNCED)]
    assert store.alarms.load()[AlarmId("station", "c/s0")].state.phase is Phase.ACTIVE
    assert [t.kind for t in store.alarms.after(0)] == [Kind.RAISED, Kind.ANNOUNCED]
    assert (store.database.note("epoch"), store.database.note("seq"), store.database.note("version")) == ("e", "9", "4")


def test_what_changes_nothing_is_not_written_until_the_next_second(store):
    engine = _engine(store)
    engine.round(Feed(), NOW)
    commits = engine.counts.commits
    engine.round(Feed(judged=[_trip("station", "c/s0", condition=Condition.CLEAR)], position=Position("e", 5)), NOW + 1)

    assert engine.counts.commits == commits
    assert store.database.note("seq") == ""

    engine.round(Feed(), NOW + 1000)

    assert store.database.note("seq") == "5"


def test_a_round_that_cannot_be_kept_leaves_nothing(store):
    engine = _engine(store)
    engine.tells.broken = True
    with pytest.raises(OSError, match="full"):
        engine.round(Feed(judged=[_trip("station", "c/s0")], position=Position("e", 9)), NOW)

    assert store.alarms.load() == {}
    assert store.alarms.last() == 0
    assert store.database.note("seq") == ""


def test_an_engine_goes_on_where_the_last_one_ended(store):
    _engine(store).round(Feed(judged=[_trip("station", "c/s0")]), NOW)
    engine = _engine(store)
    assert engine.evaluator.idle[AlarmId("station", "c/s0")] is False

    engine.round(Feed(judged=[_trip("station", "c/s0", NOW + 1, Condition.CLEAR)]), NOW + 1)

    assert [t.kind for t in engine.tells.taken] == [Kind.RESOLVED]
    assert engine.tells.taken[0].occurrence == 1


def test_children_of_a_standing_parent_are_held_back_whatever_the_order(store):
    engine = _engine(store)
    feed = Feed(
        judged=[
            _trip("channel", "c/s0/o3"),
            _trip("station", "c/s0"),
            _trip("station", "c/s4"),
            _trip("gateway", "gateway:g"),
        ]
    )
    engine.round(feed, NOW)
    told = [str(t.alarm) for t in engine.tells.taken if t.kind is Kind.ANNOUNCED]

    assert told == ["gateway@gateway:g", "station@c/s4"]
    assert engine.alarms[AlarmId("station", "c/s0")].state.suppressed_by == "gateway@gateway:g"
    assert engine.alarms[AlarmId("channel", "c/s0/o3")].state.suppressed_by == "station@c/s0"


def test_a_child_that_still_stands_when_its_parent_is_over_is_told_then(store):
    engine = _engine(store)
    engine.round(Feed(judged=[_trip("gateway", "gateway:g"), _trip("station", "c/s0")]), NOW)
    engine.tells.taken.clear()
    engine.round(Feed(judged=[_trip("gateway", "gateway:g", NOW + 1, Condition.CLEAR)]), NOW + 1)

    assert ("station@c/s0", Kind.ANNOUNCED) in _kinds(engine)


def test_a_parent_that_comes_later_holds_back_from_then_on(store):
    engine = _engine(store)
    engine.round(Feed(judged=[_trip("station", "c/s0")]), NOW)
    engine.round(Feed(judged=[_trip("city", "c", NOW + 1)]), NOW + 1)

    assert engine.alarms[AlarmId("station", "c/s0")].state.suppressed_by == "city@c"


def test_late_samples_are_recorded_and_change_nothing(store):
    engine = _engine(store)
    engine.round(
        Feed(
            judged=[
                _trip("station", "c/s0", NOW - RETRO_MS + 1, late=True),
                _trip("station", "c/s1", NOW - RETRO_MS, late=True),  # history: `rules try` answers
                _trip("station", "c/s2", NOW - 5, Condition.CLEAR, late=True),
            ]
        ),
        NOW,
    )

    assert _kinds(engine) == [("station@c/s0", Kind.RETRO)]
    assert engine.alarms == {}


def test_what_is_out_of_service_alarms_no_more_and_begins_anew(store):
    engine = _engine(store)
    engine.round(Feed(judged=[_trip("station", "c/s0")]), NOW)
    engine.evaluator.out = {"c/s0": "maintenance"}
    engine.round(Feed(), NOW + 1000)

    assert engine.alarms[AlarmId("station", "c/s0")].state.phase is Phase.NORMAL
    assert [k for _, k in _kinds(engine)][-2:] == [Kind.TAKEN_OUT, Kind.RESOLVED]

    engine.round(Feed(judged=[_trip("channel", "c/s0/o3", NOW + 1500)]), NOW + 2000)
    assert not engine.alarms[AlarmId("channel", "c/s0/o3")].state.standing

    engine.evaluator.out = {}
    engine.round(Feed(), NOW + 3000)
    engine.round(Feed(judged=[_trip("station", "c/s0", NOW + 4000)]), NOW + 4000)
    assert engine.alarms[AlarmId("station", "c/s0")].state.occurrence == 2


@pytest.mark.parametrize("gone", ["rule", "station"])
def test_an_alarm_about_nothing_ends(store, gone):
    """No alarm stands for ever on a station that was taken away, or by a rule that nobody has any more."""
    _engine(store).round(Feed(judged=[_trip("station", "c/s0")]), NOW)
    rules = Ruleset(RULES.rules[2:]) if gone == "rule" else RULES
    network = Network(NETWORK.cities, NETWORK.stations[1:]) if gone == "station" else NETWORK
    engine = Engine(store, rules, network, Quiet(), Listener())
    engine.round(Feed(), NOW + 1000)

    assert [t.kind for t in engine.tells.taken] == [Kind.TAKEN_OUT, Kind.RESOLVED]


def _ask(store, kind, target, **arguments):
    return store.commands.submit(Command(kind, target, "duty-1", "cli", NOW, arguments))


def test_commands_are_carried_out_and_answered(store):
    engine = _engine(store)
    engine.round(Feed(judged=[_trip("station", "c/s0"), _trip("station", "c/s1")]), NOW)
    number = _ask(store, "acknowledge", "incident:7")
    engine.round(Feed(), NOW + 10)

    assert store.commands.outcome(number) == ""
    assert all(engine.alarms[AlarmId("station", key)].state.acknowledged_by == "duty-1" for key in ("c/s0", "c/s1"))


@pytest.mark.parametrize(
    ("kind", "target", "answer"),
    [
        ("acknowledge", "station@c/s3", "nothing to acknowledge"),
        ("acknowledge", "station@c/gone", "there is no alarm"),
        ("acknowledge", "nonsense", "there is no alarm"),
        ("acknowledge", "incident:8", "there is no alarm"),
        ("unshelve", "station@c/s3", "not shelved"),
    ],
)
def test_what_cannot_be_done_is_answered_with_the_reason(store, kind, target, answer):
    engine = _engine(store)
    number = _ask(store, kind, target)
    engine.round(Feed(), NOW)

    assert answer in store.commands.outcome(number)


def test_what_will_come_can_be_shelved_before_it_comes(store):
    engine = _engine(store)
    _ask(store, "shelve", "station@c/s3", until=NOW + 5000)
    engine.round(Feed(), NOW)
    engine.round(Feed(judged=[_trip("station", "c/s3", NOW + 1)]), NOW + 1)
    assert ("station@c/s3", Kind.ANNOUNCED) not in _kinds(engine)

    engine.round(Feed(), NOW + 5000)
    assert ("station@c/s3", Kind.ANNOUNCED) in _kinds(engine)


def test_a_command_is_carried_out_once_though_the_disk_fails_in_between(store):
    engine = _engine(store)
    engine.round(Feed(judged=[_trip("station", "c/s0")]), NOW)
    number = _ask(store, "acknowledge", "station@c/s0")
    engine.tells.broken = True
    with pytest.raises(OSError, match="full"):
        engine.round(Feed(), NOW + 10)
    assert store.commands.outcome(number) is None

    again = _engine(store)
    again.round(Feed(), NOW + 20)
    assert store.commands.outcome(number) == ""
    assert [t.kind for t in again.tells.taken] == [Kind.ACKNOWLEDGED]
