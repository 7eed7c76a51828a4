"""What judges outlets of wastewater: rows and results in, drafts out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from aggregator.discharge.catchments import catchment_drafts
from aggregator.discharge.days import Days, judge_days
from aggregator.discharge.effective import flows_of
from aggregator.discharge.gather import gathered
from aggregator.discharge.hour_rows import hour_row
from aggregator.discharge.hours import hours_of
from aggregator.discharge.laws import Law, segments, share_of, substitutes_of, validity_of
from aggregator.discharge.plan import FLOW, HOURS, Plan
from aggregator.discharge.rates import outlet_rate, sewage_rate
from aggregator.discharge.readings import readings_of
from aggregator.discharge.rows import StationRows
from aggregator.discharge.samples import samples_of
from aggregator.pipeline import NO_STANDARD
from aggregator.stations import Result, Results, waited_for
from qualicity.checks import CheckRules
from qualicity.model import Channel, Mark, Observations
from qualicity.network import City, Medium, Station
from qualicity.periods import LONG_KINDS, Period, day_start, days_between
from qualicity.scopes import Scope
from qualicity.standards.schema_water import ValidityTable
from qualicity.store.ledger import Draft

CATCHMENT = "catchment"
_OUTLET_KINDS = ("hour", "day")


class DischargeJudge:
    """What judges outlets and catchments: `aggregator.stations.Judge` for wastewater."""

    medium: Medium = "wastewater"

    def kinds(self, station: Station) -> Collection[str]:
        """Return the kinds of periods that are judged from readings: an outlet's longer ones rest on its days."""
        return LONG_KINDS if station.purpose == CATCHMENT else _OUTLET_KINDS

    def channels(self, station: Station) -> Sequence[Channel]:
        """Return the channels that must have reported before a day is due without waiting for its latest hour."""
        return [] if station.purpose == CATCHMENT else waited_for(station)

    def judge(
        self,
        rows: Iterable[Observations],
        stations: Sequence[Station],
        periods: Sequence[Period],
        *,
        rules: CheckRules,
        marks: Sequence[Mark],
        standard: str | None = None,
    ) -> list[Draft]:
        """Return the drafts of stations and periods; see `aggregator.stations.Judge.judge`."""
        parts = [part for part in rows if len(part)]
        drafts: list[Draft] = []
        catchments = [station for station in stations if station.purpose == CATCHMENT]
        outlets = [station for station in stations if station.purpose != CATCHMENT]
        if catchments:
            longer = [period for period in periods if period.kind in LONG_KINDS]
            drafts += catchment_drafts(parts, catchments, longer, rules, marks)
        shorter = [period for period in periods if period.kind in _OUTLET_KINDS]
        by_validity: dict[str, list[Station]] = defaultdict(list)
        for station in outlets:
            by_validity[validity_of(station.outlet, standard).id].append(station)
        for own in by_validity.values():
            if shorter:
                validity = validity_of(own[0].outlet, standard)
                drafts += _Run(own, shorter, validity, standard).drafts(parts, rules, marks)
        return drafts

    def gather(self, station: Station, periods: Sequence[Period], days: Mapping[str, Result]) -> list[Draft]:
        """Return the drafts of longer periods from days; none of days, and of a catchment, which has none."""
        longer = [period for period in periods if period.kind not in _OUTLET_KINDS]
        return [] if station.purpose == CATCHMENT or not longer else list(gathered(station, longer, days))

    def rates(self, city: City, stations: Sequence[Station], period: Period, months: Results) -> list[Draft]:
        """Return a city's rates: of its industrial outlets, and of its sewage, where it has them."""
        found = (outlet_rate(city, stations, period, months), sewage_rate(city, stations, period, months))
        return [draft for draft in found if draft is not None]


class _Run:
    """Outlets under the same rules of validity, over consecutive days.

    Args:
        stations: the outlets.
        periods: days and hours.
        validity: when data are valid.
        standard: a table's id; None = that of each outlet.
    """

    def __init__(
        self, stations: Sequence[Station], periods: Sequence[Period], validity: ValidityTable, standard: str | None
    ) -> None:
        self.plan, self.validity = Plan.of(stations), validity
        self.first = min(period.first for period in periods)
        self.dates = days_between(self.first, max(period.last for period in periods))
        self.days = {period.text for period in periods if period.kind == "day"}
        self.hours = [period for period in periods if period.kind == "hour"]
        self.laws = [segments(station, self.dates, standard) for station in self.plan.stations]

    def drafts(self, parts: Sequence[Observations], rules: CheckRules, marks: Sequence[Mark]) -> Iterator[Draft]:
        """Yield the drafts by station; of each its days, then its hours that have data."""
        days = self._judged(parts, rules, marks)
        texts = [date.isoformat() for date in self.dates]
        for s, station in enumerate(self.plan.stations):
            scope = Scope("wastewater", station.city, station.id).text
            block, extra = self._inputs(days, s)
            if self.days:
                for d, law, row in StationRows(days, s, texts).rows():
                    if texts[d] in self.days:
                        digest = _digest(block[d], extra.get(d, b""))
                        yield Draft(scope, texts[d], _standard(law), row, digest, _tables(law))
            for period in self.hours:
                d = (period.first - self.first).days
                law = next(law for first, end, law in self.laws[s] if first <= d < end)
                hour = hour_row(days.hours, law, s, d, period)
                if hour is not None:
                    digest = _digest(block[d], extra.get(d, b""))
                    yield Draft(scope, period.text, _standard(law), hour, digest, _tables(law))

    def _judged(self, parts: Sequence[Observations], rules: CheckRules, marks: Sequence[Mark]) -> Days:
        instruments, laboratories = readings_of(
            parts,
            self.plan,
            day_start(self.first),
            len(self.dates) * HOURS,
            rules=rules,
            marks=marks,
            substitutes=substitutes_of(self.validity),
        )
        hours = hours_of(instruments, self.plan, len(self.dates))
        flows = flows_of(hours, share_of(self.validity))
        still_counts = not self.validity.zero_flow_invalid
        samples = samples_of(laboratories, self.plan, flows, still_counts=still_counts)
        return judge_days(hours, flows, self.laws, self.validity, samples)

    def _inputs(self, days: Days, s: int) -> tuple[Sequence[memoryview], Mapping[int, bytes]]:
        """Return what each day of an outlet rests on: its hours as numbers, and what else there is, by day."""
        plan, hours, count = days.hours.plan, days.hours, len(self.dates)
        own = [p for p in plan.own[s] if plan.parameters[p] != FLOW]
        parts = [hours.value[s][:, own], hours.observed[s][:, list(plan.own[s])], hours.volume[s]]
        if hours.least is not hours.value:
            parts += [hours.least[s][:, own], hours.most[s][:, own]]
        block = np.concatenate([part.reshape(count, -1).view(np.uint8) for part in parts], axis=1)
        extra: dict[int, bytes] = defaultdict(bytes)
        width = len(plan.parameters)
        odd = hours.odd
        station = odd.cell // (count * width * HOURS) == s
        for number in np.flatnonzero(station).tolist():
            day, at = divmod(int(odd.cell[number]) - s * count * width * HOURS, width * HOURS)
            name = plan.parameters[at // HOURS]
            what = (name, at % HOURS, *(int(column[number]) for column in vars(odd).values() if column is not odd.cell))
            extra[day] += repr(what).encode()
        for (at_station, day, p), samples in sorted(days.samples.items()):
            if at_station == s:
                extra[day] += repr((plan.parameters[p], [tuple(sample) for sample in samples])).encode()
        numbers, size = memoryview(block.tobytes()), block.shape[1]
        return [numbers[d * size : (d + 1) * size] for d in range(count)], extra


def _digest(numbers: memoryview, more: bytes) -> str:
    """Return the digest of what a day rests on: values and validity, not when or in which order they came."""
    sha = hashlib.sha256(numbers)
    if more:
        sha.update(more)
    return sha.hexdigest()


def _standard(law: Law | None) -> str:
    return NO_STANDARD if law is None else law.table.standard


def _tables(law: Law | None) -> str:
    return "" if law is None else law.table.table_hash
