"""`qualicity rules check`, the sample of the rules, and what `init` writes of them."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files

import msgspec
import pytest
from typer.testing import CliRunner

from alerting.rules.known import metrics
from alerting.rules.load import load_rules
from alerting.rules.schema import Chatter, Clause, Rule, Scope
from console.cli import application
from qualicity.network import Network

SAMPLE = (files("console") / "samples" / "rules.toml").read_text("utf-8")

NETWORK = """
[[city]]
id = "c"

[[station]]
id = "s"
city = "c"
channels = [{ parameter = "o3", unit = "ug/m3" }, { parameter = "pm25", unit = "ug/m3" }]
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    return tmp_path


def _check(site, *options, code=0):
    result = CliRunner().invoke(application(), ["rules", "check", "--data", str(site), *options])
    assert result.exit_code == code, result.output
    return result.output


def _lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_it_lists_every_rule_with_version_places_and_limits(site):
    """The limits are those of the day that is asked for."""
    rows = {row["rule"]: row for row in _lines(_check(site, "--json", "--on", "2026-02-28"))}
    later = {row["rule"]: row for row in _lines(_check(site, "--json", "--on", "2026-03-01"))}

    versions = {one.rule.id: one.version for one in load_rules(None, Network()).rules}
    assert {name: row["version"] for name, row in rows.items()} == versions
    assert (rows["air-24h"]["watches"], rows["air-o3-1h"]["watches"], rows["silent-channel"]["watches"]) == (1, 1, 2)
    (old,), (new,) = rows["air-24h"]["limits"], later["air-24h"]["limits"]
    assert (old["parameter"], old["law"], new["law"]) == ("pm25", "GB3095-2012-XG1", "GB3095-2026")
    assert old["trip"] > new["trip"] > new["clear"]
    assert new["certainty"] == "read"


def test_a_table_for_people(site):
    text = _check(site)
    assert "default.toml, which ships" in text
    assert "all well" in text
    assert "air-o3-1h" in text


def test_one_rule_and_everything_that_it_watches(site):
    (row,) = _lines(_check(site, "--rule", "air-o3-1h", "--json"))
    assert (row["key"], row["limit"]["law"]) == ("c/s/o3", "GB3095-2026")
    assert "c/s/o3" in _check(site, "--rule", "air-o3-1h")


def test_every_problem_is_said_and_the_exit_code_is_1(site):
    (site / "rules.toml").write_text(
        '[[rule]]\nid = "a"\nkindd = "x"\n[[rule]]\nid = "b"\nseverity = "P7"\n', encoding="utf-8"
    )

    problems = [row["problem"] for row in _lines(_check(site, "--json", code=1))]
    assert any("rule[0] 'a'.kindd: unknown key" in line for line in problems)
    assert any("rule[1] 'b'.severity" in line for line in problems)
    said = _check(site, code=1)
    assert all(line in said for line in problems)
    assert "mend: " in said


def test_an_unknown_rule_is_wrong_use(site):
    result = CliRunner().invoke(application(), ["rules", "check", "--data", str(site), "--rule", "none"])
    assert result.exit_code != 0
    assert "no rule 'none'" in str(result.exception)


# the sample


def test_the_sample_alone_is_no_rule():
    assert tomllib.loads(SAMPLE) == {}


def test_the_sample_shows_every_key_with_its_default():
    """What stands behind "#" is a rule; what it says of defaults is what the code does."""
    text = re.sub(r"^#(?=\[\[)|^# (?=\w+ = )", "", SAMPLE, flags=re.MULTILINE)
    (shown,) = tomllib.loads(text)["rule"]
    examples = {"id", "title", "kind", "severity", "family", "runbook", "trip", "clear", "standard"}

    assert shown.keys() == {field.name for field in msgspec.structs.fields(Rule)}
    defaults = {field.name: field.default for field in msgspec.structs.fields(Rule)}
    required = {field.name for field in msgspec.structs.fields(Rule) if field.required}
    assert required <= examples
    assert {name for name in examples - required if defaults[name] is not None} == set()
    for name in shown.keys() - examples:
        assert shown[name] == msgspec.json.decode(msgspec.json.encode(defaults[name])), name
    for name, kind in (("scope", Scope), ("chatter", Chatter), ("standard", Clause)):
        assert shown[name].keys() == {field.name for field in msgspec.structs.fields(kind)}


def test_the_sample_taken_as_it_stands_is_a_rule_but_for_what_only_other_kinds_have(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(re.sub(r"^#(?=\[\[)|^# (?=\w+ = )", "", SAMPLE, flags=re.MULTILINE), encoding="utf-8")
    text = path.read_text("utf-8").replace('eval = "reading"', 'eval = "1h"').replace('owner = ""', 'owner = "duty"')
    path.write_text(text, encoding="utf-8")
    assert list(load_rules(path, Network()).by_id) == ["example"]


def test_the_sample_names_every_metric_and_value():
    assert [name for name in metrics() if name not in SAMPLE] == []
    for field in msgspec.structs.fields(Rule):
        for value in getattr(field.type, "__args__", ()):
            if isinstance(value, str):
                assert value in SAMPLE, f"{field.name}: {value}"


def test_init_writes_the_rules_that_ship_to_be_edited(tmp_path):
    """The same versions: nothing changes for a site that keeps them."""
    folder = tmp_path / "site"
    assert CliRunner().invoke(application(), ["init", str(folder)]).exit_code == 0

    own, shipped = load_rules(folder / "rules.toml", Network()), load_rules(None, Network())

    assert own == shipped
    assert "which ships" not in _check(folder)
