"""How wide text is, and where its lines break: in the papers' font, without drawing anything. Lengths in points."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from threading import Lock

from matplotlib.ft2font import FT2Font, LoadFlags

from reports.fonts import font_file

SMALL = 0.68
"""Size of a letter below the line, of the others'."""

_SUBSCRIPTS = {chr(0x2080 + digit): str(digit) for digit in range(10)}
_STAND_INS = {"\N{BALLOT X}": "\N{MULTIPLICATION SIGN}", "\N{HEAVY BALLOT X}": "\N{MULTIPLICATION SIGN}"}
_GETA = "\N{GETA MARK}"
"""What printers set where they lack a letter: seen, never silently left out."""

_TOKENS = re.compile(r"[^\s\u2E80-\uFFEF/-]*[/-]|[^\s\u2E80-\uFFEF/-]+|\s+|.", re.DOTALL)
_NEVER_FIRST = re.compile(
    r"[)\]}%,.;:!?\u2026\u00B7\u3001\u3002\u3009\u300B\u300D\u300F\u3011\uFF01\uFF05\uFF09\uFF0C\uFF1A\uFF1B\uFF1F]"
)
_NEVER_LAST = re.compile(r"[(\[{\u3008\u300A\u300C\u300E\u3010\uFF08]$")
_LOCK = Lock()


def runs(text: str) -> list[tuple[str, bool]]:
    """Return the text in pieces, with whether each stands below the line; letters that the font lacks are replaced."""
    found: list[tuple[str, bool]] = []
    for letter in text:
        low = letter in _SUBSCRIPTS
        shown = _SUBSCRIPTS[letter] if low else _drawable(letter)
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0] + shown, low)
        else:
            found.append((shown, low))
    return found


def width(text: str, size: float) -> float:
    """Return how long a line of text is."""
    return sum(size * (SMALL if low else 1) * sum(_advance(letter) for letter in piece) for piece, low in runs(text))


def wrap(text: str, size: float, limit: float) -> list[str]:
    """Break text into lines no longer than a limit; a word that is longer by itself is broken, nothing is cut off."""
    lines = [""]
    for token in _unbroken(text):
        if width((lines[-1] + token).rstrip(), size) <= limit:
            lines[-1] += token
            continue
        if lines[-1].strip():
            lines.append("")
        for letter in token if width(token.strip(), size) > limit else [token.lstrip()]:
            if lines[-1] and width(lines[-1] + letter, size) > limit:
                lines.append("")
            lines[-1] += letter
    return [line.strip() for line in lines]


def longest(lines: Sequence[str], size: float) -> float:
    """Return how long the longest of some lines is."""
    return max((width(line, size) for line in lines), default=0)


def _unbroken(text: str) -> Iterator[str]:
    """Yield the pieces between which a line may break."""
    held = ""
    for token in _TOKENS.findall(text):
        if held and not _NEVER_FIRST.match(token) and not _NEVER_LAST.search(held):
            yield held
            held = ""
        held += token
    if held:
        yield held


@cache
def _drawable(letter: str) -> str:
    for candidate in (letter, _STAND_INS.get(letter, ""), unicodedata.normalize("NFKC", letter)):
        if candidate and all(ord(one) in _letters() for one in candidate):
            return candidate
    return " " if letter.isspace() else _GETA


@cache
def _advance(letter: str) -> float:
    """Return the advance of a letter, in its size."""
    with _LOCK:
        font = _font()
        return font.load_char(ord(letter), LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM


@cache
def _letters() -> frozenset[int]:
    return frozenset(_font().get_charmap())


@cache
def _font() -> FT2Font:
    return FT2Font(str(font_file()))
