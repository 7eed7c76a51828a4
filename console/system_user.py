"""Whoever runs a command, as the audit log says it."""

from __future__ import annotations

import getpass
import os

from qualicity.store.audit import Actor


def actor(given: str = "") -> Actor:
    """Return who runs this command: as given, else the user of the system."""
    return Actor(given.strip() or user_name() or f"uid {os.getuid()}", "cli")


def user_name() -> str:
    """Return the name of the system's user; empty = it has none, as in a container."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
