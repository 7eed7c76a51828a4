"""A measurement of an InfluxDB as a source of the importer: asked before it is read, then read window by window."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collector.files.rows import Rows
from collector.influx_rows import Asked, Points, fields_of, rows, tags_of
from qualicity.errors import InputError, Retryable
from qualicity.network import Label
from qualicity.periods import DAY_MS, day_of, day_start
from qualicity.settings import InfluxMeasurement, Settings
from qualicity.store.influx import Address, Influx, identifier, text
from qualicity.store.influx_address import address, secret

WINDOW = 31
"""Civil days that one query asks for."""

PIECE = 200_000
"""The most values that are judged and committed at once."""

_SHOWN = 12  # names that an error lists


def import_address(settings: Settings) -> Address:
    """Return the database that `[influx_import]` names; what it leaves open is as in `[influx]`.

    Secrets of `[influx]` are not sent to another URL than theirs.

    Raises:
        UsageError: neither names one.
        InputError: a file of a secret cannot be read.
    """
    own, shared = settings.influx_import, settings.influx
    known = Address(own.url, shared.bucket, timeout=shared.timeout) if own.url else address(shared, "read")
    return Address(
        url=known.url,
        bucket=own.bucket or known.bucket,
        org=own.org or shared.org,
        token=secret(own.token, own.token_file, "influx_import.token_file") or known.token,
        username=own.username or known.username,
        password=secret(own.password, own.password_file, "influx_import.password_file")
        or ("" if own.username else known.password),
        timeout=known.timeout,
    )


@dataclass(frozen=True)
class Span:
    """Civil days whose readings are wanted, and which end of a reading's period a point's time names."""

    first: dt.date | None = None
    last: dt.date | None = None  # inclusive
    label: Label = "begin"

    @property
    def shift(self) -> int:
        """Return the ms from the start of a day to its first time: a day's last reading may end at its midnight."""
        return 1 if self.label == "end" else 0

    @property
    def start(self) -> int | None:
        """Return the first time, ms UTC."""
        return None if self.first is None else day_start(self.first) + self.shift

    @property
    def end(self) -> int | None:
        """Return the time behind the last, ms UTC."""
        return None if self.last is None else day_start(self.last) + DAY_MS + self.shift

    def window(self, time: int) -> int:
        """Return the end (ms UTC) of the whole days to be read at once from a time on."""
        return day_start(day_of(time - self.shift)) + WINDOW * DAY_MS + self.shift


@dataclass(frozen=True)
class InfluxSource:
    """A measurement whose mapping has been checked, from its first wanted point to its last."""

    influx: Influx
    mapping: InfluxMeasurement
    asked: Asked
    span: Span
    first: int  # ms UTC
    end: int  # ms UTC, exclusive; not after `first` when there is no point

    @property
    def name(self) -> str:
        """Return what the column `source` says behind `import:`."""
        return f"influx:{self.mapping.measurement}"

    @property
    def title(self) -> str:
        """Return database and measurement."""
        return f"influx:{self.influx.address.bucket}/{self.mapping.measurement}"

    @property
    def size(self) -> int:
        """Return the ms from the first point to the last."""
        return self.end - self.first

    def line(self, number: int) -> str:
        """Return a row's place: the time of its point."""
        return _rfc3339(number)

    def place(self, number: int) -> str:
        """Return a row's place in the database."""
        return f"{self.title}:{_rfc3339(number)}"

    def pieces(self) -> Iterator[tuple[Rows, int]]:
        """Yield the rows in the order of time, piece by piece, each with the ms read so far.

        Raises:
            Retryable: the database does not answer, or not to the end.
            Permanent: it will not.
        """
        time: int | None = self.first if self.size > 0 else None
        while time is not None:
            end = min(self.span.window(time), self.end)
            for points in self._points(time, end):
                found = rows(points, self.mapping, self.asked)
                if len(found):
                    yield found, int(points["time"][-1]) - self.first
            time = _edge(self.influx, self.mapping, self.asked, end, self.end)

    def _points(self, start: int, end: int) -> Iterator[Points]:
        query = _select(self.mapping, self.asked.everything(), start, end)
        try:
            yield from self.influx.arrays(query, rows=max(1, PIECE // len(self.asked.fields)))
        except ValueError as error:
            raise Retryable(
                f"the answer of InfluxDB at {self.influx.address.url} is cut off or none: {error}",
                "import again: what was taken is recognised",
            ) from error


def open_influx(influx: Influx, mapping: InfluxMeasurement, span: Span) -> InfluxSource:
    """Ask the database whether what a mapping names is there, and from when to when.

    Raises:
        InputError: measurement, field or tag does not exist; the message says which do.
        Retryable, Permanent: as `Influx`.
    """
    measurement = mapping.measurement
    where = f"{influx.address.bucket} at {influx.address.url}"
    _check("measurement", [measurement], _shown(influx, "SHOW MEASUREMENTS", "name"), where)
    kinds: dict[str, set[str]] = {}
    for series in influx.query(f"SHOW FIELD KEYS FROM {identifier(measurement)}"):
        for field, kind in zip(series.column("fieldKey"), series.column("fieldType"), strict=True):
            kinds.setdefault(field, set()).add(kind)
    _check("field", [*fields_of(mapping), *filter(None, [mapping.flag_field])], kinds, measurement)
    tags = _shown(influx, f"SHOW TAG KEYS FROM {identifier(measurement)}", "tagKey")
    _check("tag", [*tags_of(mapping).values(), *mapping.where], tags, measurement)
    asked = Asked.of(mapping, kinds, identifier)
    first = _edge(influx, mapping, asked, span.start, span.end)
    last = _edge(influx, mapping, asked, span.start, span.end, latest=True)
    if first is None or last is None:
        return InfluxSource(influx, mapping, asked, span, 0, 0)
    return InfluxSource(influx, mapping, asked, span, first, last + 1)


def _shown(influx: Influx, query: str, column: str) -> list[str]:
    return [name for series in influx.query(query) for name in series.column(column)]


def _check(what: str, wanted: Iterable[str], there: Iterable[str], where: str) -> None:
    """Refuse names that do not exist.

    Raises:
        InputError: one does not.
    """
    known = sorted(there)
    missing = [name for name in wanted if name not in known]
    if missing:
        shown = ", ".join(map(repr, known[:_SHOWN])) or "none"
        more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
        raise InputError(
            f"there is no {what} {', '.join(map(repr, missing))} in {where}; there is {shown}{more}",
            "mend influx_import.measurements in the settings",
        )


def _edge(
    influx: Influx,
    mapping: InfluxMeasurement,
    asked: Asked,
    start: int | None,
    end: int | None,
    *,
    latest: bool = False,
) -> int | None:
    """Return the time (ms UTC) of the first or the last point with a value in [start, end); None without one."""
    order = " ORDER BY time DESC" if latest else ""
    found = influx.query(f"{_select(mapping, asked.values(), start, end)}{order} LIMIT 1")
    return int(found[0].column("time")[0]) if found else None


def _select(mapping: InfluxMeasurement, columns: str, start: int | None, end: int | None) -> str:
    """Return a SELECT of the points in [start, end), ms UTC."""
    table = ".".join(identifier(name) for name in (mapping.retention_policy, mapping.measurement) if name)
    conditions = [f"{identifier(tag)}::tag = {text(value)}" for tag, value in mapping.where.items()]
    conditions += [f"time >= '{_rfc3339(start)}'"] if start is not None else []
    conditions += [f"time < '{_rfc3339(end)}'"] if end is not None else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {columns} FROM {table}{where}"  # noqa: S608 - names and texts are quoted


def _rfc3339(ms: int) -> str:
    time = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=ms)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
