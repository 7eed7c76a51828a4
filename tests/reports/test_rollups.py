"""Counts of statuses lead back to the judgements that were counted."""

from __future__ import annotations

import pytest

from qualicity.errors import UsageError
from reports.rollups import RollupKey, explained, parse_rollup_key
from reports.testing import MadeUpSources


@pytest.mark.parametrize("text", ["rollup/2015", "rollup/2015/product"])
def test_a_key_reads_as_it_is_written(text):
    assert parse_rollup_key(text).text == text


@pytest.mark.parametrize("text", ["rollup/15", "rollup/2015/cars", "rollup/2015/product/x", "target/2015"])
def test_what_is_no_key_is_refused_with_what_there_is(text):
    with pytest.raises(UsageError) as refused:
        parse_rollup_key(text)
    assert "rollup/2015/product" in refused.value.mend


def test_counts_are_those_of_the_listed_judgements():
    found = MadeUpSources().evaluated(2015)
    node = explained(RollupKey(2015, "environment"), found, found)
    assert node["counts"] == {"not_assessable": 10}
    assert len(node["indicators"]) == 10  # of two versions of a target, the one in force
    assert {one["before"] for one in node["indicators"]} == {"not_assessable"}
    assert "target/env.energy_int/2015@SZ-FYP12" in [one["key"] for one in node["indicators"]]
