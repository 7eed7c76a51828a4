"""The scorecard: what its view says of judged rows, and what no page of it may ever leave out."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from fractions import Fraction
from string import Formatter

import pytest

from console.scorecard.figures import printed, target_said
from console.scorecard.rendering import render
from console.scorecard.sparkline import spark
from console.scorecard.standing import STRIP_ORDER, SYMBOLS, headline
from console.scorecard.testing import SERIES, TODAY, count, hostile, judged, material, rate
from console.scorecard.view import scorecard
from console.scorecard.words import SPOKEN, texts
from targets.conference import Task
from targets.filing_calendar import Filing
from targets.model import Series, Status
from targets.register import register

HOSTILE = "\"'><script>alert(1)</script><i>&"
DASH = "\N{EN DASH}"


@pytest.fixture(scope="module")
def made():
    """Return what a page is made from."""
    return material()


@pytest.fixture(scope="module")
def card(made):
    """Return its view."""
    return scorecard(made)


@pytest.fixture
def one(card):
    """Return what finds an indicator's view."""
    found = {each.id: each for area in card.areas for each in area.indicators}
    return found.__getitem__


# the view


def test_every_indicator_of_the_register_is_on_the_page_once(card):
    """Also those that nobody has judged: they are said to be so, and counted as such."""
    shown = [each.id for area in card.areas for each in area.indicators]

    assert sorted(shown) == sorted(register().indicators)
    assert [area.id for area in card.areas][:4] == ["product", "service", "engineering", "environment"]
    assert all(sum(part.count for part in area.strip) == area.count for area in card.areas)
    assert sum(part.count for area in card.areas for part in area.strip if part.code == "not_judged") == len(
        register().indicators
    ) - len(SERIES)


def test_a_breach_is_the_headline_whatever_the_rest_is(card):
    """Nothing that goes well hides it, and the accident comes before the units that failed."""
    found = {area.id: area.headline for area in card.areas}

    assert found["engineering"].breached
    assert found["engineering"].status == Status.BREACHED
    accident, _ = found["engineering"].items
    assert accident.en == "Engineering-quality accidents"
    assert found["service"] is None  # nothing there allows no exception, and nothing is breached


def test_a_breach_by_any_version_of_a_target_is_one():
    """The version in force does not wash away what the promise forbids, nor the other way round."""
    item = register().indicator("eng.zero_accident")
    rows = [{"status": "breached"}, {"status": "achieved"}]

    assert headline([(item, rows)]).breached
    assert headline([(item, rows[::-1])]).breached


def test_zero_that_nobody_has_judged_is_the_worst():
    """Unknown is no zero: it stands above an item of which zero is proven."""
    items = [register().indicator(name) for name in ("eng.zero_accident", "eng.affordable_ok")]
    found = headline([(items[0], [{"status": "achieved"}]), (items[1], [])])

    assert not found.breached
    assert found.status == "not_judged"


def test_each_status_has_a_sign_of_its_own():
    """No colour is needed to tell two of them apart."""
    assert set(Status) < set(STRIP_ORDER)
    assert len({SYMBOLS[code] for code in STRIP_ORDER}) == len(STRIP_ORDER)


def test_the_promise_and_the_target_in_force_stand_side_by_side(one):
    """Where a later target differs, both are shown, each with its own status and path."""
    energy = one("env.energy_int").targets

    assert [target.version for target in energy] == ["SZ-2010", "SZ-FYP12"]
    assert [target.role.en for target in energy] == ["as promised", "in force"]
    assert energy[0].asks.zh == "≤ 0.47 吨标准煤/万元"
    assert energy[0].key == "target/env.energy_int/2015@SZ-2010"
    assert one("prd.market_pass").targets[0].role.en == ""


def test_a_rate_says_of_how_many_it_is(one):
    """Numerator and denominator stand beside it, unknown cases too; where nobody says, that is said."""
    assert one("prd.market_pass").figure.count.en == "930 of n = 1,000"
    assert one("env.air_days").figure.count.en == "340 of n = 362, 3 more not judged"
    rows = [{**row, "denominator": None} for row in judged() if row["indicator"] == "prd.market_pass"]
    bare = scorecard(material(rows)).areas[0].indicators
    shown = next(each for each in bare if each.id == "prd.market_pass")

    assert shown.figure.count == ("n 未公布", "n not published")


def test_a_figure_that_only_looks_like_its_target_gets_more_digits(one):
    """84.96 would print as 85.0 against a target of 85."""
    shown = one("prd.intl_std_rate").figure

    assert shown.borderline
    assert shown.value.en == "84.960 %"
    assert not one("prd.market_pass").figure.borderline


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(0.5, 0, "0"), (1.5, 0, "2"), (91.96, 1, "92.0"), (-0.04, 2, "\N{MINUS SIGN}0.04"), (12000, 0, "12,000"),
     (None, 1, DASH), (Fraction(1, 3), 2, "0.33"), (float("inf"), 1, DASH), (float("nan"), 1, DASH), ("x", 1, DASH)],
)  # fmt: skip
def test_numbers_are_rounded_once_half_to_even(value, decimals, expected):
    assert printed(value, decimals) == expected


@pytest.mark.parametrize(
    ("op", "zh", "en"),
    [(">=", "≥ 92 %", "≥ 92 %"), (">", "> 92 %", "> 92 %"), ("=", "= 92 %", "= 92 %"), ("<=", "≤ 92 %", "≤ 92 %"),
     ("~", "92 %左右", "about 92 %"), (None, "原文未定数值", "the text states no number")],
)  # fmt: skip
def test_a_target_says_its_operator(op, zh, en):
    assert target_said({"op": op, "value": 92, "unit": "%"}) == (zh, en)


def test_a_sampled_rate_shows_interval_and_evidence(one):
    shown = one("prd.market_pass")

    assert re.fullmatch(rf"95 % interval 91\.2 {DASH} 94\.4", shown.figure.span.en)
    assert "evidence insufficient" in {fact.value.en for fact in shown.facts}
    assert one("env.air_days").figure.span.en == f"whatever the unknown are: 93.2 {DASH} 94.0"


def test_zero_events_print_their_exposure():
    """And how likely an event is at most, so that zero of ten is not taken for zero of ten thousand."""
    series = [Series("eng.zero_accident", (count("2015", "0", coverage=Fraction(1), exposure=500),))]
    engineering = next(area for area in scorecard(material(judged(series))).areas if area.id == "engineering")
    shown = next(each for each in engineering.indicators if each.id == "eng.zero_accident")

    assert "n = 500; with no event the risk is below 0.60 % (95 %)" in {fact.value.en for fact in shown.facts}


def test_records_that_fail_are_named(one):
    assert one("eng.zero_accident").failing == "AC-2015-017"
    assert one("eng.first_pass").failing.endswith("… (4)")


def test_what_is_missing_says_how_to_get_the_form(card):
    missing = {each.name: each for each in card.owed.missing}

    assert missing["R_ct"].command == "qualicity targets template R_ct"
    assert missing["R_ct"].indicators == ["prd.cert_uptake"]


def test_tasks_and_filings_are_overdue_by_the_day_of_the_page(card, made):
    """What is due on the day itself is not late; what came late stays late."""
    assert [(each.task.id, each.days) for each in card.owed.tasks] == [("T-2014-07", 61)]
    assert card.owed.open_tasks == 2
    assert [(each.schema, each.state) for each in card.owed.filings] == [("R_ac", "late"), ("R_sv", "overdue")]
    assert card.owed.on_time.en == "1 of n = 3 due came on time."
    due = replace(made, tasks=(Task("T", "t", "MSA", TODAY),), filings=(Filing("R_ps", "MSA", "2015", TODAY),))
    assert scorecard(due).owed.tasks == []
    assert scorecard(due).owed.filings == []


def test_no_calendar_is_not_nothing_owed(made):
    page = render(scorecard(replace(made, filings=None)), "en")

    assert texts()["filings_unknown"]["en"] in page
    assert texts()["filings_none"]["en"] not in page


# the course


def test_a_break_or_a_missing_year_is_a_gap(one):
    """Lines join consecutive years of one method alone."""
    air, firms = one("env.air_days").spark, one("prd.ms_cert_firms").spark

    assert [line.count(",") for line in air.lines] == [3]  # 2013 to 2015; 2011 stands alone
    assert len(air.dots) == 4
    assert len(air.breaks) == 1
    assert [line.count(",") for line in firms.lines] == [4]
    assert "another method" in one("env.air_days").course.en


def test_a_course_needs_two_years():
    target = {"id": "x", "value": 92, "year": 2015}

    assert spark([{"year": 2015, "value": 91.0}], target) is None
    assert spark([{"year": 2014, "value": None}, {"year": 2015, "value": 91.0}], target) is None


def test_prices_of_another_base_are_a_break():
    """Energy for each unit of GDP in prices of 2005 is never joined with that in prices of 2010."""
    rows = [{"year": 2010, "value": 0.513, "price_base": 2005}, {"year": 2011, "value": 0.47, "price_base": 2010}]
    drawn = spark(rows, {"value": 0.47, "year": 2015})

    assert drawn.lines == []
    assert len(drawn.breaks) == 1


@pytest.mark.parametrize("values", [(5, 5), (0, 0), (-3, 1e12), (0.0001, 0.0002)])
def test_a_drawing_stays_in_its_frame(values):
    rows = [{"year": 2014 + at, "value": value, "interval": [value - 1, value + 1]} for at, value in enumerate(values)]
    drawn = spark(rows, {"value": values[0], "year": 2015})

    for dot in drawn.dots:
        assert 0 <= dot.x <= 240
        for place in (dot.y, dot.low, dot.high):
            assert 0 <= place <= 64


# the page


@pytest.mark.parametrize("spoken", SPOKEN)
def test_the_page_is_whole_and_asks_nobody(card, spoken, parsed):
    """Tags close, ids are unique, nothing is fetched, nothing runs, and it speaks first as it was asked."""
    text = render(card, spoken)
    parser = parsed(text)

    assert not {"script", "img", "link", "iframe", "object", "form"} & set(parser.tags)
    assert all(address.startswith(("#", "width:")) for address in (*parser.addresses, *parser.styles))
    assert "url(" not in text
    assert len(parser.ids) == len(set(parser.ids))
    assert re.search(rf'id="speak-{spoken}" checked', text)
    assert text.count(" checked") == 1


def test_links_lead_where_they_should(made, parsed):
    text = render(scorecard(made, lambda key: f"explain/{key}"), "en")
    parser = parsed(text)

    assert "explain/target/prd.market_pass/2015@SZ-2010" in parser.addresses
    assert {each[1:] for each in parser.addresses if each.startswith("#")} <= set(parser.ids)


def test_hostile_text_stays_text(made, parsed):
    """In every place that people, files or old judgements fill."""
    text = render(scorecard(hostile(made, HOSTILE), lambda key: key), "both")

    assert "<script" not in text
    assert "<i>" not in text
    parsed(text)


def test_same_material_same_bytes(made):
    assert render(scorecard(made)) == render(scorecard(made))


def test_both_languages_have_the_same_texts():
    """Each text has both, with the same places, and none is left over."""
    for key, entry in texts().items():
        assert set(entry) == {"zh", "en"}, key
        places = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in entry.values()]
        assert places[0] == places[1], key
        assert entry["zh"].strip(), key
        assert entry["en"].strip(), key


def _article(text, name):
    return re.search(rf'<article id="{re.escape(name)}".*?</article>', text, re.DOTALL)[0]


def test_what_is_made_up_says_so_wherever_it_stands(card):
    """A banner, a mark at each figure, at its companion, at its area, and in the words of its course."""
    text = render(card, "en")
    mark = '<span class="mark">'

    assert texts()["synthetic_banner"]["en"] in text
    assert _article(text, "prd.market_pass").count(mark) == 2  # the figure and the one beside it
    assert "2015 93.0 (provisional) synthetic" in _article(text, "prd.market_pass")
    assert mark not in _article(text, "prd.intl_std_rate")
    assert text.count(mark) >= 4


def test_a_page_without_anything_made_up_has_no_banner(made):
    """Neither banner nor mark, so that they keep their meaning."""
    real = [{**row, "synthetic": False} for row in judged() if not row["companions"]]
    text = render(scorecard(replace(material(real), tasks=())), "en")

    assert texts()["synthetic_banner"]["en"] not in text
    assert '<span class="mark">' not in text


def test_one_figure_that_is_made_up_marks_the_page():
    """A companion alone suffices."""
    series = [Series("prd.market_pass", (rate("2014", 9, 10), rate("2015", 9, 10)),
                     companions={"by_firm": (rate("2015", 4, 5, synthetic=True),)})]  # fmt: skip
    made = replace(material(judged(series)), tasks=())

    assert scorecard(made).synthetic
    assert texts()["synthetic_banner"]["zh"] in render(scorecard(made))


def test_what_is_provisional_says_so(card):
    text = render(card, "en")

    for area in card.areas:
        for each in area.indicators:
            if each.figure is not None and each.figure.provisional:
                assert '<span class="prov">' in _article(text, each.id), each.id
    assert texts()["provisional"]["zh"] in _article(text, "prd.market_pass")


def test_published_figures_stand_apart(card):
    """They have a source each, shares say that n is not published, and plans are no measurements."""
    assert card.facts
    for series in card.facts:
        for piece in series.pieces:
            for fact in piece.facts:
                assert fact.sources
    text = render(card, "en")
    facts = text[text.index('<section id="facts"') :]
    assert texts()["facts_note"]["en"] in facts
    assert "n not published" in facts
    assert not any(f"chip {status}" in facts for status in Status)


def test_nothing_judged_says_how_to_judge():
    text = render(scorecard(material([])), "en")

    assert "qualicity targets judge --year 2015" in text


def test_later_than_due_is_late_for_good():
    filing = Filing("R_ps", "MSA", "2015", dt.date(2016, 1, 20), dt.date(2016, 1, 21))

    assert filing.late(TODAY)
    assert not replace(filing, filed_on=dt.date(2016, 1, 20)).late(TODAY)
