"""What chapter 4 tells of the survey of users (R_sv): sectors with n, mean and error, and how they changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import joined, judged_year, plain
from reports.chapters.status import short_word
from reports.chapters.years import as_text
from reports.figures.data import Dot, Dots
from reports.model import Cell, Column, Figure, Mark, Row, Table
from reports.period import PaperPeriod, paper_period
from reports.selection import Selected, Selection, chosen, scope_of
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.model import Point
from targets.parts import part_of, span
from targets.sampling import Change, Interval, mean_change, mean_interval
from targets.service import of_services
from targets.surveys import Score, sector_scores
from targets.thresholds import thresholds

say = wording("service")

SURVEY = "R_sv"


@dataclass(frozen=True)
class _Sector:
    """A sector in one period, and how it changed since the survey before."""

    score: Score
    selected: Selected
    rank: int | None
    former: Score | None
    change: Change | None
    interval: Interval | None


def sector_name(code: str) -> Name:
    """Return a sector by its code."""
    names = wording("sectors")
    return names(code) if names.has(code) else plain(code)


class Survey:
    """The survey of users of a paper's period, or of the last year judged where the period has none.

    Args:
        sources: of the paper.
        period: of the paper.
        item: the indicator, as it is judged.
    """

    def __init__(self, sources: Sources, period: PaperPeriod, item: Evaluated | None) -> None:
        self._sources = sources
        self._item = item
        wanted = [period.text] if period.kind in {"year", "half", "quarter", "month"} else []
        texts = dict.fromkeys([*wanted, str(judged_year(period))])
        self.text = next((text for text in texts if self._scores(text)), str(judged_year(period)))
        self.period = paper_period(self.text)
        self.before = self._former()
        self.sectors = self._sectors()
        self.compare = thresholds().survey.compare
        """Fewest valid answers of a sector that is compared."""

    def _scores(self, text: str) -> Mapping[str, Score]:
        scope = scope_of(self._sources, text)
        found = sector_scores(self._sources.records, scope, part_of(text), of_services)
        return {score.sector: score for score in found.get(text, ()) if span(text)[0] <= scope.today}

    def _former(self) -> PaperPeriod | None:
        """Return the same period of the last year before in which there was a survey."""
        for years in range(1, _BACK + 1):
            text = f"{self.period.year - years:04d}{self.text[4:]}"
            if self._scores(text):
                return paper_period(text)
        return None

    def _point(self, text: str) -> Point | None:
        return self._item.series.at(text) if self._item else None

    def _sectors(self) -> list[_Sector]:
        """Return the sectors, the highest score first."""
        least = thresholds().survey.compare
        now = self._scores(self.text)
        former = self._scores(self.before.text) if self.before else {}
        alike = self._alike()
        order = sorted(now.values(), key=lambda score: (-score.mean, score.sector))
        compared = [score for score in order if score.answers >= least]
        whole = chosen(self._sources, Selection(SURVEY, self.text), "sector_code")
        found = []
        for score in order:
            before = former.get(score.sector)
            enough = before is not None and min(score.answers, before.answers) >= least
            found.append(
                _Sector(
                    score,
                    whole.part("sector_code", score.sector),
                    1 + sum(other.mean > score.mean for other in compared) if score in compared else None,
                    before,
                    _changed(before, score, comparable=alike and enough),
                    None if score.error is None else mean_interval(float(score.mean), score.error, 1),
                )
            )
        return found

    def _alike(self) -> bool:
        """Return whether both surveys asked by the same questionnaire."""
        points = [self._point(text) for text in (self.text, self.before.text if self.before else "")]
        return None not in points and len({point.method for point in points if point}) == 1

    # sentences

    def sentences(self) -> list[Name]:
        """Return how many sectors lie above the city's mean, the highest and the lowest, and how many changed."""
        if not self.sectors:
            return [say("scores_nothing")]
        compared = [one for one in self.sectors if one.rank is not None]
        few = [one for one in self.sectors if one.rank is None]
        point = self._point(self.text)
        mean = point.value if point else None
        if not compared or mean is None:
            return [say("scores_none_compared", period=self.period.spoken, compare=self.compare)]
        high, low = compared[0], compared[-1]
        found = [
            say(
                "scores",
                period=self.period.spoken,
                k=len(compared),
                j=sum(one.score.mean > mean for one in compared),
                sure=sum(one.interval is not None and one.interval.lower > mean for one in compared),
                mean=as_text(mean, 2),
                high_name=sector_name(high.score.sector),
                high=as_text(high.score.mean, 2),
                high_n=as_text(Fraction(high.score.answers)),
                low_name=sector_name(low.score.sector),
                low=as_text(low.score.mean, 2),
                low_n=as_text(Fraction(low.score.answers)),
            )
        ]
        if few:
            names = joined(sector_name(one.score.sector) for one in few)
            found.append(say("scores_small", number=len(few), compare=self.compare, names=names))
        return [*found, self._moved()]

    def _moved(self) -> Name:
        if self.before is None:
            return say("moved_nothing")
        words = [one.change.word if one.change else "not_comparable" for one in self.sectors]
        if set(words) == {"not_comparable"}:
            why = "moved_few" if self._alike() else "moved_questionnaire"
            return say(why, before=self.before.spoken)
        return say(
            "moved",
            before=self.before.spoken,
            rose=words.count("rose"),
            fell=words.count("fell"),
            same=words.count("not_significant"),
            other=words.count("not_comparable"),
        )

    # figures

    def scores(self) -> Figure:
        """Return F7: the sectors' scores with their intervals and n, and the city's mean."""
        point = self._point(self.text)
        mean = point.value if point and self.sectors else None
        data = Dots(
            say("score_unit"),
            [
                Dot(
                    sector_name(one.score.sector),
                    float(one.score.mean),
                    one.interval.lower if one.interval else None,
                    one.interval.upper if one.interval else None,
                    one.score.answers,
                    float(one.former.mean) if one.former and one.change and one.change.comparable else None,
                )
                for one in self.sectors
            ],
            target=None if mean is None else float(mean),
            target_name=Name() if mean is None else say("mean_line", mean=as_text(mean, 2)),
            line_name=say("mean_name"),
        )
        alt = say("no_survey")
        if self.sectors and mean is not None:
            high, low = self.sectors[0].score, self.sectors[-1].score
            alt = say(
                "dots_alt",
                number=len(self.sectors),
                high_name=sector_name(high.sector),
                high=as_text(high.mean, 2),
                low_name=sector_name(low.sector),
                low=as_text(low.mean, 2),
                mean=as_text(mean, 2),
            )
        caption = say("dots_caption", period=self.period.spoken)
        drawing = figures.drawn(figures.dots, data, self._synthetic)
        return Figure("service.scores", caption, alt, drawing, self._table("service.scores_data", caption))

    def changes(self) -> Figure:
        """Return F8: how each sector changed since the survey before; one that cannot be compared has no dot."""
        alike = self._alike()
        dots = [] if self.before is None else [_change_dot(one, _word(one, alike=alike)) for one in self.sectors]
        drawn = sum(dot.value is not None for dot in dots)
        dots = dots if drawn else []
        caption = say("change_caption_none", period=self.period.spoken)
        if self.before is not None:
            caption = say("change_caption", before=self.before.spoken, period=self.period.spoken)
        alt = say("change_alt", number=drawn) if drawn else self._moved()
        data = Dots(say("score_unit"), dots, center=0.0)
        table = self._table("service.change_data", caption)
        return Figure("service.change", caption, alt, figures.drawn(figures.dots, data, self._synthetic), table)

    @property
    def _synthetic(self) -> bool:
        return any("synthetic" in one.selected.marks for one in self.sectors)

    # the table

    def table(self) -> Table:
        """Return T8: sectors with n, mean, standard error, rank, and their change."""
        table = self._table("service.sectors", say("table_caption", period=self.period.spoken))
        return replace(table, rows=(*table.rows, *self._city()))

    def _table(self, id_: str, caption: Name) -> Table:
        columns = (
            Column("sector", say("sector")),
            Column("n", say("n"), "number", decimals=0),
            Column("mean", say("mean"), "number", decimals=2),
            Column("se", say("se"), "number", decimals=2),
            Column("low", say("low"), "number", decimals=2),
            Column("high", say("high"), "number", decimals=2),
            Column("rank", say("rank"), "number", decimals=0),
            Column("former", say("former"), "number", decimals=2),
            Column("difference", say("difference"), "number", decimals=2),
            Column("word", say("word")),
        )
        lines = thresholds().survey
        note = say("table_note", publish=lines.publish, compare=lines.compare)
        return Table(id_, caption, columns, tuple(map(self._row, self.sectors)), say("no_survey"), (note,))

    def _row(self, one: _Sector) -> Row:
        cell, former, told = one.selected.cell, one.former, one.change
        before = Selection(SURVEY, self.before.text, (("sector_code", one.score.sector),)).key if self.before else ""
        return Row(
            (
                Cell(one.score.sector, sector_name(one.score.sector)),
                cell(one.score.answers),
                cell(one.score.mean),
                cell(one.score.error),
                cell(one.interval.lower if one.interval else None),
                cell(one.interval.upper if one.interval else None),
                self._rank(one),
                Cell(former.mean, key=before, marks=one.selected.marks) if former else Cell(),
                cell(told.difference) if told is not None and told.comparable else Cell(),
                Cell(told.word if told else "", _word(one, alike=self._alike())),
            ),
            one.selected.selection.key,
        )

    def _rank(self, one: _Sector) -> Cell:
        """Return the place among the sectors that are compared, which all of them together explain."""
        if one.rank is None:
            return Cell(None, say("not_ranked"))
        return Cell(one.rank, key=Selection(SURVEY, self.text).key, marks=one.selected.marks)

    def _city(self) -> Sequence[Row]:
        """Return the row of the whole city."""
        point = self._point(self.text)
        if point is None or point.value is None or self._item is None:
            return ()
        marks: list[Mark] = ["provisional"] if point.provisional else []
        marks += ["synthetic"] if point.synthetic else []
        interval = None
        if point.standard_error is not None:
            interval = mean_interval(float(point.value), point.standard_error, 1)
        change = point.change
        values = (
            point.denominator,
            point.value,
            point.standard_error,
            interval.lower if interval else None,
            interval.upper if interval else None,
            None,
            change.former if change else None,
            change.difference if change is not None and change.word != "not_comparable" else None,
        )
        cells = [Cell(value, marks=tuple(marks) if value is not None else ()) for value in values]
        told = Cell() if change is None else Cell(change.word, short_word(change.word))
        key = f"target/{self._item.indicator.id}/{self.period.year}"
        return (Row((Cell("city", say("city")), *cells, told), key, total=True),)


_BACK = 5
"""Years that are looked back for a former survey."""


def _changed(before: Score | None, now: Score, *, comparable: bool) -> Change | None:
    """Return how a sector's mean changed; nothing where it was not asked before, or an error is not known."""
    if before is None or before.error is None or now.error is None:
        return None
    ends = ((float(before.mean), before.error, 1.0), (float(now.mean), now.error, 1.0))
    return mean_change(*ends, comparable=comparable)


def _change_dot(one: _Sector, why: Name) -> Dot:
    name, found = sector_name(one.score.sector), one.change
    if found is None or not found.comparable:
        return Dot(name, None, n=one.score.answers, note=why)
    return Dot(name, float(found.difference), found.interval.lower, found.interval.upper, one.score.answers)


def _word(one: _Sector, *, alike: bool) -> Name:
    """Return what may be said of a sector's change, and where nothing may, why."""
    if one.former is None:
        return say("new_sector")
    if one.change is None:
        return say("no_error")
    if one.change.comparable:
        return short_word(one.change.word)
    return say("too_few") if alike else say("other_questionnaire")
