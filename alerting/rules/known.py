"""What a rule of kind `system` can watch, and the pages that tell what to do: names that rules may use."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure of the service's own health."""

    id: str
    unit: str
    of: Literal["site", "part"]
    zh: str
    en: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    metric: tuple[Metric, ...]


@cache
def metrics() -> Mapping[str, Metric]:
    """Return every metric by id."""
    content = tomllib.loads((files("alerting.rules") / "metrics.toml").read_text("utf-8"))
    return {metric.id: metric for metric in msgspec.convert(content, _File).metric}


@cache
def runbooks() -> frozenset[str]:
    """Return the pages of docs/runbooks/, which the console ships; a test compares the two."""
    content = tomllib.loads((files("alerting.rules") / "runbooks.toml").read_text("utf-8"))
    return frozenset(content["pages"])
