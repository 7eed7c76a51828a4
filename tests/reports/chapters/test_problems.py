"""Problems: facts by their size, a breach first, what is not known apart; never a cause."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reports.chapters.problems import problems
from reports.model import Prose, Section, Table
from reports.period import paper_period


@pytest.fixture(scope="module")
def known(little):
    return problems(little, paper_period("2014"))


def blocks(chapter, kind):
    inner = (one for block in chapter.blocks for one in (block.blocks if isinstance(block, Section) else (block,)))
    return [one for one in inner if isinstance(one, kind)]


def table(chapter, name):
    return next(one for one in blocks(chapter, Table) if one.id == name)


def test_a_breach_comes_first_then_the_largest_gap(little):
    rows = table(problems(little, paper_period("2015")), "problems.gaps").rows
    assert [row.cells[6].value == "breached" for row in rows] == sorted(
        (row.cells[6].value == "breached" for row in rows), reverse=True
    )
    assert rows[0].cells[6].value == "breached"
    shares = [row.cells[5].value for row in rows if row.cells[6].value == "breached" and row.cells[5].value is not None]
    assert shares == sorted(shares, reverse=True)


def test_a_gap_stands_with_its_share_of_the_target(known):
    (row,) = [row for row in table(known, "problems.gaps").rows if "prd.market_pass" in row.key]
    _, owner, target, value, gap, share, _ = row.cells
    assert (owner.value, target.value, value.shown.en) == ("MSA", 92, "85.5")
    assert gap.value == Fraction(13, 2)
    assert share.value == 100 * Fraction(13, 2) / 92
    said = " ".join(one.text.en for one in blocks(known, Prose))
    assert "The largest gap is that of Pass rate of key products sampled on the market: 85.5 %, target ≥ 92 %" in said


def test_what_is_not_known_says_which_form_is_missing_and_who_files_it(nothing):
    chapter = problems(nothing, paper_period("2015"))
    assert table(chapter, "problems.gaps").rows == ()
    rows = {row.cells[0].value: row.cells for row in table(chapter, "problems.not_assessable").rows}
    assert len(rows) == 60
    _, why, missing, who = rows["prd.market_pass"]
    assert (why.value, missing.value, who.value) == ("no_data", "R_ps", "MSA")


def test_nobody_says_that_nothing_was_breached_where_nothing_is_known(nothing):
    said = " ".join(one.text.en for one in blocks(problems(nothing, paper_period("2015")), Prose))
    assert "No indicator that could be assessed was breached" not in said


def test_proposals_are_left_to_the_editors(known):
    section = next(one for one in known.blocks if isinstance(one, Section) and one.id == "problems.proposals")
    (place,) = section.blocks
    assert "nothing is proposed by the data" in place.text.en


@pytest.mark.parametrize("word", ["because", "due to", "caused", "therefore", "owing to"])
def test_no_sentence_of_its_own_gives_a_cause(known, word):
    assert all(word not in one.text.en for one in blocks(known, Prose))


@pytest.mark.parametrize("word", ["由于", "导致", "因此", "致使"])
def test_no_chinese_sentence_of_its_own_gives_a_cause(known, word):
    assert all(word not in one.text.zh for one in blocks(known, Prose))
