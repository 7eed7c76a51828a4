"""Standards and the project of quality management: each number, body, firm and person once, in its window."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from targets.judge import judge
from targets.management import COMPUTATIONS as MANAGEMENT
from targets.model import Series, Status
from targets.register import indicator
from targets.standards import COMPUTATIONS as STANDARDS
from targets.testing import MemoryVerdicts, records, scope

D = dt.date


def computed(name: str, tables: dict[str, list[dict[str, Any]]], **asked: Any) -> Series:
    return (STANDARDS | MANAGEMENT)[name](records(tables), MemoryVerdicts(), scope(**asked)).series


def years(series: Series) -> dict[str, Any]:
    return {point.period: point.value for point in series.years}


def standard(number: str, day: dt.date, role: str = "participant", **more: Any) -> dict[str, Any]:
    return {
        "kind": "standard", "level": "national", "ref_no": number, "role": role, "org_id": "a", "published_on": day,
        "event_date": day, "field_code": "F1",
    } | more  # fmt: skip


def body(number: str, kind: str = "TC", **more: Any) -> dict[str, Any]:
    row = {"kind": kind, "level": "national", "ref_no": number, "role": "secretariat", "field_code": "other"}
    started = {"valid_from": D(2012, 1, 1), "event_date": D(2012, 1, 1), "reported_at": D(2016, 1, 10)}
    return row | started | {"org_id": "a", "valid_to": None} | more


def test_a_standard_counts_once_whoever_shared_in_it_and_from_2011_on() -> None:
    rows = [
        standard("GB 1", D(2010, 12, 31)), standard("GB 2", D(2011, 1, 1), "lead"),
        standard("GB 2", D(2011, 1, 1), org_id="b"), standard("GB 3", D(2012, 5, 1)),
        standard("ISO 4", D(2012, 5, 1), level="intl"), body("TC 1"),
    ]  # fmt: skip
    series = computed("ips.std_docs", {"R_sd": rows})
    assert years(series) == {"2011": 1, "2012": 3, "2013": 3, "2014": 3, "2015": 3}
    assert {p.period: p.value for p in series.points}["2012Q1"] == 1
    assert years(Series("", series.companions["led"])) == {"2011": 1, "2012": 1, "2013": 1, "2014": 1, "2015": 1}
    assert years(Series("", series.companions["international"]))["2015"] == 1
    assert years(Series("", series.companions["published_in_year"])) == {"2011": 1, "2012": 2}
    only_early = computed("ips.std_docs", {"R_sd": rows[:1]})
    assert only_early.points == ()


@pytest.mark.parametrize(
    ("more", "stock"),
    [
        ({}, 1),
        ({"role": "convenor", "kind": "WG"}, 1),
        ({"level": "industry"}, 0),
        ({"valid_from": D(2013, 12, 31)}, 1),
        ({"valid_from": D(2014, 1, 1)}, None),
        ({"valid_to": D(2013, 12, 31)}, 0),
        ({"valid_to": D(2014, 1, 1)}, 1),
    ],
)
def test_bodies_that_are_hosted_at_the_end_of_the_year(more: dict[str, Any], stock: int | None) -> None:
    assert years(computed("ips.tc", {"R_sd": [body("TC 1", **more)]})).get("2013") == stock


def test_bodies_by_kind_stand_beside_all_of_them() -> None:
    rows = [body("TC 1"), body("TC 1", role="convenor"), body("SC 2", "SC"), body("WG 3", "WG", level="intl")]
    series = computed("ips.tc", {"R_sd": rows}, first=2013, last=2013)
    assert {point.period: point.value for point in series.points} == {"2013": 3, "2013H1": 3, "2013H2": 3}
    assert {name: points[0].value for name, points in series.companions.items()} == {
        "TC": 1, "SC": 1, "WG": 1, "international": 1,
    }  # fmt: skip


def test_the_voice_is_what_the_city_led_of_what_it_shared_in() -> None:
    day = D(2013, 4, 1)
    rows = [
        standard("GB 1", day, "lead"), standard("GB 1", day, org_id="b"), standard("GB 2", day),
        standard("QB 3", day, "lead", level="industry"), body("ISO/TC 9", level="intl", role="convenor"),
    ]  # fmt: skip
    series = computed("ips.voice", {"R_sd": rows})
    assert (series.years[0].numerator, series.years[0].denominator) == (1, 2)
    assert [point.value for point in series.companions["international_offices"]] == [1, 1, 1, 1]


def test_property_of_eight_fields_is_shown_by_field() -> None:
    def grant(number: int, field: str) -> dict[str, Any]:
        return {"appl_no": f"{number}", "type": "invention", "applicant_city": "440300", "pct": False,
                "grant_date": D(2013, 5, 1), "event_date": D(2013, 5, 1), "field_code": field}  # fmt: skip

    rows = {"R_pt": [grant(1, "F1"), grant(2, "F2"), grant(3, "other")], "R_sd": [standard("GB 1", D(2013, 6, 1))]}
    series = computed("ips.core_ip", rows)
    assert years(series) == {"2013": 3}
    assert {name: points[0].value for name, points in series.companions.items() if points[0].value} == {
        "inventions": 2, "standards": 1, "F1": 2, "F2": 1,
    }  # fmt: skip
    assert computed("ips.core_ip", {"R_pt": rows["R_pt"]}).missing == ("R_sd",)


def assessed(org: str, day: dt.date, stage: str = "self_assessed", **more: Any) -> dict[str, Any]:
    return {
        "org_id": org, "sector": "electronics", "standard": "GBT19580", "stage": stage, "assessed_on": day,
        "event_date": day, "listed_key_unit": False,
    } | more  # fmt: skip


def test_firms_that_assess_themselves_count_once_and_schools_elsewhere() -> None:
    rows = [
        assessed("a", D(2010, 6, 1)), assessed("a", D(2011, 6, 1)), assessed("a", D(2012, 6, 1), "evaluated"),
        assessed("b", D(2012, 3, 1), "planned"), assessed("school", D(2012, 3, 1), sector="education"),
        assessed("c", D(2012, 3, 1)), assessed("d", D(2012, 3, 1), standard="GBT19004"),
    ]  # fmt: skip
    assert years(computed("qmp.self1000", {"R_si": rows}, last=2012)) == {"2011": 1, "2012": 2}


def test_benchmark_firms_are_those_whose_evidence_was_evaluated() -> None:
    rows = [
        assessed("a", D(2012, 3, 1), "evaluated", standard="benchmark"),
        assessed("b", D(2012, 3, 1), "implemented", standard="benchmark"),
    ]
    assert years(computed("qmp.bench10", {"R_si": rows}, last=2012)) == {"2012": 1}


def test_good_practice_is_a_share_of_firms_above_scale_by_one_rule() -> None:
    def firm(name: str, rule: str = "20m", *, above: bool = True) -> dict[str, Any]:
        return {"year": 2013, "firm_id": name, "above_scale": above, "above_scale_rule": rule, "in_scope": True,
                "event_date": D(2013, 12, 31)}  # fmt: skip

    rows = [assessed(name, D(2012, 3, 1), "evaluated", standard="good_std_firm") for name in ("a", "small")]
    firms = [firm("a"), firm("b"), firm("small", above=False)]
    series = computed("ips.good_std_firms", {"R_si": rows, "R_fr": firms})
    (point,) = series.years
    assert (point.numerator, point.denominator, point.method) == (1, 2, "20m")
    (mixed,) = computed("ips.good_std_firms", {"R_si": rows, "R_fr": [*firms, firm("c", "5m")]}).years
    assert (mixed.value, mixed.notes) == (None, ("two_scale_rules",))


def test_support_is_of_distinct_firms_in_each_year_and_each_year_is_judged() -> None:
    def supported(number: int, year: int, programme: str = "p") -> dict[str, Any]:
        return {"firm_id": f"f{number}", "programme": programme, "year": year, "event_date": D(year, 11, 1)}

    rows = [
        supported(number, year) for year, firms in ((2011, 100), (2012, 99), (2013, 120)) for number in range(firms)
    ]
    rows += [supported(0, 2012, "second")]
    series = computed("qmp.support100", {"R_su": rows})
    assert years(series) == {"2011": 100, "2012": 99, "2013": 120}
    row = indicator("qmp.support100")
    statuses = [judge(row, row.targets[0], series, year, D(year + 1, 3, 1)).status for year in (2012, 2013)]
    assert statuses == [Status.BREACHED, Status.ACHIEVED]


def test_persons_are_trained_once_and_attendances_shown_beside_them() -> None:
    def attended(person: str, day: dt.date) -> dict[str, Any]:
        return {"course_id": "c", "person_hash": person, "completed_on": day, "event_date": day, "hours": Decimal(6)}

    rows = [
        attended("p", D(2010, 5, 1)),
        attended("p", D(2011, 5, 1)),
        attended("p", D(2012, 5, 1)),
        attended("q", D(2012, 6, 1)),
    ]
    series = computed("qmp.train10000", {"R_tr": rows}, last=2012)
    assert years(series) == {"2011": 1, "2012": 2}
    assert years(Series("", series.companions["person_times"])) == {"2011": 1, "2012": 3}
    assert years(Series("", series.companions["persons_in_year"])) == {"2010": 1, "2011": 1, "2012": 2}


def test_the_award_s_level_is_evidence_and_its_editions_stand_beside_it() -> None:
    def won(edition: str, org: str, award: str = "mayor_quality") -> dict[str, Any]:
        day = D(2012, 9, 1)
        return {
            "award": award,
            "edition": edition,
            "org_id": org,
            "role": "main",
            "announced_on": day,
            "event_date": day,
        }

    rows = {"R_aw": [won("9", "a"), won("9", "b"), won("1", "c", "china_quality")]}
    assert computed("qmp.award1", rows).missing == ("R_ms",)
    evidence = {
        "indicator_id": "qmp.award1",
        "level": 4,
        "claim": "held",
        "document_no": "1",
        "event_date": D(2012, 1, 1),
    }
    series = computed("qmp.award1", rows | {"R_ms": [evidence]}, last=2012)
    assert years(series) == {"2012": 4}
    assert {name: (points[0].value, points[0].unit) for name, points in series.companions.items()} == {
        "editions": (Fraction(1), "1"),
        "winners": (Fraction(2), "1"),
    }
