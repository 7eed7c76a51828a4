"""Names of verdicts of outlets in papers."""

from __future__ import annotations

from qualicity.network import Name
from reports.wording import wording

say = wording("discharge")


def verdict_name(verdict: str) -> Name:
    """Return a verdict in words."""
    return say(verdict)
