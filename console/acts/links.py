"""Acknowledging by the link of a message: the link is the whole authority, and does so only once."""

from __future__ import annotations

from alerting.links import Claim, token_hash
from alerting.requests import Answer, await_outcome, open_for_requests, use_link
from console.acts.alarms import one_line
from console.alarms.desk import links_of, reading
from console.site import Site
from qualicity.store.audit import Actor


def acknowledge(site: Site, token: str, name: str) -> Answer | None:
    """Use a link: ask the engine to acknowledge. One that was used, or whose incident is taken on, does nothing more.

    Args:
        site: open for changes: the audit log says that the link was used.
        token: of the link.
        name: that was given, where the link is not one person's.

    Returns:
        What came of it; None = nothing was asked.

    Raises:
        ExpiredError, ForgedError, OffError, MissingError: there is nothing to acknowledge by this link.
    """
    now = site.clock.now()
    claim = links_of(site).read(token, now)
    with reading(site) as desk:
        if desk.store.links.find(token_hash(token)) is not None or desk.incident(claim.incident).acknowledged:
            return None
    actor, target = Actor(claim.person or _in_chat(name, claim), "link"), f"incident:{claim.incident}"
    entry = site.ledger.audit.add(actor, "alarm.acknowledge", target)
    with open_for_requests(site.data) as store:
        use, fresh = use_link(store, token, claim, actor.who, now)
        answer = await_outcome(site.data, store, use.command, site.clock) if fresh else None
    if answer is not None and answer.outcome:
        site.ledger.audit.add(actor, "alarm.refused", target, {"entry": entry.id, "why": answer.outcome})
    return answer


def _in_chat(name: str, claim: Claim) -> str:
    """Return who acknowledges by a link that a whole chat has: the name that was given, and the chat."""
    return f"{given} (chat:{claim.channel})" if (given := one_line(name)) else f"chat:{claim.channel}"
