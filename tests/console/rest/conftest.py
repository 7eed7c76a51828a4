"""A small site with something of everything, and the API over it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from console import testing
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application


@dataclass
class Served:
    """A service over a folder."""

    folder: Path
    app: FastAPI

    @property
    def browser(self) -> Browser:
        """Return what asks it."""
        return Browser(self.app)

    def seen_by(self, *roles, cities=()):
        """Return what asks the same service as somebody else."""
        access = SignedIn("somebody-1", *roles, cities=frozenset(cities))
        return Browser(application(self.folder, testing.clock(), access=access))

    def copied(self, folder):
        """Return the service over a copy of its folder, for tests that write."""
        return _served(shutil.copytree(self.folder, folder, dirs_exist_ok=True))


def _served(folder):
    return Served(folder, application(folder, testing.clock(), access=SignedIn("admin-1", "admin")))


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """Return the service over a site that was filled once."""
    folder = tmp_path_factory.mktemp("served")
    testing.fill(folder)
    return _served(folder)
