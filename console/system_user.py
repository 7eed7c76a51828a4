"""Whoever runs a command, as the audit log says it."""

from __future__ import annotations

import getpass
import os

from qualicity.store.audit import Actor


def actor(given: str = "") -> Actor:
    """Return who runs this command: as given, else the user of the system."""
    return Actor(given.strip() or _user(), "cli")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return f"uid {os.getuid()}"
