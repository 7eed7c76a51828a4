"""What was published is told apart from what somebody made of it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import msgspec
import pytest

from console.commands.operations import _verified_papers
from console.papers.published import annex_of, faults, named, publications, read
from console.papers.publishing import publish
from console.papers.writing import write
from console.site import open_site
from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.store.locks import take
from reports.record import RECORD, Publication, digest
from reports.testing_paper import paper

NAME = "white-paper-shenzhen-2015"


@pytest.fixture
def folders(tmp_path):
    """Two issues."""
    record = {
        "paper": NAME, "kind": "white_paper", "media": [], "published": "2016-05-01T00:00:00+08:00", "by": "office",
        "city": "shenzhen", "period": "2015", "as_of": "2016-05-01", "languages": ["zh"], "basis": {}, "pins": [],
    }  # fmt: skip
    made, previous = [], ""
    for issue in (1, 2):
        folder = tmp_path / "papers" / NAME / str(issue)
        (folder / "annex").mkdir(parents=True)
        files = {"p-zh.html": b"page", "annex/a.b.csv": b"explain_key\r\nx\r\n"}
        for name, content in files.items():
            (folder / name).write_bytes(content)
        digests = {name: digest(content) for name, content in files.items()}
        one = msgspec.convert({**record, "issue": issue, "files": digests, "previous": previous}, Publication).sealed()
        (folder / RECORD).write_bytes(one.encoded())
        previous = digest(one.encoded())
        made.append(folder)
    return made


def found(folder):
    return list(faults(folder, read(folder)))


def test_what_is_as_it_was_published(folders):
    assert [found(folder) for folder in folders] == [[], []]


def test_each_kind_of_file_that_is_not(folders):
    first, second = folders
    (second / "annex" / "a.b.csv").write_bytes(b"\xff")
    (second / "p-zh.html").unlink()
    (second / "more.html").touch()
    assert [line.partition(" ")[2] for line in found(second)] == [
        "is missing",
        "is not what was published",
        "was not published",
    ]
    assert annex_of(second, read(second)) == {}
    record = json.loads((first / RECORD).read_bytes())
    (first / RECORD).write_text(json.dumps({**record, "by": "somebody", "files": {}}, indent=1), encoding="utf-8")
    assert found(first) == [f"{first / RECORD} is not what was published"]
    assert f"{first / RECORD} is not the record of the issue before" in found(second)
    (first / RECORD).write_text("{}", encoding="utf-8")
    with pytest.raises(IntegrityError, match="no record"):
        read(first)


def test_an_issue_that_is_gone_or_has_another_number(folders):
    first, second = folders
    shutil.rmtree(first)
    assert found(second) == [f"{first / RECORD} is not the record of the issue before"]
    second.rename(first)
    assert f"{first} holds issue 2" in found(first)


def test_papers_by_name_folder_and_issue(folders, tmp_path, monkeypatch):
    first, second = folders
    second.with_name("3.partial").mkdir()
    (second.with_name("3.partial") / RECORD).touch()
    assert publications(tmp_path) == named(tmp_path, "") == named(tmp_path, NAME) == folders
    assert named(tmp_path, str(first.parent)) == folders
    monkeypatch.chdir(second)
    assert named(tmp_path, ".") == [second]
    assert found(named(tmp_path, ".")[0]) == []
    with pytest.raises(UsageError, match="no such paper"):
        named(tmp_path, "*")


@pytest.mark.parametrize("by", ["", "  ", "a\nb", "\x1b[2J"])
def test_somebody_publishes_it(tmp_path, by):
    (tmp_path / "network.toml").touch()
    with open_site(tmp_path, writer=True) as site, pytest.raises(UsageError, match="nobody"):
        publish(site, paper(), media=(), languages=("zh",), formats=(), by=by, told=print)


def test_one_process_publishes_at_a_time(tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "network.toml").touch()
    lock = take(tmp_path / "papers", "publish.lock")
    assert lock is not None
    with open_site(tmp_path, writer=True) as site, pytest.raises(Retryable, match="another process"):
        publish(site, paper(), media=(), languages=("zh",), formats=(), by="office", told=print)
    os.close(lock)


def test_verify_of_the_folder_checks_papers(folders, tmp_path):
    _first, second = folders
    assert _verified_papers(tmp_path) == []
    (second / "p-zh.html").write_bytes(b"")
    (second / "annex" / "more.csv").touch()
    assert [finding.where for finding in _verified_papers(tmp_path)] == [f"{NAME}/2"] * 2
    (second / RECORD).write_bytes(b"{}")
    (finding,) = _verified_papers(tmp_path)
    assert "no record of a publication" in finding.what


def test_a_draft_takes_tables_away_that_it_no_longer_has(tmp_path):
    whole = paper()
    write(whole, ("zh",), (), tmp_path, print)
    (tmp_path / "annex" / "own.csv").touch()
    before = {path.name for path in (tmp_path / "annex").iterdir()}
    write(replace(whole, chapters=whole.chapters[2:]), ("zh",), (), tmp_path, print)
    after = {path.name for path in (tmp_path / "annex").iterdir()}
    assert "product.batches.csv" in before - after
    assert {"own.csv", "service.sectors.csv", "datapackage.json"} <= after
    with pytest.raises(UsageError, match=f"annex of {NAME}"):
        write(replace(whole, id="other"), ("zh",), (), tmp_path, print)
    (tmp_path / "annex" / "datapackage.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match="no annex"):
        write(whole, ("zh",), (), tmp_path, print)
