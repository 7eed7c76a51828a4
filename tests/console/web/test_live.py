"""Events of changes: told at once, to everybody, by one looker; and no stream outlives its client or its server."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import httpx
import pytest

from console.access.roles import nobody
from console.access.testing import SignedIn
from console.alarms.testing import NETWORK
from console.api import application, run_api
from console.web.live import MOST_OF_ONE, Changes
from qualicity.settings import ApiSettings
from qualicity.testing import FakeClock


class _Tokens:
    def __init__(self):
        self.now, self.asked, self.broken = "a-1", 0, False

    def __call__(self):
        self.asked += 1
        if self.broken:
            raise PermissionError("the folder cannot be read")
        return self.now


async def _next(stream):
    return await asyncio.wait_for(anext(stream), 5)


async def _event(stream):
    """Return the next that is no ping."""
    while (said := await _next(stream)).startswith(b":"):
        pass
    return said


def test_everybody_is_told_at_once_and_then_of_each_change():
    """The first token tells whoever was away; one looker asks for all; silence is filled with pings."""

    async def run():
        tokens = _Tokens()
        changes = Changes(tokens, every=0.01, ping=0.03)
        streams = [changes.events() for _ in range(20)]
        for stream in streams:
            assert await _next(stream) == b"retry: 3000\n\n"
            assert await _next(stream) == b"event: changed\ndata: a-1\n\n"
        assert await _next(streams[0]) == b": ping\n\n"
        before = tokens.asked
        await asyncio.sleep(0.1)
        assert tokens.asked - before <= 12  # not twenty times as many
        tokens.now = "a-2"
        assert {await _event(stream) for stream in streams} == {b"event: changed\ndata: a-2\n\n"}
        for stream in streams:
            await stream.aclose()
        await asyncio.sleep(0.03)
        before = tokens.asked
        await asyncio.sleep(0.05)
        assert tokens.asked == before  # nobody is there: nobody looks

    asyncio.run(run())


def test_a_stream_ends_when_the_server_stops():
    """Also one that comes while it does."""

    async def run():
        changes = Changes(_Tokens(), every=0.01)
        stream = changes.events()
        await _next(stream)
        await _next(stream)
        changes.end()
        with pytest.raises(StopAsyncIteration):
            await _next(stream)
        assert [said async for said in changes.events()] == [b"retry: 3000\n\n"]

    asyncio.run(run())


def test_a_looker_that_cannot_look_ends_the_streams_with_its_reason():
    """No client waits for ever for what nobody watches; the next one looks anew."""

    async def run():
        tokens = _Tokens()
        changes = Changes(tokens, every=0.01)
        stream = changes.events()
        await _next(stream)
        await _next(stream)
        tokens.broken = True
        with pytest.raises(PermissionError):
            await _event(stream)
        tokens.broken = False
        stream = changes.events()
        await _next(stream)
        assert await _next(stream) == b"event: changed\ndata: a-1\n\n"
        await stream.aclose()

    asyncio.run(run())


def test_beyond_so_many_nobody_is_taken(tmp_path):
    """503, and when to come again."""
    app = application(tmp_path, FakeClock(0))
    app.state.changes = Changes(_Tokens(), most=0)

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get("/live")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_who_may_not_see_is_told_nothing(tmp_path):
    """The stream asks for the same right as the pages."""
    stranger = SignedIn()
    stranger.who = nobody(sees=False)
    app = application(tmp_path, FakeClock(0), access=stranger)

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get("/live")

    assert asyncio.run(ask()).status_code == 303  # to the sign-in


@pytest.fixture
def served(tmp_path):
    """Return (folder, port, stop) of the service's own server."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stop = threading.Event()
    thread = threading.Thread(target=run_api, args=(tmp_path, ApiSettings(port=port), FakeClock(0), stop))
    thread.start()
    yield tmp_path, port, stop, thread
    stop.set()
    thread.join(10)


def _connected(port, method=b"GET"):
    for _ in range(200):
        try:
            connection = socket.create_connection(("127.0.0.1", port), 10)
        except OSError:
            time.sleep(0.05)
        else:
            connection.sendall(method + b" /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            return connection
    raise AssertionError("no answer")


def _until(answer, wanted):
    """Return the lines up to one, or to the end of the stream."""
    found = []
    for line in answer:
        found.append(line.strip().lower())
        if found[-1] == wanted:
            break
    return found


def test_a_real_server_tells_and_stops_at_once(served):
    """A change of a file reaches the client; the stream is closed whole, and the server does not wait for it."""
    folder, port, stop, thread = served
    with _connected(port) as connection, connection.makefile("rb") as answer:
        head = _until(answer, b"event: changed")
        assert {b"content-type: text/event-stream; charset=utf-8", b"x-accel-buffering: no"} <= set(head)
        (folder / "rules.toml").write_text("")
        assert _until(answer, b"event: changed")[-1] == b"event: changed"
        with _connected(port, b"HEAD") as other, other.makefile("rb") as next_answers:
            assert b"content-type: text/event-stream; charset=utf-8" in _until(next_answers, b"")
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")  # it has ended, and this is next
            assert _until(next_answers, b"")[0] == b"http/1.1 200 ok"
        stop.set()
        assert _until(answer, b"0")[-1] == b"0"  # the last chunk: whole, not cut off
    thread.join(10)
    assert not any(one.name == "api" for one in threading.enumerate())


def test_nobody_takes_the_places_of_all_others():
    """One user or key has some; whoever is not signed in, all that there are."""

    async def run():
        changes = Changes(_Tokens(), most=MOST_OF_ONE + 2)
        streams = [changes.events("officer-1") for _ in range(MOST_OF_ONE)]
        for stream in streams[:-1]:
            await _next(stream)
        assert not changes.full("officer-1")
        await _next(streams[-1])
        assert changes.full("officer-1")
        assert not changes.full("officer-2")
        assert not changes.full("")
        await streams[0].aclose()
        assert not changes.full("officer-1")
        others = [changes.events("officer-2"), changes.events(""), changes.events("")]
        for stream in others:
            await _next(stream)
        assert changes.full("officer-2")
        for stream in (*streams[1:], *others):
            await stream.aclose()

    asyncio.run(run())
