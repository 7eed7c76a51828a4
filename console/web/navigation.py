"""The ways to the pages, as the head of each page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from console.access.roles import Permission, Principal

PAGES: Sequence[tuple[str, str, Permission]] = (
    ("", "overview", "see"),
    ("air", "air", "see"),
    ("water", "water", "see"),
    ("alarms", "alarms", "see"),
    ("marks", "marks", "see"),
    ("reviews", "reviews", "see"),
    ("letters", "letters", "see"),
    ("records", "records", "see"),
    ("indicators", "indicators", "see"),
    ("papers", "papers", "see"),
    ("health", "health", "see"),
    ("access", "access", "administer"),
)
"""Path from the root, key of the frame's text (`page_KEY`), who may see it."""


class Way(NamedTuple):
    """A way to a page."""

    path: str
    key: str
    here: bool  # the page is this one, or one below


def ways(who: Principal, path: str) -> list[Way]:
    """Return the ways that somebody has, seen from a page."""
    first = path.partition("?")[0].partition("/")[0]
    return [Way(place, f"page_{key}", place == first) for place, key, permission in PAGES if who.may(permission)]
