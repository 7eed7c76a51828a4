"""Files records: on behalf of a department, by whoever is signed in or sits at the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.site import Site
from qualicity.periods import day_of
from qualicity.store.audit import Actor
from qualicity.store.durable import file_digest

if TYPE_CHECKING:
    from targets.records.intake import Report


def file_records(
    site: Site,
    actor: Actor,
    path: Path,
    *,
    schema: str = "",
    encoding: str = "utf-8",
    progress: Callable[[int, int], None] = lambda _position, _size: None,
) -> Report:
    """File what a file holds, whole or not at all; the log says so before anything is on file.

    Args:
        site: open for changes.
        actor: who files it.
        path: CSV, JSON or XLSX, gzipped or not; its name stands in the receipt.
        schema: id of the form; empty = as the first record says, or the file's name.
        encoding: of CSV, utf-8 or gbk.
        progress: told how many bytes of the file are read, and of how many.

    Raises:
        InputError: the file is not what its form says, or has no rows.
        UsageError: nothing says which form it is, or there is none of that id; or nobody is said to file it.
        Retryable: the disk is full or the store is locked; nothing is kept.
    """
    from targets.records import intake, reading  # noqa: PLC0415 - Arrow takes longer to load than most commands

    file = reading.open_records(path, encoding)
    form = intake.schema_of(file, schema)
    about = {"file": file.name, "sha256": file_digest(path), "size": file.size, "form": form.id}
    site.ledger.audit.add(actor, "records.file", form.id, about)
    return intake.take(
        site.records,
        file,
        form,
        by=actor.who,
        today=day_of(site.clock.now()),
        progress=lambda position: progress(position, file.size),
    )
