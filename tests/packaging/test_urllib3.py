"""The core environment has the urllib3 that its distribution says: grafana-client's stand-in stays out."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import urllib3

ROOT = Path(__file__).parents[2]


def test_the_imported_urllib3_is_the_installed_one():
    assert urllib3.__version__ == version("urllib3")


@pytest.mark.parametrize("name", ["urllib3-future", "niquests", "grafana-client"])
def test_what_would_replace_it_is_not_here(name):
    with pytest.raises(PackageNotFoundError):
        version(name)


def test_it_is_pinned_for_its_own_environment_only():
    assert "\nurllib3-future==" in (ROOT / "requirements-grafana.lock").read_text("utf-8")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert "urllib3-future" not in (ROOT / lock).read_text("utf-8")
