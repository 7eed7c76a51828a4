"""Keys of tables lead to the law's row, the register's row, and what a department owed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from console.cli import application
from qualicity.errors import UsageError

RUNNER = CliRunner()


def explained(*arguments: str) -> dict:
    done = RUNNER.invoke(application("explain"), ["explain", *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(key: str, *arguments: str) -> UsageError:
    done = RUNNER.invoke(application("explain"), ["explain", key, *arguments])
    assert isinstance(done.exception, UsageError)
    return done.exception


def test_a_limit_stands_with_its_clause_and_the_hash_of_its_table():
    node = explained("law:GB3095-2012:pm25:1y:II")
    (row,) = node["limits"]
    assert (row["period"], row["II"], row["clause"], node["grade"]) == ("annual", "35", "table 1", "II")
    assert len(node["table"]) == 64
    assert explained("law:GB3838-2002:codmn")["limits"][0]["bounds"] == ["2", "4", "6", "10", "15"]


@pytest.mark.parametrize("key", ["law:GB3095-2012:dust", "law:GB3095-2012", "law:GB3095-2012:pm25:7d:II", "law:X:pm25"])
def test_a_limit_that_is_none_is_refused_with_what_there_is(key):
    assert refused(key).mend


def test_a_row_of_the_register():
    assert explained("register/env.air_days")["definition"]["en"].startswith("Days with")
    assert refused("register/env.nothing").mend


@pytest.mark.parametrize("key", ["filing/MSA", "filing/MSA/R_ps/440303/9/2015", "rollup/MSA"])
def test_a_key_that_is_none(key):
    assert "write" in refused(key).mend


def test_nobody_leads_out_of_tables_by_a_zip(tmp_path):
    assert "table" in refused("register/env.air_days", "--zip", str(tmp_path / "x.zip")).cause
