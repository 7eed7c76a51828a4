"""The catalogue of messages: complete in both languages, and nothing in it that nobody says."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files
from string import Formatter
from typing import get_args

import pytest

from alerting.compose.words import LANGUAGES, Words, columns, cut, number, texts
from alerting.message import Link, MessageKind
from alerting.rules.schema import Eval

HOUR, MINUTE = 3_600_000, 60_000


def _places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", texts())
def test_both_languages_are_complete(key):
    """Every text is there in Chinese and English, with the same places to fill in; Chinese is Chinese."""
    entry = texts()[key]
    assert set(entry) == set(LANGUAGES)
    assert all(text.strip() for text in entry.values())
    assert _places(entry["zh"]) == _places(entry["en"])
    assert not any(unicodedata.east_asian_width(one) in "WF" for one in entry["en"])


def test_every_kind_of_message_has_its_words():
    """Each kind of message, link and statistic has a word."""
    kinds = Link.__annotations__["kind"]
    assert {f"word_{kind}" for kind in get_args(MessageKind)} <= set(texts())
    assert {f"link_{kind}" for kind in re.findall('"([a-z]+)"', kinds)} <= set(texts())
    assert {f"statistic_{one}" for one in get_args(Eval)} <= set(texts())


def test_nothing_is_left_over():
    """Each text is named in the code, whole or by its prefix."""
    code = "".join(path.read_text("utf-8") for path in files("alerting.compose").iterdir() if path.name.endswith(".py"))
    prefixes = ("word_", "link_", "statistic_", "acknowledged", "title_", "least", "peak", "members", "new_members")
    for key in texts():
        assert f'"{key}"' in code or key.startswith(prefixes), key


@pytest.mark.parametrize(
    ("ms", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (-5, "0 秒", "0 s"),
        (59_999, "59 秒", "59 s"),
        (MINUTE, "1 分钟", "1 min"),
        (HOUR - 1, "59 分钟", "59 min"),
        (HOUR, "1 小时", "1 h"),
        (HOUR + 5 * MINUTE, "1 小时 5 分", "1 h 5 min"),
        (48 * HOUR - 1, "47 小时 59 分", "47 h 59 min"),
        (48 * HOUR, "2 天", "2 d"),
        (51 * HOUR + MINUTE, "2 天 3 小时", "2 d 3 h"),
    ],
)
def test_durations(ms, zh, en):
    """The two greatest units, none that is nought."""
    assert (Words("zh").lasting(ms), Words("en").lasting(ms)) == (zh, en)


def test_times_are_at_the_laws_offset(now):
    """Beijing time whatever the machine's zone; the year only where it is another."""
    assert Words("zh").time(now, now) == "11-22 10:00"
    assert Words("en").time(now - 365 * 24 * HOUR, now) == "2025-11-22 10:00"


@pytest.mark.parametrize(
    ("value", "beside", "text"),
    [
        (215.0, 200.0, "215"),
        (200.04, 200.0, "200.04"),
        (200.0, 200.0, "200"),
        (0.0123456, None, "0.01235"),
        (12_345.6, None, "12346"),
        (-3.0, None, "-3"),
    ],
)
def test_numbers(value, beside, text):
    """Four digits; more where it would look like another number beside it."""
    assert number(value, beside) == text


def test_cut_counts_wide_characters_twice():
    """A text that fits stays; one that does not ends in an ellipsis and fits."""
    assert cut("字" * 30) == "字" * 30
    assert cut("字" * 31) == "字" * 29 + "…"
    assert columns(cut("字" * 31)) <= 60
    assert cut("two\nlines  here") == "two lines here"
