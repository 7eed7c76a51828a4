"""What is made up for an example, taken in as what came from outside: readings of a file, records of departments."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from collector.files.channels import Declaration
from collector.importer import Counts, Importer, open_files
from console.site import Site
from qualicity.errors import IntegrityError
from qualicity.model import Column, Observations, Qualifier, Statistic
from qualicity.periods import day_of
from targets.records.intake import schema_of, take
from targets.records.reading import open_records
from targets.synthetic.example import SEED
from targets.synthetic.files import write_example

_TEXTS = {"station": "station", "parameter": "parameter", "unit": "unit", "flag": "device_flag"}
_SIGNS = {Qualifier.NONE: "", Qualifier.BELOW: "<", Qualifier.ABOVE: ">"}


def write_file(path: Path, rows: Observations) -> None:
    """Write rows as a canonical Parquet file."""
    texts = pa.array(rows.registry.texts())
    columns = {name: pa.DictionaryArray.from_arrays(rows[column], texts) for name, column in _TEXTS.items()}
    columns |= {
        "time": pa.array(rows["start"], pa.timestamp("ms", "UTC")),
        "value": pa.array(rows["value"]),
        "period": pa.array(rows["period"]),
        "poc": pa.array(rows["poc"]),
        "statistic": _coded(rows["statistic"], [statistic.name.lower() for statistic in Statistic]),
        "qualifier": _coded(rows["qualifier"], [_SIGNS[qualifier] for qualifier in Qualifier]),
        "detection_limit": pa.array(rows["detection_limit"], from_pandas=True),
    }
    pq.write_table(pa.table(columns), path)


def _coded(codes: Column, texts: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(codes, texts)


def import_file(site: Site, path: Path) -> Counts:
    """Take a canonical file into the site's store, as `qualicity import` does."""
    counts = Counts()
    importer = Importer(site.store, site.network, Declaration(), site.clock)
    for file in open_files([path]).files:
        importer.take(file, counts)
    return counts


def file_records(site: Site, *, by: str, seed: int = SEED, last: int | None = None, scale: float = 1.0) -> int:
    """Make records up and file them as `qualicity targets import` does; return how many are on file.

    Args:
        site: where to.
        by: who files them.
        seed: of chance.
        last: the last year; None = the example's.
        scale: of what no target counts.

    Raises:
        IntegrityError: one was refused, or stands for another one's matter.
    """
    today = day_of(site.clock.now())
    accepted = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, count in write_example(Path(folder), seed=seed, last=last, scale=scale).items():
            file = open_records(Path(folder) / f"{name}.csv")
            report = take(site.records, file, schema_of(file), by=by, today=today)
            if report.accepted != count:
                raise IntegrityError(
                    f"{name}: {report.accepted} of {count} made-up records were taken",
                    "this is a fault of Qualicity: please report it",
                )
            accepted += count
    return accepted
