"""docs/indicators.md: every indicator, how it is judged and from what, as the tables declare it; a test compares."""

from __future__ import annotations

from collections.abc import Iterator

from console.commands.targets.sheet import asked_of
from console.scorecard.figures import short
from console.scorecard.words import coded
from qualicity.names import Named
from targets.departments import departments, sources
from targets.indicator import Indicator
from targets.register import register
from targets.thresholds import thresholds
from targets.words import words

_HEAD = """\
# The sixty indicators / 六十项指标

What the city has promised in its four fields, by the words of the promise. `qualicity targets show ID` says everything
of one; the forms that prove them: [records.md](records.md). This page is made from the tables
(`qualicity targets list --page`), and a test compares it with them.

- The promise's text itself was not found: its words are quoted from an article of December 2010.
- 以上 and 达到 include the number itself (≥), 超过 excludes it (>), 左右 is approximate, 全部 is 100 %, 零 is 0, and
  稳定在……以上 asks for it in every period.
- A text without a number is judged by its trend and is never achieved, unless the joint conference sets a number.
- Where a later document sets another target, both stand side by side, and each is judged by itself.
- What was published stands in `targets/facts/` with its sources. It is shown and never judged; figures of two methods
  are never joined.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_judging(), *_areas(), *_documents(), *_departments(), *_sources()]) + "\n"


def _both(name: Named) -> str:
    return f"{name.zh}<br>{name.en}"


def _judging() -> Iterator[str]:
    yield "## How they are judged / 判定\n\n| code | 方法 | how |\n|---|---|---|"
    for code, name in words()["judge"].items():
        yield f"| {code} | {name.zh} | {name.en} |"
    yield "\n| status | 状态 | |\n|---|---|---|"
    for code, name in words()["status"].items():
        yield f"| `{code}` | {name.zh} | {name.en} |"
    lines = thresholds()
    cuts, age, ladder = lines.progress, lines.age, lines.ladder
    trend = f"{lines.trend.up} % a year, {lines.trend.strongly} % where the text says 大幅度, 显著 or 明显"
    yield f"""
- Progress is the way made over the way that the path asks for: on track from {cuts.on_track}, at risk from
  {cuts.at_risk}, off track from {cuts.off_track}, below it deteriorating.
- Data older than {age.year} months (yearly), {age.half} (half-yearly) or {age.quarter} (quarterly, monthly) are not
  judged.
- A trend needs {lines.points.trend} points and {trend}.
- These lines are a table, `targets/thresholds.toml`.
"""
    yield "| level | 里程碑 | milestone | expected by the end of |\n|---|---|---|---|"
    for level in ladder.level:
        years = ", ".join(str(row.year) for row in ladder.expected if row.level == level.level)
        yield f"| {level.level} | {level.zh} | {level.en} | {years} |"


def _areas() -> Iterator[str]:
    for area, rows in register().areas.items():
        name = words()["area"][area]
        yield f"\n## {name.en} / {name.zh}\n"
        yield "| id | 原文 | 指标 indicator | 目标 target | judge | records | owner |\n|---|---|---|---|---|---|---|"
        for row in rows:
            judge, records, owners = " ".join(row.judge), " ".join(row.records), " ".join(row.owners)
            yield f"| `{row.id}` | {row.text_zh} | {_meaning(row)} | {_asked(row)} | {judge} | {records} | {owners} |"


def _meaning(row: Indicator) -> str:
    """Return an indicator's name and definition, and what must be known of it."""
    certainty = coded("certainty", row.certainty)
    texts = [f"**{row.name.zh}** {row.definition.zh} ({certainty.zh})"]
    texts += [f"**{row.name.en}** {row.definition.en} ({certainty.en})"]
    for note in filter(None, (row.quality, row.note)):
        texts += [note.zh, note.en]
    return "<br>".join(texts)


def _asked(row: Indicator) -> str:
    found = []
    for version in row.targets:
        asked = asked_of(row, version)
        found.append(asked.en if version.op else _both(asked))
        if version.base:
            found.append(f"from {short(version.base.value)} ({version.base.year})")
        if len(row.targets) > 1:
            found.append(f"[{version.id}]")
    return "<br>".join(found)


def _documents() -> Iterator[str]:
    yield "\n## Documents / 依据\n\n| id | document | authority | in force from | note |\n|---|---|---|---|---|"
    for one in register().documents.values():
        note = _both(one.note) if one.note else ""
        since = f"{one.effective_from} ({coded('certainty', one.certainty).en})"
        yield f"| `{one.id}` | {_both(one.title)} | {_both(one.authority)} | {since} | {note} |"


def _departments() -> Iterator[str]:
    yield "\n## Departments / 部门\n\n| code | 部门 | department | role | certainty |\n|---|---|---|---|---|"
    for one in departments().values():
        role, certainty = coded("role", one.role), coded("certainty", one.certainty)
        yield f"| {one.id} | {one.name.zh} | {one.name.en} | {role.zh} {role.en} | {certainty.zh} {certainty.en} |"


def _sources() -> Iterator[str]:
    yield "\n## Sources / 来源\n\nMany addresses are copies of official texts: cite the issuing body.\n"
    yield "| key | 出处 | text | address |\n|---|---|---|---|"
    for one in sources().values():
        yield f"| {one.id} | {one.name.zh} | {one.name.en} | {f'`{one.address}`' if one.address else ''} |"
