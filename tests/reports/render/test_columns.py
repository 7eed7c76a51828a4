"""Widths of columns, on any table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.render.columns import LANDSCAPE, PORTRAIT, longest_word, setting

TEXTS = st.text(st.sampled_from("深圳市产品质量 abcXYZ0123456789.,/-%"), max_size=60)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], list[bool], list[int]]:
    columns = draw(st.integers(1, 24))
    rows = draw(st.lists(st.lists(TEXTS, min_size=columns, max_size=columns), max_size=6))
    return (
        draw(st.lists(TEXTS, min_size=columns, max_size=columns)),
        rows,
        draw(st.lists(st.booleans(), min_size=columns, max_size=columns)),
        draw(st.lists(st.integers(0, 3), min_size=columns, max_size=columns)),
    )


@settings(max_examples=40, deadline=None)
@given(tables())
def test_columns_fill_the_type_area_exactly(table: tuple[list[str], list[list[str]], list[bool], list[int]]) -> None:
    made = setting(*table)
    assert sum(made.widths) == pytest.approx(LANDSCAPE if made.turned else PORTRAIT, abs=0.2)
    assert all(width > 8 for width in made.widths)
    assert made.tallest <= made.height


def test_a_few_short_columns_have_the_largest_type() -> None:
    made = setting(["类别", "批次"], [["第1类", "1,234"]], [False, True], [0, 0])
    assert (made.size, made.turned) == (9.0, False)


def test_long_texts_take_the_room_that_numbers_do_not_need() -> None:
    made = setting(["指标", "数值"], [["质量" * 60, "1.0"]], [False, True], [0, 0])
    assert made.widths[0] > 4 * made.widths[1]


def test_numbers_are_never_broken() -> None:
    heads = [f"第{at}季度" for at in range(12)]
    made = setting(heads, [["1,234,567.8"] * 12], [True] * 12, [0] * 12)
    assert all(longest_word("1,234,567.8") <= room for room in made.room)


def test_what_fits_no_upright_page_turns_it() -> None:
    assert setting(["a"] * 16, [["1,234,567.8"] * 16], [True] * 16, [0] * 16).turned
