"""The demo's alarm: something breaks, somebody is told, takes it on, and hears when it is over.

The service's own parts run on the demo's folder: broker, collector, alerting and page. A receiver on loopback stands
for the chat of the people on duty; the button behind the link in its message is pressed as a phone would.
"""

from __future__ import annotations

import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from alerting.requests import PART
from alerting.store import NAME, AlertStore
from alerting.testing import Received, Receiver
from collector.embedded_broker import EmbeddedBroker, free_port
from collector.publisher import Outgoing, Publisher
from console.demo import broker_environment, part_process
from qualicity.clock import SystemClock
from qualicity.errors import Retryable
from qualicity.heartbeat import heartbeats
from qualicity.settings import MqttSettings

STATION, PARAMETER = "Dongsi", "no2"
_MINUTE_MS = 60_000
_WAIT_SECONDS = 30.0
_QUIET, _HIGH = 60.0, 520.0
"""ug/m3: an ordinary street, and more than twice the hourly limit."""
SURGE = (_HIGH,) * 4
CALM = (_QUIET,) * 4

_ONCALL = """\
# The demo's duty: one person, reached in a chat on loopback.
[[channel]]
id = "chat"
kind = "dingtalk"
url_file = {url}
secret_file = {secret}

[[person]]
id = "duty-1"
name = {{ zh = "值班一", en = "Duty 1" }}
addresses = {{ chat = "13800000001" }}

[[group]]
id = "duty"
people = ["duty-1"]

[[policy]]
id = "default"
fallback = "duty"
group_wait = "1 s"

  [[policy.steps]]
  targets = ["group:duty"]
"""


@dataclass
class Course:
    """What came of the demo's alarm; times in s."""

    raised: Received
    resolved: Received
    to_chat: float  # from the second bad reading's publication to the chat
    acknowledged_by: str
    incident: int


@contextmanager
def duty(folder: Path, page: str) -> Iterator[tuple[Receiver, dict[str, str]]]:
    """Put somebody on duty while a block runs; yield the chat and the environment that the service needs for it."""
    secret = secrets.token_urlsafe(16)
    with ExitStack() as opened:
        chat = opened.enter_context(Receiver("dingtalk", secret=secret))
        keys = Path(opened.enter_context(tempfile.TemporaryDirectory()))  # secrets stay out of the data folder
        for name, text in {"url": chat.url, "secret": secret, "links": secrets.token_urlsafe(32)}.items():
            (keys / name).write_text(text, encoding="utf-8")
        named = {name: msgspec.json.encode(str(keys / name)).decode() for name in ("url", "secret")}
        oncall = folder / "oncall.toml"
        oncall.write_text(_ONCALL.format(**named), encoding="utf-8")
        opened.callback(oncall.unlink)
        yield (
            chat,
            {
                "QUALICITY_ALERTING__PUBLIC_URL": page,
                "QUALICITY_ALERTING__LINK_KEY_FILE": str(keys / "links"),
            },
        )


@contextmanager
def _alarm_service(folder: Path) -> Iterator[tuple[Receiver, EmbeddedBroker]]:
    """Run broker, collector, alerting and page on the demo's folder; yield chat and broker."""
    port = free_port()
    page = f"http://127.0.0.1:{port}"
    with duty(folder, page) as (chat, environment), EmbeddedBroker() as broker, ExitStack() as opened:
        environment |= {**broker_environment(broker), "QUALICITY_API__PORT": str(port)}
        for part in ("collector", PART, "api"):
            opened.enter_context(part_process(part, folder, environment))
        yield chat, broker


def alarm_course(folder: Path, say: Callable[[str], None]) -> Course:
    """Let something break and go by; return what came of it.

    Raises:
        Retryable: a part did not do its share in time.
    """
    with _alarm_service(folder) as (chat, broker):
        _until(lambda: _well(folder, "collector") and _well(folder, PART), "the service to start")
        publisher = Publisher(MqttSettings(url=broker.url))
        now = SystemClock().now()
        first = now - 40 * _MINUTE_MS
        publisher.publish(readings(first, [_QUIET] * 5))
        say(f"{STATION}: {PARAMETER} goes from {_QUIET:.0f} to {_HIGH:.0f} ug/m3")
        publisher.publish(readings(first + 5 * _MINUTE_MS, SURGE))
        published = time.time()
        raised = _message(chat, 1, "the alarm to arrive in the chat")
        say("in the chat of the people on duty:\n" + _indented(raised.text))
        link = _link(raised.text)
        _until(lambda: _answers(link), "the page to answer")  # looking acknowledges nothing
        _press(link)
        with AlertStore(folder / NAME, reader=True) as store:
            number = _incident(raised.text)
            _until(lambda: _acknowledged_by(store, number) != "", "the acknowledgement")
            who = _acknowledged_by(store, number)
            say(f"acknowledged by {who}, by the button behind the link")
            publisher.publish(readings(first + 9 * _MINUTE_MS, [_QUIET] * 25))
            publisher.close()
            resolved = _resolved(chat)
            say("and when it is over:\n" + _indented(resolved.text))
            return Course(raised, resolved, raised.at - published, who, number)


def readings(first: int, values: Sequence[float], step: int = _MINUTE_MS, station: str = STATION) -> Iterator[Outgoing]:
    """Yield one message a step (ms, whole seconds), each the mean of the step before its time."""
    for number, value in enumerate(values):
        start = first + number * step
        content = {"t": start + step, "v": value + number / 10, "u": "ug/m3", "p": step // 1000}
        yield Outgoing(0, f"beijing/air/{station}/{PARAMETER}", msgspec.json.encode(content))


def _well(folder: Path, part: str) -> bool:
    now = SystemClock().now()
    return any(beat.part == part and beat.well(now) for beat in heartbeats(folder))


def _until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while not done():
        if time.monotonic() > end:
            raise Retryable(f"waited in vain for {what}", "is the machine very busy? try again")
        time.sleep(0.05)


def _message(chat: Receiver, count: int, what: str) -> Received:
    if not chat.wait(count, _WAIT_SECONDS):
        raise Retryable(f"waited in vain for {what}", "is the machine very busy? try again")
    return chat.received[count - 1]


def _resolved(chat: Receiver) -> Received:
    """Return the message that tells the end; others may come before it."""
    seen = 1
    while True:
        message = _message(chat, seen + 1, "the end to arrive in the chat")
        if "已恢复" in message.text or "resolved" in message.text.casefold():
            return message
        seen += 1


def _link(text: str) -> str:
    found = re.search(r"https?://[^\s)]+/ack/[^\s)]+", text)
    if found is None:
        raise Retryable(
            "the message holds no link of acknowledgement", "this is a fault of Qualicity: please report it"
        )
    return found[0]


def _answers(link: str) -> bool:
    try:
        return httpx.get(link, timeout=2.0).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _press(link: str) -> None:
    """Press the button of the page, as a phone's browser does."""
    origin = link.split("/ack/", maxsplit=1)[0]
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    httpx.post(link, data={"who": "duty-1"}, headers=headers).raise_for_status()


def _incident(text: str) -> int:
    """Return the incident that a message names at its end."""
    return int(re.findall(r"(\d+)/raised", text)[-1])


def _acknowledged_by(store: AlertStore, number: int) -> str:
    incident = store.incidents.find(number)
    return incident.acknowledged_by if incident else ""


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
