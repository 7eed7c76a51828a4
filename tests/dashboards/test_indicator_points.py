"""Judgements of indicators as points: by the version in force, with what is not known left out, and no mean."""

from __future__ import annotations

import datetime as dt

import pytest

from dashboards.projection.indicators import (
    IndicatorLog,
    area_points,
    has_lost_figures,
    indicator_point,
    level,
    stands,
)
from dashboards.schema import INDICATOR, INDICATOR_AREA
from qualicity.model import Position
from qualicity.periods import day_start
from qualicity.store.ledger import Draft, Ledger
from qualicity.testing import FakeClock
from targets.model import Status
from targets.register import register
from targets.rollup import ORDER

REGISTER = register().indicators
ROW = {
    "key": "target/prd.market_pass/2014@SZ-2010",
    "indicator": "prd.market_pass",
    "area": "product",
    "year": 2014,
    "target": {"id": "SZ-2010", "op": ">=", "value": 92, "unit": "%", "year": 2015},
    "status": "achieved_unproven",
    "reasons": ["sample_too_small", "other"],
    "value": 93,
    "numerator": 930,
    "denominator": 1000,
    "unknown": 0,
    "met": "COMPLIES",
    "evidence": "insufficient",
    "interval": [91.25, 94.42],
    "bounds": [91.53, 94.28],
    "base": {"value": 90.5, "year": 2010, "source": "first_observation"},
    "path": 91.7,
    "progress": 2.0,
    "projection": 93.8,
    "gap": -1,
    "needed": None,
    "provisional": False,
    "synthetic": True,
    "data_until": "2014-12-31",
    "age_days": 0,
    "missing": [],
    "failing": [],
}


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "targets.db", FakeClock(1)) as ledger:
        yield ledger


@pytest.fixture
def log(tmp_path):
    with IndicatorLog(tmp_path / "targets.db", REGISTER, FakeClock(1)) as log:
        yield log


def _judge(ledger, standard="SZ-2010", **changed):
    row = {**ROW, **changed}
    draft = Draft(f"target/{row['indicator']}", str(row["year"]), standard, row, "", "")
    ledger.write([draft], Position("e", 1), "code", {})
    return ledger.history(draft.key)[-1]


def test_a_judgement_is_a_point_of_its_year(ledger):
    """Values are fields of their kinds; nothing that changes is a tag."""
    point = indicator_point(_judge(ledger), REGISTER)
    assert point.time == day_start(dt.date(2014, 1, 1))
    assert point.tags == {"area": "product", "indicator": "prd.market_pass", "target": "SZ-2010", "year": "2014"}
    assert set(point.tags) == set(INDICATOR.tags)
    assert set(point.fields) == set(INDICATOR.fields)
    kinds = {"float": float, "int": int, "text": str}
    for name, value in point.fields.items():
        assert value is None or type(value) is kinds[INDICATOR.fields[name]], name
    shown = {
        name: point.fields[name] for name in ("value", "lower", "upper", "target_value", "met", "synthetic", "level")
    }
    assert shown == {
        "value": 93.0, "lower": 91.25, "upper": 94.42, "target_value": 92.0, "met": 1, "synthetic": 1, "level": 3,
    }  # fmt: skip
    assert (point.fields["needed"], point.fields["current"], point.fields["strict"]) == (None, 1, 0)
    assert (point.fields["key"], point.fields["reason"]) == (ROW["key"], "sample_too_small")


def test_bounds_of_a_census_are_shown_where_something_is_not_known(ledger):
    """Else a census has no interval."""
    whole = indicator_point(_judge(ledger, interval=None), REGISTER)
    assert (whole.fields["lower"], whole.fields["upper"]) == (None, None)
    part = indicator_point(_judge(ledger, interval=None, unknown=3), REGISTER)
    assert (part.fields["lower"], part.fields["upper"]) == (91.53, 94.28)


def test_statuses_are_numbered_from_the_best_and_unknown_is_none_of_them():
    assert [level(status) for status in ORDER] == list(range(1, 10))
    assert level(Status.NOT_ASSESSABLE) == 0


@pytest.mark.parametrize(("status", "strict"), [("breached", 1), ("off_track", 0)])
def test_what_is_breached_is_strict_whatever_its_kind(ledger, status, strict):
    assert indicator_point(_judge(ledger, status=status), REGISTER).fields["strict"] == strict


def test_of_two_versions_of_a_target_one_is_in_force(ledger):
    """The other is kept, and counted nowhere."""
    name = "env.energy_int"
    versions = [version.id for version in REGISTER[name].targets]
    assert len(versions) > 1
    own = {"indicator": name, "area": "environment"}
    found = [_judge(ledger, standard=one, key=f"target/{name}/2014@{one}", **own) for one in versions]
    assert [stands(one, REGISTER) for one in found].count(True) == 1
    [area] = area_points(found, REGISTER)
    assert (area.tags, area.fields["items"]) == ({"area": "environment", "year": "2014"}, 1)
    assert set(area.fields) == set(INDICATOR_AREA.fields)


def test_an_area_is_counted_and_a_breach_is_its_headline(ledger):
    """No good number makes up for it."""
    good = {"area": "engineering", "status": "achieved"}
    found = [
        _judge(ledger, standard=_standard(name), indicator=name, key=f"target/{name}/2014", **good)
        for name in ("eng.affordable_ok", "eng.zero_accident")
    ]
    bad = _judge(
        ledger, standard=_standard("eng.completed_ok"), indicator="eng.completed_ok",
        key="target/eng.completed_ok/2014", area="engineering", status="breached", provisional=True,
    )  # fmt: skip
    [area] = area_points([*found, bad], REGISTER)
    counts = {status.value: area.fields[status.value] for status in Status if area.fields[status.value]}
    assert counts == {"achieved": 2, "breached": 1}
    assert (area.fields["headline"], area.fields["level"]) == ("eng.completed_ok", 9)
    assert (area.fields["provisional"], area.fields["synthetic"]) == (1, 3)


def _standard(name):
    return REGISTER[name].targets[-1].id


def test_what_is_lost_is_told(ledger):
    """A database keeps a field that is not written again."""
    assert not has_lost_figures(_judge(ledger))
    assert not has_lost_figures(_judge(ledger, value=94))
    assert has_lost_figures(_judge(ledger, value=None))
    assert not has_lost_figures(_judge(ledger, value=95))


def test_a_site_without_a_ledger_of_indicators_has_none(log, tmp_path):
    """And nothing is made by asking; once there is one, it is read."""
    assert (log.last(), list(log.everything())) == (0, [])
    assert list(tmp_path.iterdir()) == []
    with Ledger(tmp_path / "targets.db", FakeClock(1)) as ledger:
        _judge(ledger)
        assert log.last() == 1
        assert [point.measurement for point in log.everything()] == [INDICATOR.name, INDICATOR_AREA.name]


def test_what_else_the_ledger_keeps_is_left_out(ledger, log):
    """Such as what departments owe."""
    _judge(ledger)
    ledger.write([Draft("filing/MSA/R_ps", "2014", "-", {"state": "filed"}, "", "")], Position("e", 1), "", {})
    assert log.last() == 2
    assert [version.key for version in log.after(0, 2)] == ["target/prd.market_pass/2014"]


def test_points_are_those_that_stand_now(ledger, log):
    """However many versions came between."""
    _judge(ledger)
    changed = [_judge(ledger, value=94), _judge(ledger, value=95)]
    point, area = log.points(changed[:1])
    assert (point.fields["value"], point.fields["version"]) == (95.0, 3)
    assert area.tags == {"area": "product", "year": "2014"}
    assert list(log.points([])) == []


def test_another_register_is_another_basis(log, tmp_path):
    other = IndicatorLog(tmp_path / "targets.db", dict(list(REGISTER.items())[1:]), FakeClock(1))
    assert other.basis != log.basis
