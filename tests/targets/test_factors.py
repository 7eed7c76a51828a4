"""Factors of standard coal: as printed, by text and basis, and what differs from them is told."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from targets.departments import sources
from targets.factors import COLUMNS, factors, unlike
from targets.records.schema import schema

# By hand from the specification: text, fuel, unit of the form, basis, tce for each unit.
PRINTED = [
    ("electricity", "10k_kWh", "calorific", "1.229"),
    ("heat", "GJ", "calorific", "0.03412"),
    ("gasoline", "t", "equivalent", "1.4714"),
    ("diesel", "t", "calorific", "1.4571"),
    ("natural_gas", "10k_m3", "equivalent", "13.3"),
    ("natural_gas", "10k_m3", "calorific", "12.143"),
    ("raw_coal", "t", "equivalent", "0.7143"),
    ("fuel_oil", "t", "equivalent", "1.4286"),
    ("crude_oil", "t", "equivalent", "1.4286"),
    ("lpg", "t", "equivalent", "1.7143"),
]


def differs(
    fuel: str | None, unit: str | None, basis: str | None, value: str | None, text: str | None = "GB/T 2589-2008"
) -> bool:
    cells = (text, fuel, unit, basis, None if value is None else Decimal(value))
    (found,) = unlike({name: pa.array([cell]) for name, cell in zip(COLUMNS, cells, strict=True)})
    return found


@pytest.mark.parametrize(("fuel", "unit", "basis", "value"), PRINTED)
def test_a_factor_is_that_of_its_text_to_the_last_digit(fuel: str, unit: str, basis: str, value: str) -> None:
    assert not differs(fuel, unit, basis, value)
    assert not differs(fuel, unit, basis, value + "00")
    for step in ("0.00001", "-0.00001"):
        assert differs(fuel, unit, basis, str(Decimal(value) + Decimal(step)))


def test_every_factor_is_tested_above() -> None:
    tested = {(fuel, unit, Decimal(value)) for fuel, unit, _, value in PRINTED} | {("coal", "t", Decimal("0.7143"))}
    assert {
        (fuel, row.filed_unit, value) for row in factors().values() for fuel in row.fuels for value in row.filed
    } == (tested)


def test_the_two_bases_of_electricity_are_not_taken_for_each_other() -> None:
    """By the coal burnt for it there is no factor of the text: it is that of the year; but its own heat is not it."""
    assert not differs("electricity", "10k_kWh", "equivalent", "3.0")
    assert differs("electricity", "10k_kWh", "equivalent", "1.229")
    assert differs("electricity", "10k_kWh", "calorific", "3.0")


@pytest.mark.parametrize("text", ["GB/T2589-2008", "gb/t 2589\N{EN DASH}2008", "GB/T 2589\N{EM DASH}2008"])
def test_a_text_may_be_written_otherwise(text: str) -> None:
    assert differs("diesel", "t", "calorific", "1.4", text)


def test_of_another_text_fuel_or_unit_nothing_is_said() -> None:
    assert not differs("diesel", "t", "calorific", "1.4", "GB/T 2589-2020")
    assert not differs("biogas", "10k_m3", "calorific", "7")
    assert not differs("diesel", "tce", "calorific", "1")
    assert not differs("diesel", "t", "calorific", None)
    assert not differs(None, None, None, None, None)


def test_each_says_where_it_is_from_or_that_it_is_not_verified() -> None:
    known = {choice.code for choice in schema("R_en").column("unit").choices}
    for row in factors().values():
        assert row.filed_unit in known
        assert row.source in sources() if row.source else row.certainty == "recalled"


def test_the_form_names_the_fuels_of_the_table() -> None:
    said = schema("R_en").column("fuel").description
    for row in factors().values():
        assert row.fuels[-1] in said.zh, row.id
        assert row.fuels[-1] in said.en, row.id
