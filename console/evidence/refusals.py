"""Why there is no evidence to show: an error's cause and mend, in Chinese where they are known."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from qualicity.errors import QualicityError


@dataclass(frozen=True)
class Refusal:
    """What a page says instead of evidence."""

    cause: str
    mend: str
    language: str  # of both


@dataclass(frozen=True)
class _Known:
    cause: re.Pattern[str]
    zh: str
    mend: str


@cache
def known() -> tuple[_Known, ...]:
    """Return the errors whose Chinese is known."""
    content = tomllib.loads((files("console.evidence") / "refusals.toml").read_text("utf-8"))
    return tuple(_Known(re.compile(row["cause"], re.DOTALL), row["zh"], row["mend"]) for row in content["refusal"])


def refusal(error: QualicityError, language: str) -> Refusal:
    """Return an error's cause and mend in a language; as they are where only English is known."""
    if language == "zh":
        for one in known():
            if found := one.cause.fullmatch(error.cause):
                values = {**found.groupdict(), "names": error.mend.partition(": ")[2] or error.mend}
                return Refusal(one.zh.format(**values), one.mend.format(**values), "zh")
    return Refusal(error.cause, error.mend, "en")
