"""Names of classes and verdicts of water in papers."""

from __future__ import annotations

from qualicity.network import Name
from reports.environment.water.view import UNKNOWN
from reports.wording import wording

say = wording("water")

_NUMERALS = ("I", "II", "III", "IV", "V")


def class_name(name: str | None) -> Name:
    """Return a class of water as people write it."""
    if name is None or name == UNKNOWN:
        return say("no_class")
    return say(f"class_{name}") if name in _NUMERALS else say("class_worse")


def verdict_name(verdict: str) -> Name:
    """Return a verdict in words."""
    return say(verdict)
