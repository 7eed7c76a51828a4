"""Alertmanager as one who is also told: `POST /api/v2/alerts`, each alarm that stands again each minute.

What it is told is the state, not the change: an alarm ends there when we say so, or by itself three minutes after we
said it last. So an outage on either side loses nothing and leaves nothing behind. Silences that people make there are
theirs: the alarm is sent all the same, and stands there as suppressed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import structlog

from alerting.keys import AlarmId
from alerting.record import Kept
from alerting.rules.schema import RuleById
from alerting.sinks.deadman import Works
from alerting.sinks.summary import announced, measured, place, title
from qualicity.errors import Permanent, Retryable
from qualicity.periods import SECOND_MS

RESEND = 60 * SECOND_MS
LASTS = 3 * RESEND
"""How often what stands is sent again, and how long it stands there without us, ms."""

_BATCH = 200
"""Alerts of one request."""

_WATCHDOG = {"alertname": "Watchdog", "severity": "none"}
_MEND = "check alerting.alertmanager_url, and that Alertmanager runs"

log = structlog.get_logger(__name__)

Labels = tuple[tuple[str, str], ...]
"""Labels by name: what Alertmanager tells alerts apart by. No values among them."""


class _Alert(NamedTuple):
    """One alert as it is sent, but for its end."""

    annotations: Mapping[str, str]
    starts: int  # ms UTC
    link: str


class _Sent(NamedTuple):
    """What Alertmanager has taken, and when."""

    alert: _Alert
    at: int  # ms UTC


@dataclass(frozen=True)
class Bases:
    """Where links lead; empty = no such link.

    Attributes:
        evidence: address of the page of this service.
        runbooks: address of the pages of docs/runbooks.
    """

    evidence: str = ""
    runbooks: str = ""


class Alertmanager:
    """One Alertmanager.

    Args:
        url: its address.
        rules: by id, for titles and runbooks.
        bases: where links lead.
        works: whether the engine works: only then there is a Watchdog.
        client: posts, with a timeout.
        lately: alarms that have changed within `LASTS`, before we began: those of them that are over are told so.
    """

    name = "Alertmanager"
    patience = 30.0

    def __init__(
        self,
        url: str,
        rules: RuleById,
        bases: Bases,
        works: Works,
        client: httpx.Client,
        *,
        lately: Collection[AlarmId] = (),
    ) -> None:
        self._url = url.rstrip("/") + "/api/v2/alerts"
        self._rules, self._bases, self._works, self._client = rules, bases, works, client
        self._lately = tuple(lately)
        self._made: dict[AlarmId, tuple[Kept, Labels, _Alert]] = {}  # of alarms that are still the same object
        self._sent: dict[Labels, _Sent] = {}
        self._over: dict[Labels, _Sent] = {}
        self._began: int | None = None
        self._accepted = 0
        self._complained = False

    def tick(self, alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Send what is new, over, or was last sent a minute ago.

        Raises:
            Retryable: it does not answer, or is ill.
            Permanent: it refuses; the same, once it or the settings are mended.
        """
        standing = self._standing(alarms, now)
        self._note_over(standing, alarms, now)
        due = [labels for labels in standing if not 0 <= now - self._last(labels) < RESEND]
        for part in _parts([*self._over]):
            self._post([_json(labels, self._over[labels].alert, now, ends=now) for labels in part])
            for labels in part:
                del self._over[labels]
        for part in _parts(due):
            self._post([_json(labels, standing[labels], now, ends=now + LASTS) for labels in part])
            self._sent |= {labels: _Sent(standing[labels], now) for labels in part}

    def counters(self) -> dict[str, float]:
        """Return how many alerts it has taken."""
        return {"alarms_alertmanager_accepted": float(self._accepted)}

    def close(self) -> None:
        """Let go of the connection; what stands is not over because we stop."""
        self._client.close()

    def _last(self, labels: Labels) -> int:
        found = self._sent.get(labels)
        return found.at if found else -RESEND

    def _standing(self, alarms: Mapping[AlarmId, Kept], now: int) -> dict[Labels, _Alert]:
        """Return what must stand there."""
        made = {name: self._once(name, kept) for name, kept in alarms.items() if announced(kept.state)}
        self._made = made
        found = {labels: alert for _, labels, alert in made.values()}
        if not self._works(now):
            self._began = None
        else:
            self._began = now if self._began is None else self._began
            said = {
                "summary_zh": "告警引擎在工作。此告警始终存在；它消失即引擎已停。",
                "summary_en": "The alarm engine works. This alert always stands; when it ends, the engine has stopped.",
            }
            found[_sorted(_WATCHDOG)] = _Alert(said, self._began, self._bases.evidence)
        return found

    def _once(self, name: AlarmId, kept: Kept) -> tuple[Kept, Labels, _Alert]:
        known = self._made.get(name)
        return known if known is not None and known[0] is kept else (kept, _labels(name, kept), self._alert(name, kept))

    def _note_over(self, standing: Mapping[Labels, _Alert], alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Note what stands there and no longer should; forget what has ended there by itself."""
        for name in self._lately:
            kept = alarms.get(name)
            if kept and kept.state.occurrence and kept.state.told == kept.state.occurrence:
                self._over[_labels(name, kept)] = _Sent(self._alert(name, kept), now)
        self._lately = ()
        for labels in self._sent.keys() - standing.keys():
            self._over[labels] = self._sent.pop(labels)
        self._over = {
            labels: sent for labels, sent in self._over.items() if labels not in standing and now - sent.at < LASTS
        }

    def _alert(self, name: AlarmId, kept: Kept) -> _Alert:
        context, named = kept.context, title(name, self._rules)
        facts = [place(name, context), measured(kept.state.value, context)]
        said = {
            "summary_zh": " ".join(filter(None, [named.zh, *facts, context.detail_zh or context.detail])),
            "summary_en": " ".join(filter(None, [named.en, *facts, context.detail])),
            "law": " ".join(filter(None, [context.law, context.clause])),
            **self._runbook(name),
        }
        link = ""
        if self._bases.evidence:
            path = f"/explain/{quote(context.evidence, safe='/@')}" if context.evidence else "/alarms"
            link = self._bases.evidence.rstrip("/") + path
        return _Alert({key: text for key, text in said.items() if text}, kept.state.raised, link)

    def _runbook(self, name: AlarmId) -> dict[str, str]:
        rule = self._rules.get(name.rule)
        if rule is None:
            return {}
        if not self._bases.runbooks:
            return {"runbook": rule.runbook}
        return {"runbook_url": f"{self._bases.runbooks.rstrip('/')}/{quote(rule.runbook)}"}

    def _post(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        try:
            answer = self._client.post(self._url, json=alerts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Retryable(f"{self.name} does not answer: {error or type(error).__name__}", _MEND) from error
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Retryable(f"{self.name} answers {answer.status_code}: {answer.text[:200]}", _MEND)
        if answer.status_code == httpx.codes.BAD_REQUEST:  # what is good among them is taken all the same
            if not self._complained:
                log.warning("Alertmanager does not take some alerts", answer=answer.text[:500])
            self._complained = True
            return
        if not answer.is_success:
            raise Permanent(f"{self.name} answers {answer.status_code}: {answer.text[:200]}", _MEND)
        self._complained = False
        self._accepted += len(alerts)


def _labels(name: AlarmId, kept: Kept) -> Labels:
    context = kept.context
    return _sorted(
        {
            "alertname": name.rule,
            "key": name.key,
            "severity": context.severity,
            "city": context.city,
            "station": context.station,
            "parameter": context.parameter,
        }
    )


def _sorted(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted((name, text) for name, text in labels.items() if text))


def _json(labels: Labels, alert: _Alert, now: int, *, ends: int) -> dict[str, Any]:
    return {
        "labels": dict(labels),
        "annotations": dict(alert.annotations),
        "startsAt": _time(min(alert.starts, now)),
        "endsAt": _time(ends),
        "generatorURL": alert.link,
    }


def _time(instant: int) -> str:
    return dt.datetime.fromtimestamp(instant / 1000, dt.UTC).isoformat(timespec="milliseconds")


def _parts(labels: Sequence[Labels]) -> Iterator[Sequence[Labels]]:
    return (labels[at : at + _BATCH] for at in range(0, len(labels), _BATCH))
