"""From a request to its answer: a page in one language, or JSON; errors say cause and mend in the same form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from fastapi import Request
from fastapi.responses import Response
from jinja2 import Environment, PackageLoader

from console.evidence.asking import Standing, key_of, standing
from console.evidence.links import LANGUAGE, Links, base_of
from console.evidence.station import station_view
from console.evidence.target import target_page
from console.evidence.targets_asking import standing_target
from console.evidence.view import is_rate, view
from console.evidence.words import Words
from console.site import Site
from console.web.known import Refusal, refusal
from console.web.words import LANGUAGES
from qualicity.errors import QualicityError, Retryable, UsageError
from qualicity.names import Language
from qualicity.templating import templates_from
from targets.keys import PREFIX, TargetKey, parse_target_key

_PATH = "/explain/"
_JSON = "application/json"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
}
_DIRTY = "Qualicity-Dirty"
"""Header that says, of what was answered, that the aggregator has still to look at something it rests on."""


@dataclass(frozen=True)
class _Form:
    """The form of an answer."""

    json: bool
    language: Language
    base: str


def respond(open_reader: Callable[[], Site], key: str, request: Request) -> Response:
    """Answer `/explain/KEY`.

    Args:
        open_reader: opens the site for reading only.
        key: as the command takes it, or with an instant for its day.
        request: says form and language.
    """
    form = _form(request)
    try:
        _check(request)
        asked = parse_target_key(key) if key.startswith(PREFIX) else key_of(key)
    except QualicityError as error:
        return _refused(error, 400, form)
    try:
        with open_reader() as site:
            if isinstance(asked, TargetKey):
                every, city = request.query_params.get("records") == "all", request.query_params.get("city")
                return _target(standing_target(site, asked, city, every=every), asked, form)
            found = standing(site, asked)
    except QualicityError as error:
        return _refused(error, _status(error), form)
    return _explained(found, form)


def _form(request: Request) -> _Form:
    accepted = request.headers.get("accept", "")
    wanted = request.query_params.get("format") or ("json" if _JSON in accepted and "html" not in accepted else "html")
    given = request.query_params.get("lang", LANGUAGE)
    language: Language = next((one for one in LANGUAGES if one == given), "zh")
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    return _Form(
        json=wanted == "json",
        language=language,
        base=base_of(path.partition(_PATH)[2]),
    )


def _check(request: Request) -> None:
    for name, known in (("lang", LANGUAGES), ("format", ("html", "json"))):
        given = request.query_params.get(name)
        if given is not None and given not in known:
            raise UsageError(f"no {name} {given!r}", f"one of: {', '.join(known)}")


def _status(error: QualicityError) -> int:
    """Return 404 for what does not exist, 503 for what may pass, 500 for what is broken."""
    if isinstance(error, UsageError):
        return 404
    return 503 if isinstance(error, Retryable) else 500


def _explained(found: Standing, form: _Form) -> Response:
    headers = {_DIRTY: "1"} if found.dirty or found.unfollowed else {}
    if form.json:
        return _answer(msgspec.json.encode(found.tree) + b"\n", 200, _JSON, headers)
    words = Words(form.language)
    standard = found.key.standard
    links = Links(form.base, form.language, None if standard is None or is_rate(standard) else standard)
    if found.key.medium == "air":
        return _page("explained.html", 200, form, headers, page=view(found, words, links))
    return _page("station.html", 200, form, headers, page=station_view(found, words, links))


def _target(tree: Mapping[str, Any], key: TargetKey, form: _Form) -> Response:
    if form.json:
        return _answer(msgspec.json.encode(tree) + b"\n", 200, _JSON, {})
    words = Words(form.language)
    found = target_page(tree, key, words, Links(form.base, form.language))
    return _page("target.html", 200, form, {}, page=found)


def _refused(error: QualicityError, status: int, form: _Form) -> Response:
    if form.json:
        content = {"cause": error.cause, "mend": error.mend, "kind": type(error).__name__, "status": status}
        return _answer(msgspec.json.encode(content) + b"\n", status, _JSON, {})
    said: Refusal = refusal(error.cause, error.mend, form.language)
    return _page("refused.html", status, form, {}, refusal=said)


def _page(template: str, status: int, form: _Form, headers: dict[str, str], **values: object) -> Response:
    other = next(language for language in LANGUAGES if language != form.language)
    text = _environment().get_template(template).render(
        t=Words(form.language), language=form.language, status=status, other_language=other, **values
    )  # fmt: skip
    return _answer(text.encode(), status, "text/html; charset=utf-8", {"Content-Language": form.language, **headers})


def _answer(body: bytes, status: int, media_type: str, headers: dict[str, str]) -> Response:
    return Response(body, status, {**_HEADERS, **headers}, media_type)


@cache
def _environment() -> Environment:
    return templates_from(PackageLoader("console.evidence"))
