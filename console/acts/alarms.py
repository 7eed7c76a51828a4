"""What people do about alarms: take them on, hear nothing of them for a while, leave word for whoever comes next.

Only the engine changes alarms. That something was asked for is kept in the audit log first; what the engine refuses
is added to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerting.keys import parse_alarm_id
from alerting.requests import Answer, ask, check_target
from alerting.rules.compiled import Compiled
from alerting.rules.durations import parse_duration
from alerting.store.commands import Command, CommandKind
from console.alarms.desk import Desk, reading
from console.alarms.scope import incident_number
from console.site import Site
from qualicity.errors import InputError, UsageError
from qualicity.store.audit import Actor, Entry

SHIFT = "shift"
"""What a note is about that is for whoever is on duty next."""

NOTE, HANDOVER = "alarm.note", "handover.note"
LONGEST_NOTE = 2_000
LONGEST_REASON = 300

WHO_LENGTH = 60
"""Characters of a name at most."""


class NamelessError(UsageError):
    """An acknowledgement without a name."""


def acknowledge(site: Site, actor: Actor, target: str) -> Answer:
    """Take an alarm or an incident on.

    Args:
        site: open for changes.
        actor: takes it on.
        target: RULE@KEY or `incident:N`.

    Raises:
        UsageError: there are no alarms, or no such incident.
    """
    return _asked(site, actor, "acknowledge", _known(site, target), {})


def shelve(site: Site, actor: Actor, target: str, length: str, why: str, *, once: bool = False) -> Answer:
    """Hear nothing of an alarm, or of those of an incident, for a while. It comes back by itself.

    Args:
        site: open for changes.
        actor: wants it so.
        target: RULE@KEY or `incident:N`.
        length: such as "2 h".
        why: the reason.
        once: only until the alarm is over.

    Raises:
        UsageError: as `acknowledge`; or the length is none, or longer than a rule allows, or there is no reason.
    """
    target, lasting, reason = _known(site, target), _lasting(length), written(why, LONGEST_REASON)
    with reading(site) as desk:
        least = shelving_limit(desk, target)
    if least is not None and lasting > least.timing.max_shelve:
        raise UsageError(
            f"rule {least.rule.id} may be shelved for {least.rule.max_shelve} at most",
            f'give "{least.rule.max_shelve}" or less; longer is maintenance: see `qualicity mark add`',
        )
    arguments = {"until": site.clock.now() + lasting, "once": once, "why": reason}
    return _asked(site, actor, "shelve", target, arguments)


def unshelve(site: Site, actor: Actor, target: str) -> Answer:
    """Hear of a shelved alarm again.

    Raises:
        UsageError: as `acknowledge`.
    """
    return _asked(site, actor, "unshelve", _known(site, target), {})


def note(site: Site, actor: Actor, about: str, text: str) -> Entry:
    """Leave word of an incident or an alarm, or (about `shift`) for whoever is on duty next.

    Raises:
        UsageError: there is no such incident, or nothing is written.
    """
    said = written(text, LONGEST_NOTE)
    if about == SHIFT:
        return site.ledger.audit.add(actor, HANDOVER, SHIFT, {"text": said})
    return site.ledger.audit.add(actor, NOTE, _known(site, about), {"text": said})


def shelving_limit(desk: Desk, target: str) -> Compiled | None:
    """Return the rule that allows the least of a target's; None where none is in the file any more."""
    number = incident_number(target)
    alarms = [parse_alarm_id(target)] if number is None else [one.alarm for one in desk.incident(number).members]
    names = sorted({one.rule for one in alarms})
    found = [compiled for name in names if (compiled := desk.ruleset.by_id.get(name))]
    return min(found, key=lambda one: one.timing.max_shelve, default=None)


def written(text: str, longest: int) -> str:
    """Return what somebody wrote, without blanks around it.

    Raises:
        UsageError: it is nothing, too long, or holds what nobody can read.
    """
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise UsageError("nothing is written", "write why, or what others must know")
    if len(said) > longest:
        raise UsageError(f"{len(said)} characters are too many", f"write {longest} at most")
    if not all(one.isprintable() or one in "\n\t" for one in said):
        raise UsageError("the text holds characters that nobody can read", "type it again")
    return said


def _lasting(length: str) -> int:
    """Return how long somebody wants to hear nothing, ms."""
    try:
        return parse_duration(length)
    except InputError as error:
        raise UsageError(error.cause, error.mend) from error


def _known(site: Site, target: str) -> str:
    """Return a target whose incident exists."""
    checked = check_target(target)
    with reading(site) as desk:
        if (number := incident_number(checked)) is not None:
            desk.incident(number)
    return checked


def _asked(site: Site, actor: Actor, kind: CommandKind, target: str, arguments: Mapping[str, Any]) -> Answer:
    """Keep that something is asked for, ask the engine, and keep why not where it refuses."""
    entry = site.ledger.audit.add(actor, f"alarm.{kind}", target, arguments)
    command = Command(kind, target, actor.who, actor.via, site.clock.now(), dict(arguments))
    answer = ask(site.data, command, site.clock)
    if answer.outcome:
        site.ledger.audit.add(actor, "alarm.refused", target, {"entry": entry.id, "why": answer.outcome})
    return answer


def signed(name: str) -> str:
    """Return a name on one line.

    Raises:
        NamelessError: there is none.
    """
    line = one_line(name)
    if not line:
        raise NamelessError("an acknowledgement carries a name", "say who you are")
    return line


def one_line(name: str) -> str:
    """Return what can be seen of a name, on one line."""
    return "".join(one for one in " ".join(name.split()) if one.isprintable())[:WHO_LENGTH]
