"""Certificates: firms and not papers, on the day of a period's end, by the rule of scale of that year."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from targets.certificates import cert_uptake, ms_cert_firms
from targets.computation import Computed
from targets.judge import judge
from targets.register import indicator
from targets.testing import MemoryVerdicts, records, scope

D = dt.date
NEW_YEAR_S_EVE = D(2013, 12, 31)


def certificate(number: str, holder: str, **more: Any) -> dict[str, Any]:
    row = {
        "cert_no": number, "body": "CQC", "holder_id": holder, "cert_type": "QMS9001", "issued_on": D(2012, 3, 1),
        "expires_on": D(2015, 3, 1), "cert_status": "valid", "above_scale": True, "above_scale_rule": "20m",
        "reported_at": D(2016, 1, 10),
    } | more  # fmt: skip
    since = row.setdefault("status_since", row["issued_on"])
    return {"event_date": since} | row


def firm(year: int, name: str, **more: Any) -> dict[str, Any]:
    row = {"year": year, "firm_id": name, "above_scale": True, "above_scale_rule": "20m", "in_scope": True}
    return {"event_date": D(year, 12, 31)} | row | more


def counted(*rows: dict[str, Any], firms: tuple[dict[str, Any], ...] = (), **asked: Any) -> Computed:
    return ms_cert_firms(records({"R_ct": rows, "R_fr": firms}), MemoryVerdicts(), scope(**asked))


def stock(*rows: dict[str, Any], year: str = "2013", **more: Any) -> int | None:
    point = counted(*rows, **more).series.at(year)
    return None if point is None or point.value is None else int(point.value)


def test_eleven_certificates_of_one_firm_are_one_firm() -> None:
    kinds = ["QMS9001", "EMS14001", "OHS18001", "FSMS", "TS16949", "MD13485", "IT27001", "other_ms"]
    rows = [certificate(f"c{number}", "a", cert_type=kinds[number % 8]) for number in range(11)]
    assert stock(*rows, certificate("other", "b")) == 2


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"issued_on": NEW_YEAR_S_EVE}, True),
        ({"issued_on": D(2014, 1, 1)}, None),
        ({"expires_on": D(2014, 1, 1)}, True),
        ({"expires_on": NEW_YEAR_S_EVE}, False),
        ({"cert_status": "revoked", "status_since": NEW_YEAR_S_EVE}, False),
        ({"cert_status": "suspended", "status_since": D(2014, 1, 1)}, True),
        ({"cert_status": "valid", "status_since": D(2014, 1, 1)}, False),
        ({"cert_type": "CCC"}, None),
        ({"cert_type": "product_vol"}, None),
        ({"above_scale": False}, False),
        ({"above_scale_rule": "5m"}, False),
    ],
)
def test_the_end_of_the_period_decides(more: dict[str, Any], counts: bool | None) -> None:  # noqa: FBT001 - a case
    """What ends on the last day does not stand at its end; None = there is nothing that could say zero."""
    assert stock(certificate("c", "a", **more)) == (None if counts is None else int(counts))


def test_the_history_of_one_certificate_is_read_at_each_period_s_end() -> None:
    history = [
        certificate("c", "a"),
        certificate("c", "a", cert_status="suspended", status_since=D(2013, 6, 1)),
        certificate("c", "a", cert_status="valid", status_since=D(2014, 2, 1)),
        certificate("c", "a", cert_status="revoked", status_since=D(2014, 11, 1)),
    ]
    computed = counted(*history)
    quarters = {point.period: point.value for point in computed.series.points if not point.yearly}
    assert [quarters[f"2013Q{number}"] for number in (1, 2, 3, 4)] == [1, 0, 0, 0]
    assert [quarters[f"2014Q{number}"] for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    # Another body's certificate may have the same number.
    assert stock(*history, certificate("c", "b", body="SGS")) == 1


def test_the_register_of_firms_says_who_is_above_scale() -> None:
    rows = [certificate("1", "a"), certificate("2", "b"), certificate("3", "c", above_scale=False)]
    firms = (firm(2013, "b"), firm(2013, "c"), firm(2013, "a", above_scale=False), firm(2014, "a"))
    assert stock(*rows, firms=firms) == 2
    assert stock(*rows, firms=firms, year="2014") == 1
    series = counted(*rows, firms=firms).series
    assert {p.period: p.value for p in series.companions["holders_of_any_size"]}["2013"] == 3
    assert series.missing == ()
    assert counted(*rows).series.missing == ("R_fr",)


def test_2010_and_2011_are_two_series() -> None:
    """The rule rose from 5 to 20 million yuan: a register by the old rule says nothing of a later year."""
    rows = [certificate("1", "a", issued_on=D(2010, 1, 1), above_scale_rule="5m")]
    firms = (firm(2010, "a", above_scale_rule="5m"), firm(2011, "a", above_scale_rule="5m"))
    series = counted(*rows, firms=firms).series
    assert {point.period: (point.method, point.value) for point in series.years[:2]} == {
        "2010": ("5m", 1),
        "2011": ("20m", 0),
    }


def test_a_list_that_nobody_files_any_more_is_old() -> None:
    """Not one certificate has expired, but what is known of them is known until the newest report."""
    rows = [certificate("c", "a", expires_on=D(2030, 1, 1), reported_at=D(2013, 2, 1))]
    series = counted(*rows).series
    assert series.at("2015") is not None
    assert [point.latest for point in series.years] == [D(2012, 12, 31), *[D(2013, 2, 1)] * 3]
    judged = judge(
        indicator("prd.ms_cert_firms"), indicator("prd.ms_cert_firms").targets[0], series, 2015, D(2016, 3, 1)
    )
    assert judged.reasons[0] == "data_too_old"


def test_uptake_is_of_firms_in_scope_and_ccc_is_apart() -> None:
    firms = (*(firm(2013, name) for name in "abcd"), firm(2013, "out", in_scope=False))
    rows = [
        certificate("1", "a", cert_type="product_vol"), certificate("2", "a", cert_type="product_vol"),
        certificate("3", "b", cert_type="CCC"), certificate("4", "out", cert_type="product_vol"),
        certificate("5", "stranger", cert_type="product_vol"), certificate("6", "c", cert_type="QMS9001"),
        certificate("7", "d", cert_type="product_vol", expires_on=NEW_YEAR_S_EVE),
    ]  # fmt: skip
    series = cert_uptake(records({"R_ct": rows, "R_fr": firms}), MemoryVerdicts(), scope()).series
    (point,), (compulsory,) = series.years, series.companions["compulsory"]
    assert (point.numerator, point.denominator) == (1, 4)
    assert (compulsory.numerator, compulsory.denominator) == (1, 4)


def test_uptake_without_a_register_of_firms_has_no_denominator() -> None:
    computed = cert_uptake(
        records({"R_ct": [certificate("1", "a", cert_type="product_vol")]}), MemoryVerdicts(), scope()
    )
    assert (computed.series.points, computed.series.missing) == ((), ("R_fr",))
