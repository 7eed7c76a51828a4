"""The settings: the sample is the reference, unknown keys fail, the environment wins."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from qualicity.errors import InputError
from qualicity.settings import Settings, load_settings

SAMPLE = files("console") / "samples" / "qualicity.toml"
OPTIONAL = {"network", "password_file", "ca_file"}
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

    for section in ("mqtt", "journal", "api"):
        secret = {"password"}
        assert shown[section].keys() == defaults[section].keys() - secret
        for key, value in shown[section].items():
            if key not in OPTIONAL:
                assert value == defaults[section][key], f"{section}.{key}"
    assert shown.keys() == defaults.keys()


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
