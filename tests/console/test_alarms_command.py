"""`qualicity alerts`: what it prints for people and for machines, and how it ends."""

from __future__ import annotations

import getpass
import json
import shutil
from contextlib import ExitStack

import pytest
from typer.testing import CliRunner

from alerting.store import NAME, AlertStore
from alerting.store.outbox import Attempt
from console.alarms.testing import DINGLING, WANLIU, Hand, fill, notice
from console.cli import application
from qualicity.clock import SystemClock
from qualicity.errors import Permanent, QualicityError, Retryable, UsageError

ONCALL = """
[[channel]]
id = "chat"
kind = "dingtalk"
url_file = "url"

[[channel]]
id = "mail"
kind = "email"
url = "smtp://127.0.0.1:25"
sender = "air@example.org"
tls = "none"

[[person]]
id = "duty-1"
addresses = { chat = "13800000001", mail = "duty-1@example.org" }

[[person]]
id = "duty-2"
addresses = { chat = "13800000002" }

[[group]]
id = "all"
people = ["duty-1", "duty-2"]

[[rota]]
id = "day"

  [[rota.layers]]
  people = ["duty-1", "duty-2"]
  start = 2026-01-05
  handover = "mon 09:00"
  hours = "08:00-20:00"

[[policy]]
id = "default"
fallback = "all"

  [[policy.steps]]
  targets = ["rota:day"]
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a data folder with alarms in every state, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder, SystemClock().now())
    (folder / "oncall.toml").write_text(ONCALL, encoding="utf-8")
    return folder


@pytest.fixture
def site(tmp_path, filled):
    """Return a data folder with alarms in every state and an on-call file."""
    return shutil.copytree(filled, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def engine(site):
    """Let requests be carried out."""
    with Hand(site, SystemClock()):
        yield


@pytest.fixture
def alerts(site):
    """Return a function that runs the command: what it printed, or the error that ended it."""

    def run(*arguments):
        result = CliRunner().invoke(application(), ["alerts", *arguments, "--data", str(site)])
        if isinstance(result.exception, QualicityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def _rows(text):
    return [json.loads(line) for line in text.splitlines()]


def test_list(alerts):
    """What waits for somebody first; the same rows as the API."""
    rows = _rows(alerts("list", "--json"))
    text = alerts("list")

    assert [row["alarm"] for row in rows[:2]] == [str(DINGLING), str(WANLIU)]
    assert text.index(str(DINGLING)) < text.index(str(WANLIU)) < text.index("cleared unacknowledged")
    for said in ("301.5", "200", "by gateway-silent@gateway:G1", "maintenance until 18:00"):
        assert said in text


@pytest.mark.usefixtures("engine")
def test_acknowledge(alerts, site):
    """Done, under the name that was given."""
    (row,) = _rows(alerts("ack", "incident:1", "--who", "duty-1", "--json"))
    assert (row["kind"], row["target"], row["outcome"]) == ("acknowledge", "incident:1", "done")
    with AlertStore(site / NAME, reader=True) as store:
        assert store.incidents.find(1).acknowledged_by == "duty-1"


@pytest.mark.usefixtures("engine")
def test_what_the_engine_refuses(alerts):
    """Nothing to acknowledge: wrong use, in the engine's words."""
    with pytest.raises(UsageError, match="nothing to acknowledge"):
        alerts("ack", "incident:2")


def test_while_the_engine_does_not_run(alerts, site):
    """The request is kept under the user's name, and it is said that nothing has happened yet: exit 3."""
    with pytest.raises(Retryable, match="does not run: request 1 is kept") as kept:
        alerts("ack", "incident:1")

    assert kept.value.exit_code == 3
    with AlertStore(site / NAME, reader=True) as store:
        assert [(one.who, one.via) for one in store.commands.waiting()] == [(getpass.getuser(), "cli")]


@pytest.mark.parametrize("target", ["incident:x", "17", "@", "rule@", "", "incident:" + "9" * 30, "incident:²"])
def test_targets_that_are_none(alerts, target):
    """A target that names nothing is wrong use, before anything is asked."""
    with pytest.raises(UsageError, match="not the name of an alarm"):
        alerts("ack", target)


def test_nobody_is_made_up(alerts, site, monkeypatch):
    """Where the system has no name for the user either, one must be given."""

    def nameless():
        raise KeyError(1234)

    monkeypatch.setattr(getpass, "getuser", nameless)
    for arguments in ((), ("--who", " ")):
        with pytest.raises(UsageError):
            alerts("ack", "incident:1", *arguments)
    with AlertStore(site / NAME, reader=True) as store:
        assert store.commands.waiting() == []


@pytest.mark.usefixtures("engine")
def test_shelve(alerts, site):
    """As long as the rule allows, with who, why and until; and back."""
    alerts("shelve", str(WANLIU), "--for", "2 h", "--once", "--who", "duty-1", "--why", "calibration")
    alerts("unshelve", str(WANLIU), "--who", "duty-2")

    with AlertStore(site / NAME, reader=True) as store:
        rows = store.database.rows("SELECT kind, who, made, arguments FROM command ORDER BY id")
    (kind, who, made, arguments), (back, whose, *_) = rows
    told = json.loads(arguments)
    assert (kind, who, back, whose) == ("shelve", "duty-1", "unshelve", "duty-2")
    assert abs(told["until"] - made - 7_200_000) < 5_000
    assert (told["once"], told["why"]) == (True, "calibration")


@pytest.mark.parametrize("target", [str(WANLIU), "incident:1"])
def test_shelving_has_an_end(alerts, site, target):
    """Longer than the rule allows is not cut silently: wrong use, with the longest time."""
    with pytest.raises(UsageError, match="7 d at most") as refused:
        alerts("shelve", target, "--for", "8 d", "--why", "tired of it")

    assert '"7 d"' in refused.value.mend
    with AlertStore(site / NAME, reader=True) as store:
        assert store.commands.waiting() == []


@pytest.mark.parametrize("length", ["2", "2 weeks", "0 h", "-1 h"])
def test_lengths_that_are_none(alerts, length):
    """A duration without a unit, or of nothing."""
    with pytest.raises(UsageError, match=r"duration|days"):
        alerts("shelve", str(WANLIU), f"--for={length}", "--why", "x")


def test_history(alerts):
    """Newest first; of one alarm; since a time."""
    rows = _rows(alerts("history", "--json"))
    own = _rows(alerts("history", "--alarm", str(WANLIU), "--json"))

    assert [row["kind"] for row in rows] == ["announced", "raised"] * 2
    assert own == rows[2:]
    assert _rows(alerts("history", "--since", "2100-01-01T00:00+08:00", "--json")) == []
    assert "announced" in alerts("history")
    with pytest.raises(UsageError, match="no offset"):
        alerts("history", "--since", "2026-11-22T08:00")


def test_incident(alerts):
    """Members, timeline and delivery report."""
    (row,) = _rows(alerts("incident", "1", "--json"))
    text = alerts("incident", "1")

    assert (row["incident"], len(row["members"]), len(row["deliveries"])) == (1, 2, 2)
    for said in ("not acknowledged", "550", "no such mailbox", "dead", "duty-2", "announced"):
        assert said in text
    with pytest.raises(UsageError, match="no incident 99"):
        alerts("incident", "99")


def test_duty(alerts):
    """Who is on duty from now on, without a gap; who has nobody is named."""
    rows = _rows(alerts("duty", "--days", "3", "--json"))

    assert {row["rota"] for row in rows} == {"day"}
    assert [row["to"] for row in rows[:-1]] == [row["from"] for row in rows[1:]]
    assert all(row["people"] in ([], ["duty-1"], ["duty-2"]) for row in rows)
    assert "nobody" in alerts("duty", "--days", "3")


# tests of a channel


class _Provider:
    """Lets the message of a test be taken, or refused, or never be made."""

    def __init__(self, outcome):
        self.outcome, self.asked = outcome, None

    def __call__(self, store, command, now):
        self.asked = command
        channel, to = command.arguments["channel"], command.arguments["recipient"]
        if self.outcome == "nobody":
            return ""
        store.outbox.add([notice(0, f"test.{command.id}", channel, "", to)], now)
        (row,) = store.outbox.lease("w", channel, now, lease_ms=1000)
        if self.outcome == "delivered":
            store.outbox.delivered(row, Attempt(now, "delivered", "0", "ok", 80))
        else:
            store.outbox.dead(row, Attempt(now, "refused", "310000", "sign not match", 80))
        return ""


@pytest.fixture
def provider(site):
    """Return a function that lets requests be carried out, with a provider that answers so."""
    with ExitStack() as opened:

        def start(outcome):
            found = _Provider(outcome)
            opened.enter_context(Hand(site, SystemClock(), found))
            return found

        yield start


def test_a_test_prints_what_the_provider_said(alerts, provider):
    """The real way, with the provider's own code; the title of a rule where one is named."""
    asked = provider("delivered")
    text = alerts("test", "--channel", "chat", "--rule", "air-o3-1h", "--who", "duty-1")

    assert "delivered: channel chat, to chat, provider says 0 ok (1 tries)" in text
    assert (asked.asked.kind, asked.asked.who) == ("test", "duty-1")
    assert asked.asked.arguments == {"channel": "chat", "recipient": "", "rule": "air-o3-1h"}


def test_a_test_to_one_person(alerts, provider):
    """The person's own address on that channel, from the on-call file."""
    asked = provider("delivered")
    (row,) = _rows(alerts("test", "--channel", "mail", "--to", "duty-1", "--json"))

    assert asked.asked.arguments["recipient"] == "duty-1@example.org"
    assert (row["state"], row["code"], row["to"]) == ("delivered", "0", "duty-1@example.org")


def test_a_test_that_does_not_arrive(alerts, provider):
    """The provider refused: exit 3, after its code was printed."""
    provider("refused")
    with pytest.raises(Retryable, match="not delivered") as failed:
        alerts("test", "--channel", "chat")
    assert failed.value.exit_code == 3


def test_a_test_for_nobody(alerts, provider):
    """Nobody is on duty who has that channel: exit 3, not silence."""
    provider("nobody")
    with pytest.raises(Permanent, match="nobody could be told") as failed:
        alerts("test", "--channel", "mail")
    assert failed.value.exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--channel", "sms"), "no channel 'sms'"),
        (("--channel", "chat", "--rule", "x"), "no rule 'x'"),
        (("--channel", "chat", "--to", "x"), "no person 'x'"),
        (("--channel", "mail", "--to", "duty-2"), "has no address on channel mail"),
    ],
)
def test_a_test_that_cannot_be(alerts, site, arguments, said):
    """What the files do not know is said before anything is asked."""
    with pytest.raises(UsageError, match=said):
        alerts("test", *arguments)
    with AlertStore(site / NAME, reader=True) as store:
        assert store.commands.waiting() == []


def test_without_an_on_call_file(alerts, site):
    """There is nobody to test, and no duty to show."""
    (site / "oncall.toml").unlink()
    for arguments in (("duty",), ("test", "--channel", "chat")):
        with pytest.raises(UsageError, match="no on-call file"):
            alerts(*arguments)


def test_before_the_first_alarm(tmp_path):
    """No store yet: wrong use, with its mend; none is made by asking."""
    for arguments in (("list",), ("ack", "incident:1"), ("history",), ("incident", "1")):
        error = CliRunner().invoke(application(), ["alerts", *arguments, "--data", str(tmp_path)]).exception
        assert isinstance(error, UsageError)
        assert "no alarms" in error.cause
        assert "serve" in error.mend
    assert not (tmp_path / NAME).exists()
