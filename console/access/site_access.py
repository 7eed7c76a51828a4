"""Who asks: by key, by session, by the word of a proxy that is believed, or nobody."""

from __future__ import annotations

import hmac
import ipaddress
from pathlib import Path

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from console.access.access import Access
from console.access.limits import Limits
from console.access.origin import check_origin, is_local
from console.access.passwords import Passwords
from console.access.roles import ForbiddenError, Principal, SignInError, nobody
from console.access.store import KEY_PREFIX, NAME, AccessStore, Key, Session, User, digest_of
from qualicity.clock import Clock
from qualicity.errors import QualicityError
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.settings import ApiSettings

COOKIE = "qualicity_session"
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"

_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
_SEEN_MS = 60_000
"""How exactly it is kept when somebody was there last."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MEND = "sign in again"


class SiteAccess:
    """Users, keys and sessions of a site, by its settings.

    Args:
        data: the data folder.
        settings: of the API.
        public_url: where browsers reach the service; empty = nowhere but by numbers and localhost.
        clock: what time it is.
        passwords: compares them; default: as dear as the library advises.
    """

    def __init__(
        self, data: Path, settings: ApiSettings, public_url: str, clock: Clock, passwords: Passwords | None = None
    ) -> None:
        self.passwords = passwords or Passwords()
        self.limits = Limits()
        self.told_by = frozenset({settings.proxy_user_header.lower().encode()} - {b""})
        self.session_seconds = int(settings.session_hours * 3600)
        self._path = data / NAME
        self._settings = settings
        self._public_url = public_url
        self._clock = clock
        self._log = structlog.get_logger(part="api")

    # who asks

    async def principal(self, request: Request) -> Principal:
        """Return who asks.

        Raises:
            SignInError: a key or a session is not, or not any more, what it was; a proxy names nobody who is known.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = request.cookies.get(COOKIE, "")
        user = self._vouched(request)
        with AccessStore(self._path, self._clock, reader=True) as store:
            if scheme.lower() == "bearer":
                return await self._by_key(store, given.strip())
            if token:
                return await self._by_session(store, token, request)
            if user is not None:
                return _by_proxy(store, user)
        return nobody(sees=self._open(request))

    async def _by_key(self, store: AccessStore, given: str) -> Principal:
        id_, _, secret = given.removeprefix(KEY_PREFIX).partition("_")
        key = store.key(id_) if given.startswith(KEY_PREFIX) else None
        # compared in any case: how long it takes tells nothing of which ids there are
        same = hmac.compare_digest(digest_of(secret), key.digest if key else digest_of(""))
        now = self._clock.now()
        if key is None or not same:
            raise SignInError("this key is not known", "ask an administrator for one: `qualicity keys add`")
        if (state := key.state(now)) != "active":
            raise SignInError(f"this key is {state}", "ask an administrator for another: `qualicity keys add`")
        if key.used is None or now // DAY_MS > key.used // DAY_MS:
            await self._remember(key)
        return Principal(f"key:{key.name}", key.roles, key.cities, "key")

    async def _by_session(self, store: AccessStore, token: str, request: Request) -> Principal:
        session = store.session(token)
        user = store.user(session.user) if session else None
        if session is None or user is None or session.ended is not None or user.revoked is not None:
            raise SignInError("the session is over", _MEND)
        now = self._clock.now()
        idle = now - session.seen >= self._settings.idle_hours * HOUR_MS
        if idle or now - session.made >= self._settings.session_hours * HOUR_MS:
            raise SignInError("the session has expired", _MEND)
        if now - session.seen >= _SEEN_MS and request.headers.get("sec-fetch-dest") != "empty":
            await self._remember(session)  # a page that renews itself is nobody who is still there
        return Principal(user.name, user.roles, user.cities, "session", store.csrf(f"session:{session.digest}"))

    async def _remember(self, thing: Key | Session) -> None:
        """Keep that a key or a session was used; a disk that is full does not stop anybody from looking."""

        def write() -> None:
            with AccessStore(self._path, self._clock) as store:
                if isinstance(thing, Key):
                    store.use_key(thing.id, self._clock.now() // DAY_MS * DAY_MS)
                else:
                    store.see(thing)

        try:
            await run_in_threadpool(write)
        except QualicityError as error:
            self._log.warning("cannot keep that somebody was there", cause=error.cause)

    def _vouched(self, request: Request) -> str | None:
        """Return whom a proxy says that has signed in with it; None = no proxy that is believed says anything."""
        header = self._settings.proxy_user_header
        if not header or not self._believed(_peer(request)):
            return None
        names = request.headers.getlist(header)
        if len(names) > 1:
            raise SignInError(f"{header} was sent twice", "let the proxy replace what browsers send")
        return names[0] if names and names[0] else None

    def _open(self, request: Request) -> bool:
        """Return whether whoever is not signed in may look."""
        if self._settings.anonymous is not None:
            return self._settings.anonymous == "viewer"
        # a name that is not ours may lead here, too: that of a proxy, or one that was made for it (DNS rebinding)
        return is_loopback(self._settings.host) and not self._settings.proxy_networks and is_local(request.headers)

    # what is changed

    async def check_change(self, request: Request, who: Principal) -> None:
        """Let a change pass whose form carries the session's token and comes from a page of ours; looking is free.

        Raises:
            SignInError: nobody is signed in.
            ForbiddenError: another site may have sent it.
            TooOftenError: there were too many changes.
        """
        if request.method in _LOOKING:
            return
        if who.via == "nobody":
            raise SignInError("nobody is signed in", "sign in, or send a key as Authorization: Bearer KEY")
        self.limits.change(who.name)
        if who.via == "key":
            return  # no browser sends it by itself
        check_origin(request.headers, self._public_url)
        _compare(await _csrf(request), who.csrf)

    async def check_sign_out(self, request: Request, token: str) -> None:
        """Let a form pass that ends a session: of a page of that session, however old it is.

        Raises:
            ForbiddenError: another site may have sent it.
        """
        check_origin(request.headers, self._public_url)
        with AccessStore(self._path, self._clock, reader=True) as store:
            expected = store.csrf(f"session:{digest_of(token)}")
        _compare(await _csrf(request), expected)

    def check_form(self, request: Request) -> None:
        """Let a form pass that signs in: it comes from a page of ours.

        Raises:
            CrossSiteError: another site may have sent it.
        """
        check_origin(request.headers, self._public_url)

    # where from

    def address(self, connection: HTTPConnection) -> str:
        """Return the address of whoever asks: of the peer, or whom the last proxy that is believed has seen."""
        found = _peer(connection)
        if not self._believed(found):
            return found
        for hop in reversed(",".join(connection.headers.getlist("x-forwarded-for")).split(",")):
            try:
                found = str(ipaddress.ip_address(hop.strip()))
            except ValueError:
                break
            if not self._believed(found):
                break
        return found

    def secure(self, request: Request) -> bool:
        """Return whether a browser sends its cookie through TLS only."""
        forwarded = request.headers.get("x-forwarded-proto") if self._believed(_peer(request)) else None
        return "https" in {request.url.scheme, forwarded} or self._public_url.startswith("https:")

    def _believed(self, address: str) -> bool:
        try:
            given = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(given in network for network in self._settings.proxy_networks)


def _by_proxy(store: AccessStore, name: str) -> Principal:
    user: User | None = store.user(name)
    if user is None or user.revoked is not None or user.hash:
        raise SignInError(
            f"the proxy says {name[:64]!r}, who does not sign in through it", "`qualicity users add NAME --by-proxy`"
        )
    return Principal(user.name, user.roles, user.cities, "proxy", store.csrf(f"proxy:{user.name}"))


def passwords_of(access: Access) -> Passwords:
    """Return what keeps the service's passwords."""
    return access.passwords if isinstance(access, SiteAccess) else Passwords()


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens on an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _compare(given: str, expected: str) -> None:
    if not expected or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise ForbiddenError("the form is of another session", "load the page again, and send it once more")


def _peer(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


async def _csrf(request: Request) -> str:
    """Return the token of a change: of a header, or of its form, which the route gets, too; empty = none."""
    header = request.headers.get(CSRF_HEADER)
    if header is not None:
        return header
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMS:
        return ""
    value = (await request.form()).get(CSRF_FIELD)
    return value if isinstance(value, str) else ""
