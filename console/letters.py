"""Dead letters as somebody may see them: open or dismissed, of the stations of their cities.

What is dismissed stands in the audit log, of conflicts as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from console.access.roles import Principal
from console.errors import MissingError
from console.site import Site
from qualicity.errors import UsageError
from qualicity.model import DeadLetter
from qualicity.store.audit import Entry
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.ledger import NAME as LEDGER
from qualicity.store.letter_requests import Chosen

DISMISS, DISMISS_CONFLICT = "letter.dismiss", "conflict.dismiss"
"""Actions of the audit log."""

_SHOWN = 600
"""Characters of what a stranger has sent that a page shows."""
_BEYOND = 2**62
_ALL = 10**7

MOST = 1_000
"""Letters that are named at once."""


class Seen(NamedTuple):
    """A letter."""

    number: int
    letter: DeadLetter
    dismissal: Entry | None


def may_see(site: Site, who: Principal, station: str) -> bool:
    """Return whether somebody may see letters of a station.

    A letter of no known station may be of any city: it is for whoever is there for all of them.
    """
    known = site.network.station_by_id.get(station)
    return not who.cities if known is None else who.sees(known.city)


def stations_of(site: Site, who: Principal) -> tuple[str, ...] | None:
    """Return the stations whose letters somebody may treat; None = all, also of none."""
    if not who.cities:
        return None
    return tuple(one.id for one in site.network.stations if who.sees(one.city))


def letters(
    site: Site, who: Principal, *, station: str = "", reason: str = "", gone: bool = False, before: int | None = None
) -> Iterator[Seen]:
    """Yield letters, the newest first.

    Args:
        site: open for reading.
        who: asks.
        station: of this one; empty = of any.
        reason: with this one; empty = with any.
        gone: those that were dismissed, instead of the others.
        before: with smaller ids.
    """
    said = dismissed(site)
    for number, letter in site.store.latest_letters(_BEYOND if before is None else before):
        if reason not in {"", letter.reason} or station not in {"", letter.station}:
            continue
        if is_dismissed(said, number, letter) is gone and may_see(site, who, letter.station):
            yield Seen(number, letter, said[number] if gone else None)


def counts(site: Site, who: Principal) -> list[tuple[DeadLetterCount, int]]:
    """Return how often what went wrong, by station and reason; each with how many letters wait for somebody."""
    said = dismissed(site)
    kept = site.store.letters_of(list(said))
    gone = Counter((one.station, one.reason) for number, one in kept.items() if is_dismissed(said, number, one))
    return [
        (one, one.count - one.beyond_quota - one.mended - gone[one.station, one.reason])
        for one in site.store.dead_letter_counts()
        if may_see(site, who, one.station)
    ]


def chosen_by(site: Site, who: Principal, ids: Sequence[int] | None, reason: str = "") -> Chosen:
    """Return which letters somebody asks for.

    Raises:
        MissingError: a letter that is named is not there, for whoever asks.
        UsageError: none is named.
    """
    if ids is not None:
        check_named(site, who, ids)
        return Chosen(tuple(ids))
    return Chosen(None, reason, stations_of(site, who), tuple(dismissed(site)))


def check_named(site: Site, who: Principal, ids: Sequence[int]) -> None:
    """Refuse letters that whoever asks may not see.

    Raises:
        MissingError: one of them is not there, for whoever asks.
        UsageError: none is named.
    """
    if not ids:
        raise UsageError("no letter is named", "choose one")
    if any(not 0 < one < 2**63 for one in ids):
        raise MissingError(f"no dead letter {ids[0]}", "see the list of letters")
    found = site.store.letters_of(ids)
    for number in ids:
        if number not in found or not may_see(site, who, found[number].station):
            raise MissingError(f"no dead letter {number}", "see the list of letters")


def dismissed(site: Site) -> Mapping[int, Entry]:
    """Return what was said of dismissed letters, by letter."""
    return {int(entry.about): entry for entry in _entries(site, DISMISS)}


def is_dismissed(entries: Mapping[int, Entry], number: int, letter: DeadLetter) -> bool:
    """Return whether a letter was dismissed: it, and not another one of its number from before a restored backup."""
    entry = entries.get(number)
    return entry is not None and entry.detail.get("received") == letter.received


def dismissed_conflicts(site: Site) -> Mapping[str, Entry]:
    """Return what was said of dismissed conflicts, by the key of their cell."""
    return {entry.about: entry for entry in _entries(site, DISMISS_CONFLICT)}


def visible(text: str, limit: int = _SHOWN) -> str:
    """Return what a stranger has sent so that all of it is seen: nothing that steers a screen, and not too long."""
    cut = text[:limit]
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in cut)
    return f"{shown}… (+{len(text) - limit})" if len(text) > limit else shown


def _entries(site: Site, action: str) -> Sequence[Entry]:
    """Return what the audit log has of an action: nothing where there is no ledger yet, as on a site's first day."""
    return site.ledger.audit.entries(action=action, limit=_ALL) if (site.data / LEDGER).is_file() else ()
