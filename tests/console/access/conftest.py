"""A site with a user of each role."""

from __future__ import annotations

import shutil

import pytest

from console.access.testing_site import Peopled, people


@pytest.fixture(scope="session")
def peopled(tmp_path_factory):
    """Return a data folder with a user of each role, to be copied."""
    folder = tmp_path_factory.mktemp("peopled")
    people(folder)
    return folder


@pytest.fixture
def site(peopled, tmp_path):
    """Return a site of its own for a test."""
    return Peopled(shutil.copytree(peopled, tmp_path, dirs_exist_ok=True))
