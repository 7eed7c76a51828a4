"""The outbox: nothing twice, nothing lost, the gravest first, no overtaking, and every try written down."""

from __future__ import annotations

import contextlib
import itertools
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.message import Message, Notice
from alerting.store import AlertStore
from alerting.store.outbox import GIVE_UP, HOLD, LONGEST_ASKED, LONGEST_PAUSE, Attempt, pause

LEASE = 1_000
EXAMPLES = min(2_000, int(os.environ.get("QUALICITY_EXAMPLES", "300")) // 10)


def notice(transition="raised", *, incident=1, severity="P2", channel="chan", recipient="", **changes):
    """A notice; its key names it."""
    message = Message(
        key=f"{incident}/{transition}", kind="raised", verb="trigger", severity=severity,
        title_zh="题", title_en="title", lines_zh=(), lines_en=(), dedup=f"i{incident}", source="c", at=0, **changes,
    )  # fmt: skip
    return Notice(incident, transition, channel, recipient, "duty-1", message)


@pytest.fixture
def store(tmp_path):
    with AlertStore(tmp_path / "alerting.db") as one:
        yield one


def lease(store, now, limit=10, worker="w", channel="chan"):
    return store.outbox.lease(worker, channel, now, lease_ms=LEASE, limit=limit)


def keys(rows):
    return [row.notice.message.key for row in rows]


def ok(at):
    return Attempt(at, "delivered", "0", "ok", 5)


def test_the_same_decision_twice_is_one_row(store):
    """Also with another text: what was decided first stands."""
    assert store.outbox.add([notice(), notice(), notice(recipient="a"), notice("resolved")], 5) == 3
    assert store.outbox.add([notice(test=True)], 6) == 0
    assert [row.notice.message.test for row in store.outbox.report(1)] == [False] * 3


def test_rows_are_kept_or_lost_with_the_decision(store):
    with contextlib.suppress(ZeroDivisionError), store.transaction():
        store.outbox.add([notice()], 5)
        raise ZeroDivisionError
    assert store.outbox.recent() == []


def test_the_gravest_comes_first_then_the_oldest(store):
    store.outbox.add(
        [notice(incident=n, severity=severity) for n, severity in enumerate(("P3", "P2", "P1", "P2"), 1)], 5
    )
    store.outbox.add([notice("digest.1", incident=0, severity="")], 5)
    assert keys(lease(store, 5)) == ["3/raised", "2/raised", "4/raised", "1/raised", "0/digest.1"]


def test_a_lease_is_one_workers_until_it_runs_out(store):
    """Then the row is due again, and that it may have been sent is written down."""
    store.outbox.add([notice()], 5)
    (row,) = lease(store, 10)
    assert (row.state, row.attempts, row.next_at) == ("leased", 1, 10 + LEASE)
    assert lease(store, 9 + LEASE, worker="other") == []
    (again,) = lease(store, 10 + LEASE, worker="other")
    assert again.id == row.id
    store.outbox.delivered(again, ok(2_000))
    (kept,) = store.outbox.report(1)
    assert [one.outcome for one in kept.tries] == ["unknown", "delivered"]
    assert (kept.state, kept.attempts, kept.code, kept.answer, kept.settled) == ("delivered", 2, "0", "ok", 2_005)


def test_who_has_lost_the_lease_does_not_give_the_row_away(store):
    """A worker that hung longer than its lease tells what it knows, and the row stays where it is."""
    store.outbox.add([notice()], 5)
    (row,) = lease(store, 10)
    (again,) = lease(store, 10 + LEASE, worker="other")
    store.outbox.retry(row, Attempt(10, "later", "", "no answer", 1_001), 20)
    store.outbox.release(row, 20)
    assert store.outbox.report(1)[0].state == "leased"
    assert lease(store, 9 + 2 * LEASE) == []
    store.outbox.retry(again, Attempt(20, "later", "500", "", 1), 30)
    assert len(lease(store, 30)) == 1


def test_what_is_settled_stays_so(store):
    """A worker that comes late with another outcome changes nothing but the list of tries."""
    store.outbox.add([notice()], 5)
    (row,) = lease(store, 10)
    store.outbox.delivered(row, ok(20))
    store.outbox.retry(row, Attempt(30, "later", "500", "busy", 1), 40)
    store.outbox.dead(row, Attempt(50, "refused", "310000", "no", 1))
    store.outbox.release(row, 60)
    (kept,) = store.outbox.report(1)
    assert (kept.state, kept.settled, kept.died) == ("delivered", 25, 0)
    assert len(kept.tries) == 3
    assert lease(store, 10**12) == []
    assert store.outbox.newly_dead(0) == []


def test_the_end_does_not_overtake_the_beginning(store):
    """While `raised` is still being tried, `resolved` to the same place waits; others do not."""
    store.outbox.add([notice()], 0)
    (first,) = lease(store, 1)
    store.outbox.add([notice("resolved", severity="P1"), notice("resolved", recipient="b"), notice(incident=2)], 2)
    others = lease(store, 3)
    assert [(row.notice.message.key, row.notice.recipient) for row in others] == [("1/resolved", "b"), ("2/raised", "")]
    for row in others:
        store.outbox.delivered(row, ok(3))
    store.outbox.retry(first, Attempt(3, "later", "500", "", 1), 10_000)
    assert lease(store, 4) == []
    (first,) = lease(store, 10_000)
    store.outbox.delivered(first, ok(10_001))
    assert [row.notice.transition for row in lease(store, 10_002)] == ["resolved"]


def test_a_message_that_a_provider_cannot_digest_holds_up_the_next_for_ten_minutes_at_most(store):
    store.outbox.add([notice()], 0)
    (first,) = lease(store, 1)
    store.outbox.retry(first, Attempt(3, "later", "500", "", 1), GIVE_UP // 2)
    store.outbox.add([notice("resolved")], 10)
    assert lease(store, 9 + HOLD) == []
    assert keys(lease(store, 10 + HOLD)) == ["1/resolved"]


def test_a_death_frees_the_next_message(store):
    store.outbox.add([notice(), notice("resolved")], 0)
    (first,) = lease(store, 1)
    store.outbox.dead(first, Attempt(2, "refused", "310000", "sign not match", 1))
    assert keys(lease(store, 3)) == ["1/resolved"]


def test_messages_of_no_incident_do_not_wait_for_each_other(store):
    store.outbox.add([notice("test.1", incident=0), notice("test.2", incident=0)], 0)
    assert len(lease(store, 1)) == 2


def test_rows_die_in_an_order_that_a_reader_can_follow(store):
    """A row that was made first and dies last is not missed."""
    store.outbox.add([notice(incident=n) for n in (1, 2, 3)], 0)
    one, two, three = lease(store, 1)
    store.outbox.dead(three, Attempt(2, "refused", "1", "", 1))
    (dead,) = store.outbox.newly_dead(0)
    assert dead.id == three.id
    store.outbox.dead(one, Attempt(3, "refused", "1", "", 1))
    store.outbox.delivered(two, ok(3))
    (later,) = store.outbox.newly_dead(dead.died)
    assert later.id == one.id
    assert store.outbox.newly_dead(later.died) == []
    assert [store.outbox.died_since(at) for at in (0, 4, 5)] == [2, 1, 0]


def test_a_row_is_given_up_a_day_after_its_first_try(store):
    """Not after it was made: a service that was down for two days still tries."""
    store.outbox.add([notice()], 0)
    now = 2 * GIVE_UP
    for _ in itertools.count():
        (row,) = lease(store, now)
        next_at = now + pause(row.attempts, 0.5)
        if store.outbox.retry(row, Attempt(now, "later", "503", "busy", 1), next_at) == "dead":
            break
        now = next_at
    (dead,) = store.outbox.newly_dead(0)
    assert (dead.code, dead.answer, dead.tries) == ("503", "busy", ())
    tries = store.outbox.find(dead.id).tries
    assert [one.outcome for one in tries] == ["later"] * (len(tries) - 1) + ["given_up"]
    assert 100 < len(tries) < 200
    assert 2 * GIVE_UP + GIVE_UP - LONGEST_PAUSE <= now < 3 * GIVE_UP


@given(attempts=st.integers(1, 10_000), die=st.floats(0, 1, exclude_max=True), asked=st.floats(0))
def test_pauses_double_up_to_a_quarter_of_an_hour_and_never_come_all_at_once(attempts, die, asked):
    longest = min(LONGEST_PAUSE, 2_000 * 2 ** min(attempts - 1, 20))
    found = pause(attempts, die)
    assert longest / 2 - 1 <= found <= longest
    assert found <= pause(attempts, die, asked) <= max(found, LONGEST_ASKED)
    assert pause(attempts, die, asked) >= min(asked * 1000, LONGEST_ASKED) - 1


def test_after_a_restart_no_lease_is_waited_for(store):
    store.outbox.add([notice(), notice(incident=2)], 0)
    lease(store, 1)
    assert store.outbox.take_back(2) == 2
    assert len(lease(store, 2)) == 2
    assert [one.outcome for one in store.outbox.report(1)[0].tries] == ["unknown"]


def test_a_row_that_was_not_tried_is_given_back_as_it_was(store):
    store.outbox.add([notice()], 0)
    (row,) = lease(store, 1)
    store.outbox.release(row, 2)
    (again,) = lease(store, 3)
    assert again.attempts == 1
    assert store.outbox.report(1)[0].tries == ()


def test_figures_for_metrics(store):
    store.outbox.add([notice()], 100)
    store.outbox.add([notice(incident=2), notice(incident=3, channel="other")], 200)
    assert store.outbox.oldest() == 100
    (row,) = lease(store, 300, limit=1)
    store.outbox.delivered(row, ok(400))
    assert store.outbox.oldest() == 200
    assert store.outbox.delays(0) == [305]
    assert store.outbox.delays(406) == []
    assert [tuple(one) for one in store.outbox.counts()] == [
        ("chan", "delivered", 1, 100), ("chan", "waiting", 1, 200), ("other", "waiting", 1, 200),
    ]  # fmt: skip
    assert store.outbox.next_at("chan") == 200
    assert store.outbox.next_at("nothing") is None
    assert store.outbox.tried("chan", 0) == [400]
    assert keys(store.outbox.recent(2)) == ["3/raised", "2/raised"]
    assert [row.id for row in store.outbox.report(2)] == [2]
    assert store.outbox.find(99) is None


def test_the_leasing_query_uses_its_index(store):
    """With years of settled rows a lease costs no more."""
    from alerting.store.outbox import _DUE

    plan = " ".join(str(row) for row in store.database.rows(f"EXPLAIN QUERY PLAN {_DUE}", ("chan", 1, 1, 1)))
    assert "SCAN" not in plan
    assert "notification_open" in plan


def test_whatever_a_provider_says_can_be_kept(store):
    """Half of a surrogate pair, zero bytes, a book: else the row could not be settled, and would be sent for ever."""
    for number, words in enumerate(("\ud83d", "a\0b", "字" * 10_000, ""), 1):
        store.outbox.add([notice(incident=number)], 0)
        (row,) = lease(store, 1)
        store.outbox.delivered(row, Attempt(2, "delivered", words, words, 1))
        (kept,) = store.outbox.report(number)
        assert kept.state == "delivered"
        assert len(kept.answer) <= 500


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "lease", "delivered", "retry", "dead", "release", "wait", "take_back"]),
        st.integers(0, 3),
        st.integers(1, 700_000),
    ),
    max_size=60,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(actions=ACTIONS)
def test_no_sequence_of_events_loses_a_row_or_gives_it_to_two(tmp_path_factory, actions):  # noqa: C901 - one branch an event
    """Workers that die, hang, come late; whatever they do, each row is settled once and each order is kept."""
    with AlertStore(tmp_path_factory.mktemp("outbox") / "alerting.db") as store:
        now, made, held, settled = 1, {}, [], {}
        for action, which, ms in actions:
            row = held[which % len(held)] if held else None
            match action:
                case "add":
                    transition = f"updated.{len(made)}"
                    made[which, transition] = now
                    store.outbox.add([notice(transition, incident=which, severity=f"P{which + 1}")], now)
                case "lease":
                    for taken in lease(store, now, limit=which + 1):
                        assert not [one for one in held if one.id == taken.id and one.next_at > now]
                        _in_order(store, taken, now)
                        held.append(taken)
                case "wait":
                    now += ms
                case "take_back":
                    store.outbox.take_back(now)
                    held = [one._replace(next_at=0) for one in held]
                case "delivered" | "dead" if row:
                    getattr(store.outbox, action)(row, Attempt(now, "delivered", "", "", 0))
                    settled.setdefault(row.id, action)
                    held.remove(row)
                case "retry" if row:
                    if store.outbox.retry(row, Attempt(now, "later", "", "", 0), now + ms) == "dead":
                        settled.setdefault(row.id, "dead")
                    held.remove(row)
                case "release" if row:
                    store.outbox.release(row, now)
                    held.remove(row)
            rows = store.outbox.recent(1000)
            assert {(one.notice.incident, one.notice.transition): one.made for one in rows} == made
            assert {one.id: one.state for one in rows if one.settled} == settled
        now += 10 * GIVE_UP
        while rest := lease(store, now):
            for row in rest:
                store.outbox.delivered(row, ok(now))
        assert store.outbox.oldest() is None


def _in_order(store, taken, now):
    """Assert that no earlier message of the same incident is still under way, unless this one has waited enough."""
    if taken.notice.incident and taken.made > now - HOLD:
        earlier = [one for one in store.outbox.report(taken.notice.incident) if one.id < taken.id]
        assert all(one.settled for one in earlier)
