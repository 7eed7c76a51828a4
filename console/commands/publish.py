"""`qualicity replay` and `qualicity simulate`: readings published as sensors would."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from collector.files.channels import Declaration
from collector.messages import messages
from collector.publisher import Outgoing, Published, Publisher
from collector.replay import read_recording
from collector.simulation.faults import Fault, label_lines
from collector.simulation.score import Score
from collector.simulation.stream import Simulation
from collector.topics import TopicPattern
from console.options import DATA, Config, Data, Json
from console.output import stdout
from console.simulated_score import scored
from console.site import open_site
from qualicity.clock import Clock, SystemClock
from qualicity.errors import UsageError
from qualicity.network import Medium, Network
from qualicity.network_file import load_network
from qualicity.periods import HOUR_MS, day_start, parse_offset, parse_period
from qualicity.settings import MqttSettings, Settings, load_settings

Broker = Annotated[str | None, typer.Option("--broker", help="mqtt://host:port; default: of the settings.")]
NetworkFile = Annotated[Path | None, typer.Option("--network", help="Network file; default: the site's.")]
Single = Annotated[bool, typer.Option("--single", help="One message a reading, on the topic with the parameter.")]
Window = Annotated[int, typer.Option("--window", min=1, help="Messages on their way without acknowledgement.")]

_stderr = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("replay")(replay)
    app.command("simulate")(simulate)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Canonical CSV or Parquet, or a file of the archive.")],
    broker: Broker = None,
    speed: Annotated[
        float | None, typer.Option("--speed", min=1e-3, help="Times real time; default: as fast as acknowledged.")
    ] = None,
    label: Annotated[
        Literal["begin", "end"] | None,
        typer.Option("--label", help="Which end of the period the file's times name; default: as each channel."),
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Offset of the file's times without one.")] = None,
    network: NetworkFile = None,
    single: Single = False,
    window: Window = 1000,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Publish a file's readings at QoS 1 as the sensors that made them would."""
    settings, declared, clock = _surroundings(network, data, config)
    declaration = Declaration(label=label, zone=None if zone is None else parse_offset(zone))
    recording = read_recording(file, declared, declaration, clock)
    outgoing = messages(recording.rows, declared, TopicPattern.parse(settings.mqtt.topic), single=single)
    with _interruptible() as stop:
        counts = _publish(_at(settings.mqtt, broker), outgoing, window=window, speed=speed, stop=stop)
    _print_counts(
        {"readings": len(recording.rows), "rejected": len(recording.rejects), **asdict(counts)}, as_json=json_
    )


def simulate(
    network: NetworkFile = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same readings and faults.")] = 1,
    faults: Annotated[
        str, typer.Option("--faults", help=f"all, or some of: {', '.join(Fault)}, with commas between.")
    ] = "",
    score: Annotated[
        bool,
        typer.Option("--score", help="Publish nothing; say how much of the faults (all by default) checks find."),
    ] = False,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Score so many seeds, from --seed on.")] = 1,
    hours: Annotated[int, typer.Option("--hours", min=1, help="Hours of history to begin with.")] = 24,
    since: Annotated[
        str | None, typer.Option("--from", help="First day of the history, 2026-01-31; default: --hours before now.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the history; default: go on in real time.")] = False,
    interval: Annotated[
        int, typer.Option("--interval", min=0, help="s between readings; 0 = as each channel declares.")
    ] = 0,
    rate: Annotated[float, typer.Option("--rate", min=1e-3, help="Times real time, after the history.")] = 1.0,
    labels: Annotated[Path | None, typer.Option("--labels", help="Write the truth about the faults here.")] = None,
    broker: Broker = None,
    single: Single = False,
    window: Window = 1000,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Publish plausible readings of a network's stations, sources and outlets, with labelled faults if asked for."""
    settings, declared, clock = _surroundings(network, data, config)
    pattern = TopicPattern.parse(settings.mqtt.topic)
    simulation = Simulation(declared, seed, _faults(faults or ("all" if score else "")), interval)
    start, end = _window(since, hours, clock)
    if labels is not None:
        lines = (json.dumps(line) + "\n" for line in label_lines(simulation.labels(start, end)))
        labels.write_text("".join(lines), encoding="utf-8")
    if score:
        simulations = [replace(simulation, seed=number) for number in range(seed, seed + seeds)]
        with _scoring(seeds) as progress:
            found = scored(simulations, pattern, start, end, progress)
        _print_scores(found, as_json=json_)
        return
    outgoing = simulation.messages(pattern, start, end if once else None, single=single)
    with _interruptible() as stop:
        counts = _publish(
            _at(settings.mqtt, broker),
            outgoing,
            window=window,
            speed=None if once else rate,
            origin=end,
            stop=stop,
        )
    _print_counts(asdict(counts), as_json=json_)


def _surroundings(network: Path | None, data: Path, config: Path | None) -> tuple[Settings, Network, Clock]:
    """Return settings, network and clock: of the site, or of a network file alone."""
    if network is not None:
        own = data / "qualicity.toml"
        return load_settings(config or (own if own.is_file() else None)), load_network([network]), SystemClock()
    with open_site(data, config) as site:
        return site.settings, site.network, site.clock


def _at(settings: MqttSettings, broker: str | None) -> MqttSettings:
    return settings if broker is None else settings.model_copy(update={"url": broker})


def _faults(text: str) -> frozenset[Fault]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return frozenset(Fault)
    if unknown := [name for name in names if name not in set(Fault)]:
        raise UsageError(f"no fault {unknown[0]!r}", f"choose from {', '.join(Fault)}, or all")
    return frozenset(Fault(name) for name in names)


def _window(since: str | None, hours: int, clock: Clock) -> tuple[int, int]:
    """Return the history to simulate, whole hours, ms UTC."""
    if since is not None:
        start = day_start(parse_period(since).first)
        return start, start + hours * HOUR_MS
    end = clock.now() // HOUR_MS * HOUR_MS
    return end - hours * HOUR_MS, end


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Let SIGINT and SIGTERM end publishing in good order."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _publish(
    settings: MqttSettings,
    outgoing: Iterator[Outgoing],
    *,
    window: int,
    speed: float | None,
    stop: threading.Event,
    origin: int | None = None,
) -> Published:
    publisher = Publisher(settings, window=window, protocol=settings.protocol)
    try:
        with _progress() as progress:
            return publisher.publish(outgoing, speed=speed, origin=origin, stop=stop, progress=progress)
    finally:
        publisher.close()


@contextmanager
def _progress() -> Iterator[Callable[[Published], None]]:
    """Show on a terminal how many messages were published and acknowledged."""
    columns = (
        TextColumn("published"),
        MofNCompleteColumn(),
        TextColumn("acknowledged"),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_stderr, disable=not _stderr.is_terminal) as progress:
        task = progress.add_task("publishing", total=None)
        yield lambda counts: progress.update(task, completed=counts.acknowledged, total=counts.published)


def _print_counts(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(", ".join(f"{name} {value:,}" for name, value in counts.items()))


@contextmanager
def _scoring(seeds: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how many seeds and media were simulated."""
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_stderr, disable=not _stderr.is_terminal) as progress:
        task = progress.add_task("simulating", total=seeds * len(get_args(Medium)))
        yield lambda: progress.advance(task)


def _print_scores(scores: list[Score], *, as_json: bool) -> None:
    if as_json:
        for one in scores:
            typer.echo(json.dumps(one._asdict()))
        return
    table = Table(
        "medium", "fault", "labels", "found", "recall", "precision", "hours", "false/day", "live", "after h", box=None
    )
    for one in scores:
        table.add_row(
            *(one.medium, one.fault, str(one.labels), str(one.found)),
            *(_percent(rate) for rate in (one.recall, one.precision, one.recall_hours)),
            *(_number(one.false_alarms, 3), _percent(one.live_recall), _number(one.delay_h, 1)),
        )
    stdout.print(table)


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.0%}"


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"
