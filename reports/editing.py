"""What editors add to a paper: Markdown files in a folder, their references filled in.

`NAME.zh.md` and `NAME.en.md`. `foreword` opens the paper; the name of a chapter (`product`) adds to that chapter; any
other name is a chapter of its own before the appendices, in the order of names. The first heading of a foreword and of
a chapter of its own is its title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from qualicity.errors import InputError
from qualicity.network import Name
from qualicity.store.durable import file_digest
from reports.chapters.judged import judged_year
from reports.model import Block, Chapter, Editorial, Language, Paper, Prose, Section
from reports.references import filled
from reports.render.prose import Node, nodes, plain
from reports.sources import Sources

FOREWORD = "foreword"
_TAKEN = frozenset({"text", "contents", "basis"})
"""Names of places of a page that are no chapters."""
_BYTES = 500_000
"""Of a text: a book of 150,000 characters."""
PLACE = "proposals"
"""Name of a chapter's section that waits for what editors write."""

_NAME = re.compile(r"([a-z0-9_-]+)\.(zh|en)\.md")
_TITLE = re.compile(r"\s*#\s+(.+?)\s*#*\s*(?:\n|$)")


class Edited(NamedTuple):
    """A paper with what editors wrote.

    Attributes:
        typed: numbers that nothing checks, each with its place.
        texts: digest of each file, by name.
    """

    paper: Paper
    typed: Sequence[str]
    texts: Mapping[str, str]


class _Text(NamedTuple):
    title: Name
    block: Editorial


def edited(paper: Paper, folder: Path, sources: Sources) -> Edited:
    """Return a paper with the texts of a folder; without the folder, as it is.

    Raises:
        InputError: a file has another name, is no UTF-8, has no title where it needs one, refers to nothing, or
            holds what no document can.
    """
    if not folder.is_dir():
        return Edited(paper, (), {})
    names: dict[str, dict[Language, Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix != ".md":
            continue
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise InputError(f"{path} is no text of a paper", "call it NAME.zh.md or NAME.en.md, in small letters")
        if match[1] in _TAKEN:
            raise InputError(f"{path}: a page has a place of the name {match[1]} already", "give it another name")
        names.setdefault(match[1], {})["zh" if match[2] == "zh" else "en"] = path
    typed: list[str] = []
    texts = {name: _read(name, files, paper, sources, typed) for name, files in names.items()}
    digests = {path.name: file_digest(path) for files in names.values() for path in files.values()}
    return Edited(replace(paper, chapters=_placed(paper.chapters, texts)), typed, digests)


def _read(name: str, files: Mapping[Language, Path], paper: Paper, sources: Sources, typed: list[str]) -> _Text:
    titles: dict[str, str] = {}
    bodies: dict[str, str] = {}
    for language, path in files.items():
        text = _text(path)
        found = filled(text, path.name, language, sources, judged_year(paper.period))
        typed += [f"{path.name}, line {line}: {number}" for line, number in found.typed]
        bodies[language] = found.text
        if name not in {chapter.id for chapter in paper.chapters}:
            match = _TITLE.match(found.text)
            if match is None:
                raise InputError(f"{path.name} does not begin with its title", "begin it with a line `# Title`")
            titles[language], bodies[language] = plain(_nodes(match[1], path)), found.text[match.end() :]
        _nodes(found.text, path)
    source = ", ".join(path.name for path in files.values())
    return _Text(Name(**titles), Editorial(Name(**bodies), source))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _BYTES:
            raise InputError(f"{path.name} has more than {_BYTES:,} bytes", "divide it into several chapters")
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", "save it as Markdown in UTF-8") from error


def _nodes(text: str, path: Path) -> Sequence[Node]:
    """Read a text as it will be set, so that what cannot be is told with its file."""
    try:
        found = nodes(text)
    except InputError as error:
        raise InputError(f"{path.name}: {error.cause}", error.mend) from error
    return [part for one in found for part in (one if isinstance(one, str) else one.get("c", ()))]


def _placed(chapters: Sequence[Chapter], texts: Mapping[str, _Text]) -> tuple[Chapter, ...]:
    """Return the chapters with the texts in their places."""
    known = {chapter.id for chapter in chapters}
    own = [name for name in texts if name not in known and name != FOREWORD]
    found = [_chapter(name, texts[name]) for name in (FOREWORD,) if name in texts]
    for chapter in chapters:
        if own and chapter.number.isalpha():
            found += [_chapter(name, texts[name]) for name in own]
            own = []
        found.append(_added(chapter, texts[chapter.id].block) if chapter.id in texts else chapter)
    return (*found, *(_chapter(name, texts[name]) for name in own))


def _chapter(name: str, text: _Text) -> Chapter:
    return Chapter(name, text.title, (text.block,))


def _added(chapter: Chapter, block: Editorial) -> Chapter:
    """Return a chapter with a text in the section that waits for it; else before the notes at its end."""
    place = f"{chapter.id}.{PLACE}"
    if any(isinstance(one, Section) and one.id == place for one in chapter.blocks):
        return replace(chapter, blocks=tuple(_with(one, place, block) for one in chapter.blocks))
    own: list[Block] = list(chapter.blocks)
    end = len(own)
    while end and isinstance(last := own[end - 1], Prose) and last.tone in {"method", "data_quality"}:
        end -= 1
    return replace(chapter, blocks=(*own[:end], block, *own[end:]))


def _with(one: Block, place: str, block: Editorial) -> Block:
    return replace(one, blocks=(block,)) if isinstance(one, Section) and one.id == place else one
