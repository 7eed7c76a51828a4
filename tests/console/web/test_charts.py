"""Charts: what they draw, what they say, and that nothing of it is lost at gaps and edges."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from console.web.charts import About, Limit, bars, line, span
from console.web.charts.drawing import ink_on, ticks

ABOUT = About("PM₂.₅ <daily>", "one day is missing", "µg/m³")


def parts(markup: str, name: str) -> list[ET.Element]:
    """Return the elements of a kind in a drawing."""
    return list(ET.fromstring(markup).iter(name))  # noqa: S314 - our own markup


def test_a_gap_is_a_gap() -> None:
    """A course is broken where a value is missing; a single value between two gaps is a dot."""
    drawn = line(ABOUT, ["1", "2", "3", "4", "5"], [1.0, 2.0, None, 4.0, None])
    assert len(parts(drawn, "polyline")) == 1
    assert len(parts(drawn, "circle")) == 1


def test_whoever_does_not_see_it_is_told() -> None:
    """A drawing is one picture with a title and a description; what strangers wrote is text."""
    drawn = line(ABOUT, ["1"], [1.0])
    root = ET.fromstring(drawn)  # noqa: S314 - our own markup
    assert root.get("role") == "img"
    assert (root.findtext("title"), root.findtext("desc")) == (ABOUT.title, ABOUT.description)
    assert "<daily>" not in drawn


def test_bars_at_and_above_the_limit() -> None:
    """A bar at the limit complies; one above it has a colour of its own; a missing one is a sign."""
    drawn = bars(ABOUT, ["a", "b", "c"], [75.0, 75.1, None], Limit(75.0, "75"))
    assert [one.get("class") for one in parts(drawn, "rect")] == ["bar", "bar over"]
    missing = [one.text for one in parts(drawn, "text") if one.get("class") == "none middle"]
    assert missing == ["\N{MULTIPLICATION SIGN}"]


def test_one_place_or_none_at_all() -> None:
    """A chart of one value, of none, and of equal values can be drawn."""
    for values in ([], [None], [3.0], [0.0, 0.0]):
        names = [str(at) for at in range(len(values))]
        ET.fromstring(bars(ABOUT, names, values))  # noqa: S314 - our own markup
        ET.fromstring(line(ABOUT, names, values))  # noqa: S314 - our own markup


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 75, [0, 20, 40, 60, 80]),
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 0, [0, 1]),
        (97.2, 98, [97.2, 97.4, 97.6, 97.8, 98]),
    ],
)
def test_marks_are_round_and_hold_every_value(low: float, high: float, marks: list[float]) -> None:
    """The axis begins and ends at or beyond what is to be drawn, by round steps."""
    assert ticks(low, high) == pytest.approx(marks)


def test_a_share_between_its_bounds() -> None:
    """Bounds, share and target stand where they are: half the scale where all of it lies there."""
    drawn = span(ABOUT, 0.96, 0.99, 0.98, 0.98)
    band = parts(drawn, "rect")[1]
    assert float(band.get("x", "")) == pytest.approx(4 + (0.96 - 0.5) * 2 * 292, abs=0.1)
    assert [one.text for one in parts(drawn, "text")] == ["50 %", "75 %", "100 %"]
    assert parts(span(ABOUT, 0.3, 0.99, None, 0.98), "text")[0].text == "0 %"


@pytest.mark.parametrize(
    ("ground", "ink"),
    [("#00e400", "#000"), ("#ff0000", "#000"), ("#7e0023", "#fff"), ("#ffffff", "#000")],
)
def test_text_can_be_read_on_its_ground(ground: str, ink: str) -> None:
    """Text is black or white, whichever has more contrast."""
    assert ink_on(ground) == ink
