"""Boards as data: found by being there, free of the law's numbers, answered for in both languages."""

from __future__ import annotations

import ast
import json
import re
import sys
import textwrap
from pathlib import Path

import pytest

import dashboards.boards
from console.evidence.words import Words as EvidenceWords
from dashboards import build
from dashboards.boards import boards
from dashboards.scales import GREY, classes, mappings, readable, steps, water_classes
from dashboards.spec import LANGUAGES
from qualicity.flags import INVALID, Flag

FILES = sorted(Path(dashboards.boards.__file__).parent.glob("*.py"))
SCALES = ("class", "aqi", "budget", "share", "up", "water", "outcome")

NEW_BOARD = """
    from dashboards.boards.common import CHOOSE_CITY, CITY, INDEX_RULE
    from dashboards.influxql import Field, Select
    from dashboards.schema import DAY_VERDICT
    from dashboards.spec import Board, Panel, Words

    def board():
        query = Select(DAY_VERDICT, (Field("aqi", "last"),), (CITY,), ("city",), every="1d", legend="$tag_city")
        panel = Panel("timeseries", Words("指数", "Index"), INDEX_RULE, 24, 8, (query,))
        return Board("noise", Words("噪声", "Noise"), "now-30d", (CHOOSE_CITY,), (panel,))
"""


def test_a_new_board_is_one_new_module(tmp_path, monkeypatch):
    """Put it into the package, and it is built in both languages, linked and verified."""
    before = [board.id for board in boards()]
    (tmp_path / "noise.py").write_text(textwrap.dedent(NEW_BOARD), "utf-8")
    monkeypatch.setattr(dashboards.boards, "__path__", [*dashboards.boards.__path__, str(tmp_path)])
    try:
        assert [board.id for board in boards()] == [*before, "noise"]
        made = build.shipped()
        for language in LANGUAGES:
            model = json.loads(made[f"qualicity-noise-{language}.json"])
            assert [panel["type"] for panel in model["panels"]] == ["timeseries"]
            assert model["uid"] == f"qualicity-noise-{language}"
    finally:
        del sys.modules["dashboards.boards.noise"]
        del dashboards.boards.noise


def test_boards_have_ids_of_their_own():
    ids = [board.id for board in boards()]
    assert ids == ["alarms", "city", "compliance", "indicators", "outlets", "quality", "service", "station", "water"]
    assert all(re.fullmatch("[a-z]+", one) for one in ids)


PLACED = {"Panel": 5, "_panel": 4, "figure": 4, "_figures": 3, "_figure": 3, "_table": 3}
"""Calls whose first arguments hold the width and height of a panel."""
LAYOUT = {"width", "decimals", "newest", "latest_days"}


def _numbers(tree):
    """Yield (number, where it stands) of all numbers of a module that are no layout."""
    layout = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                layout |= {id(one) for one in args[: PLACED.get(name, 0)]}
                layout |= {id(one.value) for one in keywords if one.arg in LAYOUT}
            case ast.Subscript(slice=index):
                layout |= {id(one) for one in ast.walk(index)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in {int, float} and id(node) not in layout:
            yield node.value, node.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_limit_of_the_law_stands_in_a_board(path):
    """Numbers of a board are sizes, digits, and the ends 0 and 1 of axes and truths; a limit comes from data."""
    tree = ast.parse(path.read_text("utf-8"))
    assert [found for found in _numbers(tree) if found[0] not in {0, 1}] == []


def test_the_search_for_limits_finds_one():
    tree = ast.parse('Panel("stat", W, D, 6, 4, (Select(A, (F,), (Condition("aqi", 100, ">"),)),), most=75.0, width=8)')
    assert set(_numbers(tree)) == {(100, 1), (75.0, 1)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_text_of_a_board_repeats_a_number_of_the_law(path):
    """It would stay when the law changes: texts name the clause."""
    tree = ast.parse(path.read_text("utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    number = re.compile(r"\d\s*(µg|μg|ug/m|mg/m|%|\uff05|个有效|valid|天|days?\b)")
    assert [
        text for text in texts if number.search(text) and "近 30 天" not in text and "last 30 days" not in text
    ] == []


@pytest.mark.parametrize("scale", SCALES)
def test_no_data_is_grey_on_every_scale(scale):
    first, *others = steps(scale)
    assert first == (None, GREY)
    assert [step.value for step in others] == sorted(step.value for step in others)
    assert GREY not in {step.color for step in others}
    for language, words in (("zh", "无数据"), ("en", "no data")):
        assert mappings(scale, language)[-1] == {
            "type": "special",
            "options": {"match": "null", "result": {"text": words, "color": GREY}},
        }


def test_no_axis_is_without_decimals():
    """Else Grafana marks only whole numbers on it, and calls what is between them no data."""
    drawn = [p for text in build.shipped().values() for p in json.loads(text)["panels"] if p["type"] == "timeseries"]
    assert drawn
    for panel in drawn:
        config = panel["fieldConfig"]
        own = [one["value"] for rule in config["overrides"] for one in rule["properties"] if one["id"] == "decimals"]
        assert 0 not in [config["defaults"].get("decimals"), *own], panel["title"]


def test_classes_are_those_of_the_index():
    assert [(one.least, one.color) for one in classes()] == [
        (0, "#00E400"),
        (51, "#FFFF00"),
        (101, "#FF7E00"),
        (151, "#FF0000"),
        (201, "#99004C"),
        (301, "#7E0023"),
    ]
    assert mappings("class", "zh")[0]["options"]["3"] == {"text": "轻度污染", "color": "#FF7E00"}
    assert mappings("class", "zh", short=True)[0]["options"]["3"]["text"] == "3"


def test_a_share_turns_green_where_the_law_makes_a_day_valid():
    assert [(step.value, step.color) for step in steps("share")][-1] == (pytest.approx(20 / 24), "#37872D")


def test_days_left_are_orange_at_none_and_red_below():
    colors = {step.value: step.color for step in steps("budget")}
    assert len(set(colors.values())) == 4
    assert list(colors) == [None, -366, 0, 1]


def _luminance(color):
    """Return the relative luminance of a colour, as the web's contrast rule takes it."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_classes_of_water_are_six_colours_with_words_of_their_own():
    assert [one.level for one in water_classes()] == [1, 2, 3, 4, 5, 6]
    assert len({one.color for one in water_classes()} - {GREY}) == 6
    for language, worst in (("zh", "\u52a3V"), ("en", ">V")):
        shown = mappings("water", language, short=True)[0]["options"]
        assert [shown[str(level)]["text"] for level in range(1, 7)] == ["I", "II", "III", "IV", "V", worst]


def test_letters_on_classes_of_water_are_dark_or_the_ground_is():
    """Grafana writes in black on what is brighter than 180 of 255, in white on the rest."""
    for one in water_classes():
        red, green, blue = (int(one.color[place : place + 2], 16) for place in (1, 3, 5))
        bright = (299 * red + 587 * green + 114 * blue) / 1000 > 180
        contrast = (_luminance(one.color) + 0.05) / 0.05 if bright else 1.05 / (_luminance(one.color) + 0.05)
        assert contrast > 3.9, one


def test_what_is_written_in_a_colour_can_be_read():
    for one in [*classes(), *water_classes()]:
        assert 1.05 / (_luminance(readable(one.color)) + 0.05) >= 2, one
    assert 1.05 / (_luminance("#FFFF00") + 0.05) < 1.2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flag_has_the_words_of_the_evidence_page(language):
    [shown] = mappings("flags", language)
    assert set(shown["options"]) == {"0", *(str(flag.value) for flag in Flag)}
    words = EvidenceWords(language)
    for flag in Flag:
        said = shown["options"][str(flag.value)]
        assert said["text"] == words(f"flag_{flag.name}").replace("\u2019", "'")
        assert (said["color"] == "#C4162A") == bool(flag & INVALID)


def test_a_board_says_what_it_lacks():
    from dashboards.panels import builder
    from dashboards.spec import Panel, Words

    with pytest.raises(ValueError, match="matrix"):
        builder(Panel("calendar", Words("日", "d"), Words("日", "d"), 1, 1), "zh")
    with pytest.raises(ValueError, match="list of its own"):
        build.variable_query(next(board for board in boards() if board.id == "city").choices[1])
