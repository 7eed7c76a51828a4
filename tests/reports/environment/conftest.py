"""What every section of a paper must be, whatever it is about."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest

from reports.model import LANGUAGES, Chapter, Figure, KeyFigures, Prose, Section, Table
from reports.printing import printed, said


def walked(blocks):
    """Yield blocks and those of their sections."""
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from walked(block.blocks)


def _number_keyed(cell, key):
    if isinstance(cell.value, int | float | Decimal | Fraction | dt.date):
        assert cell.key or key, cell


def _table(table):
    assert len({column.id for column in table.columns}) == len(table.columns)
    for row in table.rows:
        for cell, column in zip(row.cells, table.columns, strict=True):
            _number_keyed(cell, row.key)
            assert all(printed(cell, column, language) for language in LANGUAGES)
    assert table.rows or all(said(table.empty, language) for language in LANGUAGES)


@pytest.fixture(scope="session")
def whole():
    """Return what looks at each block of a chapter: said in both languages, each number explained, each id once.

    It returns the text of the chapter, by language, its tables by id and its key figures.
    """

    def look(chapters):
        texts, tables, keys, ids = {"zh": "", "en": ""}, {}, [], Counter()
        for block in walked(block for chapter in chapters for block in chapter.blocks):
            if isinstance(block, Prose):
                for language in LANGUAGES:
                    text = said(block.text, language)
                    assert text.strip()
                    assert "{" not in text
                    texts[language] += text
            elif isinstance(block, KeyFigures):
                ids[block.id] += 1
                keys += block.figures
                for figure in block.figures:
                    _number_keyed(figure.cell, "")
            elif isinstance(block, Figure):
                ids[block.id] += 1
                ids[block.data.id] += 1
                _table(block.data)
                for language in LANGUAGES:
                    assert block.draw(language).startswith(b"<svg ")
                    assert said(block.alt, language)
                tables[block.data.id] = block.data
            elif isinstance(block, Table):
                ids[block.id] += 1
                _table(block)
                tables[block.id] = block
        assert set(ids.values()) == {1}
        assert all(isinstance(chapter, Chapter) for chapter in chapters)
        return texts, tables, keys

    return look
