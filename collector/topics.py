"""Topics: the pattern of the settings as subscription filters, and back from a topic to names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from qualicity.errors import UsageError

_FIELD = re.compile(r"\{(\w+)\}")
_FIELDS = ("city", "medium", "station", "parameter")
_MEND = 'write a pattern such as "{city}/{medium}/{station}/{parameter}"'


class TopicNames(NamedTuple):
    """What a topic names; empty where it does not."""

    station: str
    city: str = ""
    medium: str = ""
    parameter: str = ""


@dataclass(frozen=True)
class TopicPattern:
    """A pattern of topics, level by level: a field or a literal.

    When its last level is `{parameter}`, the pattern without that level is a topic too: for payloads that
    carry several parameters.
    """

    levels: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern.

        Raises:
            UsageError: a level is neither a field nor a literal, a field is unknown or there twice, or the
                station is missing.
        """
        levels = tuple(text.split("/"))
        fields = [match[1] for level in levels if (match := _FIELD.fullmatch(level))]
        for level in levels:
            if not _FIELD.fullmatch(level) and re.search(r"[{}+#]", level):
                raise UsageError(f"topic pattern {text!r}: level {level!r} is neither a field nor a literal", _MEND)
        if unknown := [field for field in fields if field not in _FIELDS]:
            raise UsageError(f"topic pattern {text!r}: unknown field {unknown[0]!r}", _MEND)
        if len(set(fields)) < len(fields):
            raise UsageError(f"topic pattern {text!r}: a field stands twice", _MEND)
        if "station" not in fields:
            raise UsageError(f"topic pattern {text!r} does not name the station", _MEND)
        return cls(levels)

    @cached_property
    def forms(self) -> tuple[tuple[str, ...], ...]:
        """The pattern itself and, when it ends with the parameter, the pattern without it."""
        return (self.levels, self.levels[:-1]) if self.levels[-1] == "{parameter}" else (self.levels,)

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """Subscription filters of all forms; no topic matches two of them."""
        return tuple("/".join("+" if _FIELD.fullmatch(level) else level for level in form) for form in self.forms)

    def names(self, topic: str) -> TopicNames | None:
        """Return what a topic names; None when it is not of this pattern."""
        given = topic.split("/")
        for form in self.forms:
            if len(form) == len(given):
                fields = {}
                for level, text in zip(form, given, strict=True):
                    if match := _FIELD.fullmatch(level):
                        fields[match[1]] = text
                    elif level != text:
                        return None
                return TopicNames(**fields) if fields["station"] else None
        return None

    def topic(self, names: TopicNames) -> str:
        """Return the topic for names; without a parameter, that of the form without its level.

        Raises:
            UsageError: the pattern has no form without a parameter.
        """
        form = self.levels if names.parameter else self.forms[-1]
        if not names.parameter and "{parameter}" in form:
            raise UsageError(f"topic pattern {'/'.join(self.levels)!r} needs a parameter in every topic", _MEND)
        return "/".join(getattr(names, match[1]) if (match := _FIELD.fullmatch(level)) else level for level in form)
