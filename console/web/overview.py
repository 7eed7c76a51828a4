"""The first page: what stands now, the year against its targets, open alarms, what waits for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from markupsafe import Markup

from alerting.compose.facts import Facts
from alerting.incidents import Member
from alerting.keys import AlarmId
from alerting.record import Kept
from alerting.store import NAME as ALERTS
from console.alarms.desk import Desk, reading
from console.alarms.rows import State, incidents_of, listed
from console.alarms.scope import city_of
from console.errors import MissingError
from console.evidence.classes import class_style, class_word
from console.evidence.words import Words as EvidenceWords
from console.headers import with_own_scripts
from console.health import examine, look
from console.output import percent
from console.overview import OLD_MS, PAGE, AirNow, CityNow, PlaceNow, StationNow, Value, Waiting, YearNow, overview
from console.scope import may_everywhere, require_all
from console.service import At
from console.site import Site
from console.web.air.levels import LevelView, level_view
from console.web.alarms.words import Words as AlarmWords
from console.web.charts import About, aimed, span
from console.web.choices import Choice
from console.web.frame import Look, Seen, page
from console.web.words import DASH, Words
from qualicity.heartbeat import heartbeats
from qualicity.parameters import parameters, symbol
from qualicity.reasons import reason_in
from qualicity.target import parse_target
from qualicity.units import printed

router = APIRouter()

_OPEN: frozenset[State] = frozenset({"active", "acknowledged"})
_LISTED = 5
"""Alarms that the page lists."""

_REASONS = 2
"""Parts of a reason that the page says."""

_STATISTICS = ("1h", "8h", "24h")


@dataclass(frozen=True)
class AlarmView:
    """An open alarm."""

    severity: str
    title: str
    place: str
    since: str
    word: str
    address: str


@dataclass(frozen=True)
class AlarmsView:
    """The open alarms: how many by severity, and the gravest."""

    said: str
    counts: Sequence[tuple[str, int]]
    gravest: Sequence[AlarmView]


@dataclass(frozen=True)
class TaskView:
    """Something that waits."""

    name: str
    number: str
    well: bool
    note: str
    address: str


@dataclass(frozen=True)
class YearView:
    """A rate against its target."""

    title: str
    rate: str
    verdict: str
    word: str
    facts: Sequence[str]
    chart: Markup
    why: str


@dataclass(frozen=True)
class CellView:
    """A value in the matrix."""

    text: str
    note: str  # what is wrong with it, in a word


@dataclass(frozen=True)
class RowView:
    """A station in the matrix."""

    name: str
    address: str
    cells: Sequence[CellView]
    age: str
    old: bool
    level: LevelView | None
    verdict: str
    word: str


@dataclass(frozen=True)
class MatrixView:
    """Stations by items."""

    title: str
    note: str
    heads: Sequence[tuple[str, str]]  # symbol, unit
    judged: bool
    rows: Sequence[RowView]
    ways: Sequence[Choice]  # statistics


@dataclass(frozen=True)
class PlaceView:
    """A source, a section or an outlet."""

    name: str
    period: str
    water_class: str
    tone: str  # class of the sheet
    target: str
    verdict: str
    word: str
    reason: str
    why: str


@dataclass(frozen=True)
class CityView:
    """A city."""

    id: str
    name: str
    synthetic: bool
    past: bool
    years: Sequence[YearView]
    matrix: MatrixView | None
    sources: Sequence[PlaceView]
    outlets: Sequence[PlaceView]
    air: str


@router.get("/", response_model=None, include_in_schema=False)
def first(at: At, seen: Look, request: Request) -> Response:
    """Answer the first page; to machines, where to look."""
    if _wants_json(request.headers.get("accept", "")):
        return JSONResponse({"health": "/readyz", "metrics": "/metrics"})
    words, now = seen.words("overview"), at.clock.now()
    outcomes = examine(heartbeats(at.data), now, at.expected, look(at.data))
    asked = request.query_params.get("mean")
    statistic = next((one for one in _STATISTICS if one == asked), _STATISTICS[0])
    with at.reader() as site:
        found = overview(site, seen.who.sees, outcomes)
        view = _Viewer(seen, words, now, statistic)
        return page(
            "overview.html", seen, words="overview",
            now=words.time(now, now),
            alarms=_alarms(site, seen, words, now),
            tasks=list(view.tasks(found.waiting)),
            cities=[view.city(one) for one in found.cities],
            year_page=seen.to("year") if (at.data / PAGE).is_file() and may_everywhere(seen.who, "see", site) else "",
        )  # fmt: skip


@router.get("/year", response_model=None, include_in_schema=False)
def year_page(at: At, seen: Look) -> Response:
    """Answer the last page of a year that was written."""
    path = at.data / PAGE
    if not path.is_file():
        raise MissingError("no page of a year was written here", "run `qualicity demo`")
    with at.reader() as site:
        require_all(seen.who, "see", site)
    headers = with_own_scripts(path.read_text("utf-8"))
    return FileResponse(path, media_type="text/html; charset=utf-8", headers=headers)


def _wants_json(accept: str) -> bool:
    """Return whether whoever asks names JSON and no page."""
    return "application/json" in accept and "text/html" not in accept


# alarms


def _alarms(site: Site, seen: Seen, words: Words, now: int) -> AlarmsView | None:
    """Return the open alarms; None where alerting has never run."""
    if not (site.data / ALERTS).is_file():
        return None
    with reading(site) as desk:
        standing = [one for one in listed(desk.store) if one[2] in _OPEN and seen.who.sees(city_of(one[0]))]
        counts: dict[str, int] = {}
        for _, kept, _ in standing:
            counts[kept.context.severity] = counts.get(kept.context.severity, 0) + 1
        fresh = sum(state == "active" for *_, state in standing)
        said = words("alarms_counted", count=len(standing), fresh=fresh) if standing else words("alarms_none")
        return AlarmsView(said, sorted(counts.items()), list(_gravest(desk, standing, seen, words, now)))


def _gravest(
    desk: Desk, standing: Sequence[tuple[AlarmId, Kept, State]], seen: Seen, words: Words, now: int
) -> Iterator[AlarmView]:
    facts = Facts(AlarmWords(seen.language), desk.site.network, desk.ruleset)
    incidents = incidents_of(desk.store)
    ordered = sorted(standing, key=lambda one: (one[1].context.severity, one[2] != "active", -one[1].state.raised))
    for name, kept, state in ordered[:_LISTED]:
        alarm = kept.state
        member = Member(
            name.rule, name.key, alarm.occurrence, alarm.began, alarm.raised, alarm.value, alarm.peak, kept.context
        )
        incident = incidents.get((name, alarm.occurrence))
        yield AlarmView(
            severity=kept.context.severity,
            title=facts.title(member),
            place=facts.named(member),
            since=words("since", time=words.time(alarm.began, now)),
            word=words(f"state_{state}"),
            address=seen.to("alarms") if incident is None else seen.to(f"alarms/incidents/{incident}"),
        )


# everything else


@dataclass(frozen=True)
class _Viewer:
    """Makes the views of one language."""

    seen: Seen
    words: Words
    now: int
    statistic: str

    def tasks(self, found: Waiting) -> Iterator[TaskView]:
        """Yield what waits for people."""
        words, to, done = self.words, self.seen.to, self.words("done")
        until = "" if found.first_deadline is None else words.time(found.first_deadline, self.now)
        for key, number, note, path in (
            ("marks_waiting", found.marks, words("marks_until", time=until) if until else "", "marks"),
            ("letters_waiting", found.letters, "", "letters"),
            ("filings_waiting", found.filings_overdue, "", "records"),
        ):
            yield TaskView(words(key), f"{number:,}" if number else done, not number, note, to(path))
        count = len(found.not_ready)
        said = words("not_ready", count=count) if count else words("ready")
        yield TaskView(words("health_waiting"), said, not count, "", to("health"))

    def city(self, found: CityNow) -> CityView:
        """Return a city."""
        return CityView(
            id=found.city,
            name=self.words.name(found.name, found.city),
            synthetic=found.synthetic,
            past=bool(found.years) and not any(one.running for one in found.years),
            years=[self._year(one) for one in found.years],
            matrix=self._matrix(found, found.air) if found.air is not None else None,
            sources=[self._place(one) for one in found.sources],
            outlets=[self._place(one) for one in found.outlets],
            air=self.seen.to(f"air/{found.city}"),
        )

    def _year(self, found: YearNow) -> YearView:
        words, target = self.words, parse_target(found.target)
        rate, lower, upper = percent(found.rate), percent(found.lower), percent(found.upper)
        aim = aimed(found.target)
        said = words("reached", rate=rate, lower=lower, upper=upper, target=aim)
        title = words(f"year_{found.kind}", year=found.year)
        return YearView(
            title=title,
            rate=DASH if found.rate is None else rate,
            verdict=found.verdict,
            word=words(f"rate_{found.verdict}"),
            facts=list(self._facts(found, aim)),
            chart=span(
                About(title, said),
                0.0 if found.lower is None else found.lower,
                1.0 if found.upper is None else found.upper,
                found.rate,
                float(target.share),
            ),
            why=self.seen.to(f"explain/{found.key}"),
        )

    def _facts(self, found: YearNow, aim: str) -> Iterator[str]:
        words = self.words
        yield words("target", target=aim)
        if found.lower is not None and found.upper is not None:
            yield words("bounds", lower=percent(found.lower), upper=percent(found.upper))
        if found.good is not None:
            yield words("of_days", good=found.good, exceeding=found.exceeding, valid=found.valid, missing=found.missing)
        yield words("left", days=found.days_left) if found.running else words("over")
        if found.running and found.kind == "air":
            yield self._allowed(found)
        yield words("certain" if found.certain else "uncertain")

    def _allowed(self, found: YearNow) -> str:
        if found.allowed is None:
            return self.words("out_of_reach")
        if found.allowed == found.days_left:
            return self.words("in_reach")
        return self.words("allowed", days=found.allowed) if found.allowed else self.words("allowed_none")

    def _matrix(self, city: CityNow, air: AirNow) -> MatrixView:
        words, judged = self.words, air.day is not None
        statistic = "day" if judged else self.statistic
        rows = [self._row(city.city, one, statistic, air) for one in air.stations]
        if air.city is not None:
            rows.insert(0, self._row(city.city, air.city, statistic, air))
        title = words("judged_day", day=air.day) if judged else words("today")
        age = words.ago(self.now - max((one.end for one in air.stations), default=self.now))
        ways = [
            Choice(words(f"statistic_{one}"), self.seen.to("", mean=None if one == "1h" else one), one == statistic)
            for one in ([] if judged else _STATISTICS)
        ]
        heads = [(symbol(item, words.language), printed(parameters()[item].unit)) for item in air.items]
        note = words("past_note", age=age) if judged else words("preliminary")
        return MatrixView(title, note, heads, judged, rows, ways)

    def _row(self, city: str, found: StationNow, statistic: str, air: AirNow) -> RowView:
        words = self.words
        values = found.values.get(statistic, {})
        old = bool(found.end) and self.now - found.end > OLD_MS
        place = f"air/{city}/{found.station}" if found.station else f"air/{city}"
        month = air.day[:7] if air.day else None
        return RowView(
            name=words.name(found.name, found.station) if found.station else words("city"),
            address=self.seen.to(place, month=month),
            cells=[self._cell(values.get(item), old=old) for item in air.items],
            age=words.ago(self.now - found.end) if found.end else DASH,
            old=old or not found.end,
            level=level_view(air.day, found.aqi, found.level, words.language) if air.day else None,
            verdict=found.verdict or "",
            word=words(found.verdict) if found.verdict else "",
        )

    def _cell(self, found: Value | None, *, old: bool) -> CellView:
        if found is None or found.value is None:
            return CellView(DASH, "")
        if not found.valid:
            return CellView(f"{found.value:.6g}", self.words("not_valid"))
        age = self.now - found.end
        stale = not old and age > OLD_MS  # the station reports, this item does not
        return CellView(f"{found.value:.6g}", self.words("value_old", age=self.words.ago(age)) if stale else "")

    def _place(self, found: PlaceNow) -> PlaceView:
        words, spoken = self.words, EvidenceWords(self.words.language)
        return PlaceView(
            name=words.name(found.name, found.station),
            period=found.period,
            water_class=class_word(found.water_class, spoken) or DASH,
            tone=class_style({}, found.water_class),
            target=class_word(found.target_class, spoken) or DASH,
            verdict=found.verdict or "",
            word=words(found.verdict) if found.verdict else DASH,
            reason=_short(reason_in(found.reason, words.language)),
            why=self.seen.to(f"explain/{found.key}"),
        )


def _short(reason: str) -> str:
    """Return the first parts of a reason; its why has all of them."""
    parts = reason.split("; ")
    return "; ".join(parts[:_REASONS]) + (" …" if len(parts) > _REASONS else "")
