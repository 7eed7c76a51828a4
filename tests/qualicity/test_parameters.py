"""Parameters: every name stands for one thing."""

from __future__ import annotations

import re

import msgspec
import pytest

from qualicity.errors import InputError
from qualicity.parameters import _by_name, parameters, resolve, symbol

B1 = {  # HJ 212-2017 table B.1, with the codes of what is dissolved
    "w00000": "flow", "w01001": "ph", "w01002": "color", "w01010": "wt", "w01014": "ec", "w01009": "do",
    "w01006": "tds", "w01019": "codmn", "w21038": "so4", "w01012": "ss", "w01017": "bod5", "w01018": "cod",
    "w01020": "toc", "w02003": "fc", "w02006": "bacteria", "w20111": "hg", "w20115": "cd", "w20117": "cr6",
    "w20119": "as", "w20120": "pb", "w20127": "be", "w20128": "se", "w20142": "hg", "w20143": "cd", "w25043": "bap",
    "w20116": "cr", "w20121": "ni", "w20122": "cu", "w20123": "zn", "w20124": "mn", "w20125": "fe", "w20126": "ag",
    "w20138": "cu", "w20139": "zn", "w20140": "se", "w20141": "as", "w20144": "pb", "w21001": "tn", "w21003": "nh3n",
    "w21011": "tp", "w21006": "no2n", "w21007": "no3n", "w21016": "cn", "w21017": "f", "w21019": "s", "w21022": "cl",
    "w19002": "las", "w22001": "oil", "w23002": "phenol", "w20089": "tl", "w20113": "alkyl_hg", "w33001": "hch",
    "w33007": "ddt", "w01003": "turb",
}  # fmt: skip


@pytest.mark.parametrize(("code", "parameter"), B1.items())
def test_factor_codes_of_water(code, parameter):
    """Those of the standard's table, and turbidity, which the field uses."""
    assert resolve(code) == parameter


@pytest.mark.parametrize(("text", "parameter"), [
    ("DO", "do"), ("CODMn", "codmn"), ("耗氧量", "codmn"), ("CODCr", "cod"), ("NH3-N", "nh3n"), ("总磷", "tp"),
    ("氨氮", "nh3n"), ("pH", "ph"), ("Co", "co"), ("钴", "cobalt"), ("总铅", "pb"), ("BOD5", "bod5"),
    ("苯胺类", "anilines"), ("苯胺", "aniline"), ("硝基苯", "nitrobenzene"), ("电导率", "ec"), ("浊度", "turb"),
])  # fmt: skip
def test_names_that_people_write(text, parameter):
    """COD is not CODMn; cobalt is never carbon monoxide."""
    assert resolve(text) == parameter


@pytest.mark.parametrize(("parameter", "zh", "en"), [
    ("cod", "COD", "COD"), ("nh3n", "NH₃-N", "NH₃-N"), ("tp", "TP", "TP"), ("ph", "pH", "pH"), ("do", "DO", "DO"),
    ("codmn", "CODMn", "CODMn"), ("oil", "石油类", "Petroleum"), ("fc", "粪大肠菌群", "Faecal coliforms"),
    ("pm25", "PM₂.₅", "PM₂.₅"), ("co", "CO", "CO"), ("tsp", "TSP", "TSP"),
])  # fmt: skip
def test_signs_that_people_write(parameter, zh, en):
    """A formula or an abbreviation; what has none is called by its name."""
    assert (symbol(parameter, "zh"), symbol(parameter, "en"), symbol(parameter)) == (zh, en, en)


def test_ids_fit_into_topics_and_keys():
    """Lower case, digits and underscores; no id twice; both names given."""
    found = parameters()
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in found)
    assert all(one.zh and one.en for one in found.values())
    assert len({one.zh for one in found.values()}) == len({one.en for one in found.values()}) == len(found)


def test_a_name_for_two_parameters_is_refused(monkeypatch):
    """Names know no case: cobalt as "Co" would be carbon monoxide."""
    cobalt = msgspec.structs.replace(parameters()["cobalt"], aliases=("Co",))
    monkeypatch.setattr("qualicity.parameters.parameters", lambda: {"co": parameters()["co"], "cobalt": cobalt})

    with pytest.raises(InputError, match="'Co' stands for two parameters"):
        _by_name.__wrapped__()
