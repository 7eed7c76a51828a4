"""What an on-call person reads on a phone: one golden file a message, both languages, never more than a screen."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

GOLDEN = Path(__file__).parent / "messages"

LINES, COLUMNS, TITLE_COLUMNS = 12, 60, 80
"""Of a phone's screen in one language, title included; a wide character takes two columns."""


def _written(message):
    """Return a message as its golden file holds it."""
    links = [f"{link.zh} {link.en}: {link.url}" for link in message.links]
    head = f"{message.key} {message.verb} {message.severity}{' test' if message.test else ''} {message.source}"
    parts = (message.title_zh, *message.lines_zh), (message.title_en, *message.lines_en), links
    return "\n\n".join([head, *("\n".join(part) for part in parts if part)]) + "\n"


def test_golden_messages(named):
    """Each message is its golden file to the letter; QUALICITY_GOLDEN=write writes them anew, to be looked at."""
    name, message = named
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("QUALICITY_GOLDEN") == "write":
        path.write_text(_written(message), encoding="utf-8")

    assert _written(message) == path.read_text("utf-8")


def test_every_golden_file_is_a_case(cases):
    """No file is left over from a case that is gone."""
    assert {path.stem for path in GOLDEN.iterdir()} == cases


def _columns(text):
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def test_one_phone_screen(named):
    """At most 12 lines a language, title included; none wider than 60 columns (title: 80); none empty, none broken."""
    _, message = named
    for lines in ((message.title_zh, *message.lines_zh), (message.title_en, *message.lines_en)):
        assert len(lines) <= LINES
        for line in lines:
            assert line
            assert line == line.strip()
            assert _columns(line) <= (TITLE_COLUMNS if line == lines[0] else COLUMNS)
            assert "\n" not in line


def test_both_languages_say_the_same(named):
    """As many facts in one language as in the other; in English no Chinese but names and a detail that is in both."""
    _, message = named
    english = "\n".join((message.title_en, *message.lines_en))
    for foreign in ("海淀区", "昌平区", "无人值班 / "):
        english = english.replace(foreign, "")

    assert len(message.lines_zh) == len(message.lines_en)
    assert not any("\u4e00" <= one <= "\u9fff" for one in english)


def test_long_texts_are_cut_visibly(composer, incident, now):
    """A rule or detail of any length stays on its line, and says that something is missing."""
    long = {"rule": "gone" * 60, "key": "beijing/wl", "station": "wl", "detail": "x" * 500, "detail_zh": "很长" * 200}
    message = composer.compose("raised", incident([long]), transition="raised", person="", now=now)

    for line in (message.title_zh, message.title_en, message.lines_zh[-1], message.lines_en[-1]):
        assert _columns(line) <= TITLE_COLUMNS
        assert line.endswith("…")


def test_a_value_never_looks_like_its_limit(composer, incident, now):
    """200.04 is not shown as 200 beside the limit of 200 that it exceeds."""
    for value in (200.04, 200.0004, 199.96):
        message = composer.compose("raised", incident([{"value": value}]), transition="raised", person="", now=now)
        assert " 200 µg" not in message.title_en
        assert f" {value} µg" in message.title_en
