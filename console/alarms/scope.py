"""Which cities alarms and incidents are about: whoever is there for some cities sees and changes those alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerting.incidents import Incident
from alerting.keys import OUTSIDE, AlarmId, parse_alarm_id
from console.access.roles import Permission, Principal

if TYPE_CHECKING:
    from console.alarms.desk import Desk


def city_of(name: AlarmId) -> str | None:
    """Return the city of an alarm; None = it is about no city: the service, a gateway, a department, an indicator."""
    return None if name.key.startswith(OUTSIDE) else name.key.partition("/")[0]


def cities_of(incident: Incident) -> frozenset[str | None]:
    """Return the cities of an incident's alarms."""
    return frozenset(city_of(one.alarm) for one in incident.members)


def sees(who: Principal, incident: Incident) -> bool:
    """Return whether somebody is there for all that an incident is about."""
    return all(who.sees(city) for city in cities_of(incident))


def incident_number(target: str) -> int | None:
    """Return the number of the incident that a checked target is; None = it is an alarm, RULE@KEY."""
    kind, _, number = target.partition(":")
    return int(number) if kind == "incident" else None


def require(who: Principal, permission: Permission, desk: Desk, target: str) -> None:
    """Refuse what is out of somebody's scope.

    Args:
        who: asks.
        permission: what is asked for.
        desk: knows the incidents.
        target: RULE@KEY or `incident:N`, checked.

    Raises:
        SignInError, ForbiddenError: it is not allowed.
        MissingError: there is no such incident.
    """
    number = incident_number(target)
    about = {city_of(parse_alarm_id(target))} if number is None else cities_of(desk.incident(number))
    for city in about:
        who.require(permission, city)
