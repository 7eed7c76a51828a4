"""What holds for any readings: against a slow reference in fractions, in any order and any chunks."""

from __future__ import annotations

import os
from fractions import Fraction

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.discharge.judge import DischargeJudge
from qualicity.canonical import WATER_DECIMALS
from qualicity.checks import default_rules
from qualicity.model import Observations
from qualicity.periods import parse_period

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "20"))
NAMES = ("cod", "tp", "ph", "flow")
SUBSTITUTE = {"cod": Fraction(2), "tp": Fraction(5, 1000)}
LIMIT = {"cod": Fraction(50), "tp": Fraction(1, 2)}

value = st.one_of(st.none(), st.decimals(min_value=-1, max_value=110, places=3))
hours = st.lists(value, min_size=24, max_size=24)
flows = st.lists(
    st.one_of(st.none(), st.just(0), st.decimals(min_value=0, max_value=900, places=2)), min_size=24, max_size=24
)
acids = st.lists(
    st.one_of(st.none(), st.decimals(min_value="5.5", max_value="9.5", places=2)), min_size=24, max_size=24
)


def _site(site, cod, tp, ph, flow, **options):
    made = site(NAMES, **options)
    for name, column in zip(NAMES, (cod, tp, ph, flow), strict=True):
        scaled = [x / 200 if name == "tp" and x is not None else x for x in column]
        made.add(name, [float("nan") if x is None else float(x) for x in scaled])
    return made


def _reference(name, column, flow):
    """Return (mean, load, valid, verdict) of a concentration, straight from the rule's words."""
    factor = 200 if name == "tp" else 1
    mass = water = Fraction(0)
    valid = 0
    for c, q in zip(column, flow, strict=True):
        if c is None or q is None or q == 0:
            continue
        exact = Fraction(str(float(c / factor)))
        exact = SUBSTITUTE[name] if exact <= 0 else exact
        volume = Fraction(str(float(q))) * 3600 / 1000
        mass, water, valid = mass + exact * volume, water + volume, valid + 1
    if valid < 18:
        return None, None, valid, "NOT_ASSESSABLE"
    return mass / water, mass / 1000, valid, "COMPLIES" if mass <= LIMIT[name] * water else "EXCEEDS"


@given(cod=hours, tp=hours, ph=acids, flow=flows)
@settings(max_examples=EXAMPLES, deadline=None)
def test_days_are_what_the_rule_says(site, cod, tp, ph, flow):
    row = _site(site, cod, tp, ph, flow).row()
    known = [Fraction(str(float(q))) for q in flow if q is not None]
    none = len(known) >= 18 and sum(known) == 0
    verdicts = []
    for name, column in (("cod", cod), ("tp", tp)):
        mean, load, valid, verdict = _reference(name, column, flow)
        item = row["items"][name]
        assert item["coverage"]["valid"] == valid
        assert item["value"] == (None if mean is None else float(round(mean, WATER_DECIMALS)))
        assert row["load"][name] == (None if load is None else float(round(load, WATER_DECIMALS)))
        assert item["verdict"] == verdict
        verdicts.append(verdict)
    counted = [x for x, q in zip(ph, flow, strict=True) if x is not None and q != 0]
    outside = any(x < 6 or x > 9 for x in counted)
    verdicts.append("EXCEEDS" if outside else "COMPLIES" if len(counted) >= 18 else "NOT_ASSESSABLE")
    assert row["items"]["ph"]["verdict"] == verdicts[-1]
    expected = "EXCEEDS" if "EXCEEDS" in verdicts else "NOT_ASSESSABLE" if "NOT_ASSESSABLE" in verdicts else "COMPLIES"
    assert row["verdict"] == expected
    assert (row["reason"] == "no discharge") == none
    assert row["flow_m3"] == (float(sum(known) * Fraction(36, 10)) if len(known) >= 18 else None)


@given(cod=hours, tp=hours, ph=acids, flow=flows, at_times=st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_volume_is_conserved_and_three_quarters_are_needed(site, cod, tp, ph, flow, at_times):
    row = _site(site, cod, tp, ph, flow, intermittent=at_times).row()
    volumes = [row[f"{kind}_m3"] for kind in ("complied", "exceeded", "unknown")]
    if row["flow_m3"] is None:
        assert volumes == [None] * 3
    else:
        assert sum(volumes) == row["flow_m3"]
        assert sum(volume > 0 for volume in volumes) <= 1
    if row["verdict"] == "COMPLIES":
        for item in row["items"].values():
            if item["limit"] is not None:
                assert 4 * item["coverage"]["valid"] >= 3 * item["coverage"]["expected"] > 0
    month = site(NAMES)
    month.station = _site(site, cod, tp, ph, flow, intermittent=at_times).station
    together = month.longer(known={month.day.isoformat(): row})
    assert together["flow_m3"] == row["flow_m3"]
    assert sum(together["days"].values()) == 31


@given(cod=hours, ph=acids, flow=flows, seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 400), max_size=4))
@settings(max_examples=EXAMPLES, deadline=None)
def test_order_and_chunks_decide_nothing(site, cod, ph, flow, seed, cuts):
    """Two days, repeated rows, a corrected value: the same drafts and digests, in any order and chunks."""
    made = _site(site, cod, cod, ph, flow)
    made.add("cod", [33.0] * 5, revision=1).add("cod", [float(n) for n in range(20)], hour=24)
    made.add("flow", [7.5] * 144, hour=24, step=1 / 6, period=600).add("ph", [7.0, 9.5], hour=30, step=0.25, period=0)
    made.sample("cod", [12.0, 13.0, 14.0, 15.0], hour=25)
    rows = Observations.concatenate(made.parts + made.parts[:2], made.registry)
    shuffled = rows.take(np.random.default_rng(seed).permutation(len(rows)))
    chunks = [shuffled.take(index) for index in np.split(np.arange(len(rows)), sorted(cut % len(rows) for cut in cuts))]

    assert made.drafts(2, parts=chunks) == made.drafts(2)


@given(cod=hours, flow=flows)
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_neighbours_decide_nothing(site, cod, flow):
    """An outlet's drafts are the same whoever is judged with it, and whichever days."""
    made = _site(site, cod, [None] * 24, [None] * 24, flow)
    alone = made.drafts()
    other = site(("cod", "ss", "wt"))
    other.registry, other.station = made.registry, msgspec.structs.replace(other.station, id="o2")
    for name in ("cod", "ss", "wt"):
        other.add(name, [1.23456789] * 48)
    days = [parse_period(f"2025-03-0{n}") for n in (4, 5, 6)]
    together = DischargeJudge().judge(
        other.parts + made.parts, [other.station, made.station], days, rules=default_rules(), marks=[]
    )
    assert [draft for draft in together if draft.key == alone[0].key] == alone
