"""All records of the example: each schema from a generator of its own, so that none depends on another's."""

from __future__ import annotations

import csv
import datetime as dt
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TextIO

import msgspec
import numpy as np

from qualicity.shipped import shipped_table
from targets.records.schema import schema
from targets.synthetic import conference, economy, environment, industry, knowledge, sampling, services, works
from targets.synthetic.forms import Row
from targets.synthetic.story import Story, story

SEED = 2010

Maker = Callable[[Story, float, np.random.Generator], Iterator[Row]]
"""Makes the records of a schema; the scale multiplies what no target counts."""

_FLAGS = {True: "true", False: "false"}

_Fixed = Callable[[Story, np.random.Generator], Iterator[Row]]


def _fixed(make: _Fixed) -> Maker:
    """Return a maker that no scale changes."""
    return lambda what, _scale, rng: make(what, rng)


MAKERS: Mapping[str, Maker] = {
    "R_ac": _fixed(works.accidents),
    "R_aw": _fixed(services.awards),
    "R_br": _fixed(knowledge.brands),
    "R_ct": _fixed(industry.certificates),
    "R_ec": _fixed(economy.statistics),
    "R_em": _fixed(environment.reductions),
    "R_en": _fixed(economy.energy),
    "R_fr": _fixed(industry.firm_register),
    "R_gr": _fixed(industry.grades),
    "R_ms": _fixed(conference.evidence),
    "R_mt": _fixed(conference.meetings),
    "R_nil": _fixed(works.nil_reports),
    "R_pa": works.acceptances,
    "R_pe": _fixed(knowledge.peers),
    "R_ps": sampling.sampling,
    "R_pt": knowledge.patents,
    "R_sa": _fixed(industry.adoption),
    "R_sd": _fixed(knowledge.standards),
    "R_si": _fixed(services.implementation),
    "R_su": _fixed(services.support),
    "R_sv": _fixed(services.surveys),
    "R_svi": services.answers,
    "R_sw": _fixed(environment.sources),
    "R_tk": _fixed(conference.tasks),
    "R_tr": _fixed(services.training),
    "R_wu": _fixed(economy.water),
    "R_ww": _fixed(environment.wastewater),
    "R_xc": _fixed(environment.exceedances),
}
"""By schema."""


def records(name: str, seed: int, *, scale: float = 1.0, last: int | None = None) -> Iterator[Row]:
    """Yield the made-up records of a schema: the same of the same seed, scale and last year.

    Args:
        name: of the schema.
        seed: of chance; not negative.
        scale: of what no target counts: batches sampled, patents that are no inventions, answers to items.
        last: year after which nothing has happened yet; None = the story's last.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    told = story()
    until = dt.date(last or told.years[-1], 12, 31)
    return (row for row in MAKERS[name](told, scale, rng) if _day(row) <= until)


def write(file: TextIO, name: str, rows: Iterable[Row]) -> int:
    """Write records as a CSV file: a comment that says what it is, the header, a line a record; return how many.

    Args:
        file: opened with `newline=""`.
        name: of the schema.
        rows: records.
    """
    form = schema(name)
    file.write(f"# {form.title.zh} {form.title.en}: 模拟数据，并非事实 / synthetic, nothing in it is a fact\r\n")
    lines = csv.DictWriter(file, form.names, lineterminator="\r\n")  # refuses what the form does not have
    lines.writeheader()
    written = 0
    for row in rows:
        lines.writerow({column: _FLAGS[value] if isinstance(value, bool) else value for column, value in row.items()})
        written += 1
    return written


def page(counts: Mapping[str, int], seed: int, last: int, scale: float) -> str:
    """Return the page that stands beside the files: that nothing in them is a fact, and what made them."""
    lines = (f"| `{name}` | {_title(name)} | {count} |" for name, count in counts.items())
    text = shipped_table(__package__, "page.toml", _Page).text
    return text.lstrip().format(seed=seed, last=last, scale=f"{scale:g}", rows="\n".join(lines))


class _Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


def _title(name: str) -> str:
    title = schema(name).title
    return f"{title.zh} | {title.en}"


def _day(row: Row) -> dt.date:
    day = row["event_date"]
    assert isinstance(day, dt.date)  # noqa: S101 - made by `Forms`
    return day
