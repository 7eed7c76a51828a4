"""The writer into InfluxDB as a part of the service, and as the command that rebuilds the copy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from aggregator.pipeline import Pipeline
from alerting.rules.load import site_rules
from alerting.store import NAME as ALERTING
from console.site import Site
from dashboards.projection.alarms import AlarmLog
from dashboards.projection.indicators import IndicatorLog
from dashboards.projection.service import service_points
from dashboards.projection.state import NAME, State
from dashboards.projection.writer import Writer
from qualicity.errors import InputError, Permanent, Retryable
from qualicity.heartbeat import heartbeats
from qualicity.outage import Outage
from qualicity.store.influx import Influx
from qualicity.store.influx_address import address
from qualicity.store.influx_delivery import Sender
from qualicity.store.ledger import INDICATORS
from qualicity.store.line_protocol import Lines
from targets.register import register

TELL_MS = 10_000
"""How often the service writes about itself."""

log = structlog.get_logger(__name__)

Report = Callable[[bool, str, Mapping[str, float]], None]


@contextmanager
def site_writer(site: Site) -> Iterator[Writer]:
    """Open the writer of a site.

    Raises:
        UsageError: no database is configured.
    """
    settings = site.settings.influx
    with (
        Influx(address(settings, "write")) as influx,
        State(site.data / NAME) as state,
        site_alarms(site) as alarms,
        site_indicators(site) as indicators,
    ):
        yield Writer(
            influx,
            Pipeline(site.store, site.ledger, site.network, site.clock),
            state,
            Sender(influx.write, lines=settings.batch_lines),
            compare=settings.compare,
            retention_days=settings.retention_days,
            alarms=alarms,
            indicators=indicators,
        )


def site_alarms(site: Site) -> AlarmLog:
    """Return what is shown of a site's alarms; while its rules cannot be read, their ids stand for their titles."""
    try:
        rules = site_rules(site.data, site.settings.alerting, site.network).by_id
    except InputError as error:
        log.warning("alarms are shown without titles", cause=error.cause, mend=error.mend)
        rules = {}
    return AlarmLog(site.data / ALERTING, {name: one.rule for name, one in rules.items()})


def site_indicators(site: Site) -> IndicatorLog:
    """Return what is shown of a site's indicators."""
    return IndicatorLog(site.data / INDICATORS, register().indicators, site.clock)


def run_writer(
    site: Site, writer: Writer, stop: threading.Event, wait: Callable[[float], object], report: Report
) -> None:
    """Write what is new, round after round, until told to stop.

    A database that is ill, gone or refuses changes nothing here: the positions stay, and it goes on from them.

    Args:
        site: whose service it is.
        writer: of the site.
        stop: ends it after the present round.
        wait: waits for the next round, at most so many seconds.
        report: is told after each round: is all well, one line for people, counters.
    """
    told = 0
    outage = Outage(__name__, "InfluxDB does not take", "InfluxDB takes again")
    while not stop.is_set():
        more = False
        try:
            more = writer.round()
            if site.clock.now() - told >= TELL_MS:
                now = site.clock.now()
                points = list(service_points(heartbeats(site.data), site.store.dead_letter_counts(), now))
                writer.deliver(Lines.of(points))
                told = now if points else told
            text = "writing" if more else "up to date"
        except (Retryable, Permanent) as error:
            text = f"{error.cause} ({error.mend})"
            outage.begin(cause=error.cause, mend=error.mend)
        well = text in {"writing", "up to date"}
        counted = counters(writer)
        if well:
            outage.end(rows_to_write=counted["lag_rows"])
        report(well, text, counted)
        if not well:
            stop.wait(max(1.0, writer.sender.pause))
        elif not more:
            wait(1.0)


def counters(writer: Writer) -> dict[str, float]:
    """Return the writer's counters, for metrics (docs/operations.md)."""
    counts = writer.counts
    return {
        "lag_rows": writer.lag_rows(),
        "position": writer.state.cursor().seq,
        "lag_versions": writer.lag_versions(),
        "lag_alarms": writer.lag_alarms(),
        "lag_indicators": writer.lag_indicators(),
        "points_written": writer.sender.sent,
        "points_rejected": writer.state.rejected_count(),
        "points_beyond_retention": counts.skipped,
        "stale_verdicts": counts.stale,
        "requests": writer.sender.requests,
    }
