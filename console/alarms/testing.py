"""A data folder with alarms for tests, and a stand-in for the engine that carries requests out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from fastapi import FastAPI
from msgspec.structs import replace

from alerting.incidents import Incident, Member
from alerting.keys import AlarmId
from alerting.message import Message, Notice
from alerting.record import Context, Kept, Transition
from alerting.requests import PART
from alerting.state import Alarm, Kind, Phase
from alerting.store import NAME, AlertStore
from alerting.store.commands import Command
from alerting.store.outbox import Attempt
from qualicity.clock import Clock
from qualicity.heartbeat import beat, silence

MINUTE = 60_000
HOUR = 60 * MINUTE

NETWORK = """
[[city]]
id = "beijing"
name = { zh = "北京", en = "Beijing" }

[[station]]
id = "wl"
city = "beijing"
name = { zh = "万柳", en = "Wanliu" }
district = "海淀区"
channels = [{ parameter = "o3", unit = "ug/m3" }]

[[station]]
id = "dx"
city = "beijing"
name = { zh = "<b>定陵</b>", en = "Dingling" }
district = "昌平区"
channels = [{ parameter = "o3", unit = "ug/m3" }]
"""

RULE = "air-o3-1h"
WANLIU = AlarmId(RULE, "beijing/wl/o3")
DINGLING = AlarmId(RULE, "beijing/dx/o3")
KEY = "k" * 40


def context(station: str, parameter: str = "o3") -> Context:
    """Return what is known of an alarm about an hourly mean."""
    return Context(
        severity="P2", city="beijing", district="海淀区" if station == "wl" else "昌平区", station=station,
        parameter=parameter, unit="ug/m3" if parameter else "", limit=200.0, clear=180.0, law="GB3095-2012",
        clause="table 1", certainty="recalled", statistic="1h", coverage="1 of 1 h",
        evidence=f"air/beijing/{station}/2026-11-22",
    )  # fmt: skip


def raised(at: int, value: float | None = 215.0) -> Alarm:
    """Return an active alarm that was raised at an instant."""
    return Alarm(
        phase=Phase.ACTIVE, at=at, began=at - 10 * MINUTE, occurrence=1, raised=at, value=value, peak=value, told=1
    )


def member(name: AlarmId, alarm: Alarm, known: Context) -> Member:
    """Return an alarm as a member of an incident."""
    return Member(
        name.rule, name.key, alarm.occurrence, alarm.began, alarm.raised, alarm.value, alarm.peak, known,
        acknowledged=alarm.acknowledged, acknowledged_by=alarm.acknowledged_by, told=True,
    )  # fmt: skip


def transition(
    name: AlarmId, kind: Kind, at: int, known: Context, *, who: str = "", value: float | None = None
) -> Transition:
    """Return a line of history."""
    return Transition(name, 1, kind, at, at, who, value, known)


def notice(incident: int, name: str, channel: str, person: str, recipient: str = "") -> Notice:
    """Return a row for the outbox."""
    message = Message(
        key=f"{incident}/{name}", kind="raised", verb="trigger", severity="P2", title_zh="告警", title_en="alarm",
        lines_zh=(), lines_en=(), dedup=f"qualicity-{incident}", source="beijing", at=0,
    )  # fmt: skip
    return Notice(incident, name, channel, recipient, person, message)


def fill(folder: Path, now: int) -> None:
    """Write a site whose alarms are in every state.

    Incident 1 holds WANLIU and DINGLING, an hour old; it was sent to duty-1 (delivered) and to duty-2 (dead). Incident
    2 is over, and duty-1 had it.
    """
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    at = now - HOUR
    known = {WANLIU: context("wl"), DINGLING: context("dx")}
    alarms = {WANLIU: raised(at), DINGLING: raised(at + MINUTE, 301.5)}
    others = {
        AlarmId("air-no2-1h", "beijing/wl/no2"): replace(
            raised(at), acknowledged=True, acknowledged_by="duty-1", acknowledged_at=at + 5 * MINUTE
        ),
        AlarmId("air-so2-1h", "beijing/wl/so2"): replace(raised(at), shelved_until=now + 2 * HOUR, shelved_by="duty-2"),
        AlarmId("station-silent", "beijing/dx"): replace(raised(at, None), suppressed_by="gateway-silent@gateway:G1"),
        AlarmId("air-co-1h", "beijing/dx/co"): Alarm(out="maintenance until 18:00"),
        AlarmId("air-pm25-24h", "beijing/dx/pm25"): replace(raised(at), phase=Phase.NORMAL, unseen=True),
        AlarmId("air-pm10-24h", "beijing/dx/pm10"): Alarm(),
    }
    with AlertStore(folder / NAME) as store, store.transaction():
        kept = {name: Kept(alarm, known[name]) for name, alarm in alarms.items()}
        kept |= {name: Kept(alarm, _other(name)) for name, alarm in others.items()}
        store.alarms.save(kept, now)
        for name, alarm in alarms.items():
            store.alarms.append(
                transition(name, kind, alarm.raised, known[name], value=alarm.value)
                for kind in (Kind.RAISED, Kind.ANNOUNCED)
            )
        members = tuple(member(name, alarm, known[name]) for name, alarm in alarms.items())
        over = replace(
            members[0], occurrence=0, peak=240.0, above=50 * MINUTE, acknowledged=True, acknowledged_by="duty-1",
            resolved=at - 2 * HOUR, began=at - 4 * HOUR,
        )  # fmt: skip
        group = "beijing||air|air-hour"
        store.incidents.save([
            Incident(1, group, "air-hour", "P2", "default", at, "open", members),
            Incident(2, group, "air-hour", "P2", "default", at - 4 * HOUR, "resolved", (over,),
                     acknowledged=at - 3 * HOUR, acknowledged_by="duty-1", resolved=at - 2 * HOUR),
        ])  # fmt: skip
        store.outbox.add([notice(1, "raised", "chat", "duty-1"), notice(1, "raised", "mail", "duty-2", "a@b.cn")], at)
    with AlertStore(folder / NAME) as store:
        (first,) = store.outbox.lease("w", "chat", at, lease_ms=1000)
        store.outbox.retry(first, Attempt(at, "later", "130101", "send too fast", 90), at + 2000)
        (first,) = store.outbox.lease("w", "chat", at + 2000, lease_ms=1000)
        store.outbox.delivered(first, Attempt(at + 2000, "delivered", "0", "ok", 120))
        (second,) = store.outbox.lease("w", "mail", at, lease_ms=1000)
        store.outbox.dead(second, Attempt(at, "refused", "550", "no such mailbox", 300))


def _other(name: AlarmId) -> Context:
    _, station, *parameter = name.key.split("/")
    return context(station, parameter[0] if parameter else "")


class Browser:
    """Asks an application in this process, as a browser on the same machine would."""

    base = httpx.URL("http://127.0.0.1:8414")

    def __init__(self, application: FastAPI) -> None:
        self._application = application

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Return the answer to one request."""
        return asyncio.run(self._request(method, path, given))

    async def _request(self, method: str, path: str, given: Mapping[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._application)
        async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
            return await client.request(method, path, **given)

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Look at something."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """Send something."""
        return self.request("POST", path, **given)


CarryOut = Callable[[AlertStore, Command, int], str]


def take_on(store: AlertStore, command: Command, now: int) -> str:
    """Acknowledge an incident; anything else is done by doing nothing."""
    kind, _, number = command.target.partition(":")
    incident = store.incidents.find(int(number)) if kind == "incident" else None
    if command.kind != "acknowledge":
        return ""
    if incident is None or incident.acknowledged:
        return "nothing to acknowledge"
    store.incidents.save([replace(incident, acknowledged=now, acknowledged_by=command.who)])
    return ""


class Hand:
    """Carries requests out as the engine does, as far as pages can tell; gives signs of life meanwhile.

    Args:
        folder: the data folder.
        clock: what time it is.
        carry_out: does what a request asks and returns why not; default: takes incidents on.
    """

    def __init__(self, folder: Path, clock: Clock, carry_out: CarryOut | None = None) -> None:
        self._folder, self._clock = folder, clock
        self._carry_out = carry_out or take_on
        self._stop, self._alive = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with AlertStore(self._folder / NAME) as store:
            while not self._stop.is_set():
                now = self._clock.now()
                beat(self._folder, PART, now, ready=True, state="", counters={})
                for command in store.commands.waiting():
                    with store.transaction():
                        store.commands.settle(command.id, now, self._carry_out(store, command, now))
                self._alive.set()
                self._stop.wait(0.02)

    def __enter__(self) -> Self:
        self._thread.start()
        self._alive.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        silence(self._folder, PART)
