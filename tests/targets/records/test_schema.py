"""Tables of schemas are read strictly: a name or code that points nowhere would be a rule that never holds."""

import re

import msgspec
import pytest

from qualicity.errors import UsageError
from targets.records.schema import Schema, _problems, schema, schemas

OF_THE_SPECIFICATION = {
    "R_ps", "R_ct", "R_sa", "R_gr", "R_pt", "R_br", "R_sd", "R_sv", "R_svi", "R_si", "R_ec", "R_en", "R_wu", "R_ww",
    "R_sw", "R_em", "R_pa", "R_ac", "R_nil", "R_aw", "R_su", "R_tr", "R_ms",
}  # fmt: skip
ADDED = {"R_fr", "R_pe", "R_mt", "R_tk", "R_xc"}


def test_every_form_is_there():
    assert set(schemas()) == OF_THE_SPECIFICATION | ADDED


def test_a_form_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UsageError, match="no schema 'R_xx'"):
        schema("R_xx")
    with pytest.raises(UsageError, match="no column 'colour'"):
        schema("R_ps").column("colour")


@pytest.mark.parametrize("name", schemas())
def test_every_form_speaks_both_languages(name):
    one = schema(name)
    said = [one.title, one.description, *(column.title for column in one.columns), *(rule.text for rule in one.rules)]
    said += [choice for column in one.columns for choice in column.choices]
    said += [rule.text for rule in one.set_rules]
    assert [text for text in said if not (text.zh and text.en)] == []


@pytest.mark.parametrize("name", schemas())
def test_amounts_have_their_unit_in_the_name(name):
    unit = r"_(10k|100m|pct|m2|10kt|m3_10k|10km3|0_100)$|^(tce|m3_10k|hours)$"
    pure = {"weight", "sd", "value", "coef_value", "physical_qty"}  # without a unit, or with a column `unit`
    amounts = [column.name for column in schema(name).columns if column.type == "decimal" and column.name not in pure]
    assert [amount for amount in amounts if not re.search(unit, amount)] == []


def test_a_natural_key_never_takes_what_a_correction_changes():
    """A record's id and status are of the filing, not of the thing."""
    of_the_filing = {"record_id", "reported_at", "status", "revises", "note", "evidence_ref", "synthetic", "schema"}
    assert [one.id for one in schemas().values() if of_the_filing & set(one.natural_key)] == []


BREAKS = [
    (lambda data: data.update(id="R_zz"), "id is 'R_zz'"),
    (lambda data: data.update(natural_key=["colour"]), "natural_key: no column 'colour'"),
    (lambda data: data.update(examples={"colour": "red"}), "examples: no column 'colour'"),
    (lambda data: data.update(columns=[*data["columns"], data["columns"][-1]]), "a column is declared twice"),
    (lambda data: data["columns"][-1].update(choices=[{"code": "a", "zh": "a", "en": "a"}]), "choices belong to"),
    (lambda data: data.update(rules=[*data["rules"], data["rules"][-1]]), "is declared twice"),
    (lambda data: data["rules"][-1].update(field="colour"), "no column 'colour'"),
    (lambda data: data["rules"][-1]["when"][0].update(one_of=["paass"]), "stage is never 'paass'"),
    (lambda data: data["set_rules"][0].update(by=["colour"]), "set rule attempts_consecutive: no column 'colour'"),
]


@pytest.mark.parametrize(("change", "problem"), BREAKS)
def test_what_points_nowhere_is_named(change, problem):
    data = msgspec.to_builtins(schema("R_pa"))
    change(data)
    assert problem in "\n".join(_problems(msgspec.convert(data, Schema), "R_pa.toml"))


def test_a_key_that_is_not_known_is_refused():
    data = msgspec.to_builtins(schema("R_pa"))
    data["rules"][-1]["dayz"] = 3
    with pytest.raises(msgspec.ValidationError, match="unknown field `dayz`"):
        msgspec.convert(data, Schema)
