"""Published papers over HTTP: `/papers/ID/N/FILE`. Drafts and what editors write are not served."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, Response

from console.papers.places import place_of_papers
from console.papers.published import publications

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
_FILE = re.compile(r"(annex/)?[^/\\.\x00][^/\\\x00]*")  # ids of cities may be of any script


def mount_papers(app: FastAPI, data: Path) -> None:
    """Add the files of published papers.

    Args:
        app: the application.
        data: folder of the site.
    """

    @app.api_route("/papers", methods=["GET", "HEAD"])
    def listed() -> list[dict[str, object]]:
        """Answer what was published, with the addresses of its files relative to `/papers/`."""
        return [
            {
                "paper": folder.parent.name,
                "issue": int(folder.name),
                "files": [
                    quote(f"{folder.parent.name}/{folder.name}/{one.name}") for one in sorted(folder.glob("*.*"))
                ],
            }
            for folder in publications(data)
        ]

    @app.api_route("/papers/{paper}/{issue}/{name:path}", methods=["GET", "HEAD"], response_model=None)
    def file(paper: str, issue: int, name: str) -> Response:
        """Answer a file of a published paper."""
        folder = place_of_papers(data) / paper / str(issue)
        known = _FILE.fullmatch(name) and folder in publications(data)
        path = folder / name
        if not known or path.suffix not in _TYPES or not path.is_file():
            raise HTTPException(404, "no such file of a published paper")
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=_HEADERS)
