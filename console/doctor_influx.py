"""Is InfluxDB as the settings say: found by trying what the writer and Grafana do; made so with `--mend`."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from console.check import Check
from dashboards.projection.state import NAME, State
from dashboards.schema import READING
from qualicity.errors import Permanent, QualicityError, UsageError
from qualicity.settings import InfluxSettings
from qualicity.store.influx import Influx, identifier
from qualicity.store.influx_address import Role, address
from qualicity.store.influx_answers import Answer, Outcome
from qualicity.store.influx_setup import make_token, prepare, retention_days

_COMMENT = b"# may this be written?\n"
_ASK = f"SELECT * FROM {identifier(READING.name)} WHERE time >= 0ms AND time < 1ms"  # noqa: S608 - our own name
"""Finds nothing quickly; SHOW answers from a database that is not there as from an empty one."""

_MEND = "`qualicity doctor --mend` with influx.admin_token_file makes it"
_TOKENS = 2
"""Major version whose tokens are limited to a bucket; 1.x has users, 3.x Core one token for all."""


def examine_influx(settings: InfluxSettings, data: Path) -> Iterator[Check]:
    """Yield what is found of the database, and of the lines that it did not take; one line when none is configured."""
    if not settings.url:
        yield Check("influx", "ok", "none configured: the embedded store does the job alone")
        return
    try:
        with ExitStack() as opened:
            writer, reader = (opened.enter_context(Influx(address(settings, role))) for role in ("write", "read"))
            yield Check("influx", "ok", f"InfluxDB {reader.version} at {settings.url}")
            yield _may_write(writer)
            yield _may_read(reader)
            yield _only_reads(reader)
            yield _keeps(reader, settings.retention_days)
            yield _took_all(data / NAME)
    except QualicityError as error:
        yield Check("influx", "problem", error.cause, error.mend)


def mend_influx(settings: InfluxSettings) -> Iterator[str]:
    """Make database, retention and tokens as the settings say; yield what was made, one line each.

    Raises:
        UsageError: no database, or no file of an administrator's token, is configured.
        Retryable: the server does not answer.
        Permanent: it refuses.
    """
    with Influx(address(settings, "admin")) as admin:
        if admin.major > 1 and not admin.address.token:
            raise UsageError("no administrator's token is configured", "set influx.admin_token_file")
        yield from prepare(admin, settings.retention_days)
        if admin.major == _TOKENS:
            yield from _ensure_token(settings, admin, "write", settings.token_file, _may_write)
            yield from _ensure_token(settings, admin, "read", settings.read_token_file, _may_read)


def _ensure_token(
    settings: InfluxSettings,
    admin: Influx,
    right: Literal["write", "read"],
    path: Path | None,
    works: Callable[[Influx], Check],
) -> Iterator[str]:
    """Write a new token into the settings' file when there is none that works."""
    if path is None:
        return
    role: Role = right
    if path.is_file():
        with Influx(address(settings, role)) as influx:
            if works(influx).outcome == "ok":
                return
    _write_secret(path, make_token(admin, right))
    yield f"a token that may {right} made, in {path}"


def _write_secret(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable for its owner and group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        os.fchmod(file.fileno(), 0o640)
    Path(name).replace(path)


def _may_write(writer: Influx) -> Check:
    answer = writer.write(_COMMENT)
    if answer.outcome is Outcome.STORED:
        return Check("influx write", "ok", f"{writer.address.bucket} takes lines")
    return Check("influx write", "problem", _said(answer), _MEND)


def _may_read(reader: Influx) -> Check:
    try:
        reader.query(_ASK)
        count = sum(len(series.rows) for series in reader.query("SHOW MEASUREMENTS"))
    except Permanent as error:
        return Check("influx read", "problem", error.cause, _MEND)
    return Check("influx read", "ok", f"{count} measurements in {reader.address.bucket}")


def _only_reads(reader: Influx) -> Check:
    if reader.write(_COMMENT).outcome is Outcome.STORED:
        mend = {
            1: "make a user of 1.x with READ alone and turn its authentication on: influx.read_username",
            _TOKENS: "give influx.read_token_file a token that may only read: `qualicity doctor --mend` makes one",
        }.get(reader.major, "let nobody but Grafana reach it: 3.x Core knows no token that may only read")
        return Check("influx read-only", "warning", "what Grafana reads with may also write", mend)
    return Check("influx read-only", "ok", "what Grafana reads with cannot write")


def _keeps(reader: Influx, wanted: int) -> Check:
    kept = retention_days(reader)
    if kept is None:
        return Check("influx retention", "ok", "not told by this version")
    words = f"{kept} days" if kept else "everything"
    if kept == wanted:
        return Check("influx retention", "ok", f"keeps {words}")
    return Check(
        "influx retention",
        "problem" if kept and (not wanted or kept < wanted) else "warning",
        f"keeps {words}, but influx.retention_days says {wanted or 'everything'}",
        "set influx.retention_days as it is, or `qualicity doctor --mend`",
    )


def _took_all(path: Path) -> Check:
    """Look at the lines that the writer keeps because the database will never take them."""
    if not path.is_file():
        return Check("influx lines", "ok", "none written yet")
    with State(path) as state:
        count, kept = state.rejected_count(), list(state.rejected())
    if not count:
        return Check("influx lines", "ok", "every line was taken")
    reasons = ", ".join(f"{reason} ({times})" for reason, times in Counter(one.reason for one in kept).most_common())
    return Check(
        "influx lines",
        "warning",
        f"{count} lines will never be taken: {reasons}; such as {kept[0].line}: {kept[0].detail}",
        "mend the database as docs/influxdb.md says; `qualicity rebuild influx` then writes them",
    )


def _said(answer: Answer) -> str:
    return f"{answer.reason}: {answer.detail}" if answer.detail else answer.reason
