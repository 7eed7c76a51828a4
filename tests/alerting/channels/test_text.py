# ruff: noqa: RUF001 - Chinese sentences have Chinese punctuation
"""The page of a message: marked and keyed whoever composed it, and cut without losing either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.channels.text import LATE, fitting, inert, linked, marked, page, plain, when_late

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)
LINES = st.lists(st.builds(lambda text, n: text + "字" * n, TEXTS, st.integers(0, 300)), max_size=12)


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_the_key_shows_once(message, language):
    """At the end; not again when the composer wrote it into a line."""
    assert plain(page(message(), language)).splitlines()[-1].endswith((": 12/raised", "：12/raised"))
    composed = message(lines_zh=("一", "编号：12/raised"), lines_en=("one", "Ref: 12/raised"))
    assert plain(page(composed, language)).count("12/raised") == (2 if language == "both" else 1)
    assert "12/raised" in plain(page(composed, language, lines=0))


def test_a_mark_shows_once(message):
    assert marked(message(test=True))[0].startswith("【测试】")
    assert marked(message(test=True, title_zh="【演练】某事", title_en="DRILL something")) == (
        "【演练】某事",
        "DRILL something",
    )
    assert marked(message(test=True, title_zh="渠道测试"))[0] == "【测试】渠道测试"
    assert marked(message())[0] == message().title_zh


@given(zh=LINES, en=LINES, title=st.text(max_size=2_000), most=st.integers(600, 8_000))
def test_a_cut_page_fits_and_keeps_key_mark_and_acknowledgement(message, zh, en, title, most):
    """Bytes of UTF-8, as providers count."""
    one = message(lines_zh=tuple(zh), lines_en=tuple(en), title_en=title, test=True)
    text = fitting(one, "both", plain, lambda found: len(found.encode()), most)
    assert len(text.encode()) <= most
    assert "12/raised" in text
    assert "【测试】" in text
    assert "https://alarms.example.org/ack/aaa.bbb" in text
    hidden = sum(len(lines) for lines in (zh, en)) - sum(line in text for line in (*zh, *en))
    assert hidden <= 0 or "另有" in text or "more lines" in text


def test_what_is_on_time_says_nothing_of_lateness(message):
    assert when_late(message(), 0, LATE - 1) == message()
    assert "送达较晚" in when_late(message(), 0, LATE).lines_zh[0]


@pytest.mark.parametrize("text", ["<@all>", "[x](http://y)", "**x**", "`x`", "# x", "<font color=red>x</font>", "> x"])
def test_nothing_in_a_text_is_markup(text):
    """Also what a station is called or a device sends cannot call everybody or hide a link."""
    assert not set("<>*`#") & set(inert(text))
    assert "](" not in inert(text)
    assert inert("a_b 1.5 µg/m³ (表 1)") == "a_b 1.5 µg/m³ (表 1)"


def test_an_address_does_not_end_its_link_early():
    assert linked("Grafana [x]", "https://g/d?a=(1) b") == "[Grafana [x]](https://g/d?a=%281%29%20b)"
