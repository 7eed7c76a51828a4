"""Reads an on-call file: strictly, all errors at once, each with its place."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from alerting.channels.schema import ChannelSettings
from alerting.oncall import schema
from alerting.oncall.check import Known, Table, check, check_flood, check_policies
from alerting.oncall.duty import Flood, OnCall, Policy, Step
from alerting.oncall.holidays import Calendar, calendar_of, shipped_years
from alerting.oncall.hours import WorkingHours, parse_handover, parse_hours
from alerting.oncall.rota import Layer, Override, Rota
from alerting.rules.durations import parse_duration
from qualicity.errors import InputError
from qualicity.periods import DAY_MS, LAW_OFFSET_MS, LAW_ZONE, day_number, day_start
from qualicity.settings import AlertingSettings
from qualicity.strict import Problems, convert_struct, convert_tables

ONCALL_FILE = "oncall.toml"

_KINDS: dict[str, type[msgspec.Struct]] = {
    "channel": ChannelSettings,
    "person": schema.Person,
    "group": schema.Group,
    "rota": schema.Rota,
    "policy": schema.Policy,
    "holidays": schema.HolidayYear,
}
_MEND = "mend the places named; `qualicity init DIR` writes a sample"


def site_oncall(folder: Path, settings: AlertingSettings, policies: Iterable[str] = ()) -> OnCall | None:
    """Read the on-call file of a site; None = there is none, and nobody is told.

    Args:
        folder: the site's data folder.
        settings: `oncall` names the file; default `oncall.toml` in the folder, when there is one.
        policies: that the rules name.

    Raises:
        InputError: the named file does not exist, or what it says cannot be.
    """
    path = site_oncall_file(folder, settings)
    return load_oncall(path, policies=policies) if path else None


def site_oncall_file(folder: Path, settings: AlertingSettings) -> Path | None:
    """Return the on-call file of a site, or None when there is none.

    Raises:
        InputError: the named file does not exist.
    """
    if settings.oncall is not None and not settings.oncall.is_file():
        raise InputError(f"on-call file {settings.oncall} does not exist", "mend `alerting.oncall` in the settings")
    own = settings.oncall or folder / ONCALL_FILE
    return own if own.is_file() else None


def load_oncall(path: Path, *, policies: Iterable[str] = ()) -> OnCall:
    """Read and check an on-call file.

    Args:
        path: of the file.
        policies: that the rules name; each must be there.

    Raises:
        InputError: the file cannot be read, is no TOML, holds unknown keys or wrong values, or what it says cannot
            be: all problems, a line each.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", _MEND) from error
    problems = Problems()
    declared, flood = _read(data, path.name, problems)
    known = Known({kind: _ids(data.get(kind)) for kind in _KINDS})
    check(declared, known, problems)
    check_policies(policies, known, f"{path.name}: policy", problems)
    check_flood(flood, f"{path.name}: flood", problems)
    problems.refuse(str(path), _MEND)
    return _compile(declared, flood)


def _read(data: dict[str, Any], name: str, problems: Problems) -> tuple[list[Table], schema.Flood]:
    """Read all tables; what cannot be read is noted and left out."""
    found: list[Table] = []
    for key in data.keys() - _KINDS.keys() - {"flood"}:
        problems.add(f"{name}: {key}", f"unknown key; known are {', '.join(_KINDS)}, flood")
    for key, kind in _KINDS.items():
        found += convert_tables(data, key, kind, name, problems)
    flood = convert_struct(data.get("flood", {}), schema.Flood, f"{name}: flood", problems)
    return found, flood or schema.Flood()


def _ids(tables: object) -> frozenset[str]:
    """Return the ids of tables, those that cannot be read included: who names them is not to blame."""
    rows = tables if isinstance(tables, list) else []
    return frozenset(row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str))


def _compile(declared: list[Table], flood: schema.Flood) -> OnCall:
    items = [one.item for one in declared]
    years = [item for item in items if isinstance(item, schema.HolidayYear)]
    calendar = calendar_of([*shipped_years(), *years])
    return OnCall(
        channels={item.id: item for item in items if isinstance(item, ChannelSettings)},
        people={item.id: item for item in items if isinstance(item, schema.Person)},
        groups={item.id: item for item in items if isinstance(item, schema.Group)},
        rotas={item.id: _rota(item, calendar) for item in items if isinstance(item, schema.Rota)},
        policies={item.id: _policy(item, calendar) for item in items if isinstance(item, schema.Policy)},
        flood=Flood(flood.limit, parse_duration(flood.window), parse_duration(flood.urgent)),
        calendar=calendar,
    )


def _rota(item: schema.Rota, calendar: Calendar) -> Rota:
    overrides = tuple(
        Override(instant_ms(one.start), instant_ms(one.end), one.person, one.instead_of) for one in item.overrides
    )
    return Rota(item.id, tuple(map(_layer, item.layers)), overrides, calendar)


def _layer(item: schema.Layer) -> Layer:
    weekday, time = parse_handover(item.handover)
    wait = 0 if weekday is None else (weekday - item.start.weekday()) % 7
    return Layer(
        people=item.people,
        first=(day_number(item.start) + wait) * DAY_MS - LAW_OFFSET_MS + time,
        length=parse_duration(item.length),
        end=day_start(item.end) + DAY_MS if item.end else 0,
        hours=parse_hours(item.hours),
        days=item.days,
    )


def _policy(item: schema.Policy, calendar: Calendar) -> Policy:
    return Policy(
        id=item.id,
        steps=tuple(
            Step(parse_duration(one.after) if one.after else 0, one.targets, one.channels, one.until, one.severities)
            for one in item.steps
        ),
        fallback=item.fallback,
        group_by=item.group_by,
        group_wait=parse_duration(item.group_wait),
        group_interval=parse_duration(item.group_interval),
        widen=item.widen,
        repeat=parse_duration(item.repeat),
        at_once=item.at_once,
        working_hours=item.working_hours,
        listed=item.listed,
        working=WorkingHours(parse_hours(item.hours), calendar),
        tell_acknowledged=item.tell_acknowledged,
    )


def instant_ms(when: dt.datetime) -> int:
    """Return a time of the file as ms UTC; one without offset is at +08:00."""
    aware = when if when.tzinfo else when.replace(tzinfo=LAW_ZONE)
    return round(aware.timestamp() * 1000)
