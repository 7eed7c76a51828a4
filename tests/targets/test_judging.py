"""Judgements as versions: what is kept, what changed it, and that what was said before stays readable."""

from __future__ import annotations

import ast
import datetime as dt
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files

import pytest

from qualicity.model import Position
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock
from targets.computation import Computed
from targets.evaluation import ROLLED_UP, by_area, computations, evaluate, first_year, versions
from targets.indicator import Figure
from targets.judge.testing import indicator, point, sample, series, target
from targets.judging import Filed, keep, printed
from targets.model import Status
from targets.register import register
from targets.testing import MemoryVerdicts, records, scope
from targets.thresholds import thresholds
from targets.words import words

EPOCH = "e1"
FIRST = (Filed(1, "R_ps"),)
SAMPLES = indicator("JS", id="prd.market_pass", records=("R_ps",), targets=(target(">=", 92, base=80),))


@pytest.fixture
def ledger(tmp_path):
    """The ledger of indicators, open."""
    with Ledger(tmp_path / "targets.db", FakeClock(0)) as opened:
        yield opened


def _evaluated(rows, points, first=2015, last=2015, **fields):
    """Judge rows of which each has the same points."""
    known = {row.id: (lambda *_, row=row: Computed(series(*points))) for row in rows}
    asked = scope(first, last)
    return list(evaluate(rows, records({}), MemoryVerdicts(), asked, how=known, **fields))


def _keep(ledger, found, filing=1, code="c1", filings=FIRST):
    return keep(ledger, found, Position(EPOCH, filing), code, filings)


def test_every_row_of_the_register_is_computed():
    """Or is rolled up: an indicator that nobody computes is a bug; nobody computes what is not in the register."""
    assert set(computations()) == set(register().indicators) - {ROLLED_UP}


def test_a_version_is_kept_when_a_result_differs_and_only_then(ledger):
    """Judging twice changes nothing."""
    found = _evaluated([SAMPLES], [sample(2015, 900, 1000)])
    assert _keep(ledger, found) == ["target/prd.market_pass/2015@SZ-2010"]
    assert _keep(ledger, found) == []
    assert _keep(ledger, found, filing=7, code="c2") == []
    (only,) = ledger.history("target/prd.market_pass/2015")
    assert (only.standard, only.version, only.result["status"]) == ("SZ-2010", 1, "off_track")
    assert printed(ledger, found[0])["version"] == 1


def test_a_revision_changes_the_verdict_and_stands_in_the_record_of_changes(ledger):
    """Targets.md 5, test 13: a corrected filing, and what went from what to what."""
    _keep(ledger, _evaluated([SAMPLES], [sample(2015, 990, 1000)]))
    filings = (Filed(1, "R_ps"), Filed(2, "R_ct"), Filed(3, "R_ps"), Filed(4, "R_ps"))
    assert _keep(ledger, _evaluated([SAMPLES], [sample(2015, 900, 1000)]), filing=4, filings=filings)
    first, second = ledger.history("target/prd.market_pass/2015")
    assert (first.result["status"], second.result["status"]) == ("achieved", "off_track")
    assert second.change["changed"]["value"] == [99, 90]
    assert second.change["causes"] == [{"kind": "filings", "detail": "R_ps", "first": 3, "last": 4}]
    assert second.as_of == Position(EPOCH, 4)


def test_going_back_is_a_new_version(ledger):
    """A correction, and its withdrawal: the result of before, as the third version."""
    good, bad = (_evaluated([SAMPLES], [sample(2015, passed, 1000)]) for passed in (990, 900))
    for filing, found in enumerate((good, bad, good), 1):
        _keep(ledger, found, filing=filing, filings=[Filed(filing, "R_ps")])
    versions_ = ledger.history("target/prd.market_pass/2015")
    assert [version.result["status"] for version in versions_] == ["achieved", "off_track", "achieved"]
    assert dict(versions_[0].result) == dict(versions_[2].result)


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"code": "c2"}, "code"), ({"filing": 1}, "verdicts")],
)
def test_what_else_changes_a_judgement_is_named(ledger, change, kind):
    """Other code, or other verdicts of the ledger although nothing was filed."""
    _keep(ledger, _evaluated([SAMPLES], [sample(2015, 990, 1000)]))
    _keep(ledger, _evaluated([SAMPLES], [sample(2015, 900, 1000)]), **change)
    assert [cause["kind"] for cause in ledger.history("target/prd.market_pass/2015")[1].change["causes"]] == [kind]


def test_a_row_of_the_register_that_changes_is_a_cause(ledger):
    """Another base, another path: the hash of the row is in the record."""
    _keep(ledger, _evaluated([SAMPLES], [sample(2015, 900, 1000)]))
    other = indicator("JS", id="prd.market_pass", records=("R_ps",), targets=(target(">=", 92, base=89),))
    _keep(ledger, _evaluated([other], [sample(2015, 900, 1000)]))
    old, new = ledger.history("target/prd.market_pass/2015")
    assert new.change["causes"][0]["kind"] == "register"
    assert old.tables != new.tables


def _energy():
    seed = target("<=", "0.47", base=Figure(Decimal("0.529"), 2009, "text"))
    plan = target(
        "<=", "0.413", id="SZ-FYP12", supersedes="SZ-2010", effective_from=dt.date(2011, 12, 5),
        base=Figure(Decimal("0.513"), 2010, "published"),
    )  # fmt: skip
    return indicator("JI", id="env.energy_int", unit="tce/10^4 yuan", decimals=3, targets=(seed, plan))


def test_a_superseded_target_keeps_its_verdict(ledger):
    """Targets.md 5, test 8: 0.46 reaches the promise and not the plan; both stand, and 2010 knows one version alone."""
    energy = _energy()
    points = [point(2010, "0.513"), point(2015, "0.46")]
    found = _evaluated([energy], points, 2010, 2015)
    assert [(item.judgement.year, item.judgement.target) for item in found][:3] == [
        (2010, "SZ-2010"), (2011, "SZ-2010"), (2011, "SZ-FYP12"),
    ]  # fmt: skip
    _keep(ledger, found)
    current = {version.standard: version for version in ledger.current("target/env.energy_int", "2015", "2015")}
    assert {name: version.result["status"] for name, version in current.items()} == {
        "SZ-2010": "achieved", "SZ-FYP12": "off_track",
    }  # fmt: skip
    before = current["SZ-2010"].result
    alone = indicator("JI", id="env.energy_int", unit="tce/10^4 yuan", decimals=3, targets=energy.targets[:1])
    (item,) = _evaluated([alone], points)
    assert printed(ledger, item)["version"] == 1
    assert before["key"] == "target/env.energy_int/2015@SZ-2010"


def test_one_version_can_be_asked_for():
    """And nothing is said where it was not in force."""
    energy = _energy()
    points = [point(2010, "0.513"), point(2015, "0.46")]
    assert [item.judgement.target for item in _evaluated([energy], points, only="SZ-FYP12")] == ["SZ-FYP12"]
    assert _evaluated([energy], points, 2010, 2010, only="SZ-FYP12") == []


def test_a_text_without_a_number_stands_under_a_dash(ledger):
    """And its key names no version."""
    words_ = indicator("JD", id="svc.satisfaction", trend="up", targets=(target(None, None),))
    _keep(ledger, _evaluated([words_], [point(2015, 80)]))
    (only,) = ledger.history("target/svc.satisfaction/2015")
    assert (only.standard, only.result["key"]) == ("-", "target/svc.satisfaction/2015")


def test_a_running_year_gets_no_version_because_a_day_has_passed(ledger):
    """Its path and its age move each day; that alone is no other result."""
    stock = indicator("JU", id="ips.std_docs", start=dt.date(2011, 1, 1), targets=(target(">=", 1500),))
    known = {stock.id: lambda *_: Computed(series(point(2012, 450, latest=dt.date(2012, 6, 1))))}

    def on(day):
        asked = scope(2012, 2012, day)
        return list(evaluate([stock], records({}), MemoryVerdicts(), asked, how=known))

    assert _keep(ledger, on(dt.date(2012, 7, 1)))
    assert on(dt.date(2012, 7, 2))[0].row["path"] != on(dt.date(2012, 7, 1))[0].row["path"]
    assert _keep(ledger, on(dt.date(2012, 7, 2))) == []
    assert _keep(ledger, on(dt.date(2012, 12, 31))) != []  # so late in the year it is at risk


def test_what_is_judged_of_a_year_does_not_depend_on_the_years_that_are_asked_for():
    """Neither earlier nor later ones in the same run change it."""
    first_seen = indicator("JC", id="env.sewage_rate", first_observation=True, targets=(target(">=", 80),))
    points = [point(year, 50 + 5 * (year - 2005)) for year in range(2005, 2016)]
    alone = _evaluated([first_seen], points, 2012, 2012)
    among = [item for item in _evaluated([first_seen], points, 2005, 2015) if item.judgement.year == 2012]
    assert [item.row for item in alone] == [item.row for item in among]


def test_history_begins_with_the_oldest_base():
    """2009, of the bases that the register states."""
    assert first_year(register().rows) == 2009


# the promise as a whole


def _city(*statuses_of_fields):
    rows = [
        indicator("JK", id=f"prd.i{n}", targets=(target(">=", 10, base=1),)) for n in range(len(statuses_of_fields))
    ]
    whole = indicator("JL", id=ROLLED_UP, area="organisation", targets=(target(None, None),))
    known = {
        row.id: (lambda *_, value=value: Computed(series(*([] if value is None else [point(2015, value)]))))
        for row, value in zip(rows, statuses_of_fields, strict=True)
    }
    found = evaluate([whole, *rows], records({}), MemoryVerdicts(), scope(2015, 2015), how=known)
    return next(item for item in found if item.indicator.id == ROLLED_UP)


@pytest.mark.parametrize(
    ("values", "status", "reason"),
    [
        ((10, 11), Status.ACHIEVED, "fields_reached"),
        ((10, 11, 12, None), Status.ACHIEVED_UNPROVEN, "fields_reached_as_far_as_known"),
        ((10, None), Status.NOT_ASSESSABLE, "fields_not_assessable"),
        ((10, 0), Status.DETERIORATING, "worst_of_fields"),
    ],
)
def test_the_city_is_what_its_worst_item_is(values, status, reason):
    """Never a mean."""
    found = _city(*values)
    assert (found.judgement.status, found.judgement.reasons[0]) == (status, reason)


def test_a_breach_is_the_citys_status_whatever_is_unknown():
    """And its row names what is breached."""
    breached = indicator("JZ", id="eng.zero_accident", area="engineering", targets=(target("=", 0),))
    unknown = indicator("JK", id="prd.unknown", targets=(target(">=", 10),))
    whole = indicator("JL", id=ROLLED_UP, area="organisation", targets=(target(None, None),))
    known = {
        breached.id: lambda *_: Computed(series(point(2015, 1, failing=("ac-1",)))),
        unknown.id: lambda *_: Computed(series()),
    }
    rows = [whole, breached, unknown]
    found = list(evaluate(rows, records({}), MemoryVerdicts(), scope(2015, 2015), how=known))
    assert (found[0].judgement.status, found[0].row["failing"]) == (Status.BREACHED, ["eng.zero_accident"])
    areas = by_area(found, thresholds())
    assert areas[2015, "engineering"].capped
    assert not areas[2015, "product"].capped


def test_versions_judged_are_the_first_and_those_in_force():
    """Before the promise's own day, the promise."""
    energy = _energy()
    assert [version.id for version in versions(energy, 2009)] == ["SZ-2010"]
    assert [version.id for version in versions(energy, 2011)] == ["SZ-2010", "SZ-FYP12"]
    assert versions(indicator("JD"), 2011) == [None]


def test_every_reason_of_the_judge_has_words():
    """In both languages; a reason is written as one whole literal in a tuple, or appended to the marks."""
    said = words()["reason"]
    modules = [*(files("targets") / "judge").iterdir(), files("targets") / "evaluation.py"]
    used = set()
    for module in modules:
        if not module.name.endswith(".py") or module.name in {"testing.py", "evidence.py"}:
            continue
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                used |= _texts(node)
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple | ast.IfExp):
                used |= _texts(node)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
                used |= _texts(node)
    assert len(used) > 40
    assert used <= set(said)


def _texts(node):
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_exact_values_survive_as_they_are_printed():
    """A whole number stays whole; a third is its nearest float, with numerator and denominator beside it."""
    (item,) = _evaluated([SAMPLES], [sample(2015, 1, 3)])
    assert (item.row["value"], item.row["numerator"], item.row["denominator"]) == (float(Fraction(100, 3)), 1, 3)
    zero = indicator("JZ", targets=(target("=", 0),))
    (none,) = _evaluated([zero], [point(2015, 0, coverage=Fraction(1), exposure=500)])
    assert (none.row["exposure"], round(none.row["risk"], 3)) == (500, 0.006)
    (whole,) = _evaluated([SAMPLES], [sample(2015, 92, 100)])
    assert (whole.row["value"], type(whole.row["value"])) == (92, int)
