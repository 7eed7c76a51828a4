"""The query options of a request, each checked: what is not offered is said, not left out in silence."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from console.sensorthings.filters import Condition, parse_filter
from qualicity.errors import UsageError

MOST = 1000
"""Entities of a page at most."""
USUAL = 100

Ordered = Literal["phenomenonTime", "resultTime", "result"]

OPTIONS = ("$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count", "$select", "$expand")

_NUMBER = re.compile(r"[0-9]{1,9}")
_TOKEN = re.compile(r"(-?[0-9]{1,15})\.([0-9]{1,18})")


class Place(NamedTuple):
    """After which observation a page begins."""

    start: int  # ms UTC
    seq: int


@dataclass(frozen=True)
class Asked:
    """How entities are asked for.

    Attributes:
        top: so many at most, on all pages together; None = all.
        skip: so many are left out first.
        after: where the page before has ended.
        count: their number is asked for, too.
        order: of observations.
        descending: the greatest first.
        conditions: that observations fulfil.
        select: only these properties; empty = all.
        expand: entities that are put in.
    """

    top: int | None = None
    skip: int = 0
    after: Place | None = None
    count: bool = False
    order: Ordered = "phenomenonTime"
    descending: bool = False
    conditions: Sequence[Condition] = ()
    select: Sequence[str] = ()
    expand: Sequence[str] = ()

    @property
    def page(self) -> int:
        """Return how many entities a page has at most."""
        return USUAL if self.top is None else min(self.top, MOST)

    def following(self, *place: tuple[str, str], more: bool) -> Sequence[tuple[str, str]] | None:
        """Return the options that are other on the page after this one; None = it is the last.

        Args:
            place: options that tell where that page begins.
            more: there is something behind this page.
        """
        if self.top is None:
            return place if more else None
        left = self.top - self.page
        return (*place, ("$top", str(left))) if more and left > 0 else None


def parse_options(
    given: Sequence[tuple[str, str]], *, known: Collection[str], ways: Collection[str], observations: bool
) -> Asked:
    """Return how entities are asked for.

    Args:
        given: names and texts of the query.
        known: properties that may be selected.
        ways: navigation properties that may be expanded.
        observations: they are observations, which alone are filtered and ordered.

    Raises:
        UsageError: an option is unknown, stands twice, or says what is not offered.
    """
    options: dict[str, str] = {}
    for name, text in given:
        if not name.startswith("$"):
            continue
        if name not in OPTIONS:
            raise UsageError(f"the query option {name!r} is not offered", f"use: {', '.join(OPTIONS)}")
        if name in options:
            raise UsageError(f"{name} stands twice", "give it once")
        options[name] = text
    if not observations and (stray := options.keys() & {"$filter", "$orderby", "$skiptoken"}):
        raise UsageError(f"{min(stray)} is offered of observations only", "leave it out")
    order, descending = _order(options.get("$orderby", ""))
    return Asked(
        top=_number(options, "$top"),
        skip=_number(options, "$skip") or 0,
        after=_after(options.get("$skiptoken", "")),
        count=_truth(options, "$count"),
        order=order,
        descending=descending,
        conditions=parse_filter(options["$filter"]) if "$filter" in options else (),
        select=_names("$select", options, {"id", *known, *ways}),
        expand=_names("$expand", options, ways),
    )


def _number(options: Mapping[str, str], name: str) -> int | None:
    if name not in options:
        return None
    if not _NUMBER.fullmatch(options[name]):
        raise UsageError(f"{name} is no number", f"write it as {name}=100")
    return int(options[name])


def _truth(options: Mapping[str, str], name: str) -> bool:
    if options.get(name, "false") not in {"true", "false"}:
        raise UsageError(f"{name} is neither true nor false", f"write it as {name}=true")
    return options.get(name) == "true"


def _order(text: str) -> tuple[Ordered, bool]:
    name, _, direction = (text or "phenomenonTime").strip().partition(" ")
    found = next((one for one in get_args(Ordered) if one == name), None)
    if found is None or direction.strip() not in {"", "asc", "desc"}:
        raise UsageError(
            f"$orderby={text[:60]} is not offered", f"one of {', '.join(get_args(Ordered))}, with asc or desc"
        )
    return found, direction.strip() == "desc"


def _after(text: str) -> Place | None:
    if not text:
        return None
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise UsageError("$skiptoken is not one of this service", "follow @iot.nextLink as it stands")
    return Place(int(match[1]), int(match[2]))


def _names(option: str, options: Mapping[str, str], known: Collection[str]) -> Sequence[str]:
    if option not in options:
        return ()
    names = [one.strip() for one in options[option].split(",")]
    for name in names:
        if name not in known:
            raise UsageError(f"{option} cannot name {name[:60]!r} here", f"one of: {', '.join(sorted(known))}")
    return tuple(dict.fromkeys(names))
