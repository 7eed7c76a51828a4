"""What the parts have counted, as Prometheus reads it: with types and with what each means (`metrics.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    UnknownMetricFamily,
)
from prometheus_client.registry import Collector

from aggregator.changes import code_version
from console.health import Machine, Outcome
from qualicity.heartbeat import Heartbeat
from qualicity.periods import SECOND_MS

_KEY = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)(?:\{(.*)\})?")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
_PIECE = re.compile(r"(.+)_(bucket|sum|count)")

Labels = tuple[tuple[str, str], ...]
"""(name, value) of labels, in order."""

Kind = Literal["gauge", "counter", "histogram", "unknown"]


class Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metric, as `metrics.toml` describes it."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    help: str
    key: str = ""
    label: str = ""
    older: bool = False
    bare: bool = False
    factor: float = 1.0

    @property
    def counted(self) -> str:
        """Return the name of the counter that it shows, or what the names begin with that it stands for, and `*`."""
        return self.key or self.name

    @property
    def exported(self) -> str:
        """Return its whole name."""
        return self.name if self.bare else _ours(self.name)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    metric: tuple[Described, ...]


class _Sample(NamedTuple):
    name: str
    kind: Kind
    help: str
    labels: Labels
    value: float
    piece: str = ""  # of a histogram: bucket, sum, count


def _ours(name: str) -> str:
    return f"qualicity_{name}"


@cache
def described() -> tuple[Described, ...]:
    """Return every metric of the parts, in the order of the file."""
    content = tomllib.loads((files("console") / "metrics.toml").read_text("utf-8"))
    return msgspec.convert(content, _File).metric


@cache
def _by_key() -> Mapping[str, Described]:
    return {one.counted: one for one in described()}


def find(key: str) -> tuple[Described, str] | None:
    """Return what describes a counter, and what a star in its name stands for; None = nothing describes it."""
    one = _by_key().get(key)
    if one is not None:
        return one, ""
    for one in described():
        stem = one.counted.removesuffix("*")
        if stem != one.counted and key.startswith(stem):
            return one, key.removeprefix(stem)
    return None


def families(beats: Sequence[Heartbeat]) -> list[Metric]:
    """Return the counters of all parts as families; each sample says of which part it is."""
    grouped: dict[str, list[_Sample]] = defaultdict(list)
    for beat in beats:
        for key, value in beat.counters.items():
            for sample in _samples(key, value, beat.part):
                grouped[sample.name].append(sample)
    place = {one.exported: number for number, one in enumerate(described())}
    return [_family(grouped[name]) for name in sorted(grouped, key=lambda name: (place.get(name, len(place)), name))]


def _samples(key: str, value: float, part: str) -> Iterator[_Sample]:
    """Yield what a counter is exported as: by its name, and by the older one that is its key."""
    parsed = _KEY.fullmatch(key)
    if parsed is None:  # no name at all: nobody could ask for it
        return
    counter = parsed[1]
    labels = tuple((name, _unescaped(text)) for name, text in _LABEL.findall(parsed[2] or ""))
    owned: Labels = (*labels, ("part", part))
    piece = _PIECE.fullmatch(counter)
    if piece is not None and (found := find(piece[1])) is not None and found[0].kind == "histogram":
        yield _Sample(found[0].exported, "histogram", found[0].help, owned, value, piece[2])
        return
    found = find(counter)
    if found is None:
        yield _Sample(_ours(counter), "unknown", "not described", owned, value)
        return
    one, star = found
    if one.label:
        owned = ((one.label, star), *owned)
    name = _ours(counter) if star and not one.label else one.exported
    yield _Sample(name, one.kind, one.help, owned, value * one.factor)
    if one.older:
        yield _Sample(_ours(counter), "gauge", f"older name of {name}", (*labels, ("part", part)), value)


def _unescaped(text: str) -> str:
    return re.sub(r'\\[\\"n]', lambda found: _ESCAPED[found[0]], text)


_PLAIN: Mapping[str, Callable[..., CounterMetricFamily | GaugeMetricFamily | UnknownMetricFamily]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "unknown": UnknownMetricFamily,
}


def _family(samples: Sequence[_Sample]) -> Metric:
    first = samples[0]
    names = list(dict.fromkeys(name for sample in samples for name, _ in sample.labels if name != "le"))
    if first.kind == "histogram":
        return _histogram(samples, names)
    family = _PLAIN[first.kind](first.name, first.help, labels=names)
    for sample in samples:
        family.add_metric(_values(sample.labels, names), sample.value)
    return family


def _values(labels: Labels, names: Sequence[str]) -> list[str]:
    known = dict(labels)
    return [known.get(name, "") for name in names]


def _histogram(samples: Sequence[_Sample], names: Sequence[str]) -> Metric:
    """Return a histogram; its classes come in the order of their bounds."""
    family = HistogramMetricFamily(samples[0].name, samples[0].help, labels=names)
    pieces: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for sample in samples:
        bound = dict(sample.labels).get("le", "")
        pieces[tuple(_values(sample.labels, names))][bound or sample.piece] = sample.value
    for values, found in pieces.items():
        bounds = sorted((name for name in found if name not in {"sum", "count"}), key=float)
        family.add_metric(list(values), [(bound, found[bound]) for bound in bounds], found.get("sum", 0.0))
    return family


def site_families(
    beats: Sequence[Heartbeat], now: int, outcomes: Sequence[Outcome], machine: Machine
) -> Iterator[Metric]:
    """Yield what is known of the site as a whole: its parts, its checks, its disk and its clock."""
    up = GaugeMetricFamily("qualicity_part_up", "1 when the part is alive and doing its work", labels=["part"])
    spoke = GaugeMetricFamily(
        "qualicity_part_last_beat_timestamp_seconds", "The part's last sign of life, s since 1970", labels=["part"]
    )
    for beat in beats:
        up.add_metric([beat.part], float(beat.well(now)))
        spoke.add_metric([beat.part], beat.at / SECOND_MS)
    yield from (up, spoke)
    check = GaugeMetricFamily("qualicity_check_ok", "1 when a check of /readyz finds nothing", labels=["check"])
    for outcome in outcomes:
        check.add_metric([outcome.check], float(outcome.ok))
    yield check
    if machine.free_bytes is not None and machine.size_bytes is not None:
        yield GaugeMetricFamily("qualicity_disk_free_bytes", "Room on the disk of the data folder", machine.free_bytes)
        yield GaugeMetricFamily("qualicity_disk_size_bytes", "Size of the disk of the data folder", machine.size_bytes)
    if machine.synchronised is not None:
        yield GaugeMetricFamily(
            "qualicity_clock_synchronised", "1 when this machine's clock follows others", float(machine.synchronised)
        )
    yield InfoMetricFamily("qualicity_build", "The code that judges, as verdicts name it", {"code": code_version()})


class Exporter(Collector):
    """Yields at each question what is known then.

    Args:
        ask: returns the signs of life, the time, the outcomes of the checks and the machine.
    """

    def __init__(self, ask: Callable[[], tuple[Sequence[Heartbeat], int, Sequence[Outcome], Machine]]) -> None:
        self._ask = ask

    def collect(self) -> Iterator[Metric]:
        """Yield all families."""
        beats, now, outcomes, machine = self._ask()
        yield from site_families(beats, now, outcomes, machine)
        yield from families(beats)
