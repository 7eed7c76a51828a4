"""What verdicts rest on besides readings and marks, and which of them a change of it makes dirty.

That is: the code that judges, the check rules, the law tables, and the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from qualicity.checks import CheckRules
from qualicity.network import Medium, Network
from qualicity.periods import PERIOD_LENGTHS
from qualicity.scopes import PREFIXES, Scope, parse_scope
from qualicity.standards.load import air_law, limit_tables, standards
from qualicity.standards.schema import AssessmentTable, IndexTable, LimitTable
from qualicity.store.ledger import Cause, Dirty

REBUILD = "rebuild"
"""The kind of cause of what differs when everything is judged again."""
RULES = ("code", "checks", "tables", "network", REBUILD)
"""Kinds of causes that change results without any new reading."""

_PACKAGES: Mapping[Medium, str] = {"water": "aggregator.water", "wastewater": "aggregator.discharge"}
_SHOWN = 16


@cache
def code_version(medium: Medium = "air") -> str:
    """Return the hash of the code that judges a medium: its own modules, the aggregator's, the vocabulary's."""
    sha = hashlib.sha256()
    for folder in (files("aggregator"), *([] if medium == "air" else [files(_PACKAGES[medium])]), files("qualicity")):
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".py"):
                sha.update(path.read_bytes())
    return sha.hexdigest()[:_SHOWN]


@cache
def tables_version() -> str:
    """Return the hash of all law tables."""
    return hashlib.sha256("".join(h for name in limit_tables() for h in table_hashes(name)).encode()).hexdigest()


@cache
def table_hashes(standard: str) -> tuple[str, str]:
    """Return the hashes of a limit table's rows for grade I and II."""
    return air_law(standard, "I").table_hash, air_law(standard, "II").table_hash


@cache
def water_tables_version() -> str:
    """Return the hash of all tables of water and wastewater: any change of one makes all their verdicts dirty."""
    sha = hashlib.sha256()
    for name, table in standards().items():
        if not isinstance(table, LimitTable | IndexTable | AssessmentTable):
            sha.update(name.encode() + msgspec.json.encode(table, order="sorted"))
    return sha.hexdigest()


def state(network: Network, rules: CheckRules) -> dict[str, str]:
    """Return what verdicts rest on now, by the names under which the ledger remembers it."""
    places = {
        f"network:{Scope(medium, city.id).text}": hashlib.sha256(
            msgspec.json.encode((city, network.stations_of(city.id, medium)), order="sorted")
        ).hexdigest()
        for city in network.cities
        for medium in PREFIXES
    }
    code = {f"code:{prefix}": code_version(medium) for medium, prefix in PREFIXES.items()}
    tables = {"tables:air": tables_version(), "tables:water": water_tables_version()}
    return {**code, **tables, "checks": rules.version, **places}


def dirty_by_changes(judged: Iterable[tuple[str, str, str, str, str]], changed: Mapping[str, str]) -> Iterator[Dirty]:
    """Yield the judged periods that rest on what has changed; years of cities follow from their days or months.

    Args:
        judged: (scope, period, standard, tables, code) of every current version.
        changed: what differs from what the ledger remembers, as `state` names it.
    """
    for text, period, standard, tables, _ in judged:
        scope = parse_scope(text)
        if scope is None:
            continue
        whole = Scope(scope.medium, scope.city)
        if scope.medium == "air":
            if len(period) != PERIOD_LENGTHS["day"]:
                continue
            dirty, replaced = whole.text, standard not in limit_tables() or tables not in table_hashes(standard)
        elif scope.station is not None:
            dirty, replaced = text, True
        else:
            continue
        prefix = PREFIXES[scope.medium]
        family = "air" if scope.medium == "air" else "water"
        for kind, name in (("code", f"code:{prefix}"), ("checks", "checks"), ("network", f"network:{whole.text}")):
            if name in changed:
                yield Dirty(dirty, period, Cause(kind, changed[name][:_SHOWN]))
        if f"tables:{family}" in changed and replaced:
            yield Dirty(dirty, period, Cause("tables", changed[f"tables:{family}"][:_SHOWN]))
