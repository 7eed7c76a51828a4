"""What chapter 3 tells of product sampling (R_ps): batches by stage, size, district, class; how rates changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import plain
from reports.chapters.status import short_word
from reports.chapters.years import as_text, history, key, point_marks
from reports.figures.data import Dot, Dots
from reports.model import Cell, Column, Figure, Row, Table
from reports.period import PaperPeriod
from reports.selection import Selected, Selection, choice, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.model import Point, YearOnYear
from targets.records.known import districts
from targets.sampling import wilson
from targets.thresholds import thresholds
from targets.words import word

say = wording("product")

SAMPLING = "R_ps"
STAGES = ("production", "market", "online")
MARKET = (("stage", "market"), ("key_product", "true"))
"""What the market's pass rate counts."""

_WORST = 10
"""Classes that are told by name."""

_COLUMNS = ("inspected", "failed", "rate", "low", "high", "firms")


class Sampled:
    """The batches of a paper's period: all that count, and those of the market's rate.

    Args:
        sources: of the paper.
        period: of the paper.
    """

    def __init__(self, sources: Sources, period: PaperPeriod) -> None:
        self.period = period
        self.every = chosen(sources, Selection(SAMPLING, period.text), "stage")
        self.market = chosen(sources, Selection(SAMPLING, period.text, MARKET), "firm_size", "district", "product_code")
        self.least = thresholds().survey.publish
        """Fewest batches of a class that is told."""

    # sentences

    def sentences(self) -> list[Name]:
        """Return what was inspected and what failed, by stage, and what is left out."""
        if not self.every.on_file:
            return [say("sampled_nothing", period=self.period.spoken)]
        if not self.every.number:
            return [say("sampled_none_counted", period=self.period.spoken), self._left_out()]
        stages = [part for stage in STAGES if (part := self.every.part("stage", stage)).number]
        return [
            say(
                "sampled",
                period=self.period.spoken,
                firms=as_text(Fraction(self.every.different())),
                n=as_text(Fraction(self.every.number)),
                failed=as_text(Fraction(self.every.failed)),
                rate=as_text(_failing(self.every), 1),
                mark=say("provisional") if "provisional" in self.every.marks else Name(),
                parts=_listed(
                    say(
                        "sampled_stage",
                        stage=choice(SAMPLING, "stage", part.selection.where[-1][1]),
                        n=as_text(Fraction(part.number)),
                        failed=as_text(Fraction(part.failed)),
                        rate=as_text(_failing(part), 1),
                    )
                    for part in stages
                ),
            ),
            self._left_out(),
        ]

    def _left_out(self) -> Name:
        if not self.every.excluded:
            return say("nothing_left_out")
        return say(
            "left_out",
            parts=_listed(
                say("left_out_one", reason=word("excluded", code), count=as_text(Fraction(count)))
                for code, count in self.every.excluded.items()
            ),
        )

    # tables

    def by_stage(self) -> Table:
        """Return T4 by stage: all products, stages apart."""
        parts = [self.every.part("stage", stage) for stage in STAGES]
        notes = (say("stage_note"), say("counted_note"))
        return self._table("stage", [part for part in parts if part.number], self.every, _choice("stage"), notes=notes)

    def by_size(self) -> Table:
        """Return T4 by size of the producer."""
        order = ("L", "M", "S", "micro", "")
        parts = self.market.by("firm_size")
        sizes = [parts[size] for size in order if size in parts and parts[size].number]
        return self._table(
            "size", sizes, self.market, _choice("firm_size"), notes=(say("counted_note"),), column="firm_size"
        )

    def by_district(self) -> Table:
        """Return T4 by district."""
        parts = [part for part in self.market.by("district").values() if part.number]
        return self._table("district", parts, self.market, _district, notes=(say("counted_note"),))

    def worst(self) -> Table:
        """Return T5: the classes with the lowest rates, of those that have enough batches."""
        enough, few = self._classes()
        notes = [say("worst_note"), say("counted_note")]
        if few:
            batches = as_text(Fraction(sum(part.number for part in few)))
            notes.insert(0, say("worst_few", few=len(few), least=self.least, batches=batches))
        return Table(
            "product.worst_classes",
            say("worst_caption", period=self.period.spoken, least=self.least),
            _columns("product_code"),
            tuple(_row(_code, part) for part in enough[:_WORST]),
            say("worst_none", least=self.least) if self.every.on_file else self._nothing(),
            tuple(notes),
        )

    def _table(
        self,
        what: str,
        parts: Sequence[Selected],
        whole: Selected,
        name: Callable[[str], Name],
        *,
        notes: tuple[Name, ...],
        column: str = "",
    ) -> Table:
        rows = [_row(name, part) for part in parts]
        if rows:
            rows.append(_total(whole, rated=what != "stage"))
        return Table(
            f"product.batches_by_{what}",
            say(f"{what}_caption", period=self.period.spoken),
            _columns(column or what),
            tuple(rows),
            self._nothing(),
            notes,
        )

    def _nothing(self) -> Name:
        return say("no_batches", period=self.period.spoken)

    def _classes(self) -> tuple[list[Selected], list[Selected]]:
        """Return the classes with enough batches, the lowest rate first, and those with too few."""
        parts = [part for part in self.market.by("product_code").values() if part.number]
        enough = [part for part in parts if part.number >= self.least]
        few = [part for part in parts if part.number < self.least]
        return sorted(enough, key=lambda part: (part.share or 0, part.selection.key)), few

    # figures

    def classes(self, target: Evaluated | None) -> Figure:
        """Return F5: the rates of all classes, with their intervals and n; the target as a line."""
        enough, few = self._classes()
        dots = [
            Dot(
                plain(_code_of(part)),
                float(part.share or 0),
                *(_interval(part)),
                n=part.number,
            )
            for part in enough
        ]
        dots += [
            Dot(plain(_code_of(part)), None, n=part.number, note=say("few_batches", least=self.least)) for part in few
        ]
        line = target.target if target else None
        data = Dots(
            plain("%"),
            dots,
            target=float(line.value) if line is not None and line.value is not None else None,
            target_name=plain(f"{line.value} %") if line is not None and line.value is not None else Name(),
        )
        caption = say("classes_caption", period=self.period.spoken)
        table = Table(
            "product.classes_data",
            caption,
            _columns("product_code"),
            tuple(_row(_code, part) for part in (*enough, *few)),
            self._nothing(),
            (say("counted_note"),),
        )
        alt = self._nothing()
        if enough:
            alt = say(
                "classes_alt",
                number=len(enough),
                low_code=_code_of(enough[0]),
                low=as_text(enough[0].share, 1),
                high_code=_code_of(enough[-1]),
                high=as_text(enough[-1].share, 1),
            )
        drawing = figures.drawn(figures.dots, data, "synthetic" in self.market.marks)
        return Figure("product.classes", caption, alt, drawing, table)


def _failing(part: Selected) -> Fraction | None:
    return Fraction(100 * part.failed, part.number) if part.number else None


def _listed(parts: Iterable[Name]) -> Name:
    listed, between = list(parts), say("list_between")
    return Name(between.zh.join(part.zh for part in listed), between.en.join(part.en for part in listed))


def _choice(column: str) -> Callable[[str], Name]:
    return lambda code: choice(SAMPLING, column, code)


def _district(code: str) -> Name:
    return districts().get(code, plain(code))


def _code(code: str) -> Name:
    return plain(code)


def _code_of(part: Selected) -> str:
    return part.selection.where[-1][1]


def _columns(first: str) -> tuple[Column, ...]:
    return (
        Column(first, say(first)),
        Column("inspected", say("inspected"), "number", decimals=0),
        Column("failed", say("failed"), "number", decimals=0),
        Column("rate", say("rate"), "number", "%", 1),
        Column("low", say("low"), "number", "%", 1),
        Column("high", say("high"), "number", "%", 1),
        Column("firms", say("firms"), "number", decimals=0),
    )


def _row(name: Callable[[str], Name], part: Selected) -> Row:
    code = _code_of(part)
    return Row((Cell(code, name(code)), *_cells(part)), part.selection.key)


def _total(whole: Selected, *, rated: bool) -> Row:
    """Return the sum of the rows above; of stages without a rate: they are never mixed."""
    cells = _cells(whole)
    shown = cells if rated else (*cells[:2], Cell(), Cell(), Cell(), cells[-1])
    return Row((Cell("all", say("all")), *shown), whole.selection.key, total=True)


def _cells(part: Selected) -> tuple[Cell, ...]:
    low, high = _interval(part)
    return (
        part.count(),
        part.cell(part.failed),
        part.rate(),
        part.cell(low),
        part.cell(high),
        part.distinct(),
    )


def _interval(part: Selected) -> tuple[float | None, float | None]:
    """Return Wilson's interval of the rate, in percent; of no batch there is none."""
    if not part.number:
        return None, None
    found = wilson(part.passed, part.number)
    return 100 * found.lower, 100 * found.upper


# how the rate changed


def panel_sentence(item: Evaluated | None) -> list[Name]:
    """Return what may be said of the same products, which alone may be called a trend."""
    found = [change for of, _, change in _changes(item) if of == "panel"] if item else []
    if not found:
        return []
    told = found[0]
    if told.word in {"rose", "fell"}:
        by = as_text(abs(told.difference), 2)
        return [say("panel_moved", before=told.since, word=word("change", told.word), by=by)]
    return [say("panel", before=told.since, word=word("change", told.word))]


class Changes:
    """The changes of a sampled rate from year to year: of all batches, and of the products of both years.

    Args:
        sources: of the paper.
        item: the indicator, as it is judged.
    """

    def __init__(self, sources: Sources, item: Evaluated | None) -> None:
        self._years = history(sources, item, item.judgement.year) if item else ()

    def figure(self) -> Figure:
        """Return F6: both changes of each year, with their intervals."""
        dots = [
            Dot(say(f"change_{of}", year=point.period), float(found.difference), *found.interval)
            for item in self._years
            for of, point, found in _changes(item)
        ]
        data = Dots(say("points"), dots, center=0.0)
        made_up = any(point.synthetic for item in self._years for _, point, _ in _changes(item))
        number = len({point.period for item in self._years for _, point, _ in _changes(item)})
        alt = say("change_alt", number=number) if dots else say("no_change")
        table = self._table("product.change_data", say("change_caption"))
        return Figure("product.change", say("change_caption"), alt, figures.drawn(figures.dots, data, made_up), table)

    def table(self) -> Table:
        """Return the parts of each change: within the classes, and by the mix; with what may be said of it."""
        return self._table("product.change_parts", say("change_table_caption"))

    def _table(self, id_: str, caption: Name) -> Table:
        columns = (
            Column("year", say("year")),
            Column("of", say("of")),
            Column("difference", say("difference"), "number", "pp", 2),
            Column("low", say("low"), "number", "pp", 2),
            Column("high", say("high"), "number", "pp", 2),
            Column("within", say("within"), "number", "pp", 2),
            Column("mix", say("mix"), "number", "pp", 2),
            Column("word", say("word")),
        )
        rows = tuple(_changed(item, *found) for item in self._years for found in _changes(item))
        return Table(id_, caption, columns, rows, say("no_change"), (say("change_note"),))


def _changes(item: Evaluated) -> list[tuple[str, Point, YearOnYear]]:
    """Return the change of all batches and that of the same products, where there is a year before."""
    year = str(item.judgement.year)
    found = []
    for of, point in (("all", item.judgement.point), ("panel", _beside(item, "panel", year))):
        if point is not None and point.period == year and point.change is not None:
            found.append((of, point, point.change))
    return found


def _beside(item: Evaluated, name: str, year: str) -> Point | None:
    return next((point for point in item.series.companions.get(name, ()) if point.period == year), None)


def _changed(item: Evaluated, of: str, point: Point, found: YearOnYear) -> Row:
    marks = point_marks(point)
    parts = [_beside(item, name, point.period) for name in ("within", "mix")] if of == "all" else [None, None]
    return Row(
        (
            Cell(point.period),
            Cell(of, say(f"of_{of}")),
            Cell(found.difference, marks=marks),
            Cell(found.interval[0], marks=marks),
            Cell(found.interval[1], marks=marks),
            *(Cell(one.value if one else None, marks=marks if one else ()) for one in parts),
            Cell(found.word, short_word(found.word)),
        ),
        key(item),
    )
