"""What a device's own flag means for the validity of its value."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from qualicity.errors import InputError, UsageError
from qualicity.flags import Flag


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of device flags."""

    id: str
    source: str
    invalid: tuple[str, ...]
    remark: tuple[str, ...]
    valid: tuple[str, ...]

    def flag(self, text: str) -> Flag:
        """Return the flag for a text as sent: DEVICE (not valid), DEVICE_REMARK (also for unknown texts) or none."""
        if text in self.invalid:
            return Flag.DEVICE
        return Flag(0) if text in self.valid else Flag.DEVICE_REMARK


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scheme: tuple[Scheme, ...]


@cache
def scheme(name: str = "hj212") -> Scheme:
    """Return a scheme by id.

    Raises:
        UsageError: there is none.
        InputError: the table breaks its schema.
    """
    try:
        table = msgspec.convert(tomllib.loads((files("qualicity") / "device_flags.toml").read_text("utf-8")), _File)
    except msgspec.ValidationError as error:
        raise InputError(f"device_flags.toml: {error}", "mend the table at the place named") from error
    found = {scheme.id: scheme for scheme in table.scheme}
    if name not in found:
        raise UsageError(f"no scheme of device flags {name!r}", f"one of: {', '.join(found)}")
    return found[name]
