"""Files of papers over HTTP: published ones at `/papers/ID/N/FILE`; drafts, for editors, at `/papers/ID/draft/FILE`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, Response

from console.access.guard import Editor, Who
from console.papers.jobs import Jobs
from console.papers.places import place_of_draft, place_of_papers
from console.papers.published import publications
from console.papers.scope import city_of, city_of_issue, require_paper
from console.papers.shelf import subject

_HEADERS = {
    "Cache-Control": "no-cache",  # its ETag tells whether it is still the same
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
}
_DRAFT = {**_HEADERS, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_NONE = "no such file of a paper"
_ASKED = ["GET", "HEAD"]
_FILE = re.compile(r"(annex/)?[^/\\.\x00][^/\\\x00]*")  # ids of cities may be of any script


def mount_papers(app: FastAPI, data: Path) -> None:
    """Add the files of papers, and what writes papers.

    Args:
        app: the application.
        data: folder of the site.
    """
    app.state.jobs = Jobs()

    @app.api_route("/papers/{paper}/draft/{name:path}", methods=_ASKED, response_model=None, include_in_schema=False)
    def draft(paper: str, name: str, who: Editor) -> Response:
        """Answer a file of a draft."""
        require_paper(who, "publish", city_of(paper))
        if subject(paper) is None:
            raise HTTPException(404, _NONE)
        return _file(place_of_draft(data, paper), name, _DRAFT)

    @app.api_route("/papers/{paper}/{issue}/{name:path}", methods=_ASKED, response_model=None, include_in_schema=False)
    def file(paper: str, issue: int, name: str, who: Who) -> Response:
        """Answer a file of a published paper."""
        folder = place_of_papers(data) / paper / str(issue)
        if folder not in publications(data):
            raise HTTPException(404, _NONE)
        require_paper(who, "see", city_of_issue(folder))
        return _file(folder, name, _HEADERS)


def _file(folder: Path, name: str, headers: Mapping[str, str]) -> Response:
    path = folder / name
    if not _FILE.fullmatch(name) or path.suffix not in _TYPES or not path.is_file():
        raise HTTPException(404, _NONE)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)
