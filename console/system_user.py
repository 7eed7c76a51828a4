"""Whoever runs a command, as the audit log says it."""

from __future__ import annotations

import getpass
import os

from qualicity.store.audit import Actor


def actor() -> Actor:
    """Return the user of the system that runs this command."""
    try:
        return Actor(getpass.getuser(), "cli")
    except (OSError, KeyError):  # a container's user without a name
        return Actor(f"uid {os.getuid()}", "cli")
