"""Why something cannot be: an error's cause and mend, in Chinese where they are known (`known.toml`)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from qualicity.names import Language


@dataclass(frozen=True)
class Refusal:
    """What a page says instead of what was asked for."""

    cause: str
    mend: str
    language: Language  # of both


@dataclass(frozen=True)
class _Known:
    cause: re.Pattern[str]
    zh: str
    mend: str


@cache
def known() -> tuple[_Known, ...]:
    """Return the errors whose Chinese is known."""
    content = tomllib.loads((files("console.web") / "known.toml").read_text("utf-8"))
    return tuple(_Known(re.compile(row["cause"], re.DOTALL), row["zh"], row["mend"]) for row in content["refusal"])


def refusal(cause: str, mend: str, language: Language) -> Refusal:
    """Return an error's cause and mend in a language; as they are where only English is known."""
    if language == "zh":
        for one in known():
            if found := one.cause.fullmatch(cause):
                values = {**found.groupdict(), "names": mend.partition(": ")[2] or mend}
                return Refusal(one.zh.format(**values), one.mend.format(**values), "zh")
    return Refusal(cause, mend, "en")
