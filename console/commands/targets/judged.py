"""Judgements as people read them: a table, a line for each area, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from console.commands.targets.sheet import asked_of
from console.output import number, stdout, table
from console.scorecard.figures import exact, printed, short
from console.scorecard.words import Said, coded, joined
from targets.evaluation import Evaluated, by_area
from targets.model import Status
from targets.records.schema import schemas
from targets.rollup import Rollup
from targets.rows import Row
from targets.thresholds import thresholds

_FAILING = 5
"""Failing records that a line names; the explanation lists all."""

_MILLION = 1_000_000
_WIDTHS = {"status": 18, "target": 20}

_COLUMNS = ("year", "indicator", "status", "value", "n", "interval", "target", "path", "age", "why")
_MOST = ("year", "indicator", "status", "value", "target", "why")
"""What a narrow terminal has room for."""
_NARROW = 120

_VERDICTS = Said("监测数据的判定", "verdicts of readings")

STYLES: Mapping[str, str] = {
    Status.ACHIEVED: "green",
    Status.MAINTAINED: "green",
    Status.ACHIEVED_UNPROVEN: "green3",
    Status.ON_TRACK: "cyan",
    Status.AT_RISK: "yellow",
    Status.ACHIEVED_THEN_LOST: "orange1",
    Status.OFF_TRACK: "orange1",
    Status.DETERIORATING: "red",
    Status.BREACHED: "white on red",
    Status.NOT_ASSESSABLE: "dim",
}


def show(found: Sequence[Evaluated], rows: Sequence[Row], *, score: bool) -> None:
    """Print what was judged."""
    if not found:
        stdout.print("nothing was judged: no indicator has such a version in these years")
        return
    narrow = stdout.width < _NARROW
    stdout.print(_judgements(found, rows, _MOST if narrow else _COLUMNS))
    if narrow:
        hidden = ", ".join(name for name in _COLUMNS if name not in _MOST)
        stdout.print(f"of a narrow terminal; {hidden} are shown from {_NARROW} columns on, or with --json")
    stdout.print()
    for (year, area), rollup in by_area(found, thresholds()).items():
        stdout.print(_area_line(year, coded("area", area), rollup, score=score))
    missing = _missing(rows)
    if missing.row_count:
        stdout.print("\nmissing records, and where their form is:")
        stdout.print(missing)


def _judgements(found: Sequence[Evaluated], rows: Sequence[Row], columns: Sequence[str]) -> Table:
    shown = table(*columns, wrapped=("indicator", "status", "target", "why"))
    for column in shown.columns:
        column.max_width = _WIDTHS.get(str(column.header))
    for item, row in zip(found, rows, strict=True):
        style = STYLES[item.judgement.status]
        cells = {
            "year": str(row["year"]),
            "indicator": _with_version(item, row),
            "status": f"[{style}]{row['label']['zh']} {row['label']['en']}[/]",
            "value": _value(item, row),
            "n": _counted(row),
            "interval": _span(item, row),
            "target": escape(_asked(item)),
            "path": number(row["path"]),
            "age": "-" if row["age_days"] is None else f"{row['age_days']} d",
            "why": escape(_why(row)),
        }
        shown.add_row(*(cells[name] for name in columns))
    return shown


def _with_version(item: Evaluated, row: Row) -> str:
    """Return an indicator's id, with the version of its target where it has several."""
    several = len(item.indicator.targets) > 1
    return f"{row['indicator']} @{row['target']['id']}" if several else str(row["indicator"])


def _value(item: Evaluated, row: Row) -> str:
    """Return a value with its published digits, and more where these hide on which side of the target it lies."""
    decimals = item.indicator.decimals
    return printed(row["value"], decimals + 2 if "borderline" in row["reasons"] else decimals)


def _counted(row: Row) -> str:
    """Return of how many a rate is, and how many of these are not known."""
    if row["denominator"] is None:
        return "-"
    unknown = f" +{_amount(row['unknown'])} unknown" if row["unknown"] else ""
    part = "n " if row["numerator"] is None else f"{_amount(row['numerator'])}/"
    return f"{part}{_amount(row['denominator'])}{unknown}"


def _amount(value: object) -> str:
    """Return a number of cases whole, and amounts of millions with four digits."""
    amount = exact(value) or 0
    return f"{float(amount) / _MILLION:.4g}M" if amount >= _MILLION else short(value)


def _span(item: Evaluated, row: Row) -> str:
    """Return the interval of a sample, or the bounds of a census some of which is not known."""
    ends = row["interval"] or (row["bounds"] if row["unknown"] else None)
    if ends is None:
        return "-"
    return "\N{EN DASH}".join(printed(end, item.indicator.decimals) for end in ends)


def _asked(item: Evaluated) -> str:
    """Return what is asked for: a number, a trend, or the level that a ladder ends at."""
    if item.target is None:
        return "-"
    top = thresholds().ladder.level[-1].level
    return f"level {top}" if item.indicator.unit == "level" else asked_of(item.indicator, item.target).en


def _why(row: Row) -> str:
    """Return the reasons, and what a reader must know of the figure."""
    said = [coded("reason", code) for code in row["reasons"]] + [coded("note", code) for code in row["notes"]]
    if row["evidence"] is not None:
        said.append(coded("evidence", row["evidence"]))
    if (change := row["change"]) is not None:
        since, word = change["from"]["period"], coded("change", change["word"])
        said.append(Said(f"较{since}年{word.zh}", f"{word.en} since {since}"))
    text = joined(said, "\N{FULLWIDTH SEMICOLON}", "; ")
    marks = [f"({name})" for name in ("synthetic", "provisional") if row[name]]
    missing = [f"missing: {', '.join(row['missing'])}"] if row["missing"] else []
    failing = [f"failing: {', '.join(row['failing'][:_FAILING])}"] if row["failing"] else []
    return " ".join([f"{text.zh} {text.en}", *failing, *missing, *marks])


def _area_line(year: int, area: Said, rollup: Rollup, *, score: bool) -> str:
    """Return an area's counts by status; a breach stands first, and no mean hides it."""
    counts = ", ".join(
        f"[{STYLES[status]}]{count} {coded('status', status).en}[/]" for status, count in rollup.counts.items()
    )
    line = f"{year} {area.zh} {area.en}: {counts}"
    if rollup.capped:
        line = f"{line}  [{STYLES[Status.BREACHED]}]breached: {', '.join(rollup.headline)}[/]"
    elif rollup.headline:
        line = f"{line}  of zero tolerance, the worst: {', '.join(rollup.headline)}"
    if score:
        share = f"{float(rollup.not_assessable * 100):.0f} % not assessable"
        line += f"  score {'withheld' if rollup.score is None else format(rollup.score, '.2f')} ({share})"
    return line


def _missing(rows: Iterable[Row]) -> Table:
    """Return which records nobody has filed, for which indicators, and how to get their form."""
    needed: dict[str, list[str]] = {}
    for row in rows:
        for name in row["missing"]:
            needed.setdefault(name, [])
            if row["indicator"] not in needed[name]:
                needed[name].append(row["indicator"])
    shown = table("missing", "what", "form", "needed by", wrapped=("what", "form", "needed by"))
    for name, indicators in sorted(needed.items()):
        form = schemas().get(name)
        title = _VERDICTS if form is None else Said(form.title.zh, form.title.en)
        command = "qualicity import FILE" if form is None else f"qualicity targets template {name}"
        shown.add_row(name, escape(f"{title.zh} {title.en}".strip()), command, ", ".join(indicators))
    return shown
