"""Everything that a site judges: its air, its water sources, its outlets. The log is followed once for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from aggregator.pipeline import Pipeline
from aggregator.stations import Judge, StationPipeline
from qualicity.errors import QualicityError
from qualicity.network import Medium
from qualicity.scopes import parse_scope

_JUDGES: Mapping[Medium, tuple[str, str]] = {
    "water": ("aggregator.water.judge", "WaterJudge"),
    "wastewater": ("aggregator.discharge.judge", "DischargeJudge"),
}
"""Where the judges stand: a command imports only the one that it needs."""


def station_pipeline(
    pipeline: Pipeline, medium: Medium, kind: Callable[[Pipeline, Judge], StationPipeline] = StationPipeline
) -> StationPipeline:
    """Return what judges the stations of a medium other than air, or another `kind` of pipeline under its law."""
    module, name = _JUDGES[medium]
    make: Callable[[], Judge] = getattr(import_module(module), name)
    return kind(pipeline, make())


def station_pipelines(pipeline: Pipeline) -> tuple[StationPipeline, ...]:
    """Return what judges the water sources and the outlets of a site, where it has any, or had."""
    here = {station.medium for station in pipeline.network.stations}
    here |= {scope.medium for item in pipeline.ledger.dirty() if (scope := parse_scope(item.scope)) is not None}
    return tuple(station_pipeline(pipeline, medium) for medium in _JUDGES if medium in here)


class Aggregator:
    """The aggregator of a site.

    Args:
        pipeline: of the site; judges its air.
        stations: judge its sources and outlets; default: by the law that ships with the project.
    """

    def __init__(self, pipeline: Pipeline, stations: Sequence[StationPipeline] | None = None) -> None:
        self.pipeline = pipeline
        self.stations = station_pipelines(pipeline) if stations is None else tuple(stations)

    def follow(self) -> int:
        """Read the log from the cursor on and mark what became dirty; return how many rows were read."""
        return self.pipeline.follow()

    def judge_due(self) -> list[str]:
        """Judge every dirty period that is due, in every medium; return the keys that got a new version.

        Raises:
            QualicityError: what went wrong first; it has kept no other medium from being judged.
        """
        changed: list[str] = []
        errors: list[QualicityError] = []
        judges: list[Pipeline | StationPipeline] = [self.pipeline, *self.stations]
        for own in judges:
            try:
                changed += own.judge_due()
            except QualicityError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return changed

    def refresh_provisional(self) -> int:
        """Keep the latest statistics of the air before its day is over; return how many."""
        return self.pipeline.refresh_provisional()
