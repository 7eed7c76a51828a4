"""What rules have to be as a whole: names that exist, keys that fit their kind, limits that can be met and left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple, TypeVar

import msgspec

from alerting.rules import durations, kinds
from alerting.rules.compiled import is_legal, on_delay
from alerting.rules.known import metrics, runbooks
from alerting.rules.limits import (
    CheckReference,
    LawReference,
    PermitReference,
    Points,
    Trip,
    breaking,
    is_safe,
    parse_clear,
    parse_trip,
)
from alerting.rules.schema import Rule
from qualicity.checks import CheckRules
from qualicity.errors import InputError
from qualicity.network import Network
from qualicity.parameters import parameters, resolve
from qualicity.periods import DAY_MS
from qualicity.standards.load import standards
from qualicity.strict import Declared, Problems

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_ID = 64
_OWN_RUNBOOK = re.compile(r"own/[A-Za-z0-9._-]+\.md")
_EVAL_PERIODS = {"1h": "1h", "8h": "8h-max", "24h": "24h"}

T = TypeVar("T")

Said = Iterator[tuple[str, str]]
"""(path inside a rule, what is wrong)."""


class _World(NamedTuple):
    """What a rule may speak of."""

    network: Network
    checks: CheckRules


def check_rules(declared: Sequence[Declared[Rule]], network: Network, checks: CheckRules, problems: Problems) -> None:
    """Note everything that cannot be in what a file declares."""
    world = _World(network, checks)
    seen: dict[str, str] = {}
    for place, rule in declared:
        first = seen.setdefault(rule.id, place)
        if first != place:
            problems.add(f"{place}.id", f"{rule.id!r} is declared already at {first}")
        for check in (_names, _keys, _kind, _scope, _times, _points, _care):
            for where, what in check(rule, world):
                problems.add(f"{place}.{where}", what)
    _inhibitions(declared, problems)


# names and texts


def _names(rule: Rule, world: _World) -> Said:
    del world
    for where in ("id", "family", "policy"):
        text = getattr(rule, where)
        if not _SLUG.fullmatch(text) or len(text) > _LONGEST_ID:
            yield where, f"{text!r} is not a name of small letters, digits and single hyphens, {_LONGEST_ID} at most"
    for language in ("zh", "en"):
        if not getattr(rule.title, language).strip():
            yield f"title.{language}", "a title is not empty"
    if rule.runbook not in runbooks() and not _OWN_RUNBOOK.fullmatch(rule.runbook):
        yield (
            "runbook",
            (f"no page {rule.runbook!r}; one of {', '.join(sorted(runbooks()))}, or a page of your own: own/NAME.md"),
        )
    if rule.standard is not None and not rule.standard.id.strip():
        yield "standard.id", "a designation is not empty"
    if rule.standard is not None and rule.module == "air" and rule.standard.id not in standards():
        yield "standard.id", f"no standard {rule.standard.id!r}; known are {', '.join(standards())}"


# what a kind needs and forbids


def _keys(rule: Rule, world: _World) -> Said:
    """Yield keys that are missing, and keys that would say nothing."""
    del world
    needs, may = _expected(rule)
    given = {key for key in kinds.OF_SOME_KINDS if getattr(rule, key) != _defaults()[key]}
    about = _a_rule(rule) + (f" of burn {rule.burn}" if rule.burn else "")
    for key in kinds.OF_SOME_KINDS:
        if key in needs - given:
            yield key, f"{about} needs it" + (f": {kinds.KINDS[rule.kind].trip}" if key == "trip" else "")
        elif key in given - needs - may:
            yield key, f"{about} has none" + _instead(rule, key)


def _a_rule(rule: Rule) -> str:
    return f"{'an' if rule.kind[0] in 'aeiou' else 'a'} {rule.kind} rule"


def _expected(rule: Rule) -> tuple[set[str], set[str]]:
    """Return the keys that a rule must have, and those that it may have, of those that only some kinds know."""
    row = kinds.KINDS[rule.kind]
    needs, may = set(row.needs), set(row.may)
    if rule.kind == "budget" and rule.burn:
        return needs | set(kinds.BURNS[rule.burn]), set()
    if rule.kind == "missing" and rule.level == "channel":
        may.discard("share")
    if rule.kind == "threshold" and rule.eval == "reading":
        may.discard("min_valid")
    return needs, may


def _kind(rule: Rule, world: _World) -> Said:
    """Yield values that do not fit the kind."""
    del world
    row = kinds.KINDS[rule.kind]
    allowed = {"eval": row.evals, "level": row.levels, "op": row.ops if rule.trip is not None else (rule.op,)}
    for key, values in allowed.items():
        if (value := getattr(rule, key)) not in values:
            yield key, f"{value!r} does not fit {_a_rule(rule)}; one of: {', '.join(values)}"
    if rule.metric and rule.metric not in metrics():
        yield "metric", f"no metric {rule.metric!r}; one of: {', '.join(metrics())}"
    if (rule.kind == "system") != (rule.module == "system") and rule.kind != "missing":
        yield "module", f"{rule.module!r} does not fit {_a_rule(rule)}: `system` belongs to rules about the service"
    wet = {rule.module, *rule.scope.medium} & {"water", "wastewater"}
    if rule.kind == "threshold" and rule.eval != "reading" and wet:
        yield "eval", f"{rule.eval!r}: running statistics are of the air; of water there are readings and verdicts"
    if rule.burn in {"fast", "slow"} and set(rule.scope.medium) - {"air"}:
        yield "burn", f'{rule.burn!r} counts bad days, and the targets of water are none of days: write "lost"'
    if (rule.kind in kinds.OF_TARGETS) != (rule.module == "targets"):
        fits = ", ".join(sorted(kinds.OF_TARGETS))
        yield "module", f"{rule.module!r} does not fit {_a_rule(rule)}: `targets` belongs to the kinds {fits}"
    for status in rule.statuses:
        if status not in kinds.STATUSES:
            yield "statuses", f"no status {status!r}; some of: {', '.join(kinds.STATUSES)}"


def _instead(rule: Rule, key: str) -> str:
    if key == "share":
        return "; it is the share of silent children, above channels" if rule.kind == "missing" else ""
    return "; single readings are one each" if key == "min_valid" and rule.kind == "threshold" else ""


@cache
def _defaults() -> dict[str, object]:
    """Return the defaults of a rule's keys; msgspec works them out anew at each call."""
    return {item.name: item.default for item in msgspec.structs.fields(Rule)}


# where


def _scope(rule: Rule, world: _World) -> Said:
    scope, network = rule.scope, world.network
    known: tuple[tuple[str, Iterable[str]], ...] = (
        ("city", network.city_by_id),
        ("district", {station.district for station in network.stations if station.district}),
        ("station", network.station_by_id),
    )
    for key, names in known:
        for name in getattr(scope, key):
            if name not in names:
                yield f"scope.{key}", f"no {key} {name!r} is declared in the network"
    for name in scope.parameter:
        if name not in parameters():
            meant = resolve(name)
            yield "scope.parameter", f"write {name!r} as {meant!r}" if meant else f"no parameter {name!r}"
    for key in kinds.SCOPE_BELOW[rule.level]:
        if getattr(scope, key):
            yield f"scope.{key}", f"an alarm of this rule is about a whole {rule.level}: it cannot be narrowed by {key}"
    if rule.kind in {"verdict", "budget"} and len(scope.medium) != 1:
        yield "scope.medium", f"{_a_rule(rule)} needs exactly one: each medium is judged by itself"
    if rule.module in {"air", "water", "wastewater"} and scope.medium not in {(), (rule.module,)}:
        yield "scope.medium", f"{', '.join(scope.medium)} does not fit the module {rule.module!r}"


# when


def _times(rule: Rule, world: _World) -> Said:
    del world
    read: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("on_delay", rule.on_delay, durations.parse_delay),
        ("off_delay", rule.off_delay, durations.parse_delay),
        ("window", rule.window, durations.parse_duration),
        ("realarm", rule.realarm, durations.parse_duration),
        ("max_shelve", rule.max_shelve or "none", durations.parse_duration),
        ("chatter.within", rule.chatter.within, durations.parse_duration),
    )
    for where, text, parse in read:
        if text and (reason := _refused(parse, text)):
            yield where, reason
    if rule.chatter.raises < 1:
        yield "chatter.raises", f"{rule.chatter.raises} is below 1: the rule could never raise an alarm"
    if rule.min_valid < 0:
        yield "min_valid", f"{rule.min_valid} is below 0"
    if not 0 < rule.share <= 1:
        yield "share", f"{rule.share} is not a share above 0 and up to 1"


def _refused(read: Callable[[T], object], what: T) -> str:
    """Return why something cannot be read, or nothing."""
    try:
        read(what)
    except InputError as error:
        return f"{error.cause} ({error.mend})"
    return ""


# how much


def _points(rule: Rule, world: _World) -> Said:
    unread = False
    for where, text, parse in (("trip", rule.trip, parse_trip), ("clear", rule.clear, parse_clear)):
        if text is not None and (reason := _refused(parse, text)):
            unread = True
            yield where, reason
    if unread or rule.trip is None or rule.clear is None:
        return
    points = Points(parse_trip(rule.trip), parse_clear(rule.clear), world.checks)
    yield from _reference(rule, points.trip)
    possible = sorted(points.possible(_parameters(rule, world)))
    if not possible:
        yield "trip", f"{rule.trip!r} has no value for any parameter in the rule's scope"
    unsafe = [value for value in possible if not is_safe(points.clear.at(value), value, rule.op)]
    if unsafe:
        side = "below" if rule.op in {">", ">="} else "above"
        clear, trip = _plain(points.clear.at(unsafe[0])), _plain(unsafe[0])
        yield "clear", f"{clear} is not on the safe side of trip {trip}: it must be {side} it"
    if rule.kind == "quality_share" and not all(0 < value < 1 for value in possible):
        yield "trip", f"{rule.trip} is not a share between 0 and 1"
    if rule.kind in {"rate_of_change", "flat_line", "missing"} and not all(value > 0 for value in possible):
        yield "trip", f"{rule.trip} is not above 0"


def _reference(rule: Rule, trip: Trip) -> Said:
    """Yield where a reference does not fit what it is compared with."""
    source = trip.source
    if isinstance(source, CheckReference):
        fits = {"flat_line": "stuck_hours", "rate_of_change": "step_above", "threshold": "high_above"}
        if fits.get(rule.kind) != source.field:
            yield "trip", f"checks:{source.field} is not what a {rule.kind} rule compares"
    if isinstance(source, PermitReference):
        yield from _permit_reference(rule)
    if not isinstance(source, LawReference):
        return
    if rule.kind != "threshold":
        yield "trip", f"a limit of the law is not what a {rule.kind} rule compares"
    for op in {breaking(row) for row in source.rows(parameters())} - {rule.op}:
        yield "op", f"a value equal to this limit complies: write {op!r}"
    own = _EVAL_PERIODS.get(rule.eval)
    if own is not None and own != source.period and not rule.note.strip():
        yield "trip", f"{rule.eval} is compared with a limit for {source.period}: say why in `note`, or change it"


def _permit_reference(rule: Rule) -> Said:
    """Yield where a limit of permits does not fit what it is compared with."""
    if rule.kind != "threshold" or rule.eval != "reading" or rule.op != ">":
        yield "trip", 'a permit is compared with readings: write kind = "threshold", eval = "reading", op = ">"'
    if not isinstance(rule.clear, str):
        yield "clear", 'each permit has a limit of its own: write a share of it, such as "95 %"'


def _parameters(rule: Rule, world: _World) -> list[str]:
    """Return what the rule can be about: the scope's channels where there are some, else its parameters, else all."""
    named = set(rule.scope.parameter)
    there = {
        channel.parameter
        for station in world.network.stations
        if station.id in rule.scope.station
        for channel in station.channels
        if not named or channel.parameter in named
    }
    return sorted(there or named or parameters().keys())


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


# care for the people on call


def _care(rule: Rule, world: _World) -> Said:
    del world
    if not rule.owner.strip() and rule.severity != "P4":
        yield "owner", f"a rule of {rule.severity} needs one: the role that mends what it finds"
    if _refused(on_delay, rule) or _refused(is_legal, rule):
        return  # said already
    if rule.eval == "reading" and is_legal(rule) and on_delay(rule).samples < 2 and not rule.note.strip():
        yield "on_delay", "one reading alone trips a legal limit: ask for two, or say in `note` why one is enough"
    if rule.severity == "P1":
        if not rule.realarm:
            yield "realarm", "an acknowledgement of P1 expires: write a duration"
        if not _refused(durations.parse_duration, rule.max_shelve) and (
            durations.parse_duration(rule.max_shelve) > DAY_MS
        ):
            yield "max_shelve", f"{rule.max_shelve!r}: P1 is shelved for 24 h at most"


def _inhibitions(declared: Sequence[Declared[Rule]], problems: Problems) -> None:
    """Note parents that do not exist, and rules that explain each other in a circle."""
    parents = {rule.id: rule.inhibited_by for _, rule in declared}
    for place, rule in declared:
        for name in rule.inhibited_by:
            if name not in parents:
                problems.add(f"{place}.inhibited_by", f"no rule {name!r}")
        if rule.id in _above(rule.id, parents):
            problems.add(
                f"{place}.inhibited_by", f"{rule.id!r} would explain itself, by way of {rule.inhibited_by[0]!r}"
            )


def _above(name: str, parents: dict[str, tuple[str, ...]]) -> set[str]:
    """Return the rules that explain a rule, directly or by others."""
    found: set[str] = set()
    waiting = list(parents[name])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parents.get(one, ())
    return found
