"""Papers over the API: what is published, its record, its errata; writing and publishing by jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import Editor, Who
from console.acts import papers as acts
from console.acts.papers import Order, Spoken, Subject
from console.errors import MissingError
from console.papers import shelf
from console.papers.formats import Format
from console.papers.jobs import jobs_of
from console.papers.scope import city_of_issue, require_paper
from console.rest.answers import Shaped, listed, one
from console.rest.description import changed, described
from console.rest.models import papers as models
from console.service import At
from reports.model import PaperKind

router = APIRouter(prefix="/api/v1", tags=["papers"])

Paper = Annotated[str, Path(max_length=200, description="Such as bulletin-air-beijing-2016.")]
Issue = Annotated[int, Path(ge=1, le=10**9, description="Number of an issue of the paper.")]
Number = Annotated[int, Path(ge=1, le=10**12, description="Number of a job.")]


class Wish(BaseModel, extra="forbid"):
    """A paper to write."""

    kind: PaperKind
    city: str = Field(max_length=100)
    period: str = Field(max_length=20, description="2016, 2016H1, 2016Q1, 2016-03 or 2016-03-05.")
    language: Spoken = "both"
    formats: list[Format] = Field(default=[Format.HTML], min_length=1, max_length=3)
    media: list[Subject] = Field(default=[], max_length=3, description="Of a bulletin; none = all.")
    publish: bool = Field(default=False, description="As the next issue; else it is a draft.")


@router.get("/papers", response_model=None, responses=described(models.IssueRow))
def papers(request: Request, at: At, who: Who, shape: Shaped) -> Response:
    """Return what was published."""
    rows = [shelf.issue_row(folder) for folder, _ in shelf.issues(at.data) if who.sees(city_of_issue(folder))]
    return listed(request, rows, shape, name="papers")


@router.post("/papers", response_model=None, status_code=202, responses=changed(models.Job, 202))
def write(request: Request, at: At, who: Editor, wish: Wish) -> Response:
    """Ask for a paper to be written, or published; the answer's Location is the job's."""
    require_paper(who, "publish", wish.city)
    order = Order(
        wish.kind, wish.city, wish.period, wish.language, tuple(wish.formats), tuple(wish.media), wish.publish
    )
    jobs = jobs_of(request)
    with at.writer() as site:
        entry = acts.ask_paper(at, site, jobs, who.actor("api"), order)
        found = acts.job(site, jobs, entry.id)
    return _asked(request, found)


@router.get("/papers/{paper}/{issue}", response_model=None, responses=described(models.Record, pages=False))
def record(request: Request, at: At, who: Who, paper: Paper, issue: Issue) -> Response:
    """Return the publication record of an issue."""
    folder = shelf.issue_folder(at.data, paper, issue)
    require_paper(who, "see", city_of_issue(folder))
    return one(request, shelf.record_row(shelf.record_of(folder)))


@router.get("/papers/{paper}/{issue}/errata", response_model=None, responses=described(models.Check, pages=False))
def errata(request: Request, at: At, who: Who, paper: Paper, issue: Issue) -> Response:
    """Return what stands otherwise than it was published, as the last check has found it."""
    folder = shelf.issue_folder(at.data, paper, issue)
    require_paper(who, "see", city_of_issue(folder))
    found = shelf.checked(folder)
    if found is None:
        raise MissingError("this issue has not been checked yet", "an editor has it checked on its page")
    return one(request, found)


@router.post("/papers/{paper}/{issue}/check", response_model=None, status_code=202, responses=changed(models.Job, 202))
def check(request: Request, at: At, who: Editor, paper: Paper, issue: Issue) -> Response:
    """Ask for an issue to be checked; the answer's Location is the job's."""
    folder = shelf.issue_folder(at.data, paper, issue)
    require_paper(who, "publish", city_of_issue(folder))
    jobs = jobs_of(request)
    with at.writer() as site:
        entry = acts.ask_check(at, site, jobs, who.actor("api"), folder)
        found = acts.job(site, jobs, entry.id)
    return _asked(request, found)


@router.get("/jobs/{number}", response_model=None, responses=described(models.Job, pages=False))
def job(request: Request, at: At, who: Editor, number: Number) -> Response:
    """Return a job: whether it waits, runs, is done or has failed, and why."""
    with at.reader() as site:
        found = acts.job(site, jobs_of(request), number)
    require_paper(who, "publish", acts.city_of_job(found))
    return one(request, acts.job_row(found))


def _asked(request: Request, found: acts.Asked) -> Response:
    return one(request, acts.job_row(found), 202, {"Location": f"/api/v1/jobs/{found.number}"})
