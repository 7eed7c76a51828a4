"""The register: sixty indicators, each with its words, its versioned targets and how it is judged.

`register/documents.toml` holds the texts that set targets; the other files hold the rows, a file an area. A row's
target names its document by `id`, and who set it and since when comes from there.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import get_args

from qualicity.errors import UsageError
from qualicity.network import Name
from qualicity.strict import Declared, Problems, convert_tables
from targets.departments import sources
from targets.indicator import Area, Certainty, Indicator
from targets.register_checks import check
from targets.tables import MEND, Identified, toml_table

AREAS: tuple[Area, ...] = get_args(Area)
"""In the register's order."""

_DOCUMENTS = "documents.toml"


class Document(Identified, frozen=True, forbid_unknown_fields=True):
    """A text that sets targets.

    Attributes:
        id: of the versions that it sets.
        number: of the document; empty = not known.
        effective_from: first day of its force.
        certainty: of that day.
    """

    title: Name
    authority: Name
    effective_from: dt.date
    certainty: Certainty
    number: str = ""
    sources: tuple[str, ...] = ()
    note: Name | None = None


@dataclass(frozen=True)
class Register:
    """The rows in the register's order, and the texts that set their targets."""

    rows: tuple[Indicator, ...]
    documents: Mapping[str, Document]

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Return the rows by id."""
        return {row.id: row for row in self.rows}

    @property
    def areas(self) -> Mapping[Area, tuple[Indicator, ...]]:
        """Return the rows of each area."""
        return {area: tuple(row for row in self.rows if row.area == area) for area in AREAS}

    def indicator(self, name: str) -> Indicator:
        """Return a row by id.

        Raises:
            UsageError: there is none; names that are near are told.
        """
        found = self.indicators.get(name)
        if found is None:
            raise UsageError(f"no indicator {name!r}", _nearest(name, self.indicators))
        return found


def _nearest(name: str, known: Collection[str]) -> str:
    """Return which ids somebody may have meant, by the whole id or by what follows its area."""
    asked = name.casefold()
    tails = {one.partition(".")[2]: one for one in known}
    near = [one for one in known if asked in one]
    near += [tails[tail] for tail in difflib.get_close_matches(asked, tails, n=5)]
    near += difflib.get_close_matches(asked, known, n=5)
    listed = list(dict.fromkeys(near))[:5]
    return f"did you mean {', '.join(listed)}?" if listed else "`qualicity targets list` names them all"


@cache
def register() -> Register:
    """Return the register that ships.

    Raises:
        InputError: it breaks its schema or contradicts itself: all that is wrong, each with its place.
    """
    folder = files(__package__) / "register"
    texts = {f"{area}.toml": (folder / f"{area}.toml").read_text("utf-8") for area in AREAS}
    return parse(texts, (folder / _DOCUMENTS).read_text("utf-8"))


def indicator(name: str) -> Indicator:
    """Return a row of the register that ships.

    Raises:
        UsageError: there is none; names that are near are told.
    """
    return register().indicator(name)


def parse(texts: Mapping[str, str], documents: str) -> Register:
    """Return a register from the texts of its files.

    Args:
        texts: by file name, which is the area's and `.toml`, in the register's order.
        documents: text of `documents.toml`.

    Raises:
        InputError: all that is wrong, each with its place.
    """
    problems = Problems()
    known = _documents(documents, problems)
    rows: list[Declared[Indicator]] = []
    for file, text in texts.items():
        content = toml_table(text, file)
        for key in sorted(content.keys() - {"indicator"}):
            problems.add(f"{file}: {key}", "unknown key; known is indicator")
        _complete(content, file, known, problems)
        rows += convert_tables(content, "indicator", Indicator, file, problems)
    check(rows, {name: document.effective_from for name, document in known.items()}, problems)
    problems.refuse("the register", MEND)
    return Register(tuple(row.item for row in rows), known)


def _documents(text: str, problems: Problems) -> Mapping[str, Document]:
    """Return the documents by id, in the order of the file."""
    found: dict[str, Document] = {}
    for place, document in convert_tables(toml_table(text, _DOCUMENTS), "document", Document, _DOCUMENTS, problems):
        if document.id in found:
            problems.add(place, "stands twice")
        for source in document.sources:
            if source not in sources():
                problems.add(f"{place}.sources", f"{source!r} is not in sources.toml")
        found[document.id] = document
    return found


def _complete(content: Mapping[str, object], file: str, documents: Mapping[str, Document], problems: Problems) -> None:
    """Add to the rows of a file what they do not repeat: their area, and of their targets who set them and when."""
    for row in _tables(content.get("indicator")):
        place = f"{file}: {row.get('id')!r}"
        _add(row, {"area": file.removesuffix(".toml")}, place, "is the file's name", problems)
        for target in _tables(row.get("targets")):
            target.setdefault("certainty", "quoted")
            name = str(target.get("id"))
            document = documents.get(name)
            if document is None:
                known = ", ".join(documents)
                problems.add(f"{place}.targets", f"{name!r} is not in {_DOCUMENTS}; known are {known}")
            said = {
                "authority": document.authority.zh if document else "",
                "document": document.title.zh if document else "",
                "effective_from": document.effective_from if document else dt.date.min,
            }
            _add(target, said, f"{place}.targets {name!r}", f"stands in {_DOCUMENTS}", problems)


def _tables(content: object) -> list[dict[str, object]]:
    """Return those of a list that are tables; what is none is named when it is read."""
    return [table for table in content if isinstance(table, dict)] if isinstance(content, list) else []


def _add(table: dict[str, object], added: Mapping[str, object], place: str, why: str, problems: Problems) -> None:
    """Add keys that a table may not have by itself."""
    for key in added.keys() & table.keys():
        problems.add(f"{place}.{key}", f"leave it out: it {why}")
    table.update(added)
