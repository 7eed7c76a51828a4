"""What a device's own flag means for the validity of its value: one letter, another meaning by protocol and system."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec
import numpy as np

from qualicity.errors import InputError, UsageError
from qualicity.flags import Flag
from qualicity.model import Column, Observations, Registry
from qualicity.shipped import shipped_table
from qualicity.standards.schema import Certainty

_DEFAULT = "hj212"
_UNKNOWN = -1


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of device flags."""

    id: str
    source: str  # where the table stands
    certainty: Certainty
    invalid: tuple[str, ...]
    remark: tuple[str, ...]
    valid: tuple[str, ...]
    above: tuple[str, ...] = ()  # of the remarks: over the measuring range, so the truth is at least the value
    rows_from: tuple[str, ...] = ()  # rows with these sources, or with one that goes on behind "/"
    unknown: Literal["remark", "invalid"] = "remark"  # what a text in none of the lists is
    private: str = ""  # what parts a flag from the vendor's own behind it

    def __post_init__(self) -> None:
        """Refuse a flag with two meanings, and a table in which silence means something."""
        every = (*self.invalid, *self.remark, *self.valid)
        if len(set(every)) < len(every):
            raise ValueError(f"{self.id}: a flag has two meanings")
        if "" not in self.valid:
            raise ValueError(f'{self.id}: "" must be valid: a value without a flag')
        if not set(self.above) <= set(self.remark):
            raise ValueError(f"{self.id}: what is over the range is a remark too")

    def flag(self, text: str) -> Flag:
        """Return the flag for a text as sent: DEVICE (not valid), DEVICE_REMARK or none."""
        own = self._own(text)
        if own in self.valid:
            return Flag(0)
        known = own in self.invalid or own in self.remark
        invalid = own in self.invalid if known else self.unknown == "invalid"
        return Flag.DEVICE if invalid else Flag.DEVICE_REMARK

    def over_range(self, text: str) -> bool:
        """Return whether a text as sent says that the truth is at least the value."""
        return self._own(text) in self.above

    def _own(self, text: str) -> str:
        return text.partition(self.private)[0] if self.private else text


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scheme: tuple[Scheme, ...]


@cache
def schemes() -> Mapping[str, Scheme]:
    """Return every scheme by id.

    Raises:
        InputError: the table breaks its schema, or two schemes claim the same rows.
    """
    table = shipped_table("qualicity", "device_flags.toml", _File)
    claimed = [source for scheme in table.scheme for source in scheme.rows_from]
    if len(set(claimed)) < len(claimed):
        raise InputError("device_flags.toml: two schemes claim rows_from one source", "give it to one of them")
    return {scheme.id: scheme for scheme in table.scheme}


def scheme(name: str = _DEFAULT) -> Scheme:
    """Return a scheme by id.

    Raises:
        UsageError: there is none.
    """
    found = schemes().get(name)
    if found is None:
        raise UsageError(f"no scheme of device flags {name!r}", f"one of: {', '.join(schemes())}")
    return found


def scheme_of(source: str) -> Scheme:
    """Return the scheme of rows from a source: the one that names it most exactly, else the default."""
    parts = source.split("/")
    for length in range(len(parts), 0, -1):
        found = _claims().get("/".join(parts[:length]))
        if found is not None:
            return found
    return scheme()


@cache
def _claims() -> Mapping[str, Scheme]:
    return {claim: found for found in schemes().values() for claim in found.rows_from}


class DeviceFlags:
    """What the devices' flags of rows mean; each source and text is looked up once for a registry."""

    def __init__(self) -> None:
        self._schemes = list(schemes().values())
        self._registry: Registry | None = None
        self._scheme = np.zeros(0, np.int64)  # by code of a source
        self._means = np.zeros((len(self._schemes), 0), np.int32)  # by scheme and by code of a flag

    def of(self, rows: Observations) -> Column:
        """Return DEVICE, DEVICE_REMARK or nothing for each row."""
        said = rows["device_flag"]
        if not said.any():
            return np.zeros(len(rows), np.int32)
        self._grow(rows.registry)
        texts, sources = _seen(said), _seen(rows["source"])
        for code in texts[self._means[0, texts] == _UNKNOWN].tolist():
            self._means[:, code] = [scheme.flag(rows.registry.text(code)) for scheme in self._schemes]
        for code in sources[self._scheme[sources] == _UNKNOWN].tolist():
            self._scheme[code] = self._schemes.index(scheme_of(rows.registry.text(code)))
        if not self._means[self._scheme[sources][:, None], texts].any():  # as nearly always
            return np.zeros(len(rows), np.int32)
        return self._means[self._scheme[rows["source"]], said]

    def _grow(self, registry: Registry) -> None:
        """Make room for the texts of a registry that are new."""
        if registry is not self._registry:
            self._registry, self._scheme, self._means = registry, self._scheme[:0], self._means[:, :0]
        more = len(registry) - len(self._scheme)
        if more:
            self._scheme = np.pad(self._scheme, (0, more), constant_values=_UNKNOWN)
            self._means = np.pad(self._means, ((0, 0), (0, more)), constant_values=_UNKNOWN)


def _seen(codes: Column) -> Column:
    """Return the codes that occur: mostly one."""
    return codes[:1] if (codes == codes[0]).all() else np.flatnonzero(np.bincount(codes))


def over_range(rows: Observations) -> Column:
    """Return which rows the devices say are over the measuring range, by the table of each row's source."""
    said, result = rows["device_flag"], np.zeros(len(rows), bool)
    if not said.any():
        return result
    texts = {code: rows.registry.text(code) for code in _seen(said).tolist()}
    meant = [code for code, text in texts.items() if any(table.over_range(text) for table in schemes().values())]
    for source in _seen(rows["source"]).tolist() if meant else []:
        table = scheme_of(rows.registry.text(source))
        own = [code for code in meant if table.over_range(texts[code])]
        result |= np.isin(said, own) & (rows["source"] == source)
    return result
