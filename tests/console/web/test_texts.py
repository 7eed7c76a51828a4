"""The words of the pages: each in both languages, each said by some page, none missing."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from console.acts.reviews import ACTS
from console.web.words import FRAME, LANGUAGES, catalogue

ROOT = Path(__file__).parents[3]
CONSOLE = ROOT / "console"
PACKAGES = ("qualicity", "collector", "aggregator", "alerting", "targets", "reports", "console")
PAGES = sorted(path.stem for path in (CONSOLE / "web" / "text").glob("*.toml"))
HAN = re.compile(r"[\u4e00-\u9fff]")
MONTH = {"number", "name"}
"""A month has a number in Chinese and a name in English."""

OF_PARAMETERS = {"query", "path", "header"}
"""Where OpenAPI has parameters."""

_IN_CODE = re.compile(r'''"([^"\n]*)"''')
_BEGUN = re.compile(r"""\bf["']([\w.]+_)\{""")
_IN_TEMPLATES = re.compile(r"""(?<![\w=])(?:"([^"<>{}]*)"|'([^'<>{}]*)')""")
_JOINED = re.compile(r"""["']([\w.]+_)["'] ~""")
_ASKED = re.compile(r"""(?<![\w.])t\(["']([\w.]+)["'][,)]""")


def _plain(text):
    """Return a text as keys are written."""
    return re.sub(r"[ \-.]", "_", text)


@cache
def _said():
    """Return all texts that stand in code and templates, and the beginnings of those that are put together."""
    texts, beginnings = set(), set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            code = path.read_text("utf-8")
            texts.update(_IN_CODE.findall(code))
            beginnings.update(_BEGUN.findall(code))
    for text in _templates().values():
        texts |= {one for found in _IN_TEMPLATES.findall(text) for one in found}
        beginnings |= set(_JOINED.findall(text))
    return texts, beginnings


@cache
def _templates():
    return {path: path.read_text("utf-8") for path in (CONSOLE / "web" / "templates").rglob("*.html")}


def _places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("page", PAGES)
def test_every_text_has_both_languages(page):
    """And nothing else; what one says of {values} the other says too; English has no Chinese in it."""
    for key, entry in catalogue(page).items():
        assert set(entry) == set(LANGUAGES), key
        assert all(text.strip() for text in entry.values()), key
        assert _places(entry["zh"]) ^ _places(entry["en"]) in (set(), MONTH), key
        assert key == "language_zh" or not HAN.search(entry["en"]), key


@pytest.mark.parametrize("page", PAGES)
def test_every_text_is_said_somewhere(page):
    """By its key, or by a beginning and words that the code knows."""
    texts, beginnings = _said()
    words = {_plain(one) for one in texts} | OF_PARAMETERS

    def put_together(key):
        ends = (_plain(key.removeprefix(one)) for one in beginnings if key.startswith(one))
        return any(end in words or end.isdecimal() or words.issuperset(end.split("_")) for end in ends)

    assert [key for key in catalogue(page) if key not in texts and not put_together(key)] == []


@pytest.mark.parametrize("page", sorted(set(PAGES) - {FRAME}))
def test_a_text_of_the_frame_is_not_written_twice(page):
    """What a page has of its own says something else."""
    same = [key for key, entry in catalogue(page).items() if catalogue(FRAME).get(key) == entry]
    assert same == []


def test_templates_ask_for_texts_that_there_are():
    """A page that nobody looked at would break."""
    known = {key for page in PAGES for key in catalogue(page)}
    for folder in ("page", "evidence", "scorecard"):
        known |= set(re.findall(r"^\[([\w.]+)\]", (CONSOLE / folder / "texts.toml").read_text("utf-8"), re.MULTILINE))
    asked = {(path.name, key) for path, text in _templates().items() for key in _ASKED.findall(text)}
    assert len(asked) > 200
    assert [one for one in sorted(asked) if one[1] not in known] == []


def _after_changes():
    """Return what pages say after a change: `said=` of `done`, and what alarms hand on to it."""
    found = set()
    for path in (CONSOLE / "web").rglob("*.py"):
        code = path.read_text("utf-8")
        for node in ast.walk(ast.parse(code)) if "done" in code else ():
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in {"done", "_after", "_to"}:
                continue
            given = [one.value for one in node.keywords if one.arg == "said"]
            if node.func.id != "done":
                given += node.args[-1:]
            found |= {part.value for one in given for part in ast.walk(one) if isinstance(part, ast.Constant)}
    return found


def test_after_a_change_the_page_says_what_was_done():
    """Each of the frame's words for it, and no change without one."""
    words = {key.removeprefix("said_") for key in catalogue(FRAME) if key.startswith("said_")}
    assert _after_changes() | set(ACTS) == words
