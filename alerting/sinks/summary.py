"""What other systems are told of an alarm: the name of its state, and one line a language. Pure."""

from __future__ import annotations

from typing import Literal

from alerting.compose.words import number
from alerting.keys import AlarmId
from alerting.record import Context
from alerting.rules.schema import RuleById, Title
from alerting.state import Alarm, Phase
from qualicity.parameters import parameters, symbol
from qualicity.units import printed

StateName = Literal["NORMAL", "ACTIVE_UNACKED", "ACTIVE_ACKED", "CLEARING", "CLEARED_UNACKED"]
HeldBack = Literal["", "shelved", "suppressed", "out_of_service"]


def state_name(alarm: Alarm) -> StateName:
    """Return the name of a state; what is pending is normal to others."""
    match alarm.phase:
        case Phase.ACTIVE:
            return "ACTIVE_ACKED" if alarm.acknowledged else "ACTIVE_UNACKED"
        case Phase.CLEARING:
            return "CLEARING"
        case Phase.NORMAL | Phase.PENDING:
            return "CLEARED_UNACKED" if alarm.unseen else "NORMAL"


def held_back(alarm: Alarm) -> HeldBack:
    """Return why people are not told of an alarm, or nothing."""
    if alarm.out:
        return "out_of_service"
    if alarm.suppressed_by:
        return "suppressed"
    return "shelved" if alarm.shelved_until else ""


def listed(alarm: Alarm) -> bool:
    """Return whether there is anything to say of an alarm."""
    return alarm.standing or alarm.unseen or alarm.held_back


def announced(alarm: Alarm) -> bool:
    """Return whether an alarm stands and people have been told, or are being told, of it."""
    return alarm.standing and not alarm.held_back and alarm.told == alarm.occurrence


def title(alarm: AlarmId, rules: RuleById) -> Title:
    """Return the title of an alarm's rule; of a rule that is gone its id."""
    rule = rules.get(alarm.rule)
    return rule.title if rule else Title(alarm.rule, alarm.rule)


def place(alarm: AlarmId, context: Context) -> str:
    """Return what an alarm is about, without names: `s1 PM₂.₅`, or its key."""
    if not context.station:
        return alarm.key
    parameter = context.parameter
    return f"{context.station} {symbol(parameter) if parameter in parameters() else parameter}".rstrip()


def measured(value: float | None, context: Context) -> str:
    """Return a value beside its limit, as `182 µg/m³ / 160 µg/m³`; empty without a value."""
    if value is None:
        return ""
    sizes = [number(value, context.limit)]
    if context.limit is not None:
        sizes.append(number(context.limit, value))
    return " / ".join(f"{size} {printed(context.unit)}".rstrip() for size in sizes)
