"""Commands and factor codes against what else is known of them: the parameters, their units, the editions."""

from __future__ import annotations

import pytest

from collector.hj212.codes import codes, find_code
from collector.hj212.commands import commands
from collector.hj212.decode import PERIODS
from qualicity import parameters, shipped, units
from qualicity.errors import InputError

OURS = {name: code for name, code in codes().items() if code.parameter}
NEW = {name: code for name, code in OURS.items() if name == code.code}


def test_every_factor_code_of_the_parameters_is_in_the_table():
    stated = {parameter.hj212: parameter.id for parameter in parameters.parameters().values() if parameter.hj212}
    assert {code: codes()[code].parameter for code in stated} == stated


@pytest.mark.parametrize("name", NEW)
def test_every_code_of_the_table_is_one_of_its_parameter(name):
    """So a logger's code and the code in a file or topic mean the same."""
    assert parameters.resolve(name) == codes()[name].parameter


@pytest.mark.parametrize("name", OURS)
def test_the_unit_of_a_code_is_one_of_its_parameter(name):
    code = codes()[name]
    if code.unit:
        assert units.scale(code.unit, code.parameter, "water") > 0


def test_air_comes_in_the_unit_of_the_channel():
    """Table B.2 prints the particles in ng/m3, which nobody means."""
    assert all(not code.unit and not code.load for name, code in codes().items() if name.startswith("a"))


@pytest.mark.parametrize(
    ("code", "parameter", "unit", "load", "scale"),
    [
        ("w20111", "hg", "ug/L", "g", "0.001"),
        ("w20115", "cd", "ug/L", "g", "0.001"),
        ("w20117", "cr6", "ug/L", "g", "0.001"),
        ("w20119", "as", "ug/L", "g", "0.001"),
        ("w20120", "pb", "ug/L", "g", "0.001"),
        ("w20127", "be", "ug/L", "g", "0.001"),
        ("w20128", "se", "ug/L", "g", "0.001"),
        ("w20122", "cu", "mg/L", "kg", "1"),
        ("w20121", "ni", "mg/L", "kg", "1"),
        ("w20123", "zn", "mg/L", "kg", "1"),
        ("w20141", "as", "mg/L", "kg", "1"),
        ("w20140", "se", "mg/L", "kg", "1"),
        ("w20144", "pb", "mg/L", "kg", "1"),
        ("w20142", "hg", "ug/L", "g", "0.001"),
        ("w20089", "tl", "ng/L", "mg", "0.000001"),
        ("w20113", "alkyl_hg", "ng/L", "mg", "0.000001"),
        ("w33001", "hch", "ng/L", "mg", "0.000001"),
        ("w33007", "ddt", "ng/L", "mg", "0.000001"),
        ("w00000", "flow", "L/s", "m3", "1"),
    ],
)
def test_units_are_not_those_of_the_limits(code, parameter, unit, load, scale):
    """Trap 9: annex B counts some metals in ug/L and others in mg/L, limits are in mg/L."""
    found = codes()[code]
    assert (found.parameter, found.unit, found.load) == (parameter, unit, load)
    assert str(units.scale(unit, parameter, "water").normalize()) == scale


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("B01", "w00000"), ("001", "w01001"), ("002", "w01002"), ("003", "w01012"), ("010", "w01017"),
        ("011", "w01018"), ("015", "w01020"), ("060", "w21003"), ("065", "w21001"), ("101", "w21011"),
        ("550", "w02003"), ("540", "w25043"), ("351", "w33007"),
    ],
)  # fmt: skip
def test_codes_of_2005_are_those_of_today(old, new):
    assert codes()[old] is codes()[new]


def test_codes_are_not_mistaken():
    """Traps 5 and 12 of public code: a21003 is NO, not CO; a34004 are fine particles; COD is not CODMn."""
    assert not codes()["a21003"].parameter
    assert codes()["a21005"].parameter == "co"
    assert codes()["a34004"].parameter == "pm25"
    assert "a05001" not in codes()
    assert (codes()["w01018"].parameter, codes()["w01019"].parameter) == ("cod", "codmn")


@pytest.mark.parametrize(("text", "code"), [("e10103", "e101"), ("e20200", "e202"), ("e101", None), ("e1010", None),
                                            ("e101xx", None), ("w0101812", None), ("e99901", None), ("", None),
                                            ("99", None), ("e101\uff11\uff12", None)])  # fmt: skip
def test_process_codes_have_two_digits_behind_them(text, code):
    found = find_code(text)
    assert (found.code if found else None) == code


def test_what_flows_into_a_plant_is_not_taken_for_what_it_discharges():
    assert not any(code.parameter for code in codes().values() if code.numbered)


def test_commands_are_those_of_the_standard():
    """Table 9, and trap 5: the heartbeat is 9015, 9013 answers a notice."""
    every = commands()
    assert len(every) == 45
    assert {"1000", "1011", "1012", "1013", "1061", "1062", "1063", "1064", "1072", "2011", "2012", "2021", "2022",
            "2031", "2041", "2051", "2061", "2081", *(f"30{n}" for n in range(11, 22)), "9011", "9012", "9013",
            "9014"} <= {cn for cn, command in every.items() if "2017" in command.editions}  # fmt: skip
    assert every["9015"].editions == ("2025",)
    assert (every["9015"].answers, every["1013"].answers) == (("9013",), ("9013",))
    assert (every["2012"].answers_of_logger, every["2022"].answers_of_logger) == (("9013",), ("9013",))
    assert (every["1062"].answers_of_logger, every["2061"].answers_of_logger) == (("9011", "9012"),) * 2
    assert all(every[cn].answers == ("9014",) for cn in PERIODS)
    assert not any(every[cn].answers or every[cn].answers_of_logger for cn in ("9011", "9012", "9013", "9014"))


def test_every_command_is_sent_by_somebody_and_named_in_both_languages():
    for command in commands().values():
        assert command.upper or command.logger
        assert command.name.zh
        assert command.name.en
        assert command.editions


@pytest.mark.parametrize(
    ("load", "content", "cause"),
    [
        (codes, 'code = [{ code = "w1", nam = 1 }]', "codes.toml"),
        (codes, "code = [{C}, {C}]", "w1 stands for two"),
        (commands, 'command = [{ cn = "1" }]', "commands.toml"),
        (commands, "command = [{K}, {K}]", "twice"),
    ],
)
def test_a_broken_table_is_refused(load, content, cause, monkeypatch, tmp_path):
    content = content.replace("{C}", '{ code = "w1", name = { en = "x" }, table = "B.1", certainty = "read" }')
    content = content.replace(
        "{K}", '{ cn = "1", name = {}, upper = "", logger = "data", editions = ["2017"], certainty = "read" }'
    )
    for name in ("codes.toml", "commands.toml"):
        (tmp_path / name).write_text(content, "utf-8")
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path)
    load.cache_clear()
    try:
        with pytest.raises(InputError, match=cause):
            load()
    finally:
        load.cache_clear()
