"""From the settings of a channel to its sender: reads the secrets, once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from alerting.channels.base import Sender
from alerting.channels.schema import ChannelSettings
from qualicity.clock import Clock, SystemClock


def build_sender(
    settings: ChannelSettings, folder: Path, *, clock: Clock | None = None, environment: Mapping[str, str] | None = None
) -> Sender:
    """Return the sender of a channel.

    Args:
        settings: checked by `check_channel`.
        folder: of oncall.toml; paths are relative to it.
        clock: for signatures; default: the machine's.
        environment: where secrets may stand; default: the process's own.

    Raises:
        InputError: a secret cannot be read, or what it holds is no such thing. The text never holds a secret.
    """
    raise NotImplementedError((settings, folder, clock or SystemClock(), environment or os.environ))
