"""Files of papers over HTTP: published ones at `/papers/ID/N/FILE`; drafts, for editors, at `/papers/ID/draft/FILE`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from console.access.guard import Editor, Who
from console.headers import DOCUMENTS, UNKEPT
from console.papers.places import place_of_draft, place_of_papers
from console.papers.published import publications
from console.papers.scope import city_of, city_of_issue, require_paper
from console.papers.shelf import subject
from console.service import At

router = APIRouter(include_in_schema=False)

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
}
_DRAFT = {**DOCUMENTS, **UNKEPT, "X-Robots-Tag": "noindex"}
_NONE = "no such file of a paper"
_FILE = re.compile(r"(annex/)?[^/\\.\x00][^/\\\x00]*")  # ids of cities may be of any script


@router.get("/papers/{paper}/draft/{name:path}", response_model=None)
def draft(at: At, paper: str, name: str, who: Editor) -> Response:
    """Answer a file of a draft."""
    require_paper(who, "publish", city_of(paper))
    if subject(paper) is None:
        raise HTTPException(404, _NONE)
    return _file(place_of_draft(at.data, paper), name, _DRAFT)


@router.get("/papers/{paper}/{issue}/{name:path}", response_model=None)
def file(at: At, paper: str, issue: int, name: str, who: Who) -> Response:
    """Answer a file of a published paper."""
    folder = place_of_papers(at.data) / paper / str(issue)
    if folder not in publications(at.data):
        raise HTTPException(404, _NONE)
    require_paper(who, "see", city_of_issue(folder))
    return _file(folder, name, DOCUMENTS)


def _file(folder: Path, name: str, headers: Mapping[str, str]) -> Response:
    path = folder / name
    if not _FILE.fullmatch(name) or path.suffix not in _TYPES or not path.is_file():
        raise HTTPException(404, _NONE)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)
