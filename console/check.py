"""What `doctor` says of one thing that it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """The outcome of one check."""

    name: str
    outcome: Literal["ok", "warning", "problem"]
    detail: str
    mend: str = ""
