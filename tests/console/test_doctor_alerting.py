"""`doctor --only alerting`: each outcome with real files and listeners on loopback; no secret is ever shown."""

from __future__ import annotations

import datetime as dt
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alerting.message import Message, Notice
from alerting.metrics import LAST_EVALUATION
from alerting.sinks.deadman import PERIOD
from alerting.store import NAME, AlertStore
from alerting.store.outbox import Attempt
from alerting.testing import TOKEN, Receiver
from collector.embedded_broker import free_port
from console.doctor import examine
from console.site import Site
from qualicity.heartbeat import STALE_MS, beat
from qualicity.periods import DAY_MS, LAW_ZONE
from qualicity.settings import AlertingSettings, Settings
from qualicity.testing import FakeClock

ROOT = Path(__file__).parents[2]
KEY = "k" * 32
SECRET = "SECloopback0123456789"  # noqa: S105 - of a listener that lives as long as a test

PEOPLE = """
[[person]]
id = "duty-1"
addresses = { chat = "13800000001" }

[[group]]
id = "leads"
people = ["duty-1"]

[[policy]]
id = "default"
fallback = "leads"
"""
CHAT = '[[channel]]\nid = "chat"\nkind = "dingtalk"\nurl_file = "chat-url"\nsecret_file = "chat-secret"\n'
ROTA = '[[policy.steps]]\ntargets = ["rota:main"]\n[[rota]]\nid = "main"\n'
LAYER = '[[rota.layers]]\npeople = ["duty-1"]\nstart = 2026-01-05\n'
DECLARED = PEOPLE + ROTA + LAYER


def at(text: str) -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE).timestamp() * 1000)


class Doctor:
    """A data folder, its settings and the time; asks and remembers all that was ever said."""

    def __init__(self, folder: Path) -> None:
        self.data, self.clock = folder, FakeClock(at("2026-03-02 12:00"))
        self.settings: dict[str, object] = {}
        self.said = ""

    def oncall(self, text: str = DECLARED, channels: str = CHAT) -> None:
        """Write the on-call file, and the key of its chat."""
        (self.data / "oncall.toml").write_text(channels + text, "utf-8")
        self.secret("chat-secret", SECRET)

    def secret(self, name: str, text: str) -> Path:
        """Write a secret's file."""
        path = self.data / name
        path.write_text(text + "\n", "utf-8")
        return path

    def ask(self, name: str):
        """Return (outcome, detail, mend) of each check of a name."""
        site = Site(self.data, Settings(alerting=AlertingSettings(**self.settings)), self.clock)
        with site:
            checks = list(examine(site, ["alerting"]))
        self.said += " ".join(f"{one.detail} {one.mend}" for one in checks)
        for one in checks:
            assert one.outcome == "ok" or one.mend, one
        return [(one.outcome, one.detail, one.mend) for one in checks if one.name == name]

    def ask_one(self, name: str):
        """Return the one check of a name."""
        (found,) = self.ask(name)
        return found


@pytest.fixture
def doctor(tmp_path):
    """A site without alarms; whatever is asked of it, no secret may be said."""
    made = Doctor(tmp_path)
    yield made
    for secret in (TOKEN, SECRET, KEY):
        assert secret not in made.said


@contextmanager
def answering(status: int):
    """A server of HTTP on loopback that gives one answer; yields its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


# rules and people


def test_the_rules_that_ship_are_well(doctor):
    outcome, detail, _ = doctor.ask_one("alarm rules")
    assert (outcome, "those that ship" in detail) == ("ok", True)


def test_every_mistake_of_the_rules_is_told(doctor):
    """And a site's own good rules are named by their file."""
    (doctor.data / "rules.toml").write_text('[[rule]]\nid = "a"\nkid = 1\n[[rule]]\nid = "b"\nkind = "no"\n', "utf-8")
    outcome, detail, _ = doctor.ask_one("alarm rules")
    assert outcome == "problem"
    assert re.search(r"'a'.*\n.*'b'", detail)
    shipped = (ROOT / "alerting" / "rules" / "default.toml").read_text("utf-8")
    (doctor.data / "rules.toml").write_text(shipped, "utf-8")
    outcome, detail, _ = doctor.ask_one("alarm rules")
    assert (outcome, detail.endswith("rules.toml")) == ("ok", True)


def test_without_an_on_call_file_nobody_is_told(doctor):
    outcome, detail, mend = doctor.ask_one("on-call file")
    assert (outcome, "nobody is told" in detail, "qualicity init" in mend) == ("warning", True, True)
    assert doctor.ask("alarm channel") == doctor.ask("on-call rota") == doctor.ask("holidays") == []


def test_every_mistake_of_the_on_call_file_is_told(doctor):
    """Also a policy that a rule names and nobody declares."""
    doctor.oncall(DECLARED.replace('"default"', '"other"').replace("2026-01-05", '"soon"'))
    outcome, detail, _ = doctor.ask_one("on-call file")
    assert (outcome, "no policy 'default'" in detail, "start" in detail) == ("problem", True, True)


def test_a_named_file_that_is_not_there_is_a_problem(doctor):
    doctor.settings = {"oncall": doctor.data / "none.toml", "rules": doctor.data / "no-rules.toml"}
    assert doctor.ask_one("on-call file")[0] == doctor.ask_one("alarm rules")[0] == "problem"


def test_a_good_on_call_file_is_named(doctor):
    doctor.oncall()
    doctor.secret("chat-url", f"http://127.0.0.1:{free_port()}/robot/send?access_token={TOKEN}")
    outcome, detail, _ = doctor.ask_one("on-call file")
    assert (outcome, "1 people" in detail, "oncall.toml" in detail) == ("ok", True, True)


# channels


def test_a_channel_whose_server_takes_connections_is_well_and_gets_no_message(doctor):
    with Receiver("dingtalk", secret=SECRET) as robot:
        doctor.oncall()
        doctor.secret("chat-url", robot.url)
        outcome, detail, _ = doctor.ask_one("alarm channel")
        assert (outcome, detail) == ("ok", f"chat (dingtalk): 127.0.0.1:{robot.port} answers")
        assert robot.requests == 0


def test_a_server_that_is_away_is_a_warning(doctor):
    """Messages wait for it."""
    port = free_port()
    doctor.oncall()
    doctor.secret("chat-url", f"http://127.0.0.1:{port}/robot/send?access_token={TOKEN}")
    outcome, detail, _ = doctor.ask_one("alarm channel")
    assert (outcome, f"127.0.0.1:{port} does not answer: Connection refused" in detail) == ("warning", True)
    doctor.secret("chat-url", f"http://{'a' * 64}.invalid/robot/send?access_token={TOKEN}")
    outcome, detail, _ = doctor.ask_one("alarm channel")
    assert (outcome, "no such name" in detail) == ("warning", True)


def test_a_secret_that_cannot_be_read_is_a_problem(doctor):
    """Its place is told; the other channels are looked at all the same."""
    doctor.oncall(channels=CHAT + CHAT.replace("chat", "other"))
    doctor.secret("chat-url", f"http://127.0.0.1:{free_port()}/?access_token={TOKEN}")
    (one, _, _), (other, detail, mend) = doctor.ask("alarm channel")
    assert (one, other, "other-secret" in detail, "make the file" in mend) == ("warning", "problem", True, True)


def test_the_host_of_a_secret_webhook_is_not_shown(doctor):
    """It may be the secret; the address of a mail server is none, and its port follows from `tls`."""
    doctor.secret("chat-url", f"http://{TOKEN}.localhost:{free_port()}/")
    doctor.oncall(channels='[[channel]]\nid = "chat"\nkind = "webhook"\nurl_file = "chat-url"\n')
    outcome, detail, _ = doctor.ask_one("alarm channel")
    assert (outcome, detail.startswith("chat (webhook): its server does not answer")) == ("warning", True)
    mail = (
        '[[channel]]\nid = "chat"\nkind = "email"\nurl = "smtp://127.0.0.1"\nsender = "a@example.org"\ntls = "none"\n'
    )
    doctor.oncall(DECLARED.replace("13800000001", "d@example.org"), channels=mail)
    assert "127.0.0.1:25 " in doctor.ask_one("alarm channel")[1]


def test_a_proxy_is_what_is_reached(doctor):
    doctor.secret("chat-url", f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        port = proxy.getsockname()[1]
        doctor.oncall(channels=f'{CHAT}proxy = "http://127.0.0.1:{port}"\n')
        assert doctor.ask_one("alarm channel")[:2] == ("ok", f"chat (dingtalk): 127.0.0.1:{port} answers")


def test_of_apprise_only_the_form_of_the_address_is_looked_at(doctor):
    doctor.oncall(channels='[[channel]]\nid = "chat"\nkind = "apprise"\nurl_file = "chat-url"\n')
    doctor.secret("chat-url", f"json://localhost/{TOKEN}")
    outcome, detail, _ = doctor.ask_one("alarm channel")
    assert (outcome, "alerts test" in detail) == ("ok", True)
    doctor.secret("chat-url", f"nonsense://{TOKEN}")
    assert doctor.ask_one("alarm channel")[0] == "problem"


# duty


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (LAYER, None),
        (f"{LAYER}end = 2026-03-08\n", "2026-03-09 00:00"),
        (f"{LAYER}end = 2026-03-16\n", None),  # beyond 14 days
        (f'{LAYER}handover = "18:00"\nhours = "18:00-12:00"\n', "2026-03-02 12:00"),
        (LAYER.replace("2026-01-05", "2026-03-04"), "2026-03-02 12:00"),
        (f'{LAYER}hours = "08:00-18:00"\n', "2026-03-02 18:00"),
    ],
)
def test_a_hole_in_the_rota_is_named_by_its_time(doctor, declared, found):
    """The first within 14 days at which a step would ask for somebody."""
    doctor.oncall(PEOPLE + ROTA + declared)
    outcome, detail, _ = doctor.ask_one("on-call rota")
    assert outcome == ("warning" if found else "ok"), detail
    assert found is None or f"rota:main from {found} on" in detail


def test_a_rota_for_working_hours_needs_nobody_at_night(doctor):
    """Where a policy tells of P3 in working hours only, and the step is for P3 only."""
    office = f'{LAYER}hours = "08:00-18:00"\ndays = "workdays"\n'
    step = ROTA.replace('["rota:main"]\n', '["rota:main"]\nseverities = ["P3", "P4"]\n')
    doctor.oncall(PEOPLE + step + office)
    assert doctor.ask_one("on-call rota")[0] == "ok"
    doctor.oncall(PEOPLE + step + office.replace("08:00-18:00", "09:00-18:00"))
    outcome, detail, _ = doctor.ask_one("on-call rota")
    assert (outcome, "2026-03-03 08:30" in detail) == ("warning", True)


def test_without_a_rota_there_is_no_hole(doctor):
    doctor.oncall(PEOPLE + '[[policy.steps]]\ntargets = ["person:duty-1"]\n')
    assert doctor.ask_one("on-call rota")[:2] == ("ok", "none is used")


@pytest.mark.parametrize(
    ("time", "unknown"),
    [
        ("2026-09-30 23:59", ""),
        ("2026-10-01 00:00", "2027"),
        ("2027-01-01 00:00", "2027"),
        ("2026-12-31 23:59", "2027"),
    ],
)
def test_unknown_holidays_are_a_warning_of_the_year_and_from_october_of_the_next(doctor, time, unknown):
    """By the days of China; a year that the file declares is known."""
    doctor.clock.time = at(time)
    doctor.oncall()
    outcome, detail, _ = doctor.ask_one("holidays")
    assert (outcome, unknown in detail) == ("warning" if unknown else "ok", True)
    day = 'holiday = [{ name = { zh = "元旦", en = "New Year" }, first = 2027-01-01, last = 2027-01-01 }]'
    doctor.oncall(f'{DECLARED}[[holidays]]\nyear = 2027\nsource = "s"\ncertainty = "read"\n{day}\n')
    assert doctor.ask_one("holidays")[0] == "ok"


# links


@pytest.mark.parametrize(
    ("url", "key", "outcome", "words"),
    [
        ("", "", "ok", "none"),
        ("https://alarms.example.org", KEY, "ok", "they lead to"),
        ("http://127.0.0.1:8414", KEY, "ok", "they lead to"),
        ("http://localhost:8414", KEY, "ok", "they lead to"),
        ("http://[::1]:8414", KEY, "ok", "they lead to"),
        ("http://alarms.example.org", KEY, "warning", "listens on the way"),
        ("http://10.0.0.8:8414", KEY, "warning", "listens on the way"),
        ("https://alarms.example.org", "", "warning", "public_url without alerting.link_key_file"),
        ("", KEY, "warning", "link_key_file without alerting.public_url"),
        ("https://alarms.example.org", KEY[1:], "problem", "at least 32 characters"),
        ("https://alarms.example.org", f"{KEY}\nshort", "problem", "at least 32 characters"),
    ],
)
def test_links_need_an_address_through_tls_and_good_keys(doctor, url, key, outcome, words):
    doctor.settings["public_url"] = url
    if key:
        doctor.settings["link_key_file"] = doctor.secret("keys", key)
    found, detail, _ = doctor.ask_one("alarm links")
    assert (found, words in detail) == (outcome, True), detail


def test_keys_that_cannot_be_read_are_a_problem(doctor):
    doctor.settings = {"public_url": "https://alarms.example.org", "link_key_file": doctor.data / "none"}
    assert doctor.ask_one("alarm links")[0] == "problem"


# beside us


def test_alertmanager_is_asked_whether_it_is_ready(doctor):
    assert doctor.ask_one("alertmanager")[:2] == ("ok", "none configured")
    with answering(200) as (url, asked):
        doctor.settings["alertmanager_url"] = f"{url}/"
        assert doctor.ask_one("alertmanager")[0] == "ok"
        assert asked == ["/-/ready"]
    assert doctor.ask_one("alertmanager")[0] == "problem"
    with answering(503) as (url, _):
        doctor.settings["alertmanager_url"] = url
        outcome, detail, _ = doctor.ask_one("alertmanager")
        assert (outcome, "503" in detail) == ("problem", True)


def test_the_dead_man_switch_is_looked_for_and_not_asked(doctor):
    """Asking would say that the engine lives."""
    outcome, detail, _ = doctor.ask_one("dead-man switch")
    assert (outcome, "nobody notices our death" in detail) == ("warning", True)
    with answering(200) as (url, asked):
        doctor.settings["deadman_url_file"] = doctor.secret("deadman", f"{url}/{TOKEN}")
        assert doctor.ask_one("dead-man switch")[0] == "ok"
        assert asked == []
    doctor.secret("deadman", "")
    assert doctor.ask_one("dead-man switch")[0] == "warning"
    doctor.settings["deadman_url_file"] = doctor.data / "none"
    assert doctor.ask_one("dead-man switch")[0] == "problem"


# what was sent, and the engine


def given_up(store, channel: str, when: int, number: int) -> None:
    message = Message(
        key=f"{number}", kind="raised", verb="trigger", severity="P2", title_zh="题", title_en="title", lines_zh=(),
        lines_en=(), dedup=f"i{number}", source="c", at=when,
    )  # fmt: skip
    store.outbox.add([Notice(number, "raised", channel, "", "duty-1", message)], when)
    (row,) = store.outbox.lease("w", channel, when, lease_ms=1_000)
    store.outbox.dead(row, Attempt(when, "refused", "310000", "sign not match", 5))


def test_messages_that_were_given_up_in_the_last_day_are_counted(doctor):
    assert doctor.ask_one("alarm messages")[0] == "ok"  # no file yet
    now = doctor.clock.now()
    with AlertStore(doctor.data / NAME) as store:
        given_up(store, "chat", now - DAY_MS - 1_000, 1)
        assert doctor.ask_one("alarm messages")[0] == "ok"
        given_up(store, "chat", now - DAY_MS + 1_000, 2)
        given_up(store, "chat", now - 1_000, 3)
        given_up(store, "mail", now - 1_000, 4)
        outcome, detail, _ = doctor.ask_one("alarm messages")
    assert (outcome, detail) == ("warning", "given up in the last day: 2 on chat, 1 on mail")


def test_a_file_of_alarms_that_is_broken_is_a_problem(doctor):
    (doctor.data / NAME).write_bytes(b"no database" * 1_000)
    assert doctor.ask_one("alarm messages")[0] == "problem"


@pytest.mark.parametrize(
    ("ready", "state", "silent", "evaluated", "outcome", "words"),
    [
        (True, "watching", 1_000, 1_500, "ok", "1.5 s ago"),
        (True, "watching", 1_000, PERIOD, "problem", "last evaluated 60 s ago"),
        (True, "watching", STALE_MS, STALE_MS, "problem", "no sign of life for 15 s"),
        (False, "oncall.toml cannot be read", 1_000, 1_000, "problem", "oncall.toml cannot be read"),
        (True, "waiting for readings", 1_000, None, "ok", "waiting for readings"),
        (False, "starting", 1_000, None, "warning", "starting"),
    ],
)
def test_the_engine_is_judged_by_its_last_evaluation(doctor, ready, state, silent, evaluated, outcome, words):
    now = doctor.clock.now()
    counters = {} if evaluated is None else {LAST_EVALUATION: (now - evaluated) / 1000}
    beat(doctor.data, "alerting", now - silent, ready=ready, state=state, counters=counters)
    found, detail, _ = doctor.ask_one("alarm engine")
    assert (found, words in detail) == (outcome, True), detail


def test_a_service_without_the_part_watches_nothing(doctor):
    assert doctor.ask_one("alarm engine")[:2] == ("ok", "not running")
    beat(doctor.data, "collector", doctor.clock.now(), ready=True, state="running", counters={})
    outcome, detail, _ = doctor.ask_one("alarm engine")
    assert (outcome, "nobody watches" in detail) == ("warning", True)


def test_the_page_names_every_check(doctor):
    """docs/operations.md, in the order in which they are told."""
    doctor.oncall()
    doctor.secret("chat-url", f"http://127.0.0.1:{free_port()}/robot/send?access_token={TOKEN}")
    page = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("| check | looks at |")[2]
    rows = re.findall(r"^\| `([^`]+)` \|", page.partition("\n\n")[0], flags=re.MULTILINE)
    with Site(doctor.data, Settings(), doctor.clock) as site:
        assert [one.name for one in examine(site, ["alerting"])] == rows
