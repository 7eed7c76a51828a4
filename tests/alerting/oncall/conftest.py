"""An on-call file from the text of a test."""

from __future__ import annotations

import pytest

from alerting.oncall.load import load_oncall


@pytest.fixture
def load(tmp_path):
    """Return what loads a text as an on-call file."""

    def loaded(text: str, **options):
        path = tmp_path / "oncall.toml"
        path.write_text(text, encoding="utf-8")
        return load_oncall(path, **options)

    return loaded
