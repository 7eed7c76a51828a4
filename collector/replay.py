"""Replay: a file's readings, published as the sensors that made them would publish."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from collector.files.channels import Declaration, Resolver
from collector.files.readings import judge, parse
from collector.files.rows import RejectedRow
from collector.files.source import open_canonical
from qualicity.clock import Clock
from qualicity.errors import InputError
from qualicity.model import COLUMNS, Observations, Registry
from qualicity.network import Network
from qualicity.store import parquet


class Recording(NamedTuple):
    """What a file holds."""

    rows: Observations
    rejects: list[RejectedRow]


def read_recording(path: Path, network: Network, declaration: Declaration, clock: Clock) -> Recording:
    """Read a canonical CSV or Parquet file, or a file of the archive.

    Args:
        path: the file; `.gz` allowed for canonical ones.
        network: declares the stations.
        declaration: label and zone of a canonical file's times, where they differ from the channels'.
        clock: readings of the future are rejects.

    Raises:
        InputError: the file is neither, or none of its rows can be published.
    """
    registry = Registry()
    if _is_archived(path):
        return Recording(parquet.read(path, registry), [])
    parts: list[Observations] = []
    rejects: list[RejectedRow] = []
    resolver = Resolver(network, declaration)
    for piece, _ in open_canonical(path).pieces():
        rows, refused = judge(parse(piece), resolver, declaration, registry, source=path.name, now=clock.now())
        parts.append(rows)
        rejects += refused
    rows = Observations.concatenate(parts, registry)
    if not len(rows):
        first = f": line {rejects[0].line}: {rejects[0].detail}" if rejects else ""
        raise InputError(f"{path} holds nothing to publish{first}", "name the network file that declares its stations")
    return Recording(rows, rejects)


def _is_archived(path: Path) -> bool:
    """Return whether a file has the archive's columns."""
    try:
        return set(pq.read_schema(path).names) == set(COLUMNS)
    except (OSError, pa.ArrowInvalid):
        return False
