"""Second figures have words and units of their own."""

from __future__ import annotations

from fractions import Fraction

import pytest

from targets.companions import companion
from targets.computation import in_unit
from targets.model import Point, Series
from targets.rows import companions as rows_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tasks_closed", "tasks closed, of those opened"),
        ("equivalent_2005", "electricity by the coal burnt for it, prices of 2005"),
        ("without_eco_current", "without environment water, current prices"),
        ("without_eco_2010", "without environment water, prices of 2010"),
        ("sector bank", "sector bank: standards implemented"),
        ("unheard_of", "unheard_of"),
    ],
)
def test_a_name_is_said_with_what_it_adds(name: str, words: str) -> None:
    assert companion(name).en == words


def test_a_share_beside_a_level_is_no_level() -> None:
    closed = in_unit((Point("2014", Fraction(50)),), "%")
    (row,) = rows_of(Series("org.joint_conference", (), companions={"tasks_closed": closed}), 2014).values()
    assert (row["value"], row["unit"], row["name"]["en"]) == (50, "%", "tasks closed, of those opened")
