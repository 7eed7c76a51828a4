"""What is computed of the four fields never depends on the order in which records come."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from qualicity.errors import UsageError
from targets.companions import companion
from targets.evaluation import computations
from targets.model import Series
from targets.records.schema import Schema, schema
from targets.records.schema import schemas as all_schemas
from targets.register import indicator
from targets.testing import MemoryRecords, MemoryVerdicts, scope

SEEDS = 40 if "QUALICITY_EXAMPLES" in os.environ else 1

OURS = computations()

SCHEMAS = ("R_sv", "R_svi", "R_si", "R_ec", "R_en", "R_wu", "R_ww", "R_sw", "R_em", "R_pa", "R_ac", "R_nil", "R_aw",
           "R_ms", "R_mt", "R_tk", "R_xc", "R_ps", "R_ct", "R_fr", "R_sa", "R_gr", "R_pt", "R_br", "R_sd", "R_su",
           "R_tr", "R_pe")  # fmt: skip

FEW: Mapping[str, Sequence[Any]] = {
    "district": ["440300", "440303", "440304"], "project_id": ["p1", "p2"], "org_id": [None, "x"],
    "fuel": ["total", "coal"], "sector": [None, "education"],
    "sector_code": ["bank", "bus", "quality_culture"], "instrument_version": ["v1", "v2"],
    "price_base_year": [None, 2005, 2010], "class_version": ["A", "B"], "indicator_id": sorted(OURS),
    "level": [1, 4, 5],
    "document_no": ["d1", "d2"], "coef_std": ["one", "two"], "n_valid": [20, 60, 200], "done": [1], "planned": [2],
    "respondent_hash": [f"{number:064x}" for number in range(40)], "month": ["2013-01", "2014-02"],
    "year": [2012, 2013, 2014, 2015], "revenue_year": [None, 2013, 2014], "peer": ["440300", "440100", "440600"],
    "applicant_city": ["440300", "440100"], "producer_city": ["440300", "440100"],
}  # fmt: skip
"""Values that meet often, so that records are about the same things."""


class Shuffled(MemoryRecords):
    """Records that come in another order than that of their ids."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, Any]]], seed: int) -> None:
        super().__init__(tables)
        self._seed = seed

    def table(self, schema: str, columns: Sequence[str]) -> pa.Table:
        """Return the records of a schema in an order of its own."""
        found = super().table(schema, columns)
        order = list(range(found.num_rows))
        random.Random(self._seed).shuffle(order)
        return found.take(order)


def on_file(dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Return records of each schema; milestones are of many indicators."""
    return {
        name: [some(schema(name), number, dice) for number in range(320 if name == "R_ms" else 40)] for name in SCHEMAS
    }


def some(kind: Schema, number: int, dice: random.Random) -> dict[str, Any]:
    """Return a record with likely values in each of its columns."""
    year, part = dice.randint(2012, 2015), dice.choice([(1, 12), (1, 6), (1, 3), (4, 6), (2, 2)])
    start = dt.date(year, part[0], 1)
    end = dt.date(year + part[1] // 12, part[1] % 12 + 1, 1) - dt.timedelta(days=1)
    row: dict[str, Any] = {
        "record_id": f"r{number:04d}", "status": dice.choice(["final", "provisional"]), "period_start": start,
        "period_end": end, "event_date": end, "reported_at": end + dt.timedelta(days=dice.randint(0, 40)),
    }  # fmt: skip
    for column in kind.columns:
        if column.name in row:
            continue
        if column.name in FEW and column.type != "choice":
            row[column.name] = dice.choice([value for value in FEW[column.name] if value or not column.required])
        elif column.type == "choice":
            row[column.name] = dice.choice(column.codes)
        elif column.type == "bool":
            row[column.name] = dice.random() < 0.5
        elif column.type in {"whole", "year"}:
            row[column.name] = dice.randint(1, 3)
        elif column.type == "decimal":
            row[column.name] = Decimal(dice.randint(1, 80))
        elif column.type == "date":
            row[column.name] = dt.date(year, 1, 1) + dt.timedelta(days=dice.randint(0, 364))
        else:
            row[column.name] = f"{column.name}{dice.randint(1, 3)}"
    if row.get("series") == "gdp_const":
        row["price_base_year"] = dice.choice([2005, 2010])  # intake takes no constant prices without their year
    return row


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_the_order_of_records_never_matters(seed: int) -> None:
    print(f"seed {seed}")
    dice = random.Random(seed)
    tables = on_file(dice)
    for name, compute in OURS.items():
        plain, other = (compute(Shuffled(tables, order), MemoryVerdicts(), scope()) for order in (seed, seed + 100))
        assert plain.series == other.series, name
        for one, two in zip(plain.tallies, other.tallies, strict=True):
            assert sorted(map(str, one.rows.to_pylist())) == sorted(map(str, two.rows.to_pylist())), name


@pytest.fixture(scope="module")
def diced() -> dict[str, Series]:
    """Return each indicator of one throw."""
    tables = on_file(random.Random(1))
    return {name: compute(Shuffled(tables, 1), MemoryVerdicts(), scope()).series for name, compute in OURS.items()}


def test_the_dice_reach_nearly_every_indicator(diced: dict[str, Series]) -> None:
    """Else the property above would hold of nothing."""
    assert set(SCHEMAS) <= set(all_schemas())
    silent = {name for name, series in diced.items() if not series.points}
    assert silent <= {"env.air_days", "gen.contribution", "brd.export"}  # of verdicts, or of the same months twice


def test_every_second_figure_has_words(diced: dict[str, Series]) -> None:
    names = {name for series in diced.values() for name in series.companions}
    assert len(names) > 20
    assert not [name for name in names if companion(name).zh == name]


class Asked(MemoryRecords):
    """Records that remember what was asked for; a column that a schema has not is refused by name."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        super().__init__(tables)
        self.asked: set[str] = set()

    def table(self, schema: str, columns: Sequence[str]) -> pa.Table:
        """Return the records, and remember that they were looked at."""
        self.asked.add(schema)
        return super().table(schema, columns)


@pytest.mark.parametrize("empty", [True, False])
def test_only_columns_are_asked_for_that_the_forms_have(*, empty: bool) -> None:
    tables = {} if empty else on_file(random.Random(1))
    for name, compute in OURS.items():
        records = Asked(tables)
        compute(records, MemoryVerdicts(), scope())
        unnamed = records.asked - set(indicator(name).records)
        assert not unnamed, f"{name} looks at {unnamed}, and its row of the register does not say so"
    with pytest.raises(UsageError, match="no_such_column"):
        Asked(tables).table("R_ps", ["record_id", "no_such_column"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_nothing_on_file_is_no_point(name: str) -> None:
    computed = OURS[name](MemoryRecords({}), MemoryVerdicts(), scope())
    assert computed.series.points == ()
    assert computed.series.missing
    assert computed.series.indicator == name


def test_what_rests_on_made_up_records_says_so() -> None:
    """Every figure, the second ones too: nothing computed from examples passes for a fact."""
    tables = on_file(random.Random(1))
    made_up = {name: [{**row, "synthetic": True} for row in rows] for name, rows in tables.items()}
    for name, compute in OURS.items():
        series = compute(Shuffled(made_up, 1), MemoryVerdicts(), scope()).series
        beside = [point for points in series.companions.values() for point in points]
        plain = [point for point in (*series.points, *beside) if not point.synthetic and point.value is not None]
        assert not plain, name
