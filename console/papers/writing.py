"""A paper as files: set in languages and formats, with the annex for machines beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from console.papers.formats import Format
from console.papers.progress import Told
from qualicity.errors import UsageError
from reports.annex import DESCRIPTOR, annex
from reports.model import Language, Paper
from reports.render.html import html
from reports.render.pdf import pdf
from reports.render.word import word

_SETS: dict[Format, Callable[[Paper, Sequence[Language]], bytes]] = {
    Format.HTML: lambda paper, languages: html(paper, languages).encode(),
    Format.PDF: pdf,
    Format.DOCX: word,
}


class _Resource(msgspec.Struct):
    path: str


class _Annex(msgspec.Struct):
    """What of the descriptor of an annex tells whose it is."""

    name: str
    resources: tuple[_Resource, ...]


def rendered(paper: Paper, languages: Sequence[Language], formats: Sequence[Format], told: Told) -> dict[str, bytes]:
    """Return the files of a paper by their name in its folder: the paper in each format, and the annex."""
    files: dict[str, bytes] = {}
    spoken = "both" if len(languages) > 1 else languages[0]
    for done, name in enumerate(formats):
        told(name, done, len(formats) + 1)
        files[f"{paper.id}-{spoken}.{name}"] = _SETS[name](paper, languages)
    told("annex", len(formats), len(formats) + 1)
    return files | {f"annex/{name}": content for name, content in annex(paper).items()}


def write(
    paper: Paper, languages: Sequence[Language], formats: Sequence[Format], folder: Path, told: Told
) -> list[Path]:
    """Write a paper into a folder, over what stands there under the same names; return the paper's own files.

    Tables of its annex that it no longer has are taken away.

    Raises:
        UsageError: the folder cannot be written, or holds the annex of another paper.
    """
    gone = _annex_before(folder / "annex", paper)
    files = rendered(paper, languages, formats, told)
    try:
        for name in gone - files.keys():
            (folder / name).unlink(missing_ok=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", "give another --out DIR") from error
    return [folder / name for name in files if "/" not in name] + [folder / "annex"]


def _annex_before(annex_folder: Path, paper: Paper) -> set[str]:
    """Return the names of the files of the annex that stands in a folder, as its descriptor lists them.

    Raises:
        UsageError: it is of another paper, or is none.
    """
    try:
        before = msgspec.json.decode((annex_folder / DESCRIPTOR).read_bytes(), type=_Annex)
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{annex_folder} holds no annex of a paper: {error}", "give another --out DIR") from error
    if before.name != paper.id:
        raise UsageError(f"{annex_folder} is the annex of {before.name}", "give another --out DIR")
    return {f"annex/{one.path}" for one in before.resources if Path(one.path).name == one.path}
