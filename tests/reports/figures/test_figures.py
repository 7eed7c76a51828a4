import io
import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.ft2font import FT2Font
from matplotlib.transforms import Bbox

from qualicity.errors import UsageError
from qualicity.network import Name
from reports import figures
from reports.figures import data
from reports.figures.axes import span
from reports.figures.canvas import INK, WIDTH
from reports.figures.schemes import ink_on, scheme
from reports.fonts import font_file
from reports.model import LANGUAGES

FONT = {chr(code) for code in FT2Font(str(font_file())).get_charmap()}

_TOUCH = 0.6
"""Points by which the boxes of two texts may meet: there is nothing drawn at their edges."""


def test_text_stands_on_the_sheet_and_on_no_other_text(figure, language, sheets):
    """Every letter is in the font, inside the figure, and clear of the others, in both languages, whatever the data."""
    draw, content = figure

    draw(content, language, synthetic=True)

    (sheet,) = sheets
    renderer = RendererSVG(10, 10, io.StringIO())  # measures without hints, as it draws
    boxes = [
        (text, Bbox.union([one.get_window_extent(renderer) for one in made])) for text, made in sheet.texts if made
    ]
    outside = [
        (text, box.extents)
        for text, box in boxes
        if box.x0 < -_TOUCH or box.x1 > WIDTH + _TOUCH or box.y0 < -_TOUCH or box.y1 > sheet.height + _TOUCH
    ]
    assert outside == []
    assert {letter for text, made in sheet.texts for one in made for letter in one.get_text()} <= FONT
    edges = np.array([box.extents for _, box in boxes])
    wide = np.minimum(edges[:, None, 2], edges[None, :, 2]) - np.maximum(edges[:, None, 0], edges[None, :, 0])
    high = np.minimum(edges[:, None, 3], edges[None, :, 3]) - np.maximum(edges[:, None, 1], edges[None, :, 1])
    meeting = np.argwhere(np.triu((wide > _TOUCH) & (high > _TOUCH), 1))
    assert [(boxes[one][0], boxes[other][0]) for one, other in meeting] == []


def test_a_figure_without_data_says_so(cases, sheets):
    for draw, named in cases.items():
        for case in ("nothing", "unknown"):
            if case in named and not (draw is figures.matrix and case == "unknown"):
                for language, said in (("zh", "无数据"), ("en", "no data")):
                    draw(named[case], language)
                    assert any(said in text for text, _ in sheets[-1].texts), (draw.__name__, case)


def test_a_figure_is_one_svg_as_wide_as_a_page_s_text(cases):
    svg = figures.trend(cases[figures.trend]["whole"], "zh")

    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("width") == f"{WIDTH:g}pt"
    assert not re.search(rb"<text|<style|<metadata|<!|<\?|font-family", svg)


def test_ids_of_figures_on_one_page_differ(cases):
    """Inline in one page, a figure's letters are its own."""
    pages = [
        draw(content, language)
        for draw in (figures.trend, figures.bars, figures.goals, figures.flow)
        for content in itertools.islice(cases[draw].values(), 1)
        for language in LANGUAGES
    ]
    ids = [one for page in pages for one in re.findall(rb' id="([^"]+)"', page)]

    assert ids
    assert len(ids) == len(set(ids))
    for page in pages:
        used = re.findall(rb'href="#([^"]+)"|url\(#([^)]+)\)', page)
        assert {one or other for one, other in used} == set(re.findall(rb' id="([^"]+)"', page))


def test_ink_is_one_colour_that_can_be_replaced(cases):
    """What is no data is drawn in INK, so that a dark page can draw it in its own ink."""
    drawn = figures.matrix(cases[figures.matrix]["counts"], "en").decode()

    colors = {one.lower() for one in re.findall(r"#[0-9a-fA-F]{6}", drawn)}
    assert INK in colors
    assert not colors & {"#000000", "#808080"}


def test_made_up_data_say_so_across_the_figure(cases):
    content = cases[figures.shares]["whole"]

    plain, marked = (figures.shares(content, "en", synthetic=one) for one in (False, True))

    assert len(marked) > len(plain)
    assert b"opacity: 0.11" in marked
    assert b"opacity: 0.11" not in plain


@pytest.mark.parametrize("name", ["air", "water"])
def test_from_class_to_class_colours_are_darker(name):
    """Printed in grey, the order of classes is that of lightness."""
    lightness = [_lightness(one.color) for one in scheme(name)[:-1]]

    assert all(before - after > 0.04 for before, after in itertools.pairwise(lightness))


@pytest.mark.parametrize("name", ["air", "water", "status", "verdict", "filing"])
def test_classes_are_told_apart_without_colour(name):
    """By sign, always; and each sign can be read on its colour."""
    levels = scheme(name)

    assert len({one.sign for one in levels}) == len(levels)
    assert len({(one.color, one.hatch) for one in levels}) == len(levels)
    for one in levels:
        light, dark = sorted((_luminance(one.color), _luminance(ink_on(one.color))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, one.code


def test_what_the_scheme_has_not_is_refused():
    with pytest.raises(UsageError, match="no class 'VI'"):
        figures.bars(data.Bars("water", [data.Bar(Name("甲", "A"), {"VI": 1})], Name()), "zh")
    with pytest.raises(UsageError, match="no scheme"):
        figures.bars(data.Bars("noise", [], Name()), "zh")


@pytest.mark.parametrize(
    ("values", "percent", "least", "most"),
    [
        ([100.0, 100.0], True, 90, 100), ([0.0], True, 0, 1), ([99.0, 101.0], True, 98.84, 101.16),
        ([-3.0, 1.0], True, -3.32, 1.32), ([100.0], False, 90, 110), ([None], True, 0, 1.08),
    ],
)  # fmt: skip
def test_an_axis_of_parts_of_a_hundred_ends_at_a_hundred(values, percent, least, most):
    """Unless a value lies beyond."""
    assert span(values, percent=percent) == pytest.approx((least, most))


def test_points_of_different_methods_are_not_joined():
    """Nor across what is unknown, nor over a break."""

    def drawn(**second):
        points = [data.Point("2014", 2014, 1.0, method="a"), data.Point("2015", 2015, 2.0, **{"method": "a", **second})]
        return figures.trend(data.Trend(Name(), Name(), points), "en").count(b"stroke-width: 1.3")

    in_legend = 1
    assert drawn() == in_legend + 1
    assert drawn(method="b") == in_legend
    broken = data.Trend(
        Name(),
        Name(),
        [data.Point("2014", 2014, 1.0), data.Point("2015", 2015, 2.0)],
        breaks=[(2014.5, Name("改", "x"))],
    )
    assert figures.trend(broken, "en").count(b"stroke-width: 1.3") == in_legend


def test_provisional_points_are_hollow():
    def drawn(provisional):
        return figures.trend(data.Trend(Name(), Name(), [data.Point("2015", 2015, 1.0, provisional=provisional)]), "zh")

    assert drawn(provisional=False).count(b"stroke-width: 1.1") == 0
    assert drawn(provisional=True).count(b"stroke-width: 1.1") == 3  # of a mark: as defined, and as used


def test_letters_that_the_font_lacks_are_seen(sheets):
    """Nothing is left out silently: what can be written otherwise is, and for the rest stands a geta mark."""
    figures.shares(data.Shares(Name(), [(Name("\N{BALLOT X} ﬁ \U0001f600 PM₂", ""), 1.0)]), "zh")

    (made,) = [made for text, made in sheets[-1].texts if "PM" in text]
    assert [one.get_text() for one in made] == ["\N{MULTIPLICATION SIGN} ﬁ \N{GETA MARK} PM", "2"]


def test_drawn_draws_in_the_language_asked_for(cases):
    content = cases[figures.shares]["whole"]

    draw = figures.drawn(figures.shares, content, True)

    assert draw("zh") == figures.shares(content, "zh", synthetic=True)
    assert draw("en") != draw("zh")


def _luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def _lightness(color):
    return _luminance(color) ** (1 / 2.4)
