"""Published papers are served, and nothing else of the folder."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from console.api import application
from qualicity.testing import FakeClock


def made(folder):
    """Fill a folder with a paper; return what asks for an address."""
    published = folder / "papers" / "bulletin-x-2016" / "1"
    (published / "annex").mkdir(parents=True)
    for name in ("p.html", "p.pdf", "publication.json", "annex/air.days.csv"):
        (published / name).write_text(f"<p>{name}", encoding="utf-8")
    for other in ("draft", "text"):
        (folder / "papers" / "bulletin-x-2016" / other).mkdir()
        (folder / "papers" / "bulletin-x-2016" / other / "p.html").write_text("secret")
    (folder / "ledger.db").write_text("secret")
    app = application(folder, FakeClock(0))

    async def asked(path):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            return await client.get(path, headers={"Accept": "application/json"})

    return lambda path: asyncio.run(asked(path))


@pytest.fixture(scope="module")
def get(tmp_path_factory):
    return made(tmp_path_factory.mktemp("site"))


@pytest.mark.parametrize(
    ("name", "kind"), [("p.html", "text/html"), ("p.pdf", "application/pdf"), ("annex/air.days.csv", "text/csv")]
)
def test_files_of_a_published_paper(get, name, kind):
    answer = get(f"/papers/bulletin-x-2016/1/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "script" not in answer.headers["content-security-policy"]


def test_what_is_published_is_listed(get):
    (row,) = get("/papers").json()
    assert row["paper"] == "bulletin-x-2016"
    assert "bulletin-x-2016/1/p.pdf" in row["files"]


def test_papers_of_a_city_whose_id_is_of_another_script(tmp_path):
    get = made(tmp_path)
    folder = tmp_path / "papers" / "bulletin-北京 2-2016"
    (tmp_path / "papers" / "bulletin-x-2016").rename(folder)
    (folder / "1" / "p.html").rename(folder / "1" / "bulletin-北京 2-2016-zh.html")
    (row,) = get("/papers").json()
    (page,) = [name for name in row["files"] if name.endswith(".html")]
    assert page.isascii()
    assert get(f"/papers/{page}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "bulletin-x-2016/draft/p.html",
        "bulletin-x-2016/text/p.html",
        "bulletin-x-2016/1/../draft/p.html",
        "bulletin-x-2016/1/..%2fdraft%2fp.html",
        "bulletin-x-2016/1/annex/..%2f..%2f..%2f..%2fledger.db",
        "..%2f..%2fledger.db/1/p.html",
        "%2e%2e/1/ledger.db",
        "bulletin-x-2016/1/annex",
        "bulletin-x-2016/2/p.html",
        "bulletin-x-2016/-1/p.html",
        "bulletin-x-2016/1/p.html%00",
        "bulletin-x-2016/1/..%5cp.html",
        "bulletin-x-2016/1/annex/annex/p.html",
        "bulletin-x-2016/1//p.html",
        "bulletin-x-2016%2f1/1/p.html",
    ],
)
def test_nothing_else_is(get, path):
    answer = get(f"/papers/{path}")
    assert answer.status_code in {303, 401, 404, 422}  # of a draft, whoever is signed in as an editor is asked for
    assert "secret" not in answer.text
