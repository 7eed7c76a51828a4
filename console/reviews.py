"""How far people have checked data (`verification`): preliminary, reviewed, final. Pure.

A review pins the version of each day's verdict. A day whose current version is another one than was pinned is
preliminary again, and says so, until somebody looks at it once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from qualicity.store.audit import Entry

Verification = Literal["preliminary", "reviewed", "final"]
Act = Literal["reviewed", "final", "reopened"]

ACTS: tuple[Act, ...] = get_args(Act)
ACTION = "review."
"""With which the actions of reviews begin in the audit log."""

Pins = tuple[tuple[str, int], ...]
"""(standard, version) of each verdict that stands of a day, by standard."""


class Checked(NamedTuple):
    """How far people have checked a day.

    Attributes:
        verification: now.
        changed: it was reviewed, and another version stands since.
        reviewed_by: who has reviewed it; empty = nobody.
        final_by: who has looked at it second; empty = nobody.
        pinned: what they have seen.
        why: of the reopening, where it was reopened last.
    """

    verification: Verification = "preliminary"
    changed: bool = False
    reviewed_by: str = ""
    final_by: str = ""
    pinned: Pins = ()
    why: str = ""


def checked(entries: Iterable[Entry], current: Mapping[str, Pins]) -> dict[str, Checked]:
    """Return how far the days of a scope are checked.

    Args:
        entries: reviews of the scope, the oldest first.
        current: of each day what stands of it.
    """
    found = dict.fromkeys(current, Checked())
    for entry in entries:
        act = entry.action.removeprefix(ACTION)
        for day, pins in entry.detail.get("days", {}).items():
            if day in found:
                found[day] = _after(found[day], act, entry, tuple((str(name), int(version)) for name, version in pins))
    return {day: _as_it_stands(one, current[day]) for day, one in found.items()}


def _after(before: Checked, act: str, entry: Entry, pins: Pins) -> Checked:
    if act == "reopened":
        return Checked(why=str(entry.detail.get("why", "")))
    if act == "final":
        return before._replace(verification="final", final_by=entry.who, pinned=pins, why="")
    return Checked("reviewed", reviewed_by=entry.who, pinned=pins)


def _as_it_stands(one: Checked, current: Pins) -> Checked:
    if one.verification == "preliminary" or one.pinned == current:
        return one
    return one._replace(verification="preliminary", changed=True)
