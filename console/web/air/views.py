"""What the pages of the air show of years and months: every text chosen."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.output import number, percent
from console.overview import air_year
from console.page.charts.calendar import months
from console.page.charts.gauge import Gauge, gauge
from console.page.texts import texts
from console.web.air.levels import LevelView, index_of, level_of
from console.web.air.standing import Row
from console.web.charts import About, Limit, aimed, bars, line, span
from console.web.frame import Seen
from console.web.words import DASH, Words
from qualicity.names import name_in
from qualicity.network import Station
from qualicity.parameters import parameters, symbol
from qualicity.reasons import reason_in
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.load import air_law
from qualicity.target import parse_target
from qualicity.units import printed


@dataclass(frozen=True)
class DayCell:
    """A day of the calendar."""

    text: str
    title: str
    style: str
    address: str


@dataclass(frozen=True)
class Sheet:
    """A month of the calendar."""

    name: str
    address: str
    said: str
    weeks: Sequence[Sequence[DayCell | None]]


@dataclass(frozen=True)
class ItemView:
    """An item's yearly test."""

    symbol: str
    name: str
    unit: str
    mean: str
    mean_limit: str
    mean_gauge: Gauge | None
    percentile: str
    rank: str
    percentile_limit: str
    percentile_gauge: Gauge | None
    valid_days: str
    verdict: str
    word: str


@dataclass(frozen=True)
class MonthLine:
    """A month's days by verdict."""

    name: str
    address: str
    good: int
    exceeding: int
    unknown: int
    before: str
    widths: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class StationLine:
    """A station's year."""

    name: str
    address: str
    good: str
    valid: str
    rate: str
    attainment: str
    word: str
    validity: Sequence[str]


@dataclass(frozen=True)
class YearPage:
    """A year of a city or a station."""

    rate: str
    verdict: str
    word: str
    chart: Markup
    attainment: str
    attainment_word: str
    facts: Sequence[str]
    sheets: Sequence[Sheet]
    items: Sequence[ItemView]
    months: Sequence[MonthLine]
    stations: Sequence[StationLine]


@dataclass(frozen=True)
class DayLine:
    """A day of a month."""

    date: str
    address: str
    values: Sequence[tuple[str, bool]]  # text, beyond the limit
    level: LevelView | None
    primary: str
    verdict: str
    word: str
    reason: str
    data: str
    hours: str


@dataclass(frozen=True)
class MonthPage:
    """A month of a city or a station."""

    said: str
    charts: Sequence[Markup]
    days: Sequence[DayLine]


@dataclass(frozen=True)
class AirViewer:
    """Makes the views of one scope in one language.

    Attributes:
        seen: how the page is asked for.
        words: of its language.
        scope: `air/CITY` or `air/CITY/STATION`; also the page's path.
        now: ms UTC.
    """

    seen: Seen
    words: Words
    scope: str
    now: int

    # years

    def year(
        self, row: Row, days: Sequence[Row], before: Sequence[Row], stations: Mapping[Station, Row | None]
    ) -> YearPage:
        """Return a year.

        Args:
            row: the year.
            days: of it.
            before: days of the year before, to compare with.
            stations: years of a city's stations.
        """
        words, found = self.words, air_year(row, self.scope, self.now)
        target = parse_target(row["target"])
        said = f"{percent(found.rate)} ({percent(found.lower)} {DASH} {percent(found.upper)}), {aimed(row['target'])}"
        facts = self.seen.words("overview")
        shown = [
            facts("target", target=aimed(row["target"])),
            facts("bounds", lower=percent(found.lower), upper=percent(found.upper)),
            facts("of_days", good=found.good, exceeding=found.exceeding, valid=found.valid, missing=found.missing),
            facts("left", days=found.days_left) if found.running else facts("over"),
            facts("certain" if found.certain else "uncertain"),
            words("composite", value=number(row["composite_index"])),
            words("law", standard=row["standard"]),
        ]
        return YearPage(
            rate=percent(found.rate) if found.rate is not None else DASH,
            verdict=found.verdict,
            word=facts(f"rate_{found.verdict}"),
            chart=span(
                About(words("rate_title"), said), found.lower or 0.0, 1.0 if found.upper is None else found.upper,
                found.rate, float(target.share),
            ),
            attainment=row["attainment"],
            attainment_word=words(row["attainment"]),
            facts=shown,
            sheets=self._sheets(days),
            items=[self._item(name, own) for name, own in row["parameters"].items()],
            months=self._months(days, before),
            stations=[self._station(station, own, row) for station, own in stations.items()],
        )  # fmt: skip

    def _sheets(self, days: Sequence[Row]) -> list[Sheet]:
        by_month: dict[str, dict[int, Row]] = {}
        for row in days:
            by_month.setdefault(row["date"][:7], {})[int(row["date"][8:])] = row
        return [self._sheet(month, own) for month, own in by_month.items()]

    def _sheet(self, month: str, rows: Mapping[int, Row]) -> Sheet:
        year, number_ = int(month[:4]), int(month[5:])
        weeks = [
            [self._cell(rows[day]) if day in rows else None for day in week]
            for week in calendar.monthcalendar(year, number_)
        ]
        good = sum(row["verdict"] == "COMPLIES" for row in rows.values())
        name = month_name(self.words, number_)
        return Sheet(name, self.seen.to(self.scope, month=month), self.words("good_count", good=good), weeks)

    def _cell(self, row: Row) -> DayCell:
        language = self.words.language
        level = level_of(row["standard"], row["aqi"], row["level"], language)
        word = self.words(row["verdict"])
        title = f"{row['date']}: {level.name if level else self.words('no_index')}, {word}"
        address = self.seen.to(f"explain/{self.scope}/{row['date']}")
        return DayCell(level.aqi if level else DASH, title, level.style if level else "", address)

    def _item(self, name: str, own: Row) -> ItemView:
        known = parameters()[name]
        return ItemView(
            symbol=symbol(name, self.words.language),
            name=name_in(self.words.language, known, name),
            unit=printed(known.unit),
            mean=_shown(own["annual_mean"]),
            mean_limit=_shown(own["limit_mean"]),
            mean_gauge=gauge(own["annual_mean"], own["limit_mean"]),
            percentile=_shown(own["percentile"]),
            rank=f"P{own['percentile_rank']}",
            percentile_limit=_shown(own["limit_percentile"]),
            percentile_gauge=gauge(own["percentile"], own["limit_percentile"]),
            valid_days=str(own["valid_days"]),
            verdict=own["verdict"],
            word=self.words(own["verdict"]),
        )

    def _months(self, days: Sequence[Row], before: Sequence[Row]) -> list[MonthLine]:
        if not days or (index := index_of(days[-1]["standard"])) is None:
            return []
        earlier = {month.number: month.good for month in months(before, index)} if before else {}
        lines = []
        for month in months(days, index):
            counts = (("good", month.good), ("exceeding", month.exceeding), ("unknown", month.unknown))
            whole = len(month.days)
            lines.append(MonthLine(
                name=month_name(self.words, month.number),
                address=self.seen.to(self.scope, month=f"{days[0]['date'][:4]}-{month.number:02d}"),
                good=month.good, exceeding=month.exceeding, unknown=month.unknown,
                before=str(earlier.get(month.number, DASH)),
                widths=[(kind, round(100 * count / whole, 2)) for kind, count in counts if count],
            ))  # fmt: skip
        return lines

    def _station(self, station: Station, own: Row | None, city: Row) -> StationLine:
        words, name = self.words, self.words.name(station.name, station.id)
        address = self.seen.to(f"{self.scope}/{station.id}", year=city["year"])
        if own is None:
            return StationLine(name, address, DASH, DASH, DASH, "", "", [DASH] * len(city["parameters"]))
        shares = [f"{100 * item['valid_days'] / own['days']:.1f}" for item in own["parameters"].values()]
        return StationLine(
            name, address, str(own["good_days"]), str(own["valid_days"]),
            percent(own["rate_valid"]) if own["rate_valid"] is not None else DASH,
            own["attainment"], words(own["attainment"]), shares,
        )  # fmt: skip

    # months

    def month(self, days: Sequence[Row]) -> MonthPage:
        """Return a month from its days; there is at least one."""
        verdicts = [row["verdict"] for row in days]
        said = self.words(
            "month_summary", good=verdicts.count("COMPLIES"), exceeding=verdicts.count("EXCEEDS"),
            unknown=verdicts.count("NOT_ASSESSABLE"),
        )  # fmt: skip
        laws = {name: air_law(name) for name in {row["standard"] for row in days} if name}
        latest = next((laws[row["standard"]] for row in reversed(days) if row["standard"]), None)
        charts = [self._chart(item, days, latest) for item in days[-1]["values"]]
        return MonthPage(said, charts, [self._day(row, laws.get(row["standard"])) for row in days])

    def _chart(self, item: str, days: Sequence[Row], law: AirLaw | None) -> Markup:
        words, unit = self.words, printed(parameters()[item].unit)
        values = [row["values"][item] for row in days]
        bound = None if law is None else float(law.day_limit[law.parameters.index(item)])
        known = [value for value in values if value is not None]
        over = 0 if bound is None else sum(value > bound for value in known)
        most = f"{max(known, default=0):g} {unit}" if known else DASH
        about = About(
            symbol(item, words.language), words("chart_said", days=len(days), known=len(known), most=most, over=over),
            f"{symbol(item, words.language)} {unit}",
        )  # fmt: skip
        limit = None if bound is None else Limit(bound, words("limit_is", value=f"{bound:g}"))
        titles = [f"{row['date']}: {_shown(row['values'][item])}" for row in days]
        return bars(about, [row["date"][8:].lstrip("0") for row in days], values, limit, titles=titles)

    def _day(self, row: Row, law: AirLaw | None) -> DayLine:
        words, language = self.words, self.words.language
        names = [symbol(item, language) for item in row["primary"]]
        least = [(own["valid"], own["expected"]) for own in row["coverage"].values() if own["expected"]]
        share = min((100 * valid / expected for valid, expected in least), default=None)
        return DayLine(
            date=row["date"],
            address=self.seen.to(f"explain/{self.scope}/{row['date']}"),
            values=[(_shown(value), _beyond(item, value, law)) for item, value in row["values"].items()],
            level=level_of(row["standard"], row["aqi"], row["level"], language),
            primary=words("comma").join(names) or DASH,
            verdict=row["verdict"],
            word=words(row["verdict"]),
            reason="" if row["verdict"] == "COMPLIES" else reason_in(row["reason"], language),
            data=DASH if share is None else f"{int(share * 10) / 10:g} %",
            hours=self.seen.to(self.scope, month=row["date"][:7], day=row["date"]) if row["station"] else "",
        )

    def hours(self, found: Mapping[str, Sequence[float | None]]) -> list[Markup]:
        """Return the courses of a day's hours."""
        return [self._course(item, values) for item, values in found.items()]

    def _course(self, item: str, values: Sequence[float | None]) -> Markup:
        words, unit = self.words, printed(parameters()[item].unit)
        known = [value for value in values if value is not None]
        most = f"{max(known):g} {unit}" if known else DASH
        sign = symbol(item, words.language)
        about = About(sign, words("hours_said", known=len(known), most=most), f"{sign} {unit}")
        return line(about, [str(hour) for hour in range(24)], values)


def weekdays(words: Words) -> list[str]:
    """Return the names of the days of the week, from Monday."""
    return texts()["weekdays"][words.language].split()


def month_name(words: Words, month: int) -> str:
    """Return the name of a month of the year."""
    return words("month_names").split("|")[month - 1]


def hour_rows(hours: Mapping[str, Sequence[float | None]]) -> list[tuple[str, list[str]]]:
    """Return the hours of a day as a table has them: the hour, and the value of each item."""
    return [(f"{hour:02d}:00", [_shown(own[hour]) for own in hours.values()]) for hour in range(24)]


def _shown(value: float | None) -> str:
    return DASH if value is None else f"{value:g}"


def _beyond(item: str, value: float | None, law: AirLaw | None) -> bool:
    if value is None or law is None:
        return False
    return value > float(law.day_limit[law.parameters.index(item)])
