"""The addresses of papers: `/papers` and what is below; files of papers are served by `console.papers.routes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi import Path as In
from fastapi.responses import Response

from console.access.guard import Editor
from console.access.roles import Principal
from console.acts import papers as acts
from console.acts.papers import Order, Spoken, Subject
from console.headers import JSON, PAGES
from console.papers import shelf
from console.papers.formats import Format
from console.papers.jobs import jobs_of
from console.papers.published import publications
from console.papers.scope import city_of, city_of_issue, require_paper
from console.service import At, Service
from console.site import Site
from console.web.choices import options
from console.web.frame import Look, Seen, done, page
from console.web.papers import views
from console.web.papers.texts import texts_view
from qualicity.network import City
from qualicity.periods import day_of
from qualicity.store.ledger import NAME as LEDGER
from reports.model import PaperKind

router = APIRouter(include_in_schema=False)

_JOBS = 8
"""That the list of papers shows."""

Number = Annotated[int, In(ge=1, le=10**9)]


@router.get("/papers", response_model=None)
def papers(request: Request, at: At, seen: Look) -> Response:
    """Answer what was published and, to editors, what is being written; machines get the list alone."""
    wanted = request.headers.get("accept", "")
    issues = [(folder, record) for folder, record in shelf.issues(at.data) if seen.who.sees(city_of_issue(folder))]
    if JSON in wanted and "text/html" not in wanted:
        rows = [shelf.issue_row(folder) for folder, _ in issues]
        return Response(msgspec.json.encode(rows) + b"\n", 200, PAGES, JSON)
    words, now = seen.words("papers"), at.clock.now()
    with at.reader() as site:
        cities = site.network.city_by_id
        own = _own(seen.who, cities)
        jobs = _jobs(request, at, site, seen, own)
    found = [views.issue_view(folder, record, cities, words, now) for folder, record in issues]
    groups = [(words(kind), [one for one in reversed(found) if _kind(one.paper) == kind]) for kind in views.KINDS]
    drafts = [
        views.draft_view(at.data, paper, cities, words, now)
        for paper in shelf.papers(at.data)
        if city_of(paper) in own and (shelf.draft_files(at.data, paper) or shelf.texts(at.data, paper))
    ]
    return page(
        "papers.html", seen, words="papers", groups=groups, drafts=drafts, jobs=jobs,
        cities=options((one.id, words.name(one.name, one.id)) for one in own.values()),
        kinds=options(((kind, words(kind)) for kind in views.KINDS), "bulletin"), year=day_of(now).year - 1,
        formats=options(((one.value, one.value.upper()) for one in acts.FORMATS), Format.HTML.value),
        languages=options(((one, words(f"language_{one}")) for one in reversed(acts.LANGUAGES)), "both"),
        media=options((one, words(f"medium_{one}")) for one in acts.SUBJECTS),
        label=words.name(shelf.synthetic_label(), ""),
    )  # fmt: skip


def _kind(paper: str) -> str:
    about = shelf.subject(paper)
    return about.kind if about else views.KINDS[-1]


def _own(who: Principal, cities: Mapping[str, City]) -> dict[str, City]:
    """Return the cities of which somebody may write and publish papers."""
    return {name: city for name, city in sorted(cities.items()) if who.may("publish", name)}


def _jobs(request: Request, at: Service, site: Site, seen: Seen, own: dict[str, City]) -> Sequence[views.Running]:
    """Return the latest jobs about cities that somebody publishes papers of."""
    if not own or not (at.data / LEDGER).is_file():
        return ()
    words, now = seen.words("papers"), at.clock.now()
    found = acts.latest_jobs(site, jobs_of(request), _JOBS)
    return [views.job_view(one, site.network.city_by_id, words, now) for one in found if acts.city_of_job(one) in own]


@router.post("/papers", response_model=None)
def write(  # noqa: PLR0917 - FastAPI gives them by name
    request: Request,
    at: At,
    seen: Look,
    who: Editor,
    kind: Annotated[PaperKind, Form()],
    city: Annotated[str, Form(max_length=100)],
    period: Annotated[str, Form(max_length=20)],
    language: Annotated[Spoken, Form()] = "both",
    formats: Annotated[tuple[Format, ...], Form(max_length=3)] = (),
    media: Annotated[tuple[Subject, ...], Form(max_length=3)] = (),
    publish: Annotated[bool, Form()] = False,  # noqa: FBT002 - a field of a form
) -> Response:
    """Ask for a paper to be written or published; answer the page of its job."""
    require_paper(who, "publish", city)
    order = Order(kind, city, period.strip(), language, formats, media if kind == "bulletin" else (), publish)
    with at.writer() as site:
        entry = acts.ask_paper(at, site, jobs_of(request), who.actor("page"), order)
    return done(seen, f"papers/jobs/{entry.id}")


@router.get("/papers/jobs/{number}", response_model=None)
def job(request: Request, at: At, seen: Look, who: Editor, number: Number) -> Response:
    """Answer how far a job is."""
    with at.reader() as site:
        found = acts.job(site, jobs_of(request), number)
        require_paper(who, "publish", acts.city_of_job(found))
        view = views.job_view(found, site.network.city_by_id, seen.words("papers"), at.clock.now())
    return page("paper_job.html", seen, words="papers", job=view, typed=found.outcome.get("typed", ()))


@router.get("/papers/{paper}/texts", response_model=None)
def texts(at: At, seen: Look, who: Editor, paper: str) -> Response:
    """Answer what editors wrote for a paper."""
    require_paper(who, "publish", city_of(paper))
    acts.text_file(at.data, paper, "foreword.zh.md")  # refuses a paper that there is not
    with at.reader() as site:
        cities = site.network.city_by_id
        typed = acts.typed(site, paper) if (at.data / LEDGER).is_file() else ()
    words = seen.words("papers")
    draft = views.draft_view(at.data, paper, cities, words, at.clock.now())
    rows = texts_view(at.data, paper, words, at.clock.now())
    return page("paper_texts.html", seen, words="papers", paper=paper, draft=draft, texts=rows, typed=typed)


@router.get("/papers/{paper}/text", response_model=None)
def new_text(seen: Look, who: Editor, paper: str, name: str = "") -> Response:
    """Answer the way to the text of a name."""
    require_paper(who, "publish", city_of(paper))
    return done(seen, f"papers/{paper}/texts/{name.strip()[:80] or 'foreword.zh.md'}")


@router.get("/papers/{paper}/texts/{name}", response_model=None)
def text(at: At, seen: Look, who: Editor, paper: str, name: str) -> Response:
    """Answer a text to edit; one that does not exist yet is empty."""
    require_paper(who, "publish", city_of(paper))
    path = acts.text_file(at.data, paper, name)
    content = path.read_text("utf-8-sig", "replace") if path.is_file() else ""
    return page(
        "paper_text.html", seen, words="papers", paper=paper, name=name, content=content, was=acts.text_digest(path)
    )


@router.post("/papers/{paper}/texts/{name}", response_model=None)
def save(  # noqa: PLR0917 - FastAPI gives them by name
    at: At,
    seen: Look,
    who: Editor,
    paper: str,
    name: str,
    text: Annotated[str, Form()] = "",
    was: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Save a text."""
    require_paper(who, "publish", city_of(paper))
    path = acts.text_file(at.data, paper, name)
    with at.writer() as site:
        acts.save_text(site, who.actor("page"), path, text, was)
    return done(seen, f"papers/{paper}/texts", said="text_saved")


@router.post("/papers/{paper}/{issue}/verify", response_model=None)
def verify(  # noqa: PLR0917 - FastAPI gives them by name
    request: Request, at: At, seen: Look, who: Editor, paper: str, issue: Number
) -> Response:
    """Ask for an issue to be checked; answer the page of its job."""
    folder = shelf.issue_folder(at.data, paper, issue)
    require_paper(who, "publish", city_of_issue(folder))
    with at.writer() as site:
        entry = acts.ask_check(at, site, jobs_of(request), who.actor("page"), folder)
    return done(seen, f"papers/jobs/{entry.id}")


@router.get("/papers/{paper}/{issue}", response_model=None)
def issue(at: At, seen: Look, paper: str, issue: Number) -> Response:
    """Answer the record of an issue, its files, and what stands otherwise today."""
    folder = shelf.issue_folder(at.data, paper, issue)
    require_paper(seen.who, "see", city_of_issue(folder))
    record, found = shelf.record_of(folder), shelf.checked(folder)
    words, now = seen.words("papers"), at.clock.now()
    with at.reader() as site:
        cities = site.network.city_by_id
    others = [int(one.name) for one in publications(at.data, paper) if one != folder]
    return page(
        "paper.html", seen, words="papers", issue=views.issue_view(folder, record, cities, words, now),
        files=views.main_files(folder, record, words), annex=views.annex_files(folder, record, words),
        facts=list(views.facts(folder, record, words)), basis=list(views.basis(record, words)), others=others,
        found=views.found_view(found, words, now) if found else None, may=seen.who.may("publish", record.city),
        label=words.name(shelf.synthetic_label(), ""),
    )  # fmt: skip
