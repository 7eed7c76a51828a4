"""The gateway beside docker-compose.yml: on loopback, with its secrets, under a service that is there."""

from __future__ import annotations

from pathlib import Path

import yaml

from qualicity.settings import Hj212Settings

ROOT = Path(__file__).parents[2]


def test_the_gateway_is_published_on_loopback_and_only_when_it_is_asked_for():
    added = yaml.safe_load((ROOT / "deploy/hj212.compose.yml").read_text("utf-8"))
    base = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    ((name, service),) = added["services"].items()
    assert name in base["services"]
    assert service["ports"] == ["${HJ212_BIND:-127.0.0.1}:${HJ212_PORT:-8412}:8412"]
    settings = {key.removeprefix("QUALICITY_HJ212__").lower(): value for key, value in service["environment"].items()}
    assert settings.keys() <= Hj212Settings.model_fields.keys()
    assert settings["port"] == "8412"
    assert settings["secrets_file"] == f"/run/secrets/{service['secrets'][0]}"
    assert added["secrets"].keys() == set(service["secrets"])
    assert "HJ212" not in (ROOT / "docker-compose.yml").read_text("utf-8")
