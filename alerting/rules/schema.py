"""What `rules.toml` may say: one table a rule. Unknown keys fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Severity = Literal["P1", "P2", "P3", "P4"]
"""P1: at once, day and night; P2: at once; P3: in working hours; P4: only listed. Policies say what that means."""

Kind = Literal[
    "threshold",  # a value beyond a limit
    "rate_of_change",  # a value that moves too fast, canonical units an hour
    "flat_line",  # a value that has not changed for so many hours
    "missing",  # nothing has come for so many expected intervals
    "quality_share",  # too great a share of readings is not valid
    "verdict",  # a day, month, quarter or year is EXCEEDS or NOT_ASSESSABLE in the ledger
    "budget",  # what a yearly target allows to be bad is used up too fast
    "system",  # the service's own health
    "filing",  # a form that a department owes is soon due, or overdue
    "indicator",  # an indicator of the promise has one of some statuses
]
Eval = Literal["reading", "1h", "8h", "24h", "day", "month", "quarter", "year"]
"""What is compared: single readings, provisional statistics of the ledger, or its verdicts."""

Operator = Literal[">", ">=", "<", "<="]
Level = Literal["channel", "station", "gateway", "city", "site", "department", "indicator"]
"""What one alarm of the rule is about."""


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A title in both languages."""

    zh: str
    en: str


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rule applies; an empty list is no restriction."""

    medium: tuple[Literal["air", "water", "wastewater"], ...] = ()
    city: tuple[str, ...] = ()
    district: tuple[str, ...] = ()
    station: tuple[str, ...] = ()
    purpose: tuple[Literal["assessment", "background", "traffic", "source", "outlet", "catchment"], ...] = ()
    parameter: tuple[str, ...] = ()


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a law the rule comes from."""

    id: str  # designation: GB3095-2026; with a limit by reference the one in force is named in the message
    clause: str = ""


class Chatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often one alarm may be raised: at most `raises` times in any `within`."""

    raises: int = 2
    within: str = "24 h"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule, as it is written. Durations are texts: "90 s", "10 min", "8 h", "30 d"."""

    id: str
    title: Title
    kind: Kind
    severity: Severity
    family: str  # rules of one family make one incident
    runbook: str  # page of docs/runbooks/
    module: Literal["air", "water", "wastewater", "targets", "system"] = "air"
    scope: Scope = Scope()
    eval: Eval = "reading"
    level: Level = "channel"
    op: Operator = ">"
    trip: float | str | None = None  # a number, or a reference: see rules/limits.py; its unit: rules/kinds.py
    clear: float | str | None = None  # a number, or "95 %" of `trip`; on the safe side of it
    on_delay: str = ""  # "2 readings", "10 min", "2 readings over 10 min"; empty: see rules/compiled.py
    off_delay: str = ""  # likewise; empty: one clear sample
    min_valid: int = 0  # least readings in the window of a share; least valid hours of a statistic beyond the law's own
    window: str = ""  # of quality_share, and of a budget that burns fast
    share: float = 0.5  # of children that must be silent (missing, above channels)
    when: Literal["", "EXCEEDS", "NOT_ASSESSABLE"] = ""  # of verdict
    burn: Literal["", "fast", "slow", "lost"] = ""  # of budget: bad days in the window; pace; more than are allowed
    statuses: tuple[str, ...] = ()  # of indicator: those that trip it, such as "breached"
    metric: str = ""  # of system: see rules/metrics.toml
    standard: Clause | None = None  # of a city's rate: the table that makes it, RATE-SOURCES and the like
    owner: str = ""
    policy: str = "default"
    realarm: str = "24 h"  # an acknowledgement lasts so long while the alarm stands; "" = for ever
    max_shelve: str = "7 d"
    chatter: Chatter = Chatter()
    inhibited_by: tuple[str, ...] = ()  # rules whose alarm about the same thing or what holds it explains this one
    note: str = ""  # for people who read the file


class RulesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a rules file."""

    rule: tuple[Rule, ...] = ()


RuleById = Mapping[str, Rule]
