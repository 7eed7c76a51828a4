"""The settings: the sample is the reference, unknown keys fail, the environment wins."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from dashboards.schema import READING
from qualicity.errors import InputError
from qualicity.parameters import parameters
from qualicity.settings import InfluxMeasurement, Settings, load_settings

DOCS = Path(__file__).parents[2] / "docs" / "import.md"
SAMPLE = files("console") / "samples" / "qualicity.toml"
OPTIONAL = {
    "network", "password_file", "ca_file", "cert_file", "key_file", "probe_password_file", "token_file", "secrets_file",
    "anonymous",
}  # fmt: skip
"""Settings whose default is "none": the sample shows an example instead."""


def _uncommented() -> str:
    return re.sub(r"^# (\w+ = )", r"\1", SAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_sample_as_shipped_is_all_defaults(tmp_path, monkeypatch):
    """The sample changes nothing until somebody takes a "#" away."""
    path = tmp_path / "qualicity.toml"
    path.write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")

    assert load_settings(path) == Settings()


def test_sample_shows_every_default():
    """What the sample shows behind "#" is what the code does without a file."""
    shown = tomllib.loads(_uncommented())
    defaults = Settings().model_dump(mode="json")

    secret = {"password", "token"}
    elsewhere = {"measurements"}  # an example, below
    for section in ("mqtt", "journal", "api", "hj212", "influx_import"):
        assert shown[section].keys() == defaults[section].keys() - secret - elsewhere
        for key, value in shown[section].items():
            if key not in OPTIONAL:
                assert value == defaults[section][key], f"{section}.{key}"
    assert shown.keys() == defaults.keys()


def test_samples_of_measurements_to_import_are_settings(tmp_path):
    """The examples can be taken as they stand; one reads what we write ourselves."""
    path = tmp_path / "qualicity.toml"
    text = re.sub(r"^#(?=\w+ = |\[\[)", "", SAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")

    own, other = load_settings(path).influx_import.measurements

    tags = {own.station_tag, own.parameter_tag, own.period_tag, own.poc_tag, own.statistic_tag, *own.where}
    assert (own.measurement, {own.value_field} <= READING.fields.keys()) == (READING.name, True)
    assert tags == set(READING.tags) - {"city"}
    assert (own.label, READING.at) == ("begin", "start of the reading's period")
    units = {item.id: own.units.get(item.id, own.unit) for item in parameters().values() if item.medium == "air"}
    assert units == {item.id: item.unit for item in parameters().values() if item.medium == "air"}
    assert other.fields


def test_every_key_of_a_measurement_is_documented():
    """docs/import.md names them all, and no other."""
    section = DOCS.read_text(encoding="utf-8").partition("## From an InfluxDB")[2]
    named = {key for row in re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}

    assert named == set(InfluxMeasurement.model_fields)
    example = section.partition("```toml\n")[2].partition("```")[0]
    assert Settings(**tomllib.loads(example)).influx_import.measurements


def test_unknown_key_names_its_place(tmp_path):
    """A typing error in the file fails the start and names the key."""
    path = tmp_path / "q.toml"
    path.write_text("[mqtt]\nurll = 'mqtt://x'\n", encoding="utf-8")

    with pytest.raises(InputError, match=r"mqtt\.urll"):
        load_settings(path)


def test_broken_toml_and_missing_file_are_input_errors(tmp_path):
    """Both name the file and the mend."""
    path = tmp_path / "q.toml"
    path.write_text("[mqtt\n", encoding="utf-8")

    with pytest.raises(InputError, match="not valid TOML"):
        load_settings(path)
    with pytest.raises(InputError, match="does not exist"):
        load_settings(tmp_path / "none.toml")


def test_environment_overrides_file(tmp_path, monkeypatch):
    """QUALICITY_MQTT__URL wins over the file."""
    path = tmp_path / "q.toml"
    path.write_text("[mqtt]\nurl = 'mqtt://file:1'\nkeepalive = 30\n", encoding="utf-8")
    monkeypatch.setenv("QUALICITY_MQTT__URL", "mqtt://environment:2")

    settings = load_settings(path)

    assert settings.mqtt.url == "mqtt://environment:2"
    assert settings.mqtt.keepalive == 30


def test_password_is_not_printed(monkeypatch):
    """A secret never reaches a log by way of repr."""
    monkeypatch.setenv("QUALICITY_MQTT__PASSWORD", "hunter2")

    assert "hunter2" not in repr(load_settings())


@pytest.mark.parametrize("place", ["INFLUX__URL", "INFLUX_IMPORT__URL", "GRAFANA__URL", "GRAFANA__EVIDENCE_URL"])
@pytest.mark.parametrize("url", ["127.0.0.1:8086", "influx", "ftp://127.0.0.1", "http://", "http://a b"])
def test_an_address_without_its_scheme_is_refused(place, url, monkeypatch):
    """Before anything is asked of it."""
    monkeypatch.setenv(f"QUALICITY_{place}", url)

    with pytest.raises(InputError, match=place.lower().replace("__", ".")):
        load_settings()
