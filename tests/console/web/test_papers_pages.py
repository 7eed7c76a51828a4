"""Pages and API of papers: records of issues, errata, jobs and who may ask for them, texts of editors."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from console.access.testing import SignedIn
from console.acts import papers as acts
from console.alarms.testing import Browser
from console.api import application
from console.papers import shelf
from console.papers.jobs import Ended, Jobs
from console.site import open_site
from qualicity.store.audit import Actor
from qualicity.testing import FakeClock
from reports.papers import PERIODS
from reports.record import Pin, Publication, digest

NOW = 1_795_312_800_000
PAPER = "bulletin-air-beijing-2016"
NETWORK = """
[[city]]
id = "beijing"
name = { zh = "北京", en = "Beijing" }
synthetic = true

[[city]]
id = "other"
"""
STRANGE = "<script>alert(1)</script>"
DAY = "air/beijing/2016-03-05"


def put_issue(folder, issue=1, previous=""):
    own = folder / "papers" / PAPER / str(issue)
    own.mkdir(parents=True)
    files = {f"{PAPER}-zh.html": b"<p>paper", "annex/air.days.csv": b"key\n"}
    for name, content in files.items():
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_bytes(content)
    record = Publication(
        paper=PAPER, kind="bulletin", media=("air",), issue=issue, published="2026-11-20T10:00:00+08:00",
        by=STRANGE, city="beijing", period="2016", as_of="2016-12-31", languages=("zh",),
        basis={"archive": "a" * 64, "log": "epoch/7", "records": "e/0", "code": "c/d", "standards": {"GB": "f"}},
        pins=(Pin(DAY, "GB3095-2012", 1, "d" * 64),),
        files={name: digest(content) for name, content in files.items()}, previous=previous,
    ).sealed()  # fmt: skip
    (own / "publication.json").write_bytes(record.encoded())
    return own, record


FOUND = {
    "paper": PAPER, "issue": 1, "published": "2026-11-20T10:00:00+08:00", "well": False, "pins": 1, "broken": [],
    "errata": [{"key": DAY, "standard": "GB3095-2012", "published": 1, "now": 2, "causes": [],
                "changed": {"verdict": ["EXCEEDS", "COMPLIES"], "coverage": [{}, {"x": 1}]}}],
    "sentences": ["一 / one"], "said": [{"zh": "一处变化", "en": "one change"}],
    "tables": [{"table": "air.days", "rows": 2, "keys": [DAY]}],
}  # fmt: skip


class Child:
    """Stands in for the command line: says what it is told to, and remembers what it was asked."""

    def __init__(self, *ends):
        self.ends = list(ends)
        self.asked = []

    def __call__(self, arguments):
        """Return how the command ended."""
        self.asked.append(list(arguments))
        return self.ends.pop(0)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    put_issue(tmp_path)
    return tmp_path


def browser(folder, *roles, cities=frozenset(), child=None):
    app = application(folder, FakeClock(NOW), access=SignedIn("editor-1", *roles, cities=cities))
    app.state.jobs = Jobs(child or Child())
    return Browser(app), app.state.jobs


ORDER = {"kind": "bulletin", "city": "beijing", "period": "2016-03", "formats": ["html", "pdf"], "publish": "true"}


def test_an_issue_is_shown_with_its_record(folder):
    """Number, day, who, digests, what it rests on, the label of made-up data; nothing that is written there runs."""
    asked, _ = browser(folder, "viewer")
    listed, page = asked.get("/papers").text, asked.get(f"/papers/{PAPER}/1").text
    record = shelf.record_of(folder / "papers" / PAPER / "1")
    for text in (listed, page):
        assert "北京环境空气质量公报" in text
        assert STRANGE not in text
    for said in (record.digest, "epoch/7", "a" * 64, f"papers/{PAPER}/1/annex/air.days.csv", "合成数据"):
        assert said in page
    assert "<form" not in page.partition("<main")[2]
    assert asked.get(f"/papers/{PAPER}/2").status_code == 404
    assert asked.get(f"/papers/{PAPER}/0").status_code == 422


def test_a_record_that_was_changed_says_so(folder):
    own, record = put_issue(folder, 2, "0" * 64)

    def asked(path):
        return browser(folder, "viewer")[0].get(path).text  # a service that was started since: it keeps answers

    assert "✗" in asked(f"/papers/{PAPER}/2")  # it does not fit the issue before
    changed = msgspec.structs.replace(record, by="somebody")
    (own / "publication.json").write_bytes(changed.encoded())
    assert asked(f"/papers/{PAPER}/2").count("✗") == 2
    (own / "publication.json").write_bytes(b"{")
    assert "check-broken" in asked("/papers")


def test_errata_link_to_both_versions(folder):
    """To the why of the version that was published and of the one that stands."""
    shelf.keep_check(folder / "papers" / PAPER / "1", {**FOUND, "checked": NOW})
    asked, _ = browser(folder, "viewer")
    page = asked.get(f"/papers/{PAPER}/1?lang=en").text
    for version in (1, 2):
        assert f"explain/{DAY}@GB3095-2012%23{version}?lang=en" in page
    assert "one change" in page
    assert "exceeds → <b>complies" in page
    assert asked.get(f"/api/v1/papers/{PAPER}/1/errata").json()["errata"] == FOUND["errata"]


def test_a_job_knows_the_site_by_the_settings_of_the_service(folder, tmp_path):
    """A settings file that the service was given is given to what writes papers for it, and to what changes things."""
    config = tmp_path / "other.toml"
    config.write_text("[api]\nupload_bytes = 2000000\n")
    child = Child(Ended(0, json.dumps(FOUND), ""))
    app = application(folder, FakeClock(NOW), open_site(folder, config), access=SignedIn("editor-1", "editor"))
    app.state.jobs = Jobs(child)
    assert Browser(app).post(f"/papers/{PAPER}/1/verify").status_code == 303
    app.state.jobs.join(10)
    assert {f"--data={folder}", f"--config={config}"} <= set(child.asked[0])
    with app.state.service.writer() as site:
        assert site.settings.api.upload_bytes == 2_000_000


def test_the_api_lists_what_is_published(folder):
    asked, _ = browser(folder, "viewer")
    (row,) = asked.get("/api/v1/papers").json()["rows"]
    assert row == asked.get("/papers", headers={"Accept": "application/json"}).json()[0]
    assert asked.get(f"/api/v1/papers/{PAPER}/1").json()["pins"][0]["key"] == DAY
    assert asked.get(f"/api/v1/papers/{PAPER}/1/errata").status_code == 404


def test_a_paper_is_published_by_a_job(folder):
    """What is asked for and what it came to stand in the log; the child is told who publishes."""
    made = [str(folder / "papers" / "bulletin-air-beijing-2016-03" / "1" / "p.html")]
    out = json.dumps({"paper": "bulletin-air-beijing-2016-03", "synthetic": True, "typed": [STRANGE], "files": made})
    child = Child(Ended(0, out, ""))
    asked, jobs = browser(folder, "editor", child=child)
    answer = asked.post("/papers", data=ORDER)
    assert answer.status_code == 303
    jobs.join(10)
    (arguments,) = child.asked
    assert arguments[:2] == ["report", "bulletin"]
    assert {"--publish", "--by=editor-1", "--format=pdf", "--city=beijing", "--period=2016-03"} <= set(arguments)
    page = asked.get(f"/papers/{answer.headers['location'].removeprefix('./papers/')}").text
    assert "job-done" in page
    assert "papers/bulletin-air-beijing-2016-03/1" in page
    assert STRANGE not in page
    with open_site(folder).reader() as site:
        done, begun = site.ledger.audit.entries(action="paper.")
    assert (begun.action, begun.who, done.action, done.about) == (
        "paper.publish", "editor-1", "paper.published", f"job/{begun.id}"
    )  # fmt: skip


def test_a_job_that_fails_says_why_and_what_to_do(folder):
    child = Child(Ended(2, "", "noise\nerror: no table or text has changed\nmend:  write a draft\n"))
    asked, jobs = browser(folder, "editor", child=child)
    answer = asked.post("/api/v1/papers", json={"kind": "white_paper", "city": "beijing", "period": "2016"})
    assert answer.status_code == 202
    jobs.join(10)
    job = asked.get(answer.headers["location"]).json()
    assert job["state"] == "failed"
    assert job["outcome"] == {"cause": "no table or text has changed", "mend": "write a draft"}


def test_a_check_is_kept_for_everybody(folder):
    """Exit code 1 means that something was found, not that it failed."""
    asked, jobs = browser(folder, "editor", child=Child(Ended(1, json.dumps(FOUND), "")))
    assert asked.post(f"/papers/{PAPER}/1/verify").status_code == 303
    jobs.join(10)
    assert shelf.checked(folder / "papers" / PAPER / "1")["checked"] == NOW
    assert "一处变化" in asked.get(f"/papers/{PAPER}/1").text


def test_a_job_without_an_end_was_cut_off(folder):
    """After a restart nothing runs: the page says so instead of waiting for ever."""
    with open_site(folder) as site:
        entry = site.ledger.audit.add(Actor("editor-1", "page"), "paper.draft", "bulletin/beijing/2016")
    asked, _ = browser(folder, "editor")
    assert "job-cut_off" in asked.get(f"/papers/jobs/{entry.id}").text
    assert asked.get(f"/api/v1/jobs/{entry.id}").json()["state"] == "cut_off"
    assert asked.get("/papers/jobs/77").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "2016-13"},
        {"kind": "white_paper"},
        {"city": "nix"},
        {"formats": []},
        {"city": STRANGE},
        {"kind": "x"},
    ],
)
def test_a_paper_that_is_none_is_refused_at_once(folder, wrong):
    asked, _ = browser(folder, "editor")
    assert asked.post("/papers", data=ORDER | wrong).status_code in {400, 422}
    assert not (folder / "ledger.db").exists() or not _asked_for(folder)


def _asked_for(folder):
    with open_site(folder).reader() as site:
        return site.ledger.audit.entries(action="paper.")


@pytest.mark.parametrize(("role", "cities"), [("officer", ()), ("viewer", ()), ("editor", ("other",))])
def test_who_may_not_publish_is_refused(folder, role, cities):
    """By role, and by city: neither jobs, nor texts, nor drafts."""
    draft = folder / "papers" / PAPER / "draft"
    draft.mkdir()
    (draft / "p.html").write_text("<p>draft")
    asked, _ = browser(folder, role, cities=frozenset(cities))
    refused = [
        asked.post("/papers", data=ORDER),
        asked.post("/api/v1/papers", json={"kind": "bulletin", "city": "beijing", "period": "2016"}),
        asked.post(f"/papers/{PAPER}/1/verify"),
        asked.get(f"/papers/{PAPER}/texts"),
        asked.post(f"/papers/{PAPER}/texts/foreword.zh.md", data={"text": "x"}),
        asked.get(f"/papers/{PAPER}/draft/p.html"),
    ]
    assert {answer.status_code for answer in refused} == {403}
    if cities:
        assert PAPER not in asked.get("/papers").text
        for path in (f"/papers/{PAPER}/1", f"/papers/{PAPER}/1/{PAPER}-zh.html", f"/api/v1/papers/{PAPER}/1"):
            assert asked.get(path).status_code == 403


def test_a_draft_is_seen_by_editors_under_the_strict_policy(folder):
    draft = folder / "papers" / PAPER / "draft"
    draft.mkdir()
    (draft / "p.html").write_text("<p>draft")
    asked, _ = browser(folder, "editor")
    answer = asked.get(f"/papers/{PAPER}/draft/p.html")
    assert (answer.status_code, answer.text) == (200, "<p>draft")
    assert "script" not in answer.headers["content-security-policy"]


def test_a_text_is_saved_unless_somebody_else_has_changed_it(folder):
    """And says that it is in no issue yet; saved empty, it is gone."""
    asked, _ = browser(folder, "editor")
    address, path = f"/papers/{PAPER}/texts/foreword.zh.md", folder / "papers" / PAPER / "text" / "foreword.zh.md"
    saved = asked.post(address, data={"text": f"# 前言\r\n{STRANGE}", "was": ""})
    assert saved.status_code == 303
    assert path.read_text("utf-8") == f"# 前言\n{STRANGE}"
    assert asked.post(address, data={"text": "other", "was": ""}).status_code == 409
    page = asked.get(address).text
    assert STRANGE not in page
    assert acts.text_digest(path) in page
    assert "尚未收入任何一期" in asked.get(f"/papers/{PAPER}/texts").text
    assert asked.post(address, data={"text": " ", "was": acts.text_digest(path)}).status_code == 303
    assert not path.exists()
    (last, *_) = _asked_for(folder)
    assert (last.action, last.about, last.detail["now"]) == ("paper.text", f"{PAPER}/foreword.zh.md", "")


def test_no_other_file_is_written(folder):
    """By no trick of paths, under no other name, for no paper that there is not."""
    asked, _ = browser(folder, "editor")
    names = ("..%2f..%2fledger.db", "..%5cx.zh.md", "text.zh.md", "foreword.zh.md%00", "Foreword.zh.md", "a.fr.md")
    papers = ("bulletin-air-beijing-2017", "..", "%2e%2e")
    for path in (*(f"{PAPER}/texts/{name}" for name in names), *(f"{paper}/texts/a.zh.md" for paper in papers)):
        assert asked.post(f"/papers/{path}", data={"text": "x"}).status_code in {400, 403, 404, 405, 422}, path
    assert not list(Path(folder).rglob("*.md"))


def test_a_text_that_no_document_holds_is_refused(folder):
    asked, _ = browser(folder, "editor")
    for text in ("\x00", "a\x1b[31m", "长" * 200_000):
        assert asked.post(f"/papers/{PAPER}/texts/foreword.zh.md", data={"text": text}).status_code in {400, 413}


def test_the_periods_of_papers_are_those_that_they_are_made_of():
    """Said twice, because what makes papers takes a second to load."""
    assert acts.PERIODS == PERIODS
