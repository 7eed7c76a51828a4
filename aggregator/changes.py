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
from qualicity.network import Network
from qualicity.standards.load import air_law, limit_tables
from qualicity.store.ledger import Cause, Dirty

RULES = ("code", "checks", "tables", "network")
"""Kinds of causes that change results without any new reading."""

_DAY_LENGTH = len("2016-03-05")
_SHOWN = 16


@cache
def code_version() -> str:
    """Return the hash of the code that judges: its modules and the vocabulary's."""
    sha = hashlib.sha256()
    for package in ("aggregator", "qualicity"):
        for path in sorted(files(package).iterdir(), key=lambda path: path.name):
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


def state(network: Network, rules: CheckRules) -> dict[str, str]:
    """Return what verdicts rest on now, by the names under which the ledger remembers it."""
    cities = {
        f"network:{city.id}": hashlib.sha256(
            msgspec.json.encode((city, network.stations_of(city.id)), order="sorted")
        ).hexdigest()
        for city in network.cities
    }
    return {"code": code_version(), "checks": rules.version, "tables": tables_version(), **cities}


def dirty_by_changes(judged: Iterable[tuple[str, str, str, str, str]], changed: Mapping[str, str]) -> Iterator[Dirty]:
    """Yield the judged days that rest on what has changed.

    Args:
        judged: (scope, period, standard, tables, code) of every current version.
        changed: what differs from what the ledger remembers, as `state` names it.
    """
    for scope, period, standard, tables, _ in judged:
        if len(period) != _DAY_LENGTH:
            continue
        city = scope.split("/")[1]
        for kind in ("code", "checks"):
            if kind in changed:
                yield Dirty(city, period, Cause(kind, changed[kind][:_SHOWN]))
        if f"network:{city}" in changed:
            yield Dirty(city, period, Cause("network", changed[f"network:{city}"][:_SHOWN]))
        if "tables" in changed and (standard not in limit_tables() or tables not in table_hashes(standard)):
            yield Dirty(city, period, Cause("tables", changed["tables"][:_SHOWN]))
