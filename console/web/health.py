"""The page of the service's own health: each check, each part with what it has counted, the stores, the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from aggregator.changes import code_version
from console.health import Machine, Outcome, examine, look
from console.parts import PARTS
from console.service import At, Service
from console.web.frame import Look, page
from console.web.known import refusal
from console.web.words import DASH, Words
from qualicity.errors import UsageError
from qualicity.heartbeat import Heartbeat, heartbeats
from qualicity.names import Language

router = APIRouter()

_GIB = 1 << 30


@dataclass(frozen=True)
class Check:
    """What one check has found."""

    name: str
    ok: bool
    word: str
    needed: bool
    reason: str
    language: Language  # of the reason: English where only that is known


@dataclass(frozen=True)
class Part:
    """One part of the service, by its last sign of life."""

    name: str
    well: bool
    word: str
    age: str
    state: str  # as the part says it, in English
    counters: Sequence[tuple[str, str]]


@router.get("/health", response_model=None, include_in_schema=False)
def health(at: At, seen: Look) -> Response:
    """Answer how the service is."""
    words, now = seen.words("health"), at.clock.now()
    beats, machine = heartbeats(at.data), look(at.data)
    outcomes = examine(beats, now, at.expected, machine)
    return page(
        "health.html", seen, words="health",
        ready=all(one.ok for one in outcomes if one.needed),
        checks=[_check(one, words) for one in outcomes],
        parts=[_part(beat, now, words) for beat in _ordered(beats)],
        facts=[*_stores(at, words), *_machine(machine, words), (words("version"), code_version())],
        now=words.time(now, now),
    )  # fmt: skip


def _check(found: Outcome, words: Words) -> Check:
    word = words("ok" if found.ok else "wrong" if found.needed else "noticed")
    said = refusal(found.reason, "", words.language)
    return Check(words(f"check_{found.check}"), found.ok, word, found.needed, said.cause, said.language)


def _part(beat: Heartbeat, now: int, words: Words) -> Part:
    well = beat.well(now)
    counters = [(name, f"{value:,.6g}" if value % 1 else f"{value:,.0f}") for name, value in beat.counters.items()]
    age = words("seconds_ago", seconds=max(0, now - beat.at) // 1000)
    return Part(words(f"part_{beat.part}"), well, words("ok" if well else "wrong"), age, beat.state, counters)


def _ordered(beats: Sequence[Heartbeat]) -> list[Heartbeat]:
    """Return the signs of life in the order in which a reading passes the parts."""
    return sorted((beat for beat in beats if beat.part in PARTS), key=lambda beat: PARTS.index(beat.part))


def _stores(at: Service, words: Words) -> Iterator[tuple[str, str]]:
    """Yield what the log and the archive hold."""
    with at.reader() as site:
        try:
            state, head = site.store.archive_state(), site.store.head()
        except UsageError:  # nothing was ever collected here
            yield words("archived"), words("no_readings")
            return
        yield words("log_head"), f"{head.seq:,}"
        yield words("waiting"), f"{state.waiting:,}"
        yield words("archived"), f"{site.store.archived():,}"
        yield words("digest"), site.store.digest()[:16] or DASH


def _machine(machine: Machine, words: Words) -> Iterator[tuple[str, str]]:
    free, size = machine.free_bytes, machine.size_bytes
    if free is None or size is None:
        yield words("disk"), words("not_known")
    else:
        yield words("disk"), words("disk_is", free=free / _GIB, size=size / _GIB)
    states: Mapping[bool | None, str] = {True: "clock_follows", False: "clock_alone", None: "not_known"}
    yield words("clock"), words(states[machine.synchronised])
