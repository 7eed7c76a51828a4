"""`qualicity verify`, `backup`, `restore` and `dead-letters` on a small site."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from console.cli import application
from qualicity.clock import SystemClock
from qualicity.errors import QualicityError, UsageError
from qualicity.model import Batch, DeadLetter, Observations, Registry
from qualicity.periods import DAY_MS
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock, hourly

NETWORK = """
[[city]]
id = "c"
name = { zh = "城", en = "City" }

[[station]]
id = "s1"
city = "c"
name = { zh = "站", en = "Station" }
channels = [{ parameter = "pm25", unit = "ug/m3" }]
"""
GOOD = b'{"t": "2016-01-01T00:00:00+08:00", "v": 35.2, "u": "ug/m3", "p": 3600}'


@pytest.fixture
def site(tmp_path):
    """Return a data folder: 20 readings sealed, 20 not, 150 dead letters of which one is good by today's network."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    letters = [
        DeadLetter("mqtt", "c/air/s1/pm25", "unknown channel", "pm25", GOOD, 1_451_577_700_000, "s1"),
        *(DeadLetter("mqtt", f"c/air/s{n}/pm25", "undecodable", "[/no] JSON", b"[/red]\xff", n) for n in range(148)),
        DeadLetter("import:x.csv", "x.csv:7", "no value", "", b"s1,,", 5, "s1"),
    ]
    with EmbeddedStore(folder, writer=True, clock=FakeClock(1)) as store:
        store.append(Batch(hourly(Registry(), "s1", "pm25", 0, range(20), received=1)))
        store.seal()
        store.append(Batch(hourly(Registry(), "s1", "pm25", 0, range(20), received=2), letters))
    return folder


def _run(*arguments, code=0):
    result = CliRunner().invoke(application(str(arguments[0])), [str(argument) for argument in arguments])
    if isinstance(result.exception, QualicityError):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def _lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_verify_says_what_there_is(site):
    """And nothing on standard output for machines."""
    text = _run("verify", "--data", site)

    assert "all well: 20 readings in the archive, 20 in the journal" in text
    assert _run("verify", "--data", site, "--json") == ""


def test_verify_names_what_does_not_fit(site):
    """Exit code 1; even a manifest that cannot be read is a finding, not an end."""
    manifest = site / "archive" / "manifest.jsonl"
    manifest.write_bytes(b"{" + manifest.read_bytes())

    assert "manifest.jsonl: " in _run("verify", "--data", site, code=1)
    (finding,) = _lines(_run("verify", "--data", site, "--json", code=1))
    assert finding["where"] == "manifest.jsonl"
    assert "record 1" in finding["what"]


def test_verify_looks_at_the_ledger_too(site):
    """Its structure, as SQLite checks it."""
    (site / "ledger.db").write_bytes(b"no database")

    (finding,) = _lines(_run("verify", "--data", site, "--json", code=1))

    assert finding["where"] == "ledger.db"


def test_backup_and_restore_name_their_files(site, tmp_path):
    """What was restored verifies."""
    (copied,) = _lines(_run("backup", tmp_path / "copy", "--data", site, "--json"))
    (restored,) = _lines(_run("restore", tmp_path / "copy", "--data", tmp_path / "new", "--json"))

    assert set(copied["files"]) == set(restored["files"]) >= {"journal.db", "network.toml", "archive/manifest.jsonl"}
    assert "20 in the journal" in _run("verify", "--data", tmp_path / "new")


def test_list_is_complete_for_machines(site):
    """Every letter, or those of a station, of a reason, or the latest."""
    letters = _lines(_run("dead-letters", "list", "--data", site, "--json"))

    assert len(letters) == 150
    assert letters[0]["payload"] == GOOD.decode()
    assert letters[1]["payload"] == "[/red]\\xff"
    assert set(letters[0]) == {
        "id", "source", "place", "reason", "detail", "payload", "received", "station",
    }  # fmt: skip
    of_station = _lines(_run("dead-letters", "list", "--station", "s1", "--data", site, "--json"))
    assert [letter["reason"] for letter in of_station] == ["unknown channel", "no value"]
    latest = _lines(_run("dead-letters", "list", "--reason", "undecodable", "--limit", 2, "--data", site, "--json"))
    assert [letter["place"] for letter in latest] == ["c/air/s146/pm25", "c/air/s147/pm25"]


def test_list_for_people_shows_what_strangers_sent_as_it_is(site):
    """Markup in a payload or a detail is text; the latest hundred are shown."""
    text = _run("dead-letters", "list", "--data", site)

    assert "[/red]" in text
    assert "[/no] JSON" in text
    assert "x.csv:7" in text
    assert "c/air/s10/pm25" not in text


def test_counts_say_how_often(site):
    """By station and reason."""
    counts = _lines(_run("dead-letters", "list", "--counts", "--data", site, "--json"))

    assert [(count["station"], count["reason"], count["count"]) for count in counts] == [
        ("", "undecodable", 148),
        ("s1", "no value", 1),
        ("s1", "unknown channel", 1),
    ]
    assert "undecodable" in _run("dead-letters", "list", "--counts", "--data", site)


def test_retry_takes_what_is_good_by_todays_network(site):
    """Its reading is there, it is not; what is still bad stays, and a row of a file waits for its file."""
    (before,) = _lines(_run("dead-letters", "retry", "--data", site, "--json"))
    (after,) = _lines(_run("dead-letters", "retry", "--data", site, "--json"))

    assert before == {"taken": 1, "readings": 1, "left": 149}
    assert after == {"taken": 0, "readings": 0, "left": 149}
    with EmbeddedStore(site, writer=False, clock=FakeClock(1)) as store:
        rows = Observations.concatenate(list(store.scan()), store.registry)
        assert rows["value"][-1] == 35.2
        assert rows["received"][-1] == 1_451_577_700_000
    assert len(_lines(_run("dead-letters", "list", "--data", site, "--json"))) == 149


def test_retry_of_a_letter_that_is_not_there_is_wrong_use(site):
    """Nothing is taken."""
    with pytest.raises(UsageError, match="no dead letter 999"):
        _run("dead-letters", "retry", 1, 999, "--data", site)

    assert len(_lines(_run("dead-letters", "list", "--data", site, "--json"))) == 150


@pytest.fixture
def behind(site):
    """A site whose clock was a day behind when two readings came: one right, one of a sensor that was ahead itself."""
    now = SystemClock().now()
    letters = [
        DeadLetter(
            "mqtt", "c/air/s1/pm25", "in the future", "", json.dumps({"t": time, "v": 7, "p": 0}).encode(), now - DAY_MS
        )
        for time in (now, now + 7_200_000)
    ]
    with EmbeddedStore(site, writer=True, clock=FakeClock(1)) as store:
        store.append(Batch(Observations.build(store.registry, 0), tuple(letters)))
    return now


def test_retry_brings_back_what_a_clock_that_was_behind_has_refused(site, behind):
    """And nothing else: a sensor that was ahead itself stays refused, whatever our clock was."""
    (plainly,) = _lines(_run("dead-letters", "retry", "--data", site, "--json"))
    (told,) = _lines(_run("dead-letters", "retry", "--clock-behind", 86_400, "--data", site, "--json"))

    assert plainly["taken"] == 1  # the fixture's own
    assert told == {"taken": 1, "readings": 1, "left": 150}
    with EmbeddedStore(site, writer=False, clock=FakeClock(1)) as store:
        rows = Observations.concatenate(list(store.scan()), store.registry)
    assert (rows["start"][-1], rows["received"][-1], rows["value"][-1]) == (behind, behind, 7.0)


def test_retry_lets_no_letter_have_come_later_than_now(site, behind):
    """So no more is believed than can be."""
    (told,) = _lines(_run("dead-letters", "retry", "--clock-behind", 2 * 86_400, "--data", site, "--json"))

    assert (told["taken"], told["readings"]) == (0, 0)
