"""The course of one incident: told, escalated, taken on, over."""

from __future__ import annotations

import pytest

from alerting.delivery import Attempt
from alerting.incidents import why_untold
from alerting.oncall.testing import About

P1, P2, P3, P4 = (About(severity) for severity in ("P1", "P2", "P3", "P4"))


def test_one_alarm_from_begin_to_end(desk, clock):
    """30 s after it was raised the one on duty is told; the lead after 15 min; both hear the end, 30 s after it."""
    desk.announce(P2)
    desk.until(clock("10:00:29.999"))
    assert desk.told() == []
    desk.until(clock("10:30"))
    assert desk.told() == ["raised duty-2@x", "escalated.2 lead-1@x"]
    desk.resolve(P2)
    desk.until(clock("10:30:29.999"))
    assert len(desk.rows) == 2
    desk.until(clock("2026-11-27T10:30"))
    assert desk.told()[2:] == ["resolved duty-2@x", "resolved lead-1@x"]
    assert desk.incidents[0].stage == "resolved"
    assert desk.incidents[0].resolved == clock("10:30")


def test_p1_is_told_in_the_same_transaction(desk):
    """No wait, no tick."""
    desk.announce(P1)
    assert desk.told() == ["raised duty-2@x"]


def test_p1_that_was_over_before_anybody_could_be_told_is_told_once(desk, clock):
    """A logger that uploads late: somebody must know what was, and that it is over; of P2 it is listed."""
    desk.flash(P1)
    desk.flash(P2._replace(city="c2"))
    desk.until(clock("18:00"))
    assert desk.told() == ["resolved duty-2@x"]
    first, second = desk.incidents
    assert (first.stage, first.untold) == ("resolved", "")
    assert (second.stage, second.untold) == ("resolved", "over")


def test_alarms_that_come_together_are_told_together(desk, clock):
    desk.announce(P2)
    desk.until(clock("10:00:20"))
    desk.announce(P2._replace(station="s2"), P2._replace(station="s3"))
    desk.until(clock("10:10"))
    assert desk.told() == ["raised duty-2@x"]
    (incident,) = desk.incidents
    assert all(member.told for member in incident.members)


def test_one_city_one_incident(desk, clock):
    desk.announce(P2, P2._replace(city="c2"))
    desk.until(clock("10:01"))
    assert [one.group for one in desk.incidents] == ["c1||air|silence|default|call", "c2||air|silence|default|call"]
    assert desk.told() == ["raised duty-2@x"] * 2


def test_one_district_one_incident_where_the_policy_says_so(desk, clock, people):
    desk.restart(people(('"bosses"\n', '"bosses"\ngroup_by = "district"\n')), stations=("s1", "s2"))
    desk.announce(P2, P2._replace(station="s2"))
    desk.until(clock("10:01"))
    groups = ["c1|district of s1|air|silence|default|call", "c1|district of s2|air|silence|default|call"]
    assert [one.group for one in desk.incidents] == groups


def test_rise_to_p1_does_not_wait(desk, clock):
    """Neither in the gathering nor afterwards; the escalation begins anew."""
    desk.announce(P2)
    desk.announce(P1)
    assert desk.told() == ["raised duty-2@x"]
    desk.until(clock("10:20"))
    assert desk.told()[1:] == ["escalated.2 lead-1@x"]
    desk.announce(P2._replace(city="c2"))
    desk.until(clock("10:30"))
    desk.announce(P1._replace(city="c2"))
    desk.until(clock("10:46"))
    assert desk.told()[2:] == ["raised duty-2@x", "updated.2 duty-2@x", "escalated.3 lead-1@x"]


def test_new_alarms_are_told_less_and_less_often(desk, clock):
    """5, 15, 45 min after the last notice."""
    desk.announce(P2)
    for minute in range(120):
        desk.until(clock("10:00") + minute * 60_000)
        desk.announce(P2._replace(station=f"n{minute}"))
    desk.acknowledge(*(P2._replace(station=f"n{minute}") for minute in range(120)), P2, who="duty-2")
    made = [(row.notice.transition, row.made - clock("10:00")) for row in desk.rows if row.notice.person == "duty-2"]
    assert made == [("raised", 30_000), ("updated.2", 330_000), ("updated.4", 1_230_000), ("updated.5", 3_930_000)]


def test_acknowledged_means_quiet_but_for_the_end(desk, clock):
    """No further step, no repeat; who heard of it hears that somebody took it on, and the end."""
    desk.announce(P2)
    desk.until(clock("10:20"))
    desk.acknowledge(P2, who="duty-2")
    desk.until(clock("2026-11-27T10:00"))
    desk.resolve(P2)
    desk.until(clock("2026-11-27T11:00"))
    assert desk.told() == [
        "raised duty-2@x", "escalated.2 lead-1@x", "acknowledged.3 lead-1@x", "resolved duty-2@x", "resolved lead-1@x",
    ]  # fmt: skip


def test_acknowledged_between_the_steps(desk, clock):
    desk.announce(P2)
    desk.until(clock("10:14"))
    desk.acknowledge(P2, who="duty-2")
    desk.until(clock("18:00"))
    assert desk.told() == ["raised duty-2@x"]


def test_acknowledged_before_anybody_was_told(desk, clock):
    """Somebody saw it on the page: nobody is called, nobody hears an end."""
    desk.announce(P2)
    desk.acknowledge(P2)
    desk.until(clock("11:00"))
    (incident,) = desk.incidents
    assert why_untold(incident, incident.members[0]) == "acknowledged"
    desk.resolve(P2)
    desk.until(clock("12:00"))
    assert desk.rows == []


def test_a_step_may_go_on_until_it_is_resolved(desk, clock, people):
    desk.restart(people(("severities", 'until = "resolved"\nseverities')))
    desk.announce(P2)
    desk.until(clock("10:05"))
    desk.acknowledge(P2, who="duty-2")
    desk.until(clock("10:20"))
    assert desk.told() == ["raised duty-2@x", "escalated.2 lead-1@x"]


def test_acknowledged_after_the_end_is_written_down(desk, clock):
    """Nobody is told of it."""
    desk.announce(P2)
    desk.until(clock("10:05"))
    desk.resolve(P2)
    desk.until(clock("10:10"))
    desk.acknowledge(P2, who="lead-1")
    desk.until(clock("11:00"))
    assert desk.told() == ["raised duty-2@x", "resolved duty-2@x"]
    assert desk.incidents[0].members[0].acknowledged_by == "lead-1"


def test_part_of_it_acknowledged_is_not_acknowledged(desk, clock):
    other = P2._replace(station="s2")
    desk.announce(P2, other)
    desk.until(clock("10:01"))
    desk.acknowledge(P2)
    desk.until(clock("10:16"))
    assert desk.told() == ["raised duty-2@x", "escalated.2 lead-1@x"]
    desk.acknowledge(other, who="lead-1")
    assert desk.told()[2:] == ["acknowledged.3 duty-2@x"]


def test_a_new_alarm_after_the_acknowledgement_begins_anew(desk, clock):
    """The one on duty first, the lead after 15 min, as for any alarm that nobody has taken on."""
    desk.announce(P2)
    desk.until(clock("10:10"))
    desk.acknowledge(P2, who="duty-2")
    desk.until(clock("10:30"))
    desk.announce(P2._replace(station="s2"))
    desk.until(clock("10:50"))
    assert desk.told() == ["raised duty-2@x", "updated.2 duty-2@x", "escalated.3 lead-1@x"]
    assert [row.made for row in desk.rows][1:] == [clock("10:30:30"), clock("10:45:30")]


def test_what_was_acknowledged_before_its_update_is_not_told(desk, clock):
    """Somebody has seen it already."""
    other = P2._replace(station="s2")
    desk.announce(P2)
    desk.until(clock("10:02"))
    desk.announce(other)
    desk.acknowledge(P2, other, who="duty-2")
    desk.until(clock("11:00"))
    assert desk.told() == ["raised duty-2@x"]
    assert why_untold(desk.incidents[0], desk.incidents[0].members[1]) == "acknowledged"


def test_an_expired_acknowledgement_begins_anew(desk, clock):
    desk.announce(P2)
    desk.until(clock("10:10"))
    desk.acknowledge(P2, who="duty-2")
    desk.until(clock("11:00"))
    desk.realarm(P2)
    assert desk.told() == ["raised duty-2@x", "realarmed.2 duty-2@x"]
    desk.until(clock("11:20"))
    assert desk.told()[2:] == ["escalated.3 lead-1@x"]


def test_many_expire_one_notice(desk, clock):
    """1,500 acknowledgements that expire in one round, or one after the other."""
    many = [P2._replace(station=f"s{n}") for n in range(20)]
    desk.announce(*many)
    desk.until(clock("10:10"))
    desk.acknowledge(*many, who="duty-2")
    desk.until(clock("11:00"))
    desk.realarm(*many[:10])
    for one in many[10:]:
        desk.until(desk.now + 1_000)
        desk.realarm(one)
    desk.until(clock("11:05"))
    assert desk.told() == ["raised duty-2@x", "realarmed.2 duty-2@x"]


def test_nobody_answers_it_is_repeated(desk, clock):
    """To whoever is on duty then, and whoever was called in between."""
    desk.announce(P2)
    desk.until(clock("2026-11-27T10:00"))
    repeats = [(row.made, row.notice.recipient) for row in desk.rows if row.notice.message.kind == "repeated"]
    hours = [
        clock("14:00:30"),
        clock("18:00:30"),
        clock("22:00:30"),
        *(clock(f"2026-11-27T{h}:00:30") for h in ("02", "06")),
    ]
    assert repeats == [(when, who) for when in hours for who in ("duty-2@x", "lead-1@x")]


def test_the_one_on_duty_at_the_time_of_the_step_is_called(desk, clock, people):
    """A step over midnight and over a handover."""
    desk.restart(people(("group:leads", "rota:main"), ('after = "15 min"', 'after = "9 h"')))
    desk.until(clock("2026-11-27T00:30"))
    desk.announce(P2)
    desk.until(clock("2026-11-27T09:31"))
    assert desk.told() == ["raised duty-2@x", "repeated.2 duty-2@x", "repeated.3 duty-2@x", "escalated.4 duty-1@x"]


def test_p3_waits_for_the_working_hour(desk, clock):
    desk.until(clock("2026-11-27T17:29:31"))  # a Friday
    desk.announce(P3)
    desk.until(clock("2026-11-30T08:29:59.999"))
    assert desk.rows == []
    assert why_untold(desk.incidents[0], desk.incidents[0].members[0]) == "waits"
    desk.until(clock("2026-11-30T08:30"))
    assert desk.told() == ["raised duty-1@x"]  # whose turn ends at 09:00


def test_p3_that_is_over_before_is_only_listed(desk, clock):
    desk.until(clock("20:00"))
    desk.announce(P3)
    desk.until(clock("23:00"))
    desk.resolve(P3)
    desk.until(clock("2026-11-30T12:00"))
    (incident,) = desk.incidents
    assert desk.rows == []
    assert (incident.stage, why_untold(incident, incident.members[0])) == ("resolved", "over")


def test_the_end_of_a_p3_wakes_nobody(desk, clock):
    """Nor does a new one, nor a repeat."""
    desk.announce(P3)
    desk.until(clock("17:00"))
    desk.announce(P3._replace(station="s2"))
    desk.until(clock("23:00"))
    desk.resolve(P3, P3._replace(station="s2"))
    desk.until(clock("2026-11-27T08:29:59"))
    assert desk.told() == ["raised duty-2@x", "repeated.2 duty-2@x", "updated.3 duty-2@x"]
    desk.until(clock("2026-11-27T08:30"))
    assert desk.told()[3:] == ["resolved duty-2@x"]


def test_p4_is_only_listed(desk, clock):
    desk.announce(P4)
    desk.until(clock("2026-11-30T12:00"))
    (incident,) = desk.incidents
    assert (desk.rows, why_untold(incident, incident.members[0])) == ([], "listed")
    assert desk.dispatcher.next_due() is None
    desk.resolve(P4)
    assert desk.incidents[0].stage == "resolved"


def test_lesser_trouble_is_an_incident_of_its_own(desk, clock):
    """A P3 that lasts all night neither hides nor prolongs a P1 of the same family."""
    desk.until(clock("20:00"))
    desk.announce(P3, P1)
    desk.resolve(P1)
    desk.until(clock("2026-11-27T08:29"))
    assert desk.told() == ["raised duty-2@x", "resolved duty-2@x"]


def test_nobody_on_duty_calls_the_fallback_group(desk, clock, people):
    """And it is told once a day that the rota has a hole."""
    desk.restart(people(("start = 2026-11-23", "start = 2027-11-23")))
    desk.announce(P2)
    desk.until(clock("10:01"))
    desk.announce(P2._replace(city="c2"))
    desk.until(clock("10:02"))
    assert desk.told() == ["raised boss-1@x", "system.nobody.main.2026-11-26 boss-1@x", "raised boss-1@x"]
    assert "nobody on duty" in "\n".join(desk.rows[0].notice.message.lines_en)
    desk.resolve(P2)
    desk.until(clock("10:10"))
    assert desk.told()[3:] == ["resolved boss-1@x"]


def test_without_people_incidents_are_listed_and_told_when_there_are(desk, clock, people):
    desk.restart(None)
    desk.announce(P2, P1._replace(city="c2"))
    desk.until(clock("11:00"))
    desk.resolve(P1._replace(city="c2"))
    assert desk.rows == []
    assert [why_untold(one, one.members[0]) for one in desk.incidents] == ["no_oncall", "no_oncall"]
    desk.dispatcher.reload(people())
    desk.until(clock("11:01"))
    assert desk.told() == ["raised duty-2@x"]
    assert [one.stage for one in desk.incidents] == ["open", "resolved"]


def test_a_severity_that_no_step_is_for_is_listed(desk, clock, people):
    desk.restart(people(('targets = ["rota:main"]', 'targets = ["rota:main"]\nseverities = ["P1"]'),
                        ('["P1", "P2"]', '["P1"]')))  # fmt: skip
    desk.announce(P2)
    desk.until(clock("12:00"))
    assert (desk.rows, why_untold(desk.incidents[0], desk.incidents[0].members[0])) == ([], "no_step")


def test_what_was_never_announced_changes_nothing(desk):
    """Shelved and suppressed alarms have a beginning and an end that people do not hear of."""
    desk.resolve(P2)
    desk.acknowledge(P2)
    desk.realarm(P2)
    assert desk.incidents == []


def test_alarms_of_an_incident(desk, clock):
    """Those that stand; after the end those that nobody has taken on, unless they were raised again since."""
    other = P2._replace(station="s2")
    desk.announce(P2, other)
    desk.until(clock("10:05"))
    desk.resolve(P2)
    assert desk.dispatcher.alarms_of(1) == (other.alarm,)
    desk.resolve(other)
    desk.until(clock("10:10"))
    assert desk.dispatcher.alarms_of(1) == (P2.alarm, other.alarm)
    desk.announce(P2)
    assert desk.dispatcher.alarms_of(1) == (other.alarm,)
    assert desk.dispatcher.alarms_of(2) == (P2.alarm,)
    assert desk.dispatcher.alarms_of(9) == ()


def _dies(desk, *transitions: str) -> None:
    for row in desk.store.outbox.lease("w", "mail", desk.now, lease_ms=1, limit=1_000):
        if row.notice.transition in transitions or not transitions:
            desk.store.outbox.dead(row, Attempt(desk.now, "refused", "550", "no such box", 0))
        else:
            desk.store.outbox.delivered(row, Attempt(desk.now, "delivered", "250", "ok", 0))


def test_a_notice_that_reaches_nobody_calls_the_next_step_at_once(desk, clock):
    """And the fallback group hears that the channel is broken; when that dies too, it is not told of itself."""
    desk.announce(P2)
    desk.until(clock("10:01"))
    _dies(desk)
    desk.until(clock("10:01:01"))
    dead = f"system.dead.mail.{clock('10:01:01') // 600_000}"
    assert desk.told() == ["raised duty-2@x", f"{dead} boss-1@x", "escalated.2 lead-1@x"]
    _dies(desk)
    desk.until(clock("10:02:01"))
    assert desk.told()[3:] == ["escalated.3 boss-1@x"]
    _dies(desk)
    desk.until(clock("10:03:01"))
    desk.until(clock("13:00"))
    assert len(desk.rows) == 4


def test_a_p3_that_reached_nobody_calls_the_fallback_group_in_the_morning(desk, clock):
    """There is no step behind; the broken channel is told at once, since a P1 may need it."""
    desk.announce(P3)
    desk.until(clock("23:00"))
    _dies(desk)
    desk.until(clock("23:01"))
    desk.until(clock("2026-11-27T08:29"))
    assert desk.told()[2:] == [f"system.dead.mail.{clock('23:01') // 600_000} boss-1@x"]
    desk.until(clock("2026-11-27T08:30"))
    assert "escalated.3 boss-1@x" in desk.told()


def test_a_notice_that_reached_somebody_calls_nobody_else(desk, clock, people):
    desk.restart(people(('["rota:main"]\n[[', '["rota:main", "person:duty-1"]\n[[')))
    desk.announce(P2)
    desk.until(clock("10:01"))
    first, second = desk.store.outbox.lease("w", "mail", desk.now, lease_ms=1, limit=2)
    desk.store.outbox.delivered(first, Attempt(desk.now, "delivered", "250", "ok", 0))
    desk.store.outbox.dead(second, Attempt(desk.now, "refused", "550", "no such box", 0))
    desk.until(clock("10:02"))
    assert [row.notice.message.kind for row in desk.rows] == ["raised", "raised", "system"]


def test_a_chat_gets_one_message_that_calls_its_people(desk, clock, people):
    """However many of them are meant."""
    chat = ("channel = [", 'channel = [{ id = "chat", kind = "dingtalk", url_file = "url" }, ')
    phones = [(f'mail = "{who}@x"', f'mail = "{who}@x", chat = "138-{who}"') for who in ("duty-2", "lead-1")]
    steps = ('["rota:main"]\n[[', '["rota:main", "group:leads", "chat:chat"]\nchannels = ["chat"]\n[[')
    desk.restart(people(chat, *phones, steps))
    desk.announce(P1)
    (row,) = desk.rows
    assert (row.notice.channel, row.notice.recipient, row.notice.person) == ("chat", "", "")
    assert row.notice.message.mention == ("138-duty-2", "138-lead-1")


def test_tests_and_drills(desk, people):
    """To whom they are for, else to whoever is on duty; marked; without people to nobody."""
    from alerting.store.commands import Command

    def ask(kind: str, number: int, **arguments: str) -> None:
        with desk.store.transaction():
            desk.dispatcher.test(Command(kind, "", "w", "cli", desk.now, arguments, number), desk.now)

    ask("test", 1, channel="mail")
    ask("test", 2, channel="mail", recipient="x@x")
    ask("test", 3, channel="fax")
    ask("drill", 7)
    desk.restart(people(("start = 2026-11-23", "start = 2027-11-23")))
    ask("drill", 8)
    desk.restart(None)
    ask("drill", 9)
    assert desk.told() == ["test.1 duty-2@x", "test.2 x@x", "drill.7 duty-2@x", "drill.8 boss-1@x"]
    assert all(row.notice.message.test for row in desk.rows)


@pytest.mark.parametrize("seconds", [0, 1, 29])
def test_a_short_break_is_one_incident(desk, clock, seconds):
    """What is back within the wait before the end is told goes on; nobody hears an end and a beginning."""
    desk.announce(P2)
    desk.until(clock("10:05"))
    desk.resolve(P2)
    desk.until(clock("10:05") + seconds * 1_000)
    desk.announce(P2)
    desk.until(clock("10:12"))
    assert desk.told() == ["raised duty-2@x", "updated.2 duty-2@x"]
    assert len(desk.incidents) == 1
