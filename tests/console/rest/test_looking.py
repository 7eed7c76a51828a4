"""Who sees which rows; what is refused, and how; HEAD and ETag."""

from __future__ import annotations

import pytest

from console import testing
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application

SPAN = "from=2026-10-01&to=2026-10-03"
OF_BEIJING = [
    f"/assess/air?{SPAN}&city=beijing", f"/assess/air?{SPAN}&station=wl", "/rate/air?year=2026&city=beijing",
    f"/recompute?as_if=GB3095-2026&{SPAN}&city=beijing", "/explain/air/beijing/2026-10-01",
    "/explain/air/beijing/wl/2026-10-01", "/stations/wl", "/stations?city=beijing",
    "/targets/judged?year=2012&city=beijing",
    "/explain/target/prd.market_pass/2012?city=beijing", "/explain/rollup/2012?city=beijing",
    "/targets/prd.market_pass/2012?city=beijing",
]  # fmt: skip


@pytest.fixture(scope="module")
def scoped(served):
    """Return what asks as a viewer who is there for the city c alone."""
    return served.seen_by("viewer", cities={"c"})


@pytest.mark.parametrize("path", OF_BEIJING)
def test_a_city_out_of_scope_is_refused_where_it_is_named(scoped, path):
    """Or one of its stations is."""
    answered = scoped.get(f"/api/v1{path}")
    assert answered.status_code == 403
    assert answered.json()["kind"] == "ForbiddenError"


def test_a_city_that_is_none_cannot_be_told_from_one_out_of_scope(scoped):
    """So that nobody finds out which there are."""
    known, unknown = (scoped.get(f"/api/v1/assess/air?{SPAN}&city={name}") for name in ("beijing", "nowhere"))
    assert known.status_code == unknown.status_code == 403


@pytest.mark.parametrize(("path", "field", "seen"), [
    ("/cities", "id", {"c"}),
    ("/stations", "city", {"c"}),
    ("/assess/water?from=2024-01-01&to=2024-01-31", "city", {"c"}),
    ("/rate/discharge?year=2024", "city", {"c"}),
    (f"/assess/air?{SPAN}", "city", set()),
])  # fmt: skip
def test_lists_leave_out_other_cities(scoped, path, field, seen):
    """Whoever is there for some cities sees the rows of those."""
    assert {row[field] for row in scoped.get(f"/api/v1{path}").json()["rows"]} == seen


@pytest.mark.parametrize(("path", "status", "said"), [
    ("/assess/air?from=2016-02-30&to=2016-03-01", 400, "2016-02-30"),
    ("/assess/air?from=2026-10-02&to=2026-10-01", 400, "before"),
    ("/assess/air?from=1889-01-01&to=1889-01-02", 400, "1990"),
    ("/assess/air?from=2014-01-01&to=2026-01-01", 400, "days"),
    (f"/assess/air?{SPAN}&target=%3E98", 400, "years"),
    (f"/assess/air?{SPAN}&per=year&target=98", 400, "target"),
    (f"/assess/air?{SPAN}&city=x%00", 400, "no city"),
    (f"/assess/air?{SPAN}&station=x", 400, "no station"),
    (f"/assess/air?{SPAN}&standard=GB3838-2002", 400, ""),
    ("/recompute?as_if=GB3095-2026&from=2024-01-01&to=2025-12-31", 400, "days"),
    ("/assess/water?from=2024-01-01&to=2024-06-01&per=hour", 400, "days"),
    ("/assess/water?from=2024-01-01&to=2024-01-31&trend=true&level=city", 400, "trend"),
    ("/assess/water?from=2024-01-01&to=2024-01-31&level=city&per=day", 400, "rates"),
    ("/assess/air", 422, "from"),
    (f"/assess/air?{SPAN}&limit=0", 422, "limit"),
    (f"/assess/air?{SPAN}&offset=99999999999", 422, "offset"),
    (f"/assess/air?{SPAN}&format=xlsx", 422, "format"),
    ("/rate/noise?year=2024", 422, "name"),
    ("/standards/none", 404, "none"),
    ("/standards/diff?a=GB3095-2012&b=RATE-SEWAGE", 400, "kinds"),
    ("/explain/nonsense", 400, "key"),
    ("/explain/air/beijing/2026-10-01%239999999999", 400, "key"),
    ("/explain/air/beijing/1999-01-01", 404, "judged"),
    ("/explain/target/x.y/2012%3Fcity=c", 400, "key"),
    ("/explain/law:GB3095-2012:dust", 404, "limit"),
    ("/explain/filing/0000", 400, "period"),
    ("/explain/target/x.y/2012?city=c", 404, "indicator"),
    ("/targets/judged?year=2012", 400, "2 cities"),
    ("/stations/none", 404, "none"),
    ("/nothing", 404, ""),
])  # fmt: skip
def test_what_cannot_be_answered_says_why(served, path, status, said):
    """Cause and mend as JSON; nothing of the machine."""
    answered = served.browser.get(f"/api/v1{path}")
    assert (answered.status_code, answered.json()["status"]) == (status, status)
    assert said in answered.json()["cause"] + answered.json()["mend"]
    assert str(served.folder) not in answered.text


def test_a_site_that_nothing_has_come_to_yet(tmp_path):
    """Answers what it is and refuses the rest; it writes nothing into the folder."""
    browser = Browser(application(tmp_path, testing.clock(), access=SignedIn("admin-1")))
    paths = {
        "/cities": 200, "/stations": 200, "/targets": 200, "/health": 200, "/version": 200, "/standards": 200,
        f"/assess/air?{SPAN}": 404, "/rate/water?year=2024": 404, "/targets/judged?year=2012": 404,
        "/explain/air/c/2024": 404, "/explain/records/R_ps/2012": 404, "/explain/rollup/2012": 404,
    }  # fmt: skip
    found = {path: browser.get(f"/api/v1{path}") for path in paths}
    assert {path: answered.status_code for path, answered in found.items()} == paths
    assert all(str(tmp_path) not in answered.text for answered in found.values())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", [f"/assess/air?{SPAN}", f"/assess/air?{SPAN}&format=csv", "/cities", "/openapi.json"])
def test_head_is_the_head_of_get(served, path):
    """Without a body."""
    whole, head = (served.browser.request(method, f"/api/v1{path}") for method in ("GET", "HEAD"))
    assert (head.status_code, head.content, dict(head.headers)) == (200, b"", dict(whole.headers))


def test_a_client_that_has_the_answer_gets_304(served):
    """With the same ETag and no body."""
    first = served.browser.get(f"/api/v1/assess/air?{SPAN}")
    again = served.browser.get(f"/api/v1/assess/air?{SPAN}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


def test_pages_and_files_hold_the_same_rows(served):
    """Every way to the end of a list is the same list."""
    path = "/api/v1/assess/air?from=2026-09-20&to=2026-11-10&level=station&city=beijing"
    whole = served.browser.get(path).json()["rows"]
    found, query = [], "&limit=7"
    while query:
        answered = served.browser.get(
            f"{path}{query}" if query.startswith("&") else f"/api/v1/assess/air{query}"
        ).json()
        found, query = [*found, *answered["rows"]], answered["next"]
    assert found == whole
    assert len(whole) > 70
    csv = served.browser.get(f"{path}&format=csv")
    assert len(csv.text.splitlines()) == len(whole) + 1
    assert csv.headers["Content-Disposition"] == 'attachment; filename="air-2026-09-20-2026-11-10.csv"'
