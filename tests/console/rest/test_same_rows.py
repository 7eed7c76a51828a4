"""The API answers the very rows that the command line prints, byte for byte; looking judges nothing."""

from __future__ import annotations

import msgspec
import pytest
from typer.testing import CliRunner

from console import cli
from console.site import open_site

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def served(served, tmp_path_factory):
    """Return the service over a folder of its own: commands write into it, and today is their clock's day."""
    return served.copied(tmp_path_factory.mktemp("printed"))


@pytest.fixture(scope="module")
def printed(served):
    """Return the lines that a command prints with --json over the same folder."""

    def run(*arguments: str, data: bool = True) -> list[str]:
        where = ["--data", str(served.folder)] if data else []
        done = RUNNER.invoke(cli.application(arguments[0]), [*arguments, "--json", *where], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout.splitlines()

    return run


OF_SITE = [
    ("/assess/air?from=2026-10-01&to=2026-10-07&city=beijing",
     "assess air --from 2026-10-01 --to 2026-10-07 --city beijing"),
    ("/assess/air?from=2026-10-30&to=2026-11-03&level=station&city=beijing",
     "assess air --from 2026-10-30 --to 2026-11-03 --level station --city beijing"),
    ("/assess/air?from=2026-10-30&to=2026-11-02&standard=GB3095-2012&city=beijing",
     "assess air --from 2026-10-30 --to 2026-11-02 --standard GB3095-2012 --city beijing"),
    ("/assess/air?from=2026-01-01&to=2026-10-07&city=beijing&per=year&target=%3E%3D50",
     "assess air --from 2026-01-01 --to 2026-10-07 --city beijing --per year --target >=50"),
    ("/recompute?as_if=GB3095-2012&from=2026-10-01&to=2026-10-02&station=wl",
     "recompute --as-if GB3095-2012 --from 2026-10-01 --to 2026-10-02 --station wl"),
    ("/assess/air?from=2026-10-30&to=2026-11-02&standard=US-NAAQS&city=beijing",
     "assess air --from 2026-10-30 --to 2026-11-02 --standard US-NAAQS --city beijing"),
    ("/recompute?as_if=WHO-2021&from=2026-10-01&to=2026-10-07&city=beijing&per=year",
     "recompute --as-if WHO-2021 --from 2026-10-01 --to 2026-10-07 --city beijing --per year"),
    ("/assess/water?from=2024-01-01&to=2024-02-29", "assess water --from 2024-01-01 --to 2024-02-29"),
    ("/assess/water?from=2024-01-01&to=2024-02-29&trend=true",
     "assess water --from 2024-01-01 --to 2024-02-29 --trend"),
    ("/assess/discharge?from=2024-01-01&to=2024-01-03", "assess discharge --from 2024-01-01 --to 2024-01-03"),
    ("/assess/discharge?from=2024-01-01&to=2024-01-01&per=hour",
     "assess discharge --from 2024-01-01 --to 2024-01-01 --per hour"),
    ("/assess/discharge?from=2024-01-01&to=2024-01-03&level=city&per=month",
     "assess discharge --from 2024-01-01 --to 2024-01-03 --level city --per month"),
    ("/rate/air?year=2026&city=beijing", "rate air --year 2026 --city beijing"),
    ("/rate/air?year=2026&city=beijing&standard=GB3095-1996",
     "rate air --year 2026 --city beijing --standard GB3095-1996"),
    ("/rate/water?year=2024&target=%3E99", "rate water --year 2024 --target >99"),
    ("/rate/discharge?year=2024", "rate discharge --year 2024"),
    ("/rate/sewage?year=2024", "rate sewage --year 2024"),
]  # fmt: skip
OF_TABLES = [
    ("/standards", "standards list"),
    ("/standards/diff?a=GB3095-2012&b=GB3095-2026", "standards diff GB3095-2012 GB3095-2026"),
    ("/targets", "targets list"),
    ("/targets?area=product", "targets list --area product"),
]
TREES = ["air/beijing/2026-10-11", "water/c/lake/2024-01", "discharge/c/2024-01", "law:GB3095-2012:o3:1h:II",
         "register/env.air_days", "filing/2012", "records/R_ps/2012"]  # fmt: skip


def rows_of(served, path):
    answered = served.browser.get(f"/api/v1{path}")
    assert answered.status_code == 200, answered.text
    return [msgspec.json.encode(row).decode() for row in msgspec.json.decode(answered.content)["rows"]]


@pytest.mark.parametrize(("path", "command"), OF_SITE)
def test_verdicts(served, printed, path, command):
    """And there are some."""
    expected = printed(*command.split(" "))
    assert rows_of(served, path) == expected
    assert expected


@pytest.mark.parametrize(("path", "command"), OF_TABLES)
def test_tables(served, printed, path, command):
    """They are the same at every site."""
    assert rows_of(served, path) == printed(*command.split(" "), data=False)


def test_a_standard(served, printed):
    """As a whole."""
    assert served.browser.get("/api/v1/standards/GB3095-2026").text.splitlines() == printed(
        "standards", "show", "GB3095-2026", data=False
    )


@pytest.mark.parametrize("key", TREES)
def test_why(served, printed, key):
    """The same tree of every kind of key."""
    assert served.browser.get(f"/api/v1/explain/{key}").text.splitlines() == printed("explain", key)


def test_indicators(served, printed):
    """Judgements of a year that is over, what departments owe, and why."""
    assert rows_of(served, "/targets/judged?year=2012&city=c") == printed(
        "targets", "judge", "--year", "2012", "--city", "c"
    )
    (tree,) = printed("targets", "explain", "prd.market_pass", "--year", "2012", "--city", "c")
    assert served.browser.get("/api/v1/targets/prd.market_pass/2012?city=c").text == f"{tree}\n"
    assert served.browser.get("/api/v1/explain/target/prd.market_pass/2012?city=c").text == f"{tree}\n"


def test_looking_writes_nothing(served):
    """Also where something is missing, dirty, or of another law."""
    with open_site(served.folder) as site, site.ledger.transaction():
        before = site.ledger.last_version(), site.indicators.last_version()
    for path in (
        "/assess/air?from=2026-11-01&to=2026-11-30&level=station", "/assess/air?from=2025-01-01&to=2025-01-31",
        "/assess/water?from=2024-01-01&to=2024-12-31&per=day", "/rate/air?year=2025", "/rate/sewage?year=2023",
        "/recompute?as_if=GB3095-2026&from=2026-10-01&to=2026-10-02&city=beijing",
        "/targets/judged?year=2013&city=c",
    ):  # fmt: skip
        assert served.browser.get(f"/api/v1{path}").status_code == 200, path
    with open_site(served.folder) as site, site.ledger.transaction():
        assert (site.ledger.last_version(), site.indicators.last_version()) == before


def test_rates_of_stations_have_no_other_law(served):
    """Only the air's is asked under a limit table."""
    answered = served.browser.get("/api/v1/rate/water?year=2024&standard=GB3095-1996")
    assert answered.status_code == 400
    assert answered.json()["cause"] == "the rate of water is by the law in force"
