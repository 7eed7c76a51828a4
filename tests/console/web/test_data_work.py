"""Marks, reviews, dead letters and conflicts: pages and API do the same acts, and strangers' texts stay texts."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from console.access.roles import Principal
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from qualicity.model import Batch, DeadLetter, Observations, Position
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import NAME, Cause, Draft, Ledger
from qualicity.testing import FakeClock

NETWORK = """
[[city]]
id = "c"
name = { zh = "城", en = "City" }

[[city]]
id = "d"

[[station]]
id = "s1"
city = "c"
name = { zh = "站", en = "Station" }
channels = [{ parameter = "pm25", unit = "ug/m3" }]

[[station]]
id = "s2"
city = "d"
channels = [{ parameter = "pm25", unit = "ug/m3" }]
"""
NOW = 1_457_300_000_000  # 2016-03-07 05:33 +08:00
HOUR = 3_600_000
DAYS = [f"2016-03-0{n}" for n in range(1, 5)]
MARK = {"station": "s1", "from": "2016-03-02T08:00+08:00", "to": "2016-03-03T08:00+08:00", "kind": "fault",
        "why": "<script>alert(1)</script>", "proof": "log-17"}  # fmt: skip
NASTY = b"<img src=x onerror=alert(1)>\x00\x1b[31m"


def _draft(day, verdict="COMPLIES"):
    coverage = {"pm25": {"expected": 24, "observed": 24, "valid": 23}}
    return Draft("air/c/s1", day, "GB3095-2012", {"verdict": verdict, "coverage": coverage}, "", "")


CLOCK = FakeClock(NOW)


def _fill(folder):
    """Write four days of verdicts of s1, readings of which two contend, and letters of s1, of s2 and of nobody."""
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    letters = [
        DeadLetter("mqtt", "c/air/s1/pm25", "undecodable", "\u202e<b>", NASTY, NOW, "s1"),
        DeadLetter("mqtt", "c/air/s2/pm25", "no time", "", b"{}", NOW, "s2"),
        DeadLetter("mqtt", "x", "unknown channel", "", b"A" * 5000, NOW),
    ]
    start = 1_456_848_000_000 + np.array([0, 1, 1]) * HOUR  # 2016-03-02 00:00 +08:00
    with EmbeddedStore(folder, writer=True, clock=FakeClock(NOW)) as store:
        rows = Observations.build(
            store.registry, 3, station="s1", parameter="pm25", unit="ug/m3", source="mqtt", start=start + 8 * HOUR,
            period=3600, statistic=1, value=np.array([1.0, 2.0, 3.0]), received=NOW,
        )  # fmt: skip
        store.append(Batch(rows, letters))
    with Ledger(folder / NAME, FakeClock(NOW)) as ledger:
        ledger.write(list(map(_draft, DAYS)), Position("e", 3), "code", {})


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The service over a folder, by whoever `access.who` is; what is in the folder is each test's own."""
    whole = tmp_path_factory.mktemp("whole")
    _fill(whole)
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    access = SignedIn()
    return whole, folder, access, application(folder, CLOCK, access=access)


@pytest.fixture
def folder(served):
    """The folder as it was filled."""
    whole, folder, *_ = served
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    CLOCK.time = NOW
    return folder


class _As(Browser):
    """Asks as somebody."""

    def __init__(self, served, who):
        super().__init__(served[3])
        self._access, self._who = served[2], who

    def request(self, method, path, **given):
        self._access.who = self._who
        key = f"{self._who.name} {sorted(self._who.cities)}"  # answers are kept by what tells who asks
        return super().request(method, path, **{"headers": {"authorization": key}, **given})


@pytest.fixture
def ask(served, folder):
    """Return a browser of somebody who is signed in."""

    def browser(name="officer-1", role="officer", cities=()):
        return _As(served, Principal(name, frozenset({role}), frozenset(cities), "session", "token"))

    return browser


def _add(browser, **other):
    return browser.post("/api/v1/marks", json={**MARK, **other})


def test_a_second_person_approves_a_mark(ask, folder):
    """One's own is refused over the API and on the page alike; each change is in the log, its days are dirty."""
    mark = _add(ask()).json()
    for path in (f"/api/v1/marks/{mark['id']}/approve", f"/marks/{mark['id']}/approve"):
        assert ask().post(path, json={}).status_code == 403

    assert ask("officer-2").post(f"/marks/{mark['id']}/approve", data={"why": "seen"}).status_code == 303

    assert ask().get(f"/api/v1/marks/{mark['id']}").json()["status"] == "approved"
    with Ledger(folder / NAME, FakeClock(NOW), reader=True) as ledger:
        entries = ledger.audit.entries(action="mark.")
        assert [(one.action, one.who, one.via) for one in entries] == [
            ("mark.approve", "officer-2", "page"), ("mark.add", "officer-1", "api"),
        ]  # fmt: skip
        assert {one.period for one in ledger.dirty("air/c")} == {"2016-03-02", "2016-03-03"}


@pytest.mark.parametrize(
    "other",
    [
        {"proof": "  "}, {"why": ""}, {"to": "2016-03-02T08:00+08:00"}, {"to": "2018-03-02T08:00+08:00"},
        {"station": "none"}, {"parameter": "o3"}, {"from": "yesterday"}, {"deadline": "2016-03-01T00:00+08:00"},
        {"from": "0001-01-01T00:00+14:00"},
    ],
)  # fmt: skip
def test_marks_that_cannot_be_are_refused(ask, other):
    """With cause and mend, and nothing is made."""
    refused = _add(ask(), **other)

    assert refused.status_code == 400
    assert refused.json()["mend"]
    assert ask().get("/api/v1/marks").json()["rows"] == []


def test_a_mark_of_another_city_is_neither_made_nor_seen(ask):
    """City scope, in lists and by id."""
    mark = _add(ask()).json()
    other = ask("officer-2", cities=["d"])

    assert _add(other).status_code == 403
    assert other.get(f"/marks/{mark['id']}").status_code == 403
    assert other.get("/api/v1/marks").json()["rows"] == []
    assert mark["id"] not in other.get("/marks").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_marks(ask, language):
    """What a mark would do is shown before it is made; nothing that was written is markup."""
    query = {**MARK, "check": "1", "lang": language}
    form = ask().get("/marks/new", params=query)
    mark = _add(ask()).json()
    pages = [
        form,
        *(ask("officer-2").get(path, params={"lang": language}) for path in ("/marks", f"/marks/{mark['id']}")),
    ]

    assert [page.status_code for page in pages] == [200] * 3
    assert not any("<script>alert" in page.text for page in pages)
    assert "2016-03-02" in pages[2].text


def test_lapsed_marks_are_seen_as_such_and_cannot_be_approved(ask, folder):
    """Looking writes nothing."""
    mark = _add(ask()).json()
    later = ask("officer-2")
    CLOCK.time = mark["deadline"]

    assert later.get("/api/v1/marks").json()["rows"][0]["status"] == "lapsed"
    assert later.post(f"/api/v1/marks/{mark['id']}/approve", json={}).status_code == 409
    assert later.get(f"/marks/{mark['id']}").status_code == 200
    with Ledger(folder / NAME, FakeClock(NOW), reader=True) as ledger:
        assert ledger.marks.list()[0].status == "open"


def _review(browser, act, period="2016-03", **other):
    return browser.post("/api/v1/reviews", json={"scope": "air/c/s1", "act": act, "period": period, **other})


def _states(browser):
    rows = browser.get("/api/v1/reviews", params={"period": "2016-03"}).json()["rows"]
    return [(row["verification"], row["changed"]) for row in rows]


def test_a_month_is_reviewed_and_made_final_by_another(ask, folder):
    """Only after a review, by another person; a day with another version is preliminary again, and tells why."""
    assert _review(ask(), "final").status_code == 409
    assert _review(ask(), "reviewed").json()["days"] == DAYS
    assert _review(ask(), "final").status_code == 403
    assert _review(ask("officer-2"), "final").json()["days"] == DAYS
    assert _states(ask()) == [("final", False)] * 4

    with Ledger(folder / NAME, FakeClock(NOW)) as ledger:
        causes = {DAYS[1]: [Cause("mark", "abc open")]}
        ledger.write([_draft(DAYS[1], "EXCEEDS")], Position("e", 3), "code", causes)

    assert _states(ask()) == [("final", False), ("preliminary", True), ("final", False), ("final", False)]
    page = ask().get("/reviews/air/c/s1", params={"month": "2016-03", "lang": "en"}).text
    assert "version 2 since: mark abc open" in page
    assert ask().get("/reviews", params={"month": "2016-03"}).status_code == 200


def test_only_days_that_are_judged_lead_to_their_why(ask):
    page = ask().get("/reviews/air/c/s1", params={"month": "2016-03"}).text
    assert [day for day in range(1, 32) if f'/explain/air/c/s1/2016-03-{day:02}"' in page] == [1, 2, 3, 4]


def test_reopening_needs_a_reason(ask):
    """And what cannot be said is refused."""
    _review(ask(), "reviewed", "2016-03-01", last="2016-03-02")

    assert _review(ask(), "reopened").status_code == 400
    assert _review(ask(), "reopened", why="wrong").json()["days"] == DAYS[:2]
    assert _review(ask(), "reopened", why="wrong").status_code == 409
    assert _review(ask(), "reviewed", "2015-03").status_code == 409
    assert _review(ask(), "reviewed", "2016-03", last="2030").status_code == 400
    assert _review(ask("v", "viewer"), "reviewed").status_code == 403
    assert _review(ask("o", cities=["d"]), "reviewed").status_code == 403
    assert (
        ask().post("/api/v1/reviews", json={"scope": "air/c", "act": "final", "period": "2016-03"}).status_code == 404
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_letters_of_strangers_stay_texts(ask, language):
    """Markup is escaped, what steers a screen is spelled out, long ones are cut."""
    page = ask().get("/letters", params={"lang": language}).text

    assert "<img" not in page
    assert "\x00" not in page
    assert "\u202e" not in page
    assert "\\x1b[31m" in page
    assert "A" * 601 not in page


def test_letters_are_seen_by_whoever_is_there_for_their_city(ask):
    """One of no known station may be of any city."""
    own = ask(cities=["c"])

    assert [row["id"] for row in own.get("/api/v1/dead-letters").json()["rows"]] == [1]
    assert own.post("/api/v1/dead-letters/2/dismiss", json={"why": "x"}).status_code == 404
    assert own.post("/api/v1/dead-letters/retry", json={"ids": [1, 3]}).status_code == 404
    assert len(ask().get("/api/v1/dead-letters").json()["rows"]) == 3


def test_a_dismissed_letter_is_kept_and_counts_no_more(ask):
    """Once; with a reason; listed by itself."""
    dismiss = "/api/v1/dead-letters/1/dismiss"
    assert ask().post(dismiss, json={"why": " "}).status_code == 400
    assert ask().post("/letters/dismiss", data={"ids": ["1"], "why": "<i>noise</i>"}).status_code == 303
    assert ask().post(dismiss, json={"why": "again"}).status_code == 409

    waiting = {row["station"]: row["waiting"] for row in ask().get("/api/v1/dead-letters/counts").json()["rows"]}
    assert waiting == {"": 1, "s1": 0, "s2": 1}
    assert [row["id"] for row in ask().get("/api/v1/dead-letters").json()["rows"]] == [3, 2]
    page = ask().get("/letters", params={"shown": "dismissed"}).text
    assert "&lt;i&gt;noise" in page


def test_a_retry_waits_for_the_collector_and_the_page_says_so(ask, folder):
    """The log has it before it is asked for."""
    asked = ask().post("/api/v1/dead-letters/retry", json={"ids": None})

    assert (asked.status_code, asked.json()["done"]) == (202, False)
    assert "does not run" in ask().get("/letters", params={"lang": "en"}).text
    with Ledger(folder / NAME, FakeClock(NOW), reader=True) as ledger:
        assert [one.action for one in ledger.audit.entries()] == ["letter.retry"]
    assert ask("v", "viewer").post("/api/v1/dead-letters/retry", json={}).status_code == 403


def test_conflicts_are_listed_and_dismissed_with_a_reason(ask):
    """Which counts is said; the key is checked; a second dismissal does not fit."""
    shown = ask().get("/letters/conflicts", params={"month": "2016-03", "lang": "en"})
    (row,) = ask().get("/api/v1/conflicts", params={"from": "2016-03-01", "to": "2016-03-31"}).json()["rows"]
    body = {"key": row["key"], "why": "typed twice"}

    assert "the greater value" in shown.text
    assert ask(cities=["d"]).post("/api/v1/conflicts/dismiss", json=body).status_code == 403
    assert ask().post("/api/v1/conflicts/dismiss", json={**body, "key": "nobody/x"}).status_code == 400
    assert ask().post("/api/v1/conflicts/dismiss", json=body).status_code == 200
    assert ask().post("/api/v1/conflicts/dismiss", json=body).status_code == 409
    assert "typed twice" in ask().get("/letters/conflicts", params={"month": "2016-03"}).text
