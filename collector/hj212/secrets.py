"""The loggers' passwords and keys: a TOML file that only its owner may read.

["010000A8900016F000169DC0"]
password = "123456"
key = "30303030303030303030303030303030"    # SM4, for encrypted packets of the 2025 edition
"""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from collector.hj212.cipher import KEY_BYTES
from qualicity.errors import InputError
from qualicity.strict import Problems, convert_struct

_MEND = "see docs/hj212.md for how the file is written"


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one logger and we share; its texts appear in no log."""

    password: str = ""  # PW; empty = none is compared
    key: str = ""  # hexadecimal

    def __repr__(self) -> str:
        return "Secret(...)"

    @property
    def key_bytes(self) -> bytes:
        """The key; empty when there is none."""
        return bytes.fromhex(self.key)


def load_secrets(path: Path | None) -> Mapping[str, Secret]:
    """Return the secrets by MN; none without a file.

    Raises:
        InputError: the file cannot be read, or something in it is wrong; no secret is in the message.
    """
    if path is None:
        return {}
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        # the parser's message may quote the line, and with it a secret
        what = error.strerror if isinstance(error, OSError) else "it is not TOML"
        raise InputError(f"secrets of the HJ 212 loggers, {path}: {what}", _MEND) from None
    problems = Problems()
    secrets: dict[str, Secret] = {}
    for mn, table in content.items():
        secret = convert_struct(table, Secret, f"[{mn}]", problems)
        if secret is None:
            continue
        if secret.key and not _is_key(secret.key):
            problems.add(f"[{mn}].key", f"not {KEY_BYTES * 2} hexadecimal digits")
        secrets[mn] = secret
    problems.refuse(str(path), _MEND)
    return secrets


def is_private(path: Path) -> bool:
    """Return whether only its owner, and perhaps its group, may read a file."""
    return not stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXO | stat.S_IWGRP)


def _is_key(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == KEY_BYTES
    except ValueError:
        return False
