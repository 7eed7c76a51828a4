"""Answers that are kept: the same bytes until something changes, and never somebody else's."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from console.middleware.kept import LARGEST_BYTES, LONGEST_KEY, KeptAnswers
from qualicity.testing import FakeClock


class Site:
    """Counts what is asked of it; its answers can be changed."""

    def __init__(self, **headers):
        self.asked, self.state, self.status, self.body, self.headers = 0, "t1", 200, b"page", headers

    async def __call__(self, scope, _receive, send):
        """Answer with what is asked for, who asks and how often anything was."""
        self.asked += 1
        who = dict(scope["headers"]).get(b"cookie", b"")
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body + who, "more_body": True})
        await send({"type": "http.response.body", "body": str(self.asked).encode()})


@pytest.fixture
def site():
    """Return an application that counts."""
    return Site()


@pytest.fixture
def clock():
    """Return a clock."""
    return FakeClock(60_000)


@pytest.fixture
def get(site, clock):
    """Return what asks the application through what keeps answers."""
    kept = KeptAnswers(site, token=lambda: site.state, clock=clock, most=100, headers=frozenset({b"x-user"}))

    def ask(path="/air?year=2016", method="GET", **headers):
        async def go():
            transport = httpx.ASGITransport(kept)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return (await client.request(method, path, headers=named)).text

        return asyncio.run(go())

    return ask


def test_an_answer_is_made_once(get, site):
    """The second is the first's."""
    assert get() == get() == "page1"
    assert site.asked == 1


@pytest.mark.parametrize(
    "other",
    [{"path": "/air?year=2017"}, {"path": "/air%3Fyear=2016"}, {"cookie": "a=1"}, {"authorization": "Bearer k"},
     {"accept": "application/json"}, {"x_user": "officer-1"}, {"method": "POST"}, {"host": "air.example"}],
)  # fmt: skip
def test_who_asks_otherwise_gets_the_own_answer(get, site, other):
    """Address, credentials, form, name by a proxy."""
    first = get()
    assert get(**other) != first
    assert site.asked == 2


def test_it_is_made_anew_when_something_changes(get, site, clock):
    """The data, or the minute in which ages are said."""
    get()
    site.state = "t2"
    assert get() == "page2"
    clock.advance(60)
    assert get() == "page3"


@pytest.mark.parametrize("path", ["/live", "/metrics", "/readyz?verbose", "/health/ready", "/sign-in", "/ack/x"])
def test_what_is_of_this_moment_is_not_kept(get, path):
    """Nor what is secret."""
    assert get(path) != get(path)


@pytest.mark.parametrize("status", [302, 401, 404, 500, 503])
def test_refusals_are_not_kept(get, site, status):
    """They may be over at once."""
    site.status = status
    assert get() != get()


def test_cookies_and_large_answers_are_not_kept(get, site):
    """A cookie is one person's; a file would take the room of many pages."""
    site.headers = {"Set-Cookie": "a=1"}
    assert get() != get()
    site.headers, site.body = {}, b"x" * LARGEST_BYTES
    assert get() != get()


def test_room_is_bounded_and_the_oldest_goes(get, site):
    """A hundred bytes hold three of these."""
    site.body = b"x" * 30
    first = [get(f"/{number}") for number in range(3)]
    assert [get(f"/{number}") for number in range(3)] == first
    get("/0")
    get("/3")
    assert get("/0") == first[0]
    assert get("/1") != first[1]


def test_what_is_asked_at_length_is_not_kept(get):
    """Its address, or a cookie, would take more room than the answer, and is not counted."""
    long = "x" * LONGEST_KEY
    assert get(f"/air?{long}") != get(f"/air?{long}")
    assert get(cookie=f"a={long}") != get(cookie=f"a={long}")


def test_few_small_answers_are_kept(get, monkeypatch):
    """However little room they take."""
    monkeypatch.setattr("console.middleware.kept.MOST_ANSWERS", 2)
    first = get("/0")
    get("/1")
    get("/2")
    assert get("/0") != first
