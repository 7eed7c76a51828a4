"""Sets a paper as PDF: tagged, PDF/A-2a and PDF/UA-1, the same bytes each time.

Typst gets the paper as data; no text of it is ever part of a typst source. It reads no file but the font.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

import typst

from reports import layout
from reports.fonts import FAMILY, font_folder
from reports.layout import say
from reports.model import Block, Chapter, Editorial, Figure, KeyFigures, Language, Paper, Prose, Section, Table
from reports.numbering import numbers
from reports.printing import printed, said, value_text
from reports.render.columns import em, longest_word, setting
from reports.render.glyphs import lowered, printable, raised
from reports.render.prose import Node, nodes

_REGIONS = {"zh": "cn", "en": "gb"}
_WORDS = ("contents", "page", "method", "data_quality", "caution", "reading", "basis")
_NUMBER = re.compile(r"[\N{MINUS SIGN}]?[\d,]+(\.\d+)?")
_RAISED = 0.68  # size of marks, of the type; as the template sets them
_WHOLE = 150.0  # pt: a table that is not higher stays on one page
_HALF_WHOLE = 400.0  # pt: the same of one of two side by side, where nothing flows around it
_TALL = 200.0  # pt: a row that is higher may go on on the next page


def pdf(paper: Paper, languages: Sequence[Language]) -> bytes:
    """Return a paper as PDF, in one language or in several, one after the other.

    Raises:
        InputError: a text has a character that the font lacks; the cause names it and its place.
    """
    data = printable(_data(paper, languages))
    used = {character for text in _texts(data) for character in text if not character.isascii()}
    low = {character: plain for character in sorted(used) if (plain := lowered(character))}
    high = {character: plain for character in sorted(used) if (plain := raised(character))}
    data |= {"low": low, "high": high, "lacking": "".join((*low, *high))}
    made: bytes = typst.compile(
        (files(__package__) / "paper.typ").read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()]),
        sys_inputs={"paper": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=0,
    )
    return made


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            if key != "svg":
                yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


def _data(paper: Paper, languages: Sequence[Language]) -> dict[str, Any]:
    title = " / ".join(said(paper.title, language) for language in languages)
    return {
        "kind": paper.kind,
        "font": FAMILY,
        "title": title,
        "description": " / ".join(said(paper.subtitle, language) for language in languages),
        "author": " / ".join(said(paper.city.name, language) for language in languages),
        # PDF/A asks for a date: the day whose knowledge the paper holds, never the one on which it was made.
        "as-of": {"year": paper.as_of.year, "month": paper.as_of.month, "day": paper.as_of.day},
        "synthetic": paper.synthetic,
        "across": _both(say("synthetic_across")),
        "labels": [" ".join(_both(label)) for label in paper.labels],
        "parts": [_part(paper, language) for language in languages],
    }


def _both(name: Any) -> list[str]:
    """Return a text in all its languages: a label must be understood by who reads only the other."""
    return list(dict.fromkeys(text for text in (name.zh, name.en) if text))


def _part(paper: Paper, language: Language) -> dict[str, Any]:
    setter = _Setter(paper, language)
    return {
        "lang": language,
        "region": _REGIONS[language],
        "title": said(paper.title, language),
        "subtitle": said(paper.subtitle, language),
        "facts": [[said(name, language), said(value, language)] for name, value in layout.facts(paper)],
        "words": {word: said(say(word, page="{page}", pages="{pages}"), language) for word in _WORDS},
        "reading": [said(say(line), language) for line in ("reading_keys", "reading_missing")],
        "basis": [[said(name, language), value] for name, value in layout.basis(paper)],
        "chapters": [
            {**setter.chapter(chapter), "runs-on": _is_appendix(before) and _is_appendix(chapter)}
            for before, chapter in itertools.pairwise((None, *paper.chapters))
            if chapter
        ],
    }


class _Setter:
    """Makes data of the blocks of a paper in one language."""

    def __init__(self, paper: Paper, language: Language) -> None:
        self._numbers = numbers(paper)
        self._language = language

    def chapter(self, chapter: Chapter) -> dict[str, Any]:
        return {
            "heading": said(layout.heading(chapter), self._language),
            "blocks": self._blocks(chapter.blocks),
        }

    def _blocks(self, blocks: Sequence[Block]) -> list[dict[str, Any]]:
        """Return blocks; paragraphs of one tone that follow each other are one."""
        found: list[dict[str, Any]] = []
        if len(blocks) > 1 and all(isinstance(block, Table) and _is_sheet(block) for block in blocks):
            tables = [self._table(block, half=True) for block in blocks if isinstance(block, Table)]
            return [{"k": "sheets", "tables": tables}]
        for tone, group in itertools.groupby(blocks, lambda block: block.tone if isinstance(block, Prose) else None):
            if tone is None:
                found += [self._block(block) for block in group]
            else:
                texts = [said(block.text, self._language) for block in group if isinstance(block, Prose)]
                found.append({"k": "prose" if tone == "text" else "note", "tone": tone, "texts": texts})
        return found

    def _block(self, block: Block) -> dict[str, Any]:
        if isinstance(block, Table):
            return self._table(block)
        if isinstance(block, Figure):
            return self._figure(block)
        if isinstance(block, KeyFigures):
            return self._cards(block)
        if isinstance(block, Editorial):
            return {
                "k": "editorial",
                "source": said(say("editorial", source=block.source), self._language),
                "nodes": _levelled(nodes(said(block.markdown, self._language))),
            }
        assert isinstance(block, Section)  # noqa: S101 - prose came as a group
        return {"k": "section", "title": said(block.title, self._language), "blocks": self._blocks(block.blocks)}

    def _cards(self, box: KeyFigures) -> dict[str, Any]:
        return {
            "k": "cards",
            "id": box.id,
            "legend": self._legend([one.cell for one in box.figures]),
            "cards": [
                {
                    "name": said(one.name, self._language),
                    "text": said(one.cell.shown, self._language)
                    if one.cell.shown is not None
                    else value_text(one.cell.value, one.decimals, self._language),
                    "marks": layout.letters(one.cell),
                    "missing": one.cell.value is None,
                    "unit": one.unit if one.cell.value is not None else "",
                    "beside": said(one.beside, self._language),
                }
                for one in box.figures
            ],
        }

    def _figure(self, figure: Figure) -> dict[str, Any]:
        return {
            "k": "figure",
            **self._around(figure),
            "alt": said(figure.alt, self._language),
            "svg": figure.draw(self._language).decode("utf-8"),
            "notes": [],
        }

    def _table(self, table: Table, *, half: bool = False) -> dict[str, Any]:
        language = self._language
        heads = [said(layout.head(column), language) for column in table.columns]
        texts = [
            [printed(cell, column, language) for cell, column in zip(row.cells, table.columns, strict=True)]
            for row in table.rows
        ]
        numeric = [column.kind == "number" for column in table.columns]
        marks = [[layout.letters(cell) for cell in row.cells] for row in table.rows]
        fractions = [max((len(_fraction(text)) for text in column), default=0) for column in zip(*texts, strict=True)]
        rooms = [max(column, key=len) for column in zip(*marks, strict=True)]
        pads = [
            [_pad(text, most) if number else "" for text, most, number in zip(line, fractions, numeric, strict=True)]
            for line in texts
        ]
        how = setting(
            heads,
            [
                [text + pad for text, pad in zip(line, pad_line, strict=True)]
                for line, pad_line in zip(texts, pads, strict=True)
            ],
            numeric,
            [len(room) for room in rooms],
            half=half,
        )
        shaded = itertools.cycle([False, True])
        return {
            "k": "table",
            **self._around(table),
            "place": f"{language} {table.id}",
            "continued": said(say("continued", label=layout.label(table, self._numbers[table.id])), language),
            "heads": heads,
            "numeric": numeric,
            "widths": how.widths,
            "size": how.size,
            "turned": how.turned,
            "half": half,
            "breakable": how.height > (_HALF_WHOLE if half else _WHOLE),
            "tall": how.tallest > _TALL,
            "rows": [
                {
                    "total": row.total,
                    "shaded": not row.total and next(shaded),
                    "cells": [
                        {
                            "text": text,
                            "marks": mark,
                            "cut": longest_word(text) > width,
                            "behind": _behind(text, pad, room[len(mark) :]) if number else 0.0,
                        }
                        for text, pad, mark, room, number, width in zip(
                            line, pad_line, letters, rooms, numeric, how.room, strict=True
                        )
                    ],
                }
                for row, line, pad_line, letters in zip(table.rows, texts, pads, marks, strict=True)
            ],
            "empty": said(table.empty, language),
            "notes": [
                *(said(note, language) for note in table.notes),
                *filter(None, [self._legend(layout.cells_of(table))]),
            ],
        }

    def _around(self, block: Figure | Table) -> dict[str, str]:
        return {
            "label": said(layout.label(block, self._numbers[block.id]), self._language),
            "caption": said(block.caption, self._language),
            "resource": said(
                say("resource", id=block.id if isinstance(block, Table) else block.data.id), self._language
            ),
        }

    def _legend(self, cells: Any) -> str:
        found = layout.legend(cells)
        return said(found, self._language) if found else ""


def _is_appendix(chapter: Chapter | None) -> bool:
    """Return whether a chapter has a letter: of such the next begins on the page on which one ends."""
    return chapter is not None and chapter.number.isalpha()


def _is_sheet(table: Table) -> bool:
    """Return whether a table is a list of fields and what they say: two such stand side by side."""
    return len(table.columns) == 2 and all(column.kind == "text" for column in table.columns)


def _fraction(text: str) -> str:
    found = _NUMBER.fullmatch(text)
    return (found[1] or "") if found else ""


def _pad(text: str, most: int) -> str:
    """Return digits that are not shown, so that points stand below each other."""
    if not _NUMBER.fullmatch(text):
        return ""
    lacking = most - len(_fraction(text))
    return "0" * lacking if _fraction(text) else "." * bool(lacking) + "0" * (lacking - 1)


def _behind(text: str, pad: str, marks: str) -> float:
    """Return the room behind a number that its column's longest fraction and marks take, in sizes of its type."""
    return round(em(pad) + _RAISED * em(marks), 3) if _NUMBER.fullmatch(text) else 0.0


def _levelled(content: Sequence[Node]) -> list[Node]:
    """Return nodes whose headings start at 1 and go down one by one, as a reader by ear expects."""
    levels: list[int] = []
    found: list[Node] = []
    for node in content:
        if isinstance(node, dict) and node["k"] == "heading":
            levels = [*(level for level in levels if level < node["level"]), node["level"]]
            found.append({**node, "level": len(levels)})
        else:
            found.append(node)
    return found
