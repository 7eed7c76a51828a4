"""From a request to a page: its language, its place, who looks at it; and the page in the frame of all pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from jinja2 import Environment, PackageLoader

from console.access.guard import Who
from console.access.roles import Principal
from console.headers import PAGES
from console.service import service_of
from console.web.assets import SCRIPT, STYLE, address_of
from console.web.navigation import ways
from console.web.words import FRAME, LANGUAGES, Words
from qualicity.names import Language
from qualicity.templating import templates_from


@dataclass(frozen=True)
class Seen:
    """How a page is asked for.

    Attributes:
        language: of the page.
        base: the way from the page to the service's root, so that any proxy's prefix is passed.
        path: of the page from the root, with its query but without the language.
        who: looks at it.
        said: key of the frame's text that says what has just been done, `said_KEY`; empty = nothing was.
        token: of what the page was made of (`console.freshness`); empty = it does not renew itself.
    """

    language: Language
    base: str
    path: str
    who: Principal
    said: str = ""
    token: str = ""

    @property
    def other_language(self) -> Language:
        """Return the language in which the page is not."""
        return next(one for one in LANGUAGES if one != self.language)

    @property
    def other(self) -> str:
        """Return the address of the same page in the other language."""
        query, other = self.path.partition("?")[2], self.other_language
        asked = "&".join(one for one in (query, f"lang={other}" if other != LANGUAGES[0] else "") if one)
        return f"?{asked}"

    def to(self, path: str = "", /, **query: object) -> str:
        """Return the address of a page of the service in this language.

        Args:
            path: from the root, such as `air/beijing`; its parts are quoted here.
            query: what else is asked for; None is left out.
        """
        asked = {name: str(value) for name, value in query.items() if value is not None}
        if self.language != LANGUAGES[0]:
            asked["lang"] = self.language
        return f"{self.base}{quote(path, safe='/@')}{f'?{urlencode(asked)}' if asked else ''}"

    def words(self, page: str = FRAME) -> Words:
        """Return the words of a page."""
        return Words(self.language, page)


def seen_by(request: Request, who: Principal) -> Seen:
    """Return how a page is asked for, by somebody."""
    given = request.query_params.get("lang")
    language: Language = next((known for known in LANGUAGES if known == given), LANGUAGES[0])
    raw = request.scope.get("raw_path") or request.url.path.encode()
    place = raw.decode("ascii", "replace")
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in {"lang", "said"}]
    path = place.lstrip("/") + (f"?{urlencode(kept)}" if kept else "")
    said = f"said_{request.query_params.get('said', '')}"
    return Seen(language, "../" * (place.count("/") - 1) or "./", path, who, said if Words(language).has(said) else "")


def _seen(request: Request, who: Who) -> Seen:
    """Return how a page is asked for; the token is of before anything of it is read, so no change is missed."""
    return replace(seen_by(request, who), token=service_of(request).freshness.token())


Look = Annotated[Seen, Depends(_seen)]
"""Of a page that whoever may look sees."""


def page(
    template: str,
    seen: Seen,
    /,
    *,
    words: str | Callable[..., str] = FRAME,
    status: int = 200,
    headers: Mapping[str, str] = {},
    **values: object,
) -> Response:
    """Return a page.

    Templates extend `frame.html` and find: `t` (words), `seen`, `to` (addresses), `who`, `language`, and `values`.

    Args:
        template: its file under `templates/`.
        seen: how it is asked for.
        words: whose catalogue it speaks by, or what speaks.
        status: of HTTP.
        headers: beside those that all pages have.
        values: what the template shows; every text chosen.
    """
    spoken = seen.words(words) if isinstance(words, str) else words
    text = _environment().get_template(template).render(
        t=spoken, seen=seen, to=seen.to, who=seen.who, language=seen.language, other_language=seen.other_language,
        style=address_of(STYLE), script=address_of(SCRIPT), ways=ways(seen.who, seen.path), **values,
    )  # fmt: skip
    own = {"Content-Language": seen.language, **headers}
    return Response(text.encode(), status, {**PAGES, **own}, "text/html; charset=utf-8")


def done(seen: Seen, path: str, /, said: str = "", **query: object) -> Response:
    """Return the way on after a change: the page that shows it, which a reload does not repeat.

    Args:
        seen: how the change was asked for.
        path: of the page, from the root.
        said: what was done; the frame's text `said_KEY` says it.
        query: of the page.
    """
    return RedirectResponse(seen.to(path, said=said or None, **query), 303, PAGES)


@cache
def _environment() -> Environment:
    return templates_from(PackageLoader("console.web"))
