"""Places by their coordinates; no border is drawn, as none is claimed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reports.figures.canvas import FAINT, FINE, LEADING, SOFT, WIDTH, Sheet
from reports.figures.data import Place, PlaceMap
from reports.figures.letters import longest, wrap
from reports.figures.schemes import flowing, legend, level, scheme, signed
from reports.model import Language

_KM_A_DEGREE = 111.32
_MARK = 11.0
_EDGE = 22.0
_LEAST, _MOST = 150.0, 400.0
"""Height of the map."""

_LEAST_KM = 1.0
"""Of its longer side, so that places at one coordinate have a map."""

_RINGS = 12
_LABEL = 96.0
_NUMERAL = 9.0
_ROUND = (1, 2, 5)


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: _Box) -> bool:
        return (
            self.left <= other.left and other.right <= self.right
            and self.top <= other.top and other.bottom <= self.bottom
        )  # fmt: skip


def place_map(data: PlaceMap, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw places with their class and name; names that find no room stand below, by number."""
    sheet = Sheet(language, synthetic=synthetic)
    if not data.places:
        sheet.nothing()
        return sheet.svg()
    places = sorted(data.places, key=lambda one: (-one.latitude, one.longitude, one.name.zh, one.name.en))
    spots, points_a_km, high = _laid_out(places)
    frame = _Box(0.5, 0.5, WIDTH - 0.5, high - 0.5)
    sheet.box(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, alpha=FAINT)
    taken = [_scale(sheet, points_a_km, high), _north(sheet)]
    marks = _marks(spots, frame)
    taken += [_around(x, y) for x, y in marks]
    for (x, y), (at_x, at_y) in zip(marks, spots, strict=True):
        if (x, y) != (at_x, at_y):
            sheet.line([(at_x, at_y), (x, y)], thick=0.6, alpha=SOFT)
            sheet.mark(at_x, at_y, size=1.6)
    for (x, y), place in zip(marks, places, strict=True):
        _mark(sheet, data.scheme, place, x, y)
    below: list[str] = []
    for (x, y), place in zip(marks, places, strict=True):
        lines = _lines(sheet, place)
        found = next((box for box in _beside(x, y, lines) if frame.holds(box) and _free(box, taken)), None)
        if found is None:
            number = str(len(below) + 1)
            spot = next((box for box in _beside(x, y, [number]) if frame.holds(box) and _free(box, taken)), None)
            below.append("\N{EN SPACE}".join(part for part in (sheet.say(place.name), place.value) if part))
            if spot is None:
                continue
            lines, found = [number], spot
        taken.append(found)
        _leader(sheet, x, y, found)
        sheet.lines(found.left + 1.5, found.top + FINE * LEADING / 2, lines, size=FINE)
    entries = [(text, _numeral(sheet, str(number))) for number, text in enumerate(below, 1)]
    end = flowing(sheet, high + 3, entries, sample_width=_NUMERAL) if entries else high + 3
    levels = [
        one for one in scheme(data.scheme) if len(scheme(data.scheme)) <= 7 or _drawn(data.scheme, places, one.code)
    ]
    sheet.height = legend(sheet, end + 2, levels)
    return sheet.svg()


def _laid_out(places: Sequence[Place]) -> tuple[list[tuple[float, float]], float, float]:
    """Return where places stand on the sheet, points a kilometre, and the map's height."""
    middle = (min(one.latitude for one in places) + max(one.latitude for one in places)) / 2
    east = [one.longitude * _KM_A_DEGREE * math.cos(math.radians(middle)) for one in places]
    south = [-one.latitude * _KM_A_DEGREE for one in places]
    wide, tall = max(east) - min(east), max(south) - min(south)
    room_x, room_y = WIDTH - 2 * (_EDGE + 30), _MOST - 2 * _EDGE
    points = min(room_x / max(wide, _LEAST_KM), room_y / max(tall, _LEAST_KM))
    high = min(_MOST, max(_LEAST, tall * points + 2 * _EDGE))
    at_x = WIDTH / 2 - (min(east) + max(east)) / 2 * points
    at_y = high / 2 - (min(south) + max(south)) / 2 * points
    return [(x * points + at_x, y * points + at_y) for x, y in zip(east, south, strict=True)], points, high


def _marks(spots: Sequence[tuple[float, float]], frame: _Box) -> list[tuple[float, float]]:
    """Return where marks stand: at their place, or beside it where a mark stands already."""
    placed: list[tuple[float, float]] = []
    for x, y in spots:
        ring = ((x, y), *_ring(x, y))
        free = [
            spot
            for spot in ring
            if frame.holds(_around(*spot)) and all(math.dist(spot, one) >= _MARK + 1 for one in placed)
        ]
        placed.append(free[0] if free else (x, y))
    return placed


def _ring(x: float, y: float) -> Iterator[tuple[float, float]]:
    for step in range(_RINGS):
        distance = 1.4 + 1.2 * step
        count = round(6 * distance)
        for part in range(count):
            turn = 2 * math.pi * part / count
            yield x + distance * _MARK * math.cos(turn), y + distance * _MARK * math.sin(turn)


def _beside(x: float, y: float, lines: Sequence[str]) -> Iterator[_Box]:
    """Yield where a label can stand, the best place first."""
    wide, high = longest(lines, FINE) + 3, len(lines) * FINE * LEADING
    for away in (1.0, 6.0, 14.0, 24.0, 36.0):
        gap = _MARK / 2 + away
        for left, top in (
            (x + gap, y - high / 2), (x - gap - wide, y - high / 2),
            (x - wide / 2, y + gap), (x - wide / 2, y - gap - high),
            (x + gap * 0.75, y + gap * 0.75), (x + gap * 0.75, y - gap * 0.75 - high),
            (x - gap * 0.75 - wide, y + gap * 0.75), (x - gap * 0.75 - wide, y - gap * 0.75 - high),
        ):  # fmt: skip
            yield _Box(left, top, left + wide, top + high)


def _numeral(sheet: Sheet, number: str) -> Callable[[float, float], None]:
    return lambda x, y: sheet.text(x + _NUMERAL, y, number, size=FINE, align="right", alpha=SOFT)


def _leader(sheet: Sheet, x: float, y: float, box: _Box) -> None:
    """Lead from a mark to a label that stands off."""
    to_x, to_y = min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)
    away = math.dist((x, y), (to_x, to_y))
    if away > _MARK / 2 + 4:
        share = (_MARK / 2 + 0.5) / away
        sheet.line([(x + (to_x - x) * share, y + (to_y - y) * share), (to_x, to_y)], thick=0.4, alpha=SOFT)


def _mark(sheet: Sheet, name: str, place: Place, x: float, y: float) -> None:
    one = level(name, scheme(name)[-1].code if place.level is None else place.level)
    sheet.mark(x, y, size=_MARK + 1)
    sheet.mark(x, y, size=_MARK - 0.4, color=one.color)
    signed(sheet, one, x, y, size=FINE - 0.5)


def _scale(sheet: Sheet, points_a_km: float, high: float) -> _Box:
    """Draw the scale: the longest round number of kilometres that takes a fifth of the width."""
    longest_km = WIDTH / 5 / points_a_km
    power = 10.0 ** math.floor(math.log10(longest_km))
    km = max(one * power for one in _ROUND if one * power <= longest_km)
    y, left = high - 9, 10.0
    right = left + km * points_a_km
    sheet.line([(left, y - 3), (left, y), (right, y), (right, y - 3)], thick=0.9)
    text = f"{km:g} km"
    sheet.text(left + 2, y - 8, text, size=FINE)
    return _Box(left, y - 14, max(right, left + longest([text], FINE) + 4), y + 2)


def _north(sheet: Sheet) -> _Box:
    x = WIDTH - 14
    sheet.shape([(x, 7), (x - 4, 18), (x, 15), (x + 4, 18)])
    sheet.text(x, 24, sheet.word("north"), size=FINE, align="center")
    return _Box(x - 8, 4, x + 8, 30)


def _lines(sheet: Sheet, place: Place) -> list[str]:
    return [*wrap(sheet.say(place.name), FINE, _LABEL), *([place.value] if place.value else [])]


def _around(x: float, y: float) -> _Box:
    half = _MARK / 2 + 0.5
    return _Box(x - half, y - half, x + half, y + half)


def _free(box: _Box, taken: Sequence[_Box]) -> bool:
    return not any(box.meets(one) for one in taken)


def _drawn(name: str, places: Sequence[Place], code: str) -> bool:
    return any((scheme(name)[-1].code if one.level is None else one.level) == code for one in places)
