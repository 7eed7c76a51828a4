"""`$filter` of observations: comparisons of times, results and quality, joined by `and`."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from qualicity.errors import UsageError

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]
Kind = Literal["time", "number", "truth"]

COMPARED: Mapping[str, Kind] = {
    "phenomenonTime": "time",  # by its start
    "resultTime": "time",
    "result": "number",
    "resultQuality/valid": "truth",
    "resultQuality/counts": "truth",
}
"""What may be compared, and with what."""

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {name: getattr(operator, name) for name in get_args(Operator)}

_MEND = "such as: phenomenonTime ge 2016-03-05T00:00:00Z and phenomenonTime lt 2016-03-06T00:00:00Z and result gt 75"
_TOKEN = re.compile(
    r"\s*(?:(?P<bracket>[()])"
    r"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[-+ ]\d\d:\d\d))"  # a plus sent bare is a blank
    r"|(?P<number>[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,3})?(?![\w.:-]))"
    r"|(?P<word>[A-Za-z@][\w@./]*))",
    re.ASCII,
)
_DEEPEST = 20


class Condition(NamedTuple):
    """One comparison."""

    name: str  # of COMPARED
    operator: Operator
    value: float  # ms UTC, a number, or 0 and 1


class _Token(NamedTuple):
    kind: str
    text: str


def parse_filter(text: str) -> Sequence[Condition]:
    """Return what all observations asked for fulfil.

    Raises:
        UsageError: it is not understood, or asks for what is not offered.
    """
    reader = _Reader(list(_tokens(text)))
    found = reader.conditions(0)
    reader.end()
    return found


def _tokens(text: str) -> Iterator[_Token]:
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise UsageError(f"$filter is not understood from {text[at : at + 20]!r} on", _MEND)
        yield _Token(match.lastgroup, match[match.lastgroup])
        at = match.end()


class _Reader:
    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def conditions(self, depth: int) -> list[Condition]:
        """Read comparisons and brackets joined by `and`."""
        found = self._one(depth)
        while self._peek() == _Token("word", "and"):
            self._next()
            found += self._one(depth)
        return found

    def end(self) -> None:
        """Refuse what is left."""
        if self._at < len(self._tokens):
            text = self._next().text
            raise UsageError(f"$filter goes on with {text!r}, where only `and` may stand", _MEND)

    def _one(self, depth: int) -> list[Condition]:
        token = self._next()
        if token == _Token("bracket", "(") and depth < _DEEPEST:
            found = self.conditions(depth + 1)
            if self._next() != _Token("bracket", ")"):
                raise UsageError("$filter has a bracket that is not closed, or `or` in it", _MEND)
            return found
        kind = COMPARED.get(token.text)
        if kind is None:
            raise UsageError(f"$filter cannot compare {token.text!r}", f"it compares {', '.join(COMPARED)}")
        sign = self._next().text
        compared = next((one for one in get_args(Operator) if one == sign), None)
        if compared is None:
            raise UsageError(f"$filter has {sign!r} where an operator must stand", f"one of: {', '.join(COMPARE)}")
        return [Condition(token.text, compared, _value(kind, self._next()))]

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> _Token:
        found = self._peek()
        if found is None:
            raise UsageError("$filter ends too early", _MEND)
        self._at += 1
        return found


def _value(kind: Kind, token: _Token) -> float:
    if kind == "time" and token.kind == "time":
        return _instant(token.text)
    if kind == "number" and token.kind == "number":
        return float(token.text)
    if kind == "truth" and token.text in {"true", "false"}:
        return float(token.text == "true")
    wanted = {"time": "a time such as 2016-03-05T00:00:00Z", "number": "a number", "truth": "true or false"}[kind]
    raise UsageError(f"$filter compares with {token.text!r}, where {wanted} must stand", _MEND)


def _instant(text: str) -> float:
    try:
        return dt.datetime.fromisoformat(text.replace(" ", "+")).timestamp() * 1000
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is not a time: {error}", _MEND) from error
