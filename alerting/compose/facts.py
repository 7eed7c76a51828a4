"""What an alarm is about, in words: its place, its value against the limit, the law, the time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from alerting.compose.words import LINE_COLUMNS, Words, columns, number
from alerting.incidents import Incident, Member
from alerting.keys import GATEWAY, SITE
from alerting.rules.compiled import Ruleset
from alerting.rules.limits import BEYOND
from alerting.rules.schema import Rule
from qualicity.network import Network
from qualicity.parameters import parameters, symbol
from qualicity.units import printed

_NAMED = 3
"""Alarms of an incident that a message names at most; fewer where the line is too short."""

_DETAIL_LINES = 3
_CLAUSES = re.compile("； ?|; ")
_ITEMS = re.compile(r"(\w+) (\d+)/(\d+)")
_HOURS = re.compile(r"(\d+) of (\d+) h")
_SIGNS = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}


@dataclass(frozen=True)
class Facts:
    """Speaks of alarms in one language."""

    words: Words
    network: Network
    rules: Ruleset

    def rule(self, member: Member) -> Rule | None:
        """Return the rule of an alarm; None when it is no longer in the file."""
        found = self.rules.by_id.get(member.rule)
        return found.rule if found else None

    def title(self, member: Member) -> str:
        """Return the title of an alarm's rule."""
        rule = self.rule(member)
        return self.words.name(rule.title, member.rule) if rule else member.rule

    def place(self, member: Member) -> str:
        """Return the short name of what an alarm is about: a station, a city, a gateway, the service."""
        context, key = member.context, member.key
        if key == SITE:
            return self.words("site")
        if key.startswith(f"{SITE}/"):
            return self.words("part", name=key.partition("/")[2])
        if key.startswith(GATEWAY):
            return self.words("gateway", name=key.removeprefix(GATEWAY))
        if context.station:
            return self.station(context.station)
        if context.name:
            return self.words.of(context.name_zh, context.name)
        return self.city(context.city) if context.city else key

    def city(self, city: str) -> str:
        """Return the name of a city."""
        found = self.network.city_by_id.get(city)
        return self.words.name(found.name if found else None, city)

    def station(self, station: str) -> str:
        """Return the name of a station."""
        found = self.network.station_by_id.get(station)
        return self.words.name(found.name if found else None, station)

    def area(self, incident: Incident) -> str:
        """Return what holds all alarms of an incident: the district or city, else the service."""
        members = incident.members
        departments = {member.context.department for member in members}
        if len(departments) == 1 and "" not in departments:
            return self.holder(members[0])
        if len(members) == 1 or len({member.key for member in members}) == 1:
            return self.place(members[0])
        cities = {member.context.city for member in members}
        districts = {member.context.district for member in members}
        if len(cities) != 1 or "" in cities:
            return self.words("site")
        city = self.city(*cities)
        return (
            city if len(districts) != 1 or "" in districts else self.words("within", inner=city, outer=districts.pop())
        )

    def holder(self, member: Member) -> str:
        """Return the department that owes something, or that answers for it."""
        return self.words.of(member.context.holder_zh, member.context.holder)

    def named(self, member: Member) -> str:
        """Return the short name of what an alarm is about; a form with the department that owes it."""
        place = self.place(member)
        return self.words("within", inner=place, outer=self.holder(member)) if member.context.holder else place

    def whole_place(self, member: Member) -> str:
        """Return a station with its city and district."""
        context = member.context
        inner = self.place(member)
        if not context.station:
            return inner
        outer = [part for part in (self.city(context.city), context.district) if part]
        return self.words("within", inner=inner, outer=self.words("and").join(outer)) if outer else inner

    def item(self, member: Member) -> str:
        """Return the symbol of what is measured."""
        return self._sign(member.context.parameter)

    def _sign(self, parameter: str) -> str:
        return symbol(parameter, self.words.language) if parameter in parameters() else parameter.upper()

    def about(self, member: Member) -> str:
        """Return the short name of a place, with what is measured there; of a form the department that owes it."""
        if member.context.holder:
            return self.holder(member)
        known = member.context.parameter in parameters()
        return f"{self.place(member)} {self.item(member)}" if known else self.place(member)

    def statistic(self, member: Member) -> str:
        """Return the word for the statistic, with a blank before it."""
        key = f"statistic_{member.context.statistic}"
        return f" {self.words(key)}" if self.words.has(key) else ""

    def quantity(self, member: Member, value: float | None, beside: float | None = None) -> str:
        """Return a value with its unit."""
        if value is None:
            return ""
        return f"{number(value, beside)} {printed(member.context.unit)}".rstrip()

    def sign(self, member: Member) -> str:
        """Return the operator of an alarm's rule; of a verdict that by which the value breaks the limit."""
        rule = self.rule(member)
        if self.decided(member):
            return "<" if (member.value or 0.0) < (member.context.limit or 0.0) else ">"
        return _SIGNS[rule.op] if rule else ">"

    def decided(self, member: Member) -> bool:
        """Return whether an alarm is about a verdict that one item decided, whose value and limit are known."""
        rule, context = self.rule(member), member.context
        known = context.parameter in parameters() and context.limit is not None and member.value is not None
        return known and rule is not None and rule.kind == "verdict"

    def measured(self, member: Member) -> bool:
        """Return whether an alarm is about a value of something that is measured, against a limit."""
        rule = self.rule(member)
        kinds = {"threshold", "rate_of_change"}
        return member.context.limit is not None and member.value is not None and (rule is None or rule.kind in kinds)

    def back(self, member: Member) -> bool:
        """Return whether the value is no longer beyond the limit, though the alarm may still stand."""
        value, limit = member.value, member.context.limit
        rule = self.rule(member)
        return value is not None and limit is not None and not BEYOND[rule.op if rule else ">"](value, limit)

    def worst(self, member: Member) -> float | None:
        """Return the value that breaks the limit: the present one, or the peak when that is back."""
        return member.peak if self.back(member) and member.peak is not None else member.value

    def extreme(self, member: Member, *, several: bool) -> str:
        """Return the line of the peak (the least value, of a limit that must not be fallen short of)."""
        key = "least" if self.sign(member) in "<≤" else "peak"
        return self.against(
            member, f"{key}_at" if several else key, member.value if member.peak is None else member.peak
        )

    def against(self, member: Member, key: str, value: float | None) -> str:
        """Return a line of a value against the limit."""
        limit = member.context.limit
        statistic = "" if self.decided(member) else self.statistic(member)  # the title says it
        return self.words(
            key, place=self.place(member), item=self.item(member), statistic=statistic,
            sign=self.sign(member), value=self.quantity(member, value, limit), peak=self.quantity(member, value, limit),
            limit=self.quantity(member, limit, value), bound=self.bound(member),
        )  # fmt: skip

    def bound(self, member: Member) -> str:
        """Return what the value is compared with: a limit of the law, or a threshold of one's own."""
        context = member.context
        return self.words("bound_law" if context.law and not context.share else "bound_own")

    def law(self, member: Member) -> str:
        """Return the law with its clause; honest about what was only recalled."""
        context = member.context
        if not context.law:
            return ""
        cited = " ".join(part for part in (context.law, self.words.clause(context.clause)) if part)
        said = self.words("law_share" if context.share else "law", law=cited, share=context.share)
        return said + (self.words("recalled") if context.certainty == "recalled" else "")

    def coverage(self, member: Member) -> str:
        """Return how much data stands behind the value."""
        if not member.context.coverage:
            return ""
        text = member.context.coverage
        hours, items = _HOURS.fullmatch(text), _ITEMS.findall(text)
        if hours:
            text = self.words("coverage_hours", valid=hours[1], expected=hours[2])
        elif items:
            name, valid, expected = min(items, key=lambda item: int(item[1]) - int(item[2]))
            text = self.words("coverage_least", item=self._sign(name), valid=valid, expected=expected)
        return self.words("coverage", coverage=text)

    def detail(self, member: Member) -> list[str]:
        """Return what the judge said of the alarm, a line each clause."""
        text = self.words.of(member.context.detail_zh, member.context.detail)
        return [clause for clause in _CLAUSES.split(text) if clause][:_DETAIL_LINES]

    def names(self, members: Sequence[Member], key: str) -> str:
        """Return a line that names the first alarms and counts the rest."""
        line = ""
        for named in range(min(_NAMED, len(members)), 0, -1):
            each = (self.place(one) if one.context.holder else self.about(one) for one in members[:named])
            names, more = self.words.join(each), len(members) - named
            line = self.words(f"{key}_more" if more else key, count=len(members), names=names, more=more)
            if columns(line) <= LINE_COLUMNS:
                break
        return line


def gravest(members: Sequence[Member]) -> list[Member]:
    """Return alarms, the most important first: by severity, by how far beyond the limit, the earliest."""
    return sorted(members, key=lambda one: (one.context.severity, -_excess(one), one.began, one.rule, one.key))


def _excess(member: Member) -> float:
    """Return how far beyond its limit a value is, as a ratio; 1 = at the limit or unknown."""
    value, limit = member.peak if member.peak is not None else member.value, member.context.limit
    if value is None or not limit or value * limit <= 0:
        return 1.0
    return max(value / limit, limit / value)
