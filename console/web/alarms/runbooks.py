"""The pages that tell what to do about an alarm."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from console.alarms.runbooks import runbook
from console.web.frame import Look, page

router = APIRouter(include_in_schema=False)


@router.get("/runbooks/{name}", response_model=None)
def what_to_do(name: str, seen: Look) -> Response:
    """Answer the page that tells what to do."""
    title, content = runbook(name, seen.language)
    return page("alarms/runbook.html", seen, words="alarms", title=title, content=content)
