"""How classes are drawn: colour, hatching and a sign each, so that they are told apart in grey and by every eye.

The colours keep the order of hues that the texts prescribe for their classes (air: green, yellow, orange, red, purple,
maroon; water: two blues, green, yellow, orange, red), and from class to class each is darker than the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from qualicity.errors import UsageError
from qualicity.network import Name
from qualicity.standards.load import standard
from qualicity.standards.schema import IndexTable
from reports.figures.canvas import FAINT, FINE, LEADING, WIDTH, Sheet
from reports.figures.letters import longest, width, wrap
from reports.wording import wording
from targets.model import Status
from targets.words import word

UNKNOWN = "none"
"""Level of what could not be assessed, in every scheme that has it."""

_INDEX = "HJ633-2012"
"""Names of the classes; they are the same in every edition so far."""

_BLACK, _WHITE = "#101010", "#FFFFFF"
_DARK = 0.42
"""Below that lightness letters are white."""

_NOT_KNOWN = "#E4E4E4"

_LEGIBLE = 3.2
"""Smaller signs are left out: the legend says what a colour is."""

SWATCH, _SWATCH_HIGH, _GAP = 18.0, 9.0, 5.0


@dataclass(frozen=True)
class Level:
    """A class as it is drawn: `sign` is printed in its cell, `ink` is the colour of what is printed there."""

    code: str
    name: Name
    color: str
    sign: str = ""
    hatch: str = ""

    @property
    def ink(self) -> str:
        """Return the colour in which its sign is read best."""
        return ink_on(self.color)


def ink_on(color: str) -> str:
    """Return black or white, whichever is read better on a colour."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _WHITE if (0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2) ** 0.4545 < _DARK + 0.1 else _BLACK


@cache
def scheme(name: str) -> tuple[Level, ...]:
    """Return the classes of a scheme, best first.

    Raises:
        UsageError: there is no such scheme.
    """
    if name not in _SCHEMES:
        raise UsageError(f"no scheme of classes is called {name!r}", f"known are {', '.join(_SCHEMES)}")
    return _SCHEMES[name]()


def level(name: str, code: str) -> Level:
    """Return a class of a scheme.

    Raises:
        UsageError: the scheme has no such class.
    """
    for one in scheme(name):
        if one.code == code:
            return one
    known = ", ".join(one.code for one in scheme(name))
    raise UsageError(f"the scheme {name} has no class {code!r}", f"its classes are {known}")


def legend(sheet: Sheet, top: float, levels: Sequence[Level], *, left: float = 0) -> float:
    """Set the legend of some classes; return where it ends."""

    def sample(one: Level, x: float, y: float) -> None:
        sheet.box(x, y - _SWATCH_HIGH / 2, SWATCH, _SWATCH_HIGH, fill=one.color, hatch=one.hatch, alpha=0.6)
        if one.color:
            signed(sheet, one, x + SWATCH / 2, y, size=FINE - 0.5)

    entries = [(sheet.say(one.name), _sampler(sample, one)) for one in levels]
    return flowing(sheet, top, entries, sample_width=SWATCH, left=left)


def _sampler(draw: Callable[[Level, float, float], None], one: Level) -> Callable[[float, float], None]:
    return lambda x, y: draw(one, x, y)


def signed(sheet: Sheet, one: Level, x: float, y: float, *, size: float, text: str = "") -> None:
    """Print the sign of a class, or a text, in the middle of its cell; over hatching with ground behind it."""
    shown = text or one.sign
    if one.hatch and shown:
        wide = width(shown, size) + 1.5
        sheet.box(x - wide / 2, y - size * 0.52, wide, size * 1.04, fill=one.color, thick=0)
    sheet.text(x, y, shown, size=size, align="center", color=one.ink)


class Cells:
    """Cells of classes side by side: those of one class are drawn at once, then all signs."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._boxes: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
        self._signs: list[tuple[Level, float, float, float]] = []

    def add(self, one: Level, x: float, y: float, *, wide: float, high: float) -> None:
        """Add a cell, empty where its class has no colour; its sign is as large as it may be, up to fine print."""
        self._boxes.setdefault((one.color, one.hatch), []).append((x, y, wide, high))
        size = min(FINE, FINE * (wide - 1.5) / width(one.sign, FINE)) if one.sign else 0
        if size >= _LEGIBLE:
            self._signs.append((one, x + wide / 2, y + high / 2, size))

    def draw(self) -> None:
        """Draw them."""
        for (color, hatch), boxes in self._boxes.items():
            self._sheet.boxes(boxes, fill=color, hatch=hatch, thick=0.4, alpha=0.5 if color else FAINT)
        for one, x, y, size in self._signs:
            signed(self._sheet, one, x, y, size=size)


def flowing(
    sheet: Sheet,
    top: float,
    entries: Sequence[tuple[str, Callable[[float, float], None]]],
    *,
    sample_width: float,
    left: float = 0,
) -> float:
    """Set the entries of a legend one after the other, in as many lines as they need; return where they end."""
    x, y = left, top + FINE * LEADING / 2 + 1
    below = 0
    room = WIDTH - left
    for text, sample in entries:
        lines = wrap(text, FINE, room - sample_width - _GAP)
        wide = sample_width + _GAP + longest(lines, FINE)
        if x > left and x + wide > WIDTH:
            x, y, below = left, y + below * FINE * LEADING + 3, 0
        sample(x, y)
        sheet.lines(x + sample_width + 3, y, lines, size=FINE)
        x += wide + 9
        below = max(below, len(lines))
    return y + (below - 0.5) * FINE * LEADING + 3 if entries else top


def _air() -> tuple[Level, ...]:
    table = standard(_INDEX)
    if not isinstance(table, IndexTable):
        raise TypeError(f"{_INDEX} is no index")
    colors = ("#BFE6AE", "#EBCB3C", "#EE8A24", "#CB3A30", "#8A1F72", "#4A0A1C")
    names = {one.level: one.name for one in table.classes}
    found = [
        Level(str(number), Name(names[number].zh, names[number].en), color, str(number))
        for number, color in enumerate(colors, 1)
    ]
    return (*found, _said(UNKNOWN, "none", _NOT_KNOWN, "\N{EN DASH}", ".."))


def _water() -> tuple[Level, ...]:
    return (
        _said("I", "water_I", "#D5F1F7", "\N{ROMAN NUMERAL ONE}"),
        _said("II", "water_II", "#9CD3EC", "\N{ROMAN NUMERAL TWO}"),
        _said("III", "water_III", "#74BE82", "\N{ROMAN NUMERAL THREE}"),
        _said("IV", "water_IV", "#CB951F", "\N{ROMAN NUMERAL FOUR}"),
        _said("V", "water_V", "#C2521C", "\N{ROMAN NUMERAL FIVE}"),
        _said("worse", "water_worse", "#7E1018", ">\N{ROMAN NUMERAL FIVE}"),
        _said(UNKNOWN, "none", _NOT_KNOWN, "\N{EN DASH}", ".."),
    )


def _status() -> tuple[Level, ...]:
    drawn: Mapping[Status, tuple[str, str, str]] = {
        Status.MAINTAINED: ("#0B3C6F", "\N{BULLSEYE}", ""),
        Status.ACHIEVED: ("#2F74B5", "\N{CHECK MARK}", ""),
        Status.ACHIEVED_UNPROVEN: ("#7DB0DA", "\N{CHECK MARK}?", ""),
        Status.ON_TRACK: ("#CFE3F3", "\N{RIGHTWARDS ARROW}", ""),
        Status.AT_RISK: ("#F7E08A", "!", "\\\\\\\\"),
        Status.ACHIEVED_THEN_LOST: ("#EDB04A", "\N{SOUTH EAST ARROW}", "////"),
        Status.OFF_TRACK: ("#E07F22", "\N{WHITE UP-POINTING TRIANGLE}", "xxxx"),
        Status.DETERIORATING: ("#BE4423", "\N{DOWNWARDS ARROW}", "++++"),
        Status.BREACHED: ("#6A0F1C", "\N{MULTIPLICATION SIGN}", ""),
        Status.NOT_ASSESSABLE: (_NOT_KNOWN, "\N{EN DASH}", ".."),
    }
    return tuple(Level(one.value, word("status", one.value), *drawn[one]) for one in drawn)


def _verdict() -> tuple[Level, ...]:
    return (
        _said("COMPLIES", "complies", "#A9CDEB", "\N{CHECK MARK}"),
        _said("EXCEEDS", "exceeds", "#9E2A1F", "\N{MULTIPLICATION SIGN}"),
        _said("NOT_ASSESSABLE", "none", _NOT_KNOWN, "\N{EN DASH}", ".."),
    )


def _filing() -> tuple[Level, ...]:
    return (
        _said("on_time", "filing_on_time", "#A9CDEB", "\N{CHECK MARK}"),
        _said("late", "filing_late", "#E0A030", "\N{WHITE UP-POINTING TRIANGLE}", "////"),
        _said("missing", "filing_missing", "#8C1F1B", "\N{MULTIPLICATION SIGN}"),
        _said("due", "filing_due", _NOT_KNOWN, "\N{HORIZONTAL ELLIPSIS}", ".."),
    )


def _said(code: str, text: str, color: str, sign: str, hatch: str = "") -> Level:
    return Level(code, wording("figures")(text), color, sign, hatch)


_SCHEMES: Mapping[str, Callable[[], tuple[Level, ...]]] = {
    "air": _air,
    "water": _water,
    "status": _status,
    "verdict": _verdict,
    "filing": _filing,
}
