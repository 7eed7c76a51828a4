"""The judge against a plain one: rows one after the other, in fractions, by the table itself. They share no code."""

from __future__ import annotations

import os
from collections import defaultdict
from fractions import Fraction
from math import ceil, log10

import numpy as np
import pytest

from aggregator.water.testing import MONTH, Site, channel, judged, place, sampled
from qualicity.model import Qualifier
from qualicity.periods import HOUR_MS
from qualicity.standards.load import standard

ROUNDS = int(os.environ.get("QUALICITY_EXAMPLES", "12"))
TABLE = standard("GB3838-2002")
RULES = standard(TABLE.assessment)
ITEMS = ("ph", "do", "codmn", "cod", "nh3n", "tn", "hg", "fe", "fc")
UNITS = {"ph": "1", "fc": "count/L"}
BODY = "lake"
LAW = {row.parameter: row for row in TABLE.limit if not row.bodies or BODY in row.bodies}


def _bounds(name):
    row = LAW[name]
    return row.bounds or (row.limit,) * 5


def _within(name, bound, value):
    row = LAW[name]
    if row.direction == "range":
        low, high = bound.split("-")
        return Fraction(low) <= value <= Fraction(high)
    return value >= Fraction(bound) if row.direction == "at_least" else value <= Fraction(bound)


def _class(name, value):
    return next((c for c, bound in enumerate(_bounds(name)) if _within(name, bound, value)), 5)


def _half_even(value, digits):
    scaled = value * 10**digits
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    whole += rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)
    return Fraction(whole, 10**digits)


def _rounded(value, digits):
    if digits is None:
        return value
    found = _half_even(value, digits)
    while value and not found:
        digits += 1
        if value * 10**digits >= 1:
            found = _half_even(value, digits)
    return found


def _mean(name, values):
    if LAW[name].mean == "hydrogen":
        return Fraction(str(round(-log10(sum(10 ** -float(v) for v in values) / len(values)), 9)))
    return sum(values) / Fraction(len(values))


class Plain:
    """A station's readings as dicts, and what they come to."""

    def __init__(self, rows, source):
        self.rows, self.source = rows, source

    def item(self, name, first, last, kind):
        """Return (value, class, verdict, coverage, source) of an item over days [first, last]."""
        automatic, manual = self._slots(name, first, last, 1), self._slots(name, first, last, 9)
        days = last - first + 1
        due = {1: days * 6, 9: max(1, round(days * 86_400 / MONTH)) if kind == "month" else 0}
        valid = {1: [s for s in automatic if s is not None], 9: [s for s in manual if s is not None]}
        needed = {1: ceil(due[1] * Fraction(RULES.automatic_share)), 9: min(due[9], 1)}
        enough = {poc: len(valid[poc]) >= max(1, needed[poc]) for poc in (1, 9)}
        other = not enough[1] and valid[9] if name in RULES.automatic_first else enough[9]
        poc = 9 if other else 1
        own = valid[poc]
        coverage = {"expected": due[poc], "observed": len(automatic if poc == 1 else manual), "valid": len(own)}
        says = LAW[name].counts and (self.source or LAW[name].bounds is not None)
        if not enough[poc]:
            return None, None, "NOT_ASSESSABLE" if says else None, coverage, poc
        digits = LAW[name].digits
        low, middle, high = (_rounded(_mean(name, [sample[end] for sample in own]), digits) for end in range(3))
        best, least = sorted((_class(name, low), _class(name, high)))
        verdict = "COMPLIES" if least <= 2 else "EXCEEDS" if best > 2 else "NOT_ASSESSABLE"
        known = (best <= 2) == (least <= 2)
        shown = high if all(sample[3] for sample in own) else middle
        number = _class(name, middle) if known and LAW[name].bounds is not None else None
        return shown, number, verdict if says else None, coverage, poc

    def _slots(self, name, first, last, poc):
        """Return one (low, middle, high, below) a slot with readings; None where none of them is valid."""
        slots = defaultdict(list)
        for row in self.rows:
            if row["name"] == name and row["poc"] == poc and first <= row["at"] // 24 <= last:
                slots[row["at"] // 4 if poc == 1 else row["at"]].append(row)
        return [self._one(name, rows) for rows in slots.values()]

    def _one(self, name, rows):
        best = {}
        for row in rows:
            cell = (row["at"], row["period"])
            rank = (row["revision"], row["flag"] == "N", -row["value"] - 9 if row["below"] else row["value"])
            if cell not in best or rank > best[cell][0]:
                best[cell] = (rank, row)
        current = [row for _, row in best.values() if row["flag"] == "N"]
        if not current:
            return None
        longest = max(row["period"] for row in current)
        ends = []
        for row in current:
            if row["period"] == longest:
                value = Fraction(str(row["value"]))
                share = Fraction(RULES.not_detected)
                ends.append((Fraction(0), value * share, value, True) if row["below"] else (value, value, value, False))
        if len(ends) == 1:
            return ends[0]
        return (*(_mean(name, [e[i] for e in ends]) for i in range(3)), all(e[3] for e in ends))


VALUES = {
    "ph": [5.5, 6.5, 7, 8.2, 9.4, 9.51], "do": [1.9, 2, 4.95, 5.05, 7.5], "codmn": [2, 5.95, 6.05, 6.15, 16],
    "cod": [14.95, 20.05, 19.9, 41], "nh3n": [0.145, 0.155, 0.995, 1.005, 3], "tn": [0.5, 3], "fc": [150, 5000, 60000],
    "hg": [0.00001, 0.00005, 0.000055, 0.0001, 0.0003], "fe": [0.29, 0.3, 0.31],
}  # fmt: skip


def _rows(dice):
    rows = []
    for name in ITEMS:
        for at in range(0, 72, 4):
            if dice.random() < 0.9:
                rows.append(_row(dice, name, 1, at, int(dice.choice([0, 3600]))))
            if dice.random() < 0.15:
                rows.append(_row(dice, name, 1, at + int(dice.integers(0, 4)), int(dice.choice([0, 3600]))))
        rows += [_row(dice, name, 9, at + 9, 0) for at in range(0, 72, 24) if dice.random() < 0.3]
    return rows


def _row(dice, name, poc, at, period):
    below = name not in {"ph", "do"} and dice.random() < 0.3
    return {
        "name": name, "poc": poc, "at": at, "period": period, "value": float(dice.choice(VALUES[name])), "below": below,
        "flag": "N" if dice.random() < 0.93 else "D", "revision": int(dice.integers(0, 2)),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_the_judge_says_what_a_plain_one_says(seed):
    """Three days of nine items, automatic and of a laboratory, with gaps, flags, corrections and detection limits."""
    dice = np.random.default_rng(seed)
    rows, source = _rows(dice), bool(seed % 2)
    site = Site()
    for row in rows:
        site.auto(
            row["name"], [row["value"]], unit=UNITS.get(row["name"], "mg/L"), poc=row["poc"], period=row["period"],
            qualifier=Qualifier.BELOW if row["below"] else 0, device_flag=row["flag"], revision=row["revision"],
        )  # fmt: skip
        site.parts[-1] = site.parts[-1].replace(start=np.asarray([site.start + row["at"] * HOUR_MS]))
    channels = [make(name, UNITS.get(name, "mg/L")) for name in ITEMS for make in (channel, sampled)]
    station = place(*channels, body=BODY, purpose="source" if source else "assessment")
    plain, names = Plain(rows, source), [*TABLE.classes, TABLE.beyond, None]
    texts = ("2016-03-01", "2016-03-02", "2016-03-03", "2016-03")
    spans = ((0, 0, "day"), (1, 1, "day"), (2, 2, "day"), (0, 30, "month"))
    for result, span in zip(judged(site, station, *texts), spans, strict=True):
        worst, verdicts = -1, []
        for name in ITEMS:
            value, number, verdict, coverage, poc = plain.item(name, *span)
            item = result["items"].get(name)
            where = (seed, result["period"], name)
            exact = value is None or LAW[name].digits is not None  # else cut after its finer decimals
            assert item["value"] == (value and float(value) if exact else pytest.approx(float(value), rel=1e-5)), where
            assert item["class"] == names[-1 if number is None else number], where
            assert item["verdict"] == verdict, where
            assert item["source"] == ("automatic" if poc == 1 else "manual"), where
            assert result["coverage"][name] == coverage, where
            verdicts.append(verdict)
            if LAW[name].counts and number is not None:
                worst = max(worst, number)
        told = "EXCEEDS" if "EXCEEDS" in verdicts else "NOT_ASSESSABLE" if "NOT_ASSESSABLE" in verdicts else "COMPLIES"
        assert result["verdict"] == told
        if result["class"] is not None:
            assert result["class"] == names[worst]
