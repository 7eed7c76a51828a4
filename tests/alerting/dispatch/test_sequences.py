"""Random courses of events, with a second opinion: nobody is forgotten, nobody hears too much.

QUALICITY_EXAMPLES sets how many courses are tried.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.delivery import Attempt
from alerting.incidents import why_untold
from alerting.oncall.load import load_oncall
from alerting.oncall.testing import PEOPLE, About, Desk
from alerting.state import Kind
from alerting.store.outbox import Row
from qualicity.periods import LAW_ZONE

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "80"))

ALARMS = [About(severity, city) for severity in ("P1", "P2", "P3", "P4") for city in "abcd"]
SOME = st.sets(st.integers(0, len(ALARMS) - 1), min_size=1)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["announce", "resolve", "acknowledge", "realarm"]), SOME),
        st.tuples(st.sampled_from(["announce", "acknowledge", "realarm", "acknowledge"]), st.just(set(range(16)))),
        st.tuples(st.just("wait"), st.sampled_from([1, 29, 30, 60, 300, 540, 900, 3_600, 6 * 3_600])),
        st.tuples(st.just("die"), st.integers(1, 5)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def oncall(tmp_path_factory):
    """Return the people of the desk, with a flood guard that is soon on."""
    path = tmp_path_factory.mktemp("people") / "oncall.toml"
    path.write_text(PEOPLE + "\n[flood]\nlimit = 2\n", encoding="utf-8")
    return load_oncall(path)


@pytest.fixture(scope="module")
def start():
    """Return ten o'clock on a working day, ms UTC."""
    return round(dt.datetime(2026, 11, 26, 10, tzinfo=LAW_ZONE).timestamp() * 1_000)


def _play(desk: Desk, moves, oncall) -> None:
    """Do only what can happen: what stands can end or be acknowledged, what is acknowledged can expire."""
    for move, argument in moves:
        about = [ALARMS[n] for n in sorted(argument)] if isinstance(argument, set) else []
        states = {one: desk.alarms[one.alarm].state for one in about if one.alarm in desk.alarms}
        standing = [one for one in about if one in states and states[one].standing]
        match move:
            case "announce":
                desk.announce(*(one for one in about if one not in standing))
            case "resolve":
                desk.resolve(*standing)
            case "acknowledge":
                desk.acknowledge(*(one for one in standing if not states[one].acknowledged))
            case "realarm":
                desk.realarm(*(one for one in standing if states[one].acknowledged))
            case "wait":
                desk.until(desk.now + argument * 1_000)
            case "die":
                for row in desk.store.outbox.lease("w", "mail", desk.now, lease_ms=1, limit=argument):
                    desk.store.outbox.dead(row, Attempt(desk.now, "refused", "550", "no", 0))
            case "restart":
                desk.restart(oncall)


def _finish(desk: Desk) -> None:
    """End everything and wait until nothing is left to say."""
    desk.resolve(*(one for one in ALARMS if one.alarm in desk.alarms and desk.alarms[one.alarm].state.standing))
    desk.until(desk.now + 4 * 86_400_000)


def _texts(desk: Desk) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in desk.rows:
        found[row.notice.recipient].append(row)
    return found


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES)
def test_any_course(moves, oncall, start):
    """See the asserts."""
    desk = Desk(oncall, start)
    try:
        _play(desk, moves, oncall)
        _finish(desk)
        _check(desk)
    finally:
        desk.store.close()


def _check(desk: Desk) -> None:
    announced = {(one.alarm, one.occurrence) for made in desk.past for one in made if one.kind is Kind.ANNOUNCED}
    members = [(incident, member) for incident in desk.incidents for member in incident.members]
    # every announced occurrence is in exactly one incident, told or listed for a reason that is final
    assert sorted((member.alarm, member.occurrence) for _, member in members) == sorted(announced)
    for incident, member in members:
        assert incident.stage == "resolved"
        assert member.resolved
        assert why_untold(incident, member) in {"", "listed", "over", "acknowledged"}
        assert (why_untold(incident, member) == "listed") == (member.rule == "p4")
    # who heard of an incident is told its end exactly once, alone or in a digest, and nothing of it afterwards
    for recipient, rows in _texts(desk).items():
        of: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            if row.notice.incident:
                of[row.notice.incident].append(row.notice.message.kind)
        for number, kinds in of.items():
            assert "resolved" not in kinds[:-1], (recipient, number, kinds)
    heard = {(one.id, ear.recipient) for one in desk.incidents for ear in one.heard}
    for number, recipient in heard:
        ended = [
            row for row in desk.rows
            if (row.notice.incident, row.notice.recipient, row.notice.transition) == (number, recipient, "resolved")
        ]  # fmt: skip
        assert len(ended) + desk.folded(recipient).count(number) == 1, (number, recipient)
    for row in desk.rows:
        if row.notice.incident:
            assert (row.notice.incident, row.notice.recipient) in heard
    _check_limits(desk)
    _check_hours(desk)
    assert desk.dispatcher.next_due() is None


def _check_limits(desk: Desk) -> None:
    """At most two notices in any ten minutes but P1, which has two of its own and digests in between."""
    for rows in _texts(desk).values():
        for urgent, most in ((False, 2), (True, 2 + 4)):
            times = [
                row.made for row in rows
                if row.notice.message.kind != "system" and (row.notice.message.severity == "P1") is urgent
            ]  # fmt: skip
            for n, time in enumerate(times):
                assert sum(time <= other < time + 600_000 for other in times[n:]) <= most


def _check_hours(desk: Desk) -> None:
    """Of P3 nobody is told at night or on a free day."""
    for row in desk.rows:
        if row.notice.message.severity == "P3" and row.notice.incident:
            local = dt.datetime.fromtimestamp(row.made / 1000, LAW_ZONE)
            assert local.weekday() < 5
            assert dt.time(8, 30) <= local.time() < dt.time(17, 30)


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES, cut=st.integers(0, 40), again=st.integers(1, 3))
def test_what_is_told_again_is_not_told_again(moves, cut, again, oncall, start):
    """Any prefix of what happened, fed once more or thrice: no incident changes, no notice is made."""
    desk = Desk(oncall, start)
    _play(desk, moves, oncall)
    before = (desk.incidents, [row.notice for row in desk.rows])
    desk.restart(oncall)
    for _ in range(again):
        for made in desk.past[:cut]:
            desk.feed(made)
    after = (desk.incidents, [row.notice for row in desk.rows])
    desk.store.close()
    assert after == before


def test_an_old_realarm_takes_no_acknowledgement_back(oncall, start):
    """Raised, taken on, expired, taken on again; and all that once more."""
    desk = Desk(oncall, start)
    desk.announce(ALARMS[0])
    for happen in (desk.acknowledge, desk.realarm, desk.acknowledge):
        desk.until(desk.now + 600_000)
        happen(ALARMS[0])
    before = (desk.incidents, desk.told())
    for made in desk.past:
        desk.feed(made)
    assert (desk.incidents, desk.told()) == before
    desk.store.close()


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES)
def test_a_restart_changes_nothing(moves, oncall, start):
    """The same course with a restart after every move: the same incidents, the same notices."""
    seen = []
    calm = [move for move in moves if move[0] not in {"restart", "die"}]
    for restarts in (False, True):
        desk = Desk(oncall, start)
        for move in calm:
            _play(desk, [move, ("restart", 0)] if restarts else [move], oncall)
        seen.append((desk.incidents, [(row.made, row.notice) for row in desk.rows]))
        desk.store.close()
    assert seen[0] == seen[1]


def test_a_transaction_that_failed_left_nothing_behind(oncall, start):
    """The dispatcher holds no state of its own: the round that is made again makes it whole."""
    desk = Desk(oncall, start)
    desk.announce(ALARMS[0])
    before = (desk.incidents, desk.told())
    lost = About("P1", "a", "9")

    def fail() -> None:
        with desk.store.transaction():
            desk.announce(lost)
            desk.now += 3_600_000
            desk.tick()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (desk.incidents, desk.told()) == before
    for made in desk.past:
        desk.feed(made)
    desk.until(desk.now + 3_600_000)
    assert {member.alarm for member in desk.incidents[0].members} == {ALARMS[0].alarm, lost.alarm}
    desk.store.close()
