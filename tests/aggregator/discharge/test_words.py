# ruff: noqa: RUF001 - Chinese sentences have Chinese punctuation
"""What the rows say of themselves is read again, in both languages."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aggregator.discharge import words
from aggregator.discharge.laws import Ends
from aggregator.rates import percent, said_of
from qualicity.reasons import NO_DISCHARGE, NOT_FILED, NOT_OF_HOURS, NOTHING_JUDGED, NOTHING_KNOWN, reason_in
from qualicity.target import parse_target

UNIT = 10**9
RANGE = Ends(6 * UNIT, 9 * UNIT)

NEEDED, TARGET = Fraction(3, 4), parse_target(">=95")

REASONS = {
    words.outside("cod", 51 * UNIT, Ends(high=50 * UNIT), "mg/L"): "COD 51 > 50 mg/L",
    words.spread("ph", 5 * UNIT, 7 * UNIT, RANGE, "1"): "pH 5 < 6",
    words.spread("ph", 7 * UNIT, 95 * UNIT // 10, RANGE, "1"): "pH 9.5 > 9",
    words.too_few("cod", 17, 24, Fraction(3, 4)): "COD：17 个有效小时，需 18 个",
    words.too_few("cod", 0, 0, Fraction(3, 4)): "COD：无数据，是否排放不明",
    words.too_few("cod", 8, 12, Fraction(3, 4)): "COD：应有 12 个数据，有效 8 个，需 9 个",
    words.detected("alkyl_hg"): "烷基汞：已检出，不得检出",
    words.unsettled("hg", Ends(high=UNIT // 1000), "mg/L"): "Hg：检出限或量程不足以判定限值 0.001 mg/L",
    words.removal(
        "cod", 130 * UNIT, Ends(high=120 * UNIT), "mg/L", Fraction(3, 5)
    ): "COD 130 > 120 mg/L，去除率高于 60% 时不受此限；进水未监测",
    words.item_exceeded("cod", 2): "COD：超标 2 天",
    words.item_judged("cod", 2, 31, 24): "COD：31 天中 2 天可判定，需 24 天",
    words.longer("tn", ["7d", "annual"]): "TN：7d, annual 均值限值不在此判定",
    words.days_exceeded(1, 31): "31 天中超标 1 天",
    words.days_judged(2, 31, 24): "31 天中达标 2 天，需 24 天",
    said_of(
        Fraction(95_999, 100_000), Fraction(1), Fraction(3, 4), parse_target(">=95"), "COMPLIES"
    ): "95.99%，目标 >=95",
    said_of(Fraction(1), Fraction(1, 2), NEEDED, TARGET, "NOT_ASSESSABLE"): "已知 50%，需 75%",
    words.months_filed(2, 3): "3 个月中已填报污水量 2 个月",
    words.excluded("a", "cooling water; apart"): "a 不计入：cooling water, apart",
    NO_DISCHARGE: "无排放",
    NOT_OF_HOURS: "没有小时限值",
    NOTHING_JUDGED: "未监测任何有限值的项目",
    NOT_FILED: "未填报污水排放量",
    NOTHING_KNOWN: "均未判定",
}


@pytest.mark.parametrize(("reason", "chinese"), REASONS.items())
def test_each_part_of_a_reason_is_read_in_chinese(reason, chinese):
    assert reason_in(reason, "zh") == chinese


def test_parts_of_a_reason_are_read_one_by_one():
    assert reason_in("; ".join(REASONS), "zh") == "; ".join(REASONS.values())
    assert reason_in("; ".join([*REASONS, "other"]), "en").endswith("; other")


def test_a_number_without_a_unit_has_none():
    """What older rows say is read too."""
    assert words.spread("ph", 5 * UNIT, 7 * UNIT, RANGE, "1") == "ph 5 < 6"
    assert reason_in("ph 5 < 6 1", "en") == "pH 5 < 6"


def test_small_numbers_are_written_without_an_exponent():
    assert words.outside("bap", 31, Ends(high=30), "mg/L") == "bap 0.000000031 > 0.00000003 mg/L"


def test_percent_is_cut_not_rounded():
    """94.999 % is not 95 %."""
    assert percent(Fraction(94_999, 100_000)) == "94.99"
    assert percent(Fraction(1)) == "100"
