"""Why: the tree of `qualicity explain KEY` as a page of any kind of key, and as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from console.errors import MissingError
from console.evidence.asking import Standing, key_of, standing
from console.evidence.links import Links
from console.evidence.records import tree_view
from console.evidence.scope import require_key
from console.evidence.station import station_view
from console.evidence.tables import FILING, filing_place
from console.evidence.target import target_page
from console.evidence.trees import PREFIXES, check, tree_of
from console.evidence.view import is_rate, view
from console.evidence.words import Words
from console.headers import JSON, PAGES
from console.service import At
from console.site import Site
from console.web.frame import Look, Seen, done, page
from console.web.refusals import status_of
from qualicity.errors import QualicityError, UsageError
from targets.keys import PREFIX, parse_target_key

router = APIRouter(include_in_schema=False)

DIRTY = "Qualicity-Dirty"
"""Header that says, of what was answered, that the aggregator has still to look at something it rests on."""

KINDS = (
    "air/beijing/2016-03-05", "air/beijing/Wanliu/2016-03-05", "air/beijing/2016-03", "air/beijing/2016",
    "air/beijing/2016-03-05@GB3095-2026", "air/beijing/2016-03-05#1", "air/beijing/1457136000000",
    "water/shenzhen/shenzhen-reservoir/2015Q1", "discharge/shenzhen/north-plant/2015-03-05T08",
    "target/prd.brands/2015",
    "records/R_ps/2015", "filing/MSA/2015", "law:GB3095-2012:o3:1h:II", "register/prd.brands", "rollup/2015",
)  # fmt: skip
"""Keys as the page without one shows them; the text `kind_N` says what each is."""

Key = Annotated[str, Query(max_length=300)]


@router.get("/explain", response_model=None)
def ask(seen: Look, key: Key = "") -> Response:
    """Answer the page that asks for a key, or lead on to one."""
    words = Words(seen.language)
    if key.strip():
        return done(seen, f"explain/{key.strip()}")
    kinds = [(one, words(f"kind_{number}")) for number, one in enumerate(KINDS, 1)]
    return page("why/ask.html", seen, words=words, kinds=kinds)


@router.get("/explain/{key:path}", response_model=None)
def explain(
    key: str,
    request: Request,
    at: At,
    seen: Look,
    *,
    city: Annotated[str | None, Query(max_length=64)] = None,
    records: Annotated[str, Query(max_length=8)] = "",
    form: Annotated[str, Query(alias="format", max_length=8)] = "",
) -> Response:
    """Answer why."""
    accepted = request.headers.get("accept", "")
    as_json = form == "json" or (not form and JSON in accepted and "html" not in accepted)
    try:
        _check(request)
        check(key)
        try:
            with at.reader() as site:
                return _answer(site, seen, key, city, every=records == "all", as_json=as_json)
        except UsageError as error:
            raise error if type(error) is not UsageError else MissingError(error.cause, error.mend) from error
    except QualicityError as error:
        if not as_json:
            raise
        status = status_of(error)
        body = {"cause": error.cause, "mend": error.mend, "kind": type(error).__name__, "status": status}
        return _json(body, {}, status)


def _check(request: Request) -> None:
    for name, known in (("lang", ("zh", "en")), ("format", ("html", "json"))):
        given = request.query_params.get(name)
        if given is not None and given not in known:
            raise UsageError(f"no {name} {given!r}", f"one of: {', '.join(known)}")


def _answer(site: Site, seen: Seen, key: str, city: str | None, *, every: bool, as_json: bool) -> Response:
    require_key(seen.who, site, key, city)
    if key.startswith(PREFIXES):
        tree = tree_of(site, key, city=city, every=every)
        return _json(tree, {}) if as_json else _of_tree(tree, key, seen, city or "")
    found = standing(site, key_of(key))
    headers = {DIRTY: "1"} if found.dirty or found.unfollowed else {}
    return _json(found.tree, headers) if as_json else _of_verdict(found, seen, headers)


def _of_tree(tree: Any, key: str, seen: Seen, city: str) -> Response:
    words, links = Words(seen.language), Links(f"{seen.base}explain/", seen.language, city=city)
    if key.startswith(PREFIX):
        return page("why/target.html", seen, words=words, page=target_page(tree, parse_target_key(key), words, links))
    shown = tree_view(tree, words, links)
    return page(
        "why/tree.html", seen, words=words,
        page=replace(shown, title=_of_filings(key, seen)) if key.startswith(FILING) else shown,
    )  # fmt: skip


def _of_filings(key: str, seen: Seen) -> str:
    """Return what a key of filings is about: department, form, district, period; of all departments, the key itself."""
    from console.web.records.views import dept_name, title_of  # noqa: PLC0415 - Arrow takes longer to load than others
    from targets.records.known import districts  # noqa: PLC0415 - as above

    dept, form, district, period = filing_place(key)
    words = seen.words("records")
    named = (
        dept and dept_name(dept, words),
        form and f"{form} {title_of(form, words)}",
        district and words.name(districts().get(district), district),
        period,
    )
    return " · ".join(filter(None, named)) if dept else key


def _of_verdict(found: Standing, seen: Seen, headers: dict[str, str]) -> Response:
    words, standard = Words(seen.language), found.key.standard
    kept = None if standard is None or is_rate(standard) else standard
    may = seen.who.may("mark", found.key.city)
    links = Links(f"{seen.base}explain/", seen.language, kept, may)
    own = {**headers, "Vary": "Accept"}
    if found.key.medium == "air":
        return page("why/explained.html", seen, words=words, headers=own, page=view(found, words, links))
    return page("why/station.html", seen, words=words, headers=own, page=station_view(found, words, links))


def _json(content: object, headers: dict[str, str], status: int = 200) -> Response:
    return Response(msgspec.json.encode(content) + b"\n", status, {**PAGES, "Vary": "Accept", **headers}, JSON)
