"""Signing in and out, and one's own password."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.access.roles import ForbiddenError, nobody
from console.access.site_access import COOKIE, SiteAccess, passwords_of
from console.access.store import digest_of
from console.acts.users import change_own_password
from console.errors import MissingError
from console.headers import PAGES
from console.service import At, Service
from console.web.frame import Look, Seen, done, page, seen_by
from console.web.words import LANGUAGES
from qualicity.errors import UsageError

router = APIRouter(include_in_schema=False)

_LONGEST = 2000
_PLACE = re.compile(r"[^\\\x00-\x20\x7f]*")
"""What may stand in the address of a page: browsers read a backslash as a slash, and leave tabs and lines out."""

Field = Annotated[str, Form(max_length=4096)]
Secret = Annotated[str, Form(max_length=4096)]


def local(asked: str) -> str:
    """Return a page's address from the service's root; of what leads anywhere else, that of the first page."""
    text = asked.removeprefix("/")
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if len(text) > _LONGEST or not _PLACE.fullmatch(text) or text.startswith("/") or parts.scheme or parts.netloc:
        return ""
    if ":" in parts.path.partition("/")[0] or ".." in parts.path.split("/"):
        return ""
    return text


@router.get("/sign-in", response_model=None)
def asked(request: Request, at: At) -> Response:
    """Answer the form; a cookie of a session that is over is taken away."""
    _access(at)
    seen = seen_by(request, nobody(sees=False))
    return _form(seen, local(request.query_params.get("next", "")), expired=COOKIE in request.cookies)


@router.post("/sign-in", response_model=None)
def sign_in(request: Request, at: At, name: Field = "", password: Secret = "", following: Field = "") -> Response:
    """Begin a session, or say that name and password do not fit."""
    access, seen, goal = _access(at), seen_by(request, nobody(sees=False)), local(following)
    access.check_form(request)
    address = access.address(request)
    access.limits.sign_in(address, name)
    with at.writer() as site:
        user = site.access.user(name)
        kept = user.hash if user and user.revoked is None else ""
        fits = access.passwords.fits(kept, password)  # in any case: how long it takes tells nothing of who there is
        if user is None or not fits:
            _log("somebody could not sign in", name if user else "", address)
            return _form(seen, goal, status=403, name=name, wrong=True)
        if access.passwords.outdated(kept):
            site.access.rehash(name, kept, access.passwords.again(password))
        site.access.end(request.cookies.get(COOKIE, ""))  # nobody knows of it any more once the cookie is another
        token = site.access.begin(name)
    access.limits.signed_in(address, name)
    _log("signed in", name, address)
    answer = RedirectResponse(_address(seen, goal), 303, PAGES)
    answer.set_cookie(
        COOKIE, token, max_age=access.session_seconds, path="/", httponly=True, samesite="lax",
        secure=access.secure(request),
    )  # fmt: skip
    return answer


@router.post("/sign-out", response_model=None)
async def sign_out(request: Request, at: At) -> Response:
    """End the session, by a form of one of its pages; without one, there is nothing to end."""
    access, seen = _access(at), seen_by(request, nobody(sees=False))
    token = request.cookies.get(COOKIE, "")
    with at.reader() as site:
        session = site.access.session(token)
        over = session is None or session.ended is not None
    if not over:
        await access.check_sign_out(request, token)
        with at.writer() as site:
            site.access.end(token)
    answer = RedirectResponse(seen.to("sign-in"), 303, PAGES)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/me", response_model=None)
def me(at: At, seen: Look) -> Response:
    """Answer who is signed in, with the form for another password."""
    words, who = seen.words("sign_in"), seen.who
    with at.reader() as site:
        cities = [words.name(city.name, city.id) for city in site.network.cities if city.id in who.cities]
    roles = [words(f"role_{role}") for role in sorted(who.roles)]
    via = words(f"via_{who.via}")
    return page("me.html", seen, words="sign_in", roles=roles, cities=cities, via=via)


@router.post("/me/password", response_model=None)
def change(  # noqa: PLR0917 - FastAPI gives them by name
    request: Request, at: At, seen: Look, old: Secret = "", new: Secret = "", again: Secret = ""
) -> Response:
    """Give whoever asks another password; the other sessions end."""
    who = seen.who
    if who.via != "session":
        raise ForbiddenError("only who has signed in here has a password here", "")
    access = _access(at)
    access.limits.sign_in(access.address(request), who.name)  # a session that was left open is no way to guess
    if new != again:
        raise UsageError("the two new passwords differ", "type the same twice")
    with at.writer() as site:
        keep = digest_of(request.cookies.get(COOKIE, ""))
        change_own_password(site, who.actor("page"), old, new, passwords=passwords_of(at.access), keep=keep)
    access.limits.signed_in(access.address(request), who.name)
    return done(seen, "me", said="password_changed")


def _form(
    seen: Seen, goal: str, *, status: int = 200, name: str = "", wrong: bool = False, expired: bool = False
) -> Response:
    answer = page(
        "sign_in.html", seen, words="sign_in", status=status, goal=goal, name=name[:64], wrong=wrong, expired=expired
    )
    if expired:
        answer.delete_cookie(COOKIE, path="/")
    return answer


def _address(seen: Seen, goal: str) -> str:
    """Return the address of the page to go on with, in the language of the form."""
    if not goal or seen.language == LANGUAGES[0]:
        return f"{seen.base}{goal}" if goal else seen.to()
    place, _, fragment = goal.partition("#")
    return f"{seen.base}{place}{'&' if '?' in place else '?'}lang={seen.language}{'#' if fragment else ''}{fragment}"


def _access(at: Service) -> SiteAccess:
    if not isinstance(at.access, SiteAccess):
        raise MissingError("nobody signs in here", "`qualicity serve` knows users")
    return at.access


def _log(what: str, name: str, address: str) -> None:
    structlog.get_logger(part="api").info(what, user=name, address=address)
