"""Departments that file and answer, and the sources that figures are cited from: `departments.toml`, `sources.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from qualicity.network import Name
from targets.indicator import Certainty
from targets.tables import Identified, rows_by_id


class Department(Identified, frozen=True, forbid_unknown_fields=True):
    """A department of 2010.

    Attributes:
        id: short code, of the register and of records.
        role: in the joint conference.
        certainty: of the role; `quoted` = the promise's article names it.
    """

    name: Name
    role: Literal["convenor", "office", "member"]
    certainty: Certainty
    note: Name | None = None


class Source(Identified, frozen=True, forbid_unknown_fields=True):
    """Where something stands: a text and, where one is known, the address of the copy that was read."""

    name: Name
    address: str = ""


@cache
def departments() -> Mapping[str, Department]:
    """Return the departments by code.

    Raises:
        InputError: the table breaks its schema.
    """
    return rows_by_id("departments.toml", "department", Department)


@cache
def sources() -> Mapping[str, Source]:
    """Return the sources by the key that they are cited by.

    Raises:
        InputError: the table breaks its schema.
    """
    return rows_by_id("sources.toml", "source", Source)
