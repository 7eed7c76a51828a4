"""Why an indicator has its status: from the judgement down to the records, on the terminal, as JSON and as a page."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from typer.testing import CliRunner

from aggregator.testing_stations import NETWORK, tables
from console.alarms.testing import Browser
from console.api import application as api
from console.cli import application
from console.evidence.targets_asking import standing_target
from console.evidence.words import texts
from console.page.texts import LANGUAGES
from console.scorecard.words import texts as scorecard_texts
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.errors import UsageError
from qualicity.model import Batch
from targets.decision import OWN_KIND, STEPS, step
from targets.keys import TargetKey, parse_target_key
from targets.records.schema import schema
from targets.words import words

HOSTILE = "<script>alert(1)</script>"
KEY = "target/prd.market_pass/2015"


def _run(group, *arguments):
    result = CliRunner().invoke(application(group), [str(one) for one in arguments])
    if result.exception is not None:
        raise result.exception
    return result.stdout


def _file(folder, name, rows):
    """Write records of R_ps; what a row does not say is as in the form's example."""
    columns = schema("R_ps").columns
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in columns])
        writer.writeheader()
        for row in rows:
            writer.writerow({column.name: column.example for column in columns} | {"campaign_id": "C"} | row)
    return path


def _sample(number, year=2015, **more):
    day = f"{year}-03-{number % 27 + 1:02d}"
    own = {
        "record_id": f"PS-{year}-{number:03d}", "lot_no": f"L{year}-{number}", "event_date": day, "sampled_on": day,
        "period_start": f"{year}-01-01", "period_end": f"{year}-12-31", "reported_at": f"{year}-12-31",
    }  # fmt: skip
    return own | more


FAIL = {"verdict": "fail", "items_failed": "2", "nonconformity_class": "B"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a data folder with two filings of samples, judged after each; the second corrects and withdraws."""
    folder = tmp_path_factory.mktemp("site")
    first = [_sample(number, 2014) for number in range(40)]
    first += [_sample(number) for number in range(40)]
    first += [_sample(40, **FAIL), _sample(41, **FAIL), _sample(42, **FAIL, synthetic="true")]
    first += [_sample(43, scheme="complaint", **FAIL), _sample(44, stage="production")]
    second = [
        _sample(90, record_id="PS-2015-C1", lot_no="L2015-40", event_date="2015-03-14", sampled_on="2015-03-14",
                status="corrected", revises="PS-2015-040", reported_at="2016-01-20"),
        _sample(91, record_id="PS-2015-W1", lot_no="L2015-41", event_date="2015-03-15", sampled_on="2015-03-15",
                status="withdrawn", revises="PS-2015-041", reported_at="2016-01-20", **FAIL),
    ]  # fmt: skip
    files = _file(folder, "first <b>.csv", first), _file(folder, "second.csv", second)
    for path in files:
        _run("targets", "targets", "import", path, "--schema", "R_ps", "--by", HOSTILE, "--data", folder)
        _run("targets", "targets", "judge", "--year", "2015", "--data", folder)
    return folder


@pytest.fixture
def client(site):
    """Return what asks the site's API."""
    return Browser(api(site, SystemClock()))


@pytest.fixture
def tree(site):
    """Return what answers with the tree of a key."""

    def ask(text, *, every=False):
        with open_site(site).reader() as reader:
            return standing_target(reader, parse_target_key(text), None, every=every)

    return ask


# the tree


def test_what_decides_nothing_stands_beside(tree, site):
    """The change since the year before, what would prove the rate, and what batches of one firm leave of it."""
    found = tree(KEY)
    assert (found["value"], found["evidence"]) == (pytest.approx(100 * 41 / 42), "insufficient")
    assert found["proof"] == {"failed": 1, "meets": 3, "proves": 0, "disproves": 7, "size": 95, "faultless": 36}
    change = found["change"]
    assert (change["from"], change["to"]) == ({"period": "2014", "value": 100}, "2015")
    assert (change["word"], change["label"]["zh"][:4]) == ("not_significant", "基本持平")
    (tally,) = found["tallies"]
    assert tally["clusters"] == {
        "firms": 1, "batches_a_firm": 42, "design_effect": pytest.approx(1 + 41 * 0.1), "assumed": True,
        "effective_size": pytest.approx(42 / 5.1),
    }  # fmt: skip
    text = _run("targets", "targets", "explain", "prd.market_pass", "--year", "2015", "--data", site)
    for said in ("to prove it: at most 0 failing of this sample", "the year before: 100 in 2014", "5.1 (assumed)"):
        assert said in text


def test_the_tree_goes_from_the_status_to_the_records(tree):
    """Figure, decision, target, and each record that fails with file, line, who, when and digest."""
    found = tree(KEY)
    (tally,) = found["tallies"]
    (record,) = tally["records"]

    assert (found["numerator"], found["denominator"]) == (41, 42)
    assert (tally["looked_at"], tally["counted"], tally["failing"]) == (44, 42, 1)
    assert {one["code"]: one["count"] for one in tally["excluded"]} == {"complaint": 1, "other_stage": 1}
    assert sum(one["whole"] for one in tally["periods"]) == 42
    assert sum(one["count"] for one in tally["groups"]["district"]) == 42
    assert record["record_id"] == "PS-2015-042"
    assert (record["file"], record["line"], record["by"], record["filing"]) == ("first <b>.csv", 84, HOSTILE, 1)
    assert re.fullmatch(r"[0-9a-f]{64}", record["sha256"])
    assert record["synthetic"]
    assert found["target_text"]["id"] == "SZ-2010"
    assert found["decision"]["reasons"][0]["en"]
    assert found["recounted"]["agrees"]


def test_all_records_are_listed_when_that_is_asked_for(tree):
    """Also those that are left out, with why."""
    (tally,) = tree(KEY, every=True)["tallies"]

    assert len(tally["records"]) == tally["looked_at"] == 44
    assert {one["excluded"] for one in tally["records"]} == {None, "complaint", "other_stage"}


def test_corrections_and_withdrawals_are_told(tree):
    """What they put in a record's place, and what they took away."""
    found = {one["record_id"]: one for one in tree(KEY)["changes"]}

    assert {name: one["standing"] for name, one in found.items()} == {
        "PS-2015-040": "superseded", "PS-2015-C1": "counts", "PS-2015-041": "withdrawn", "PS-2015-W1": "withdrawal",
    }  # fmt: skip
    assert found["PS-2015-040"]["because_of"] == "PS-2015-C1"
    assert found["PS-2015-C1"]["file"] == "second.csv"


def test_a_version_is_explained_as_of_its_own_filings(tree):
    """The first judgement rests on three failures, the second on one; the second says which filing brought it."""
    first, second = tree(f"{KEY}@SZ-2010#1"), tree(f"{KEY}#2")

    assert (first["numerator"], first["denominator"]) == (40, 43)
    assert [one["record_id"] for one in first["tallies"][0]["records"]] == [f"PS-2015-04{at}" for at in range(3)]
    assert first["changes"] == []
    assert first["recounted"]["agrees"]
    assert second["version"] == 2
    assert second["history"][1]["change"]["causes"][0]["detail"] == "R_ps"


def test_what_stands_in_no_ledger_says_how_to_get_there(tree):
    for text, mend in (
        ("target/prd.market_pass/2013", "targets judge --year 2013"),
        ("target/prd.market_pass/2015#9", "there are @SZ-2010#1"),
        ("target/prd.market_pass/2015@SZ-1999", "there are @SZ-2010#1"),
        ("target/prd.markt_pass/2015", "prd.market_pass"),
    ):
        with pytest.raises(UsageError) as error:
            tree(text)
        assert mend in error.value.mend


@pytest.mark.parametrize(
    "text", ["target/x/2015", "target/a.b/15", "target/a.b/2015#", "target/a.b/2015@", "target/A.b/2015",
             "target/a.b/2015/x", "target/a.b/\N{FULLWIDTH DIGIT TWO}015", "target/a.b/2015#99999999999"]
)  # fmt: skip
def test_what_is_no_key_is_refused(text):
    with pytest.raises(UsageError, match="is not a key"):
        parse_target_key(text)


def test_keys_read_what_they_write():
    for key in (TargetKey("a.b", 2015), TargetKey("a.b", 2015, "SZ-2010"), TargetKey("a.b", 2015, "SZ-2010", 3)):
        assert parse_target_key(key.text) == key


def test_each_step_names_reasons_that_exist():
    """A reason that nobody knows would hide which rule decided."""
    assert set().union(*STEPS.values()) <= set(words()["reason"])
    assert step("confirmed_event") == 2
    assert step("trend_as_asked") == OWN_KIND


# what rests on verdicts


def test_what_rests_on_monitoring_leads_on_to_its_keys(tmp_path):
    """The records are verdicts, each with an explanation of its own; a reader judges nothing."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(tmp_path, writer=True) as made:
        for table in tables(made.store.registry):
            made.store.append(Batch(table))
    _run("targets", "targets", "judge", "--year", "2024", "--data", tmp_path)
    before = _contents(tmp_path)
    with open_site(tmp_path).reader() as reader:
        found = standing_target(reader, parse_target_key("target/env.source_water_ok/2024"), None, every=True)
    sensors = next(tally for tally in found["tallies"] if tally["schema"] == "ledger")

    assert found["recounted"]["agrees"]
    assert sensors["records"]
    assert all(one["key"].startswith("water/") for one in sensors["records"])
    assert _contents(tmp_path) == before


def _contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).glob("*.db")}


# the commands


def test_both_commands_tell_the_same(site):
    """`targets explain ID --year` and `explain KEY` print one tree."""
    one = _run("targets", "targets", "explain", "prd.market_pass", "--year", "2015", "--data", site)
    other = _run("explain", "explain", KEY, "--data", site)

    assert one == other
    for part in ("PS-2015-042", "line 84", "complaint", "PS-2015-C1", "decided by step", "filings R_ps"):
        assert part in one


def test_json_is_the_tree(site, tree):
    (line,) = _run("explain", "explain", KEY, "--records", "--json", "--data", site).splitlines()

    assert json.loads(line) == json.loads(json.dumps(tree(KEY, every=True)))


def test_a_key_and_a_year_contradict_each_other(site):
    with pytest.raises(UsageError, match="names year and target itself"):
        _run("targets", "targets", "explain", KEY, "--year", "2014", "--data", site)


# the pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_the_same_as_the_tree(client, language):
    """In either language; nothing runs, what people wrote stays text, what is made up says so."""
    answer = client.get(f"/explain/{KEY}", params={"lang": language})
    text = answer.text

    assert answer.status_code == 200
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert re.findall(r"<script[^>]*>", text) == re.findall(r'<script src="[./]*static/[^"]+" defer>', text)
    assert "<b>.csv" not in text
    assert "&lt;script&gt;" in text
    assert texts()["target_synthetic"][language] in text
    assert texts()["target_mark"][language] in text
    for part in ("PS-2015-042", "PS-2015-C1", "41 ", "SZ-2010"):
        assert part in text


def test_links_of_the_page_lead_to_pages(client):
    """To its other versions, to all records, to the scorecard, and on to all others."""
    page = client.get(f"/explain/{KEY}").text
    found = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page)} - {"data:,"}
    links = {link for link in found if "sign-in" not in link}  # where nobody is known, nobody can
    here = f"{client.base}/explain/{KEY}"

    assert any("%231" in link for link in links)
    for link in sorted(links):
        assert client.get(urljoin(here, link)).status_code == 200, link


def test_json_over_http_is_the_tree_of_the_command(client, site):
    (line,) = _run("explain", "explain", KEY, "--json", "--data", site).splitlines()

    assert client.get(f"/explain/{KEY}?format=json").json() == json.loads(line)


@pytest.mark.parametrize(
    ("path", "status"),
    [("target/x/2015", 400), ("target/prd.market_pass/2013", 404), ("target/no.such/2015", 404),
     ("target/prd.market_pass/2015@SZ-1999", 404)],
)  # fmt: skip
@pytest.mark.parametrize("form", ["html", "json"])
def test_what_cannot_be_explained_says_so_in_its_form(client, path, status, form):
    answer = client.get(
        f"/explain/{path}", headers={"accept": f"text/{form}" if form == "html" else "application/json"}
    )

    assert answer.status_code == status
    assert ("cause" in answer.json()) if form == "json" else ("<h1>" in answer.text)


def test_the_scorecard_is_served(client, site):
    """Of the latest year that was judged; its links lead to explanations, and looking writes nothing."""
    before = _contents(site)
    answer = client.get("/scorecard", params={"lang": "en"})
    links = [link for link in re.findall(r'href="(explain/[^"]+)"', answer.text) if "prd.market_pass" in link]

    assert answer.status_code == 200
    assert "script" not in answer.headers["content-security-policy"]
    assert scorecard_texts()["synthetic_banner"]["en"] in answer.text
    assert "as of filing 2" in answer.text
    assert client.get(f"/{links[0]}").status_code == 200
    assert client.request("HEAD", "/scorecard").status_code == 200
    assert _contents(site) == before


@pytest.mark.parametrize(
    ("query", "status"), [("year=20x", 400), ("year=9999", 400), ("city=nowhere", 404), ("year=2013", 200)]
)
def test_a_scorecard_that_cannot_be_shown_says_why(client, query, status):
    answer = client.get(f"/scorecard?{query}")

    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_without_a_ledger_there_is_no_scorecard(tmp_path):
    answer = Browser(api(tmp_path, SystemClock())).get("/scorecard")

    assert answer.status_code == 404


# the file


def test_the_scorecard_is_written_as_a_file(site, tmp_path):
    """By the judge's command; nobody serves its explanations, so it names the command that gives them."""
    path = tmp_path / "scorecard.html"
    _run("targets", "targets", "judge", "--year", "2015", "--html", path, "--data", site)
    text = path.read_text("utf-8")

    assert "qualicity explain target/prd.market_pass/2015@SZ-2010" in text
    assert 'href="explain/' not in text
    assert "http" not in re.sub(r"<code>[^<]*</code>", "", text)


def test_a_scorecard_that_cannot_be_written_says_so(site, tmp_path):
    """Neither into a folder that is not there, nor as of a filing, of which nothing is kept."""
    with pytest.raises(UsageError, match="cannot be written"):
        _run("targets", "targets", "judge", "--html", tmp_path / "no" / "x.html", "--data", site)
    with pytest.raises(UsageError, match="nothing is kept as of a filing"):
        _run("targets", "targets", "judge", "--as-of", "1", "--html", tmp_path / "x.html", "--data", site)


def test_no_archive_is_written_of_an_indicator(site, tmp_path):
    with pytest.raises(UsageError, match="no archive"):
        _run("explain", "explain", KEY, "--zip", tmp_path / "x.zip", "--data", site)


# the records of a paper's number


def test_a_number_of_a_paper_is_explained_by_its_records(site):
    """What they come to is what the indicator counts; each with file and line, what fails before what passes."""
    text = "records/R_ps/2015/stage=market,key_product=true"
    node = json.loads(_run("explain", "explain", text, "--data", site, "--json"))
    assert (node["counted"], node["failed"], node["rate"]) == (42, 1, pytest.approx(100 * 41 / 42))
    assert [one["code"] for one in node["excluded"]] == ["complaint"]
    assert (node["records"][0]["record_id"], node["records"][0]["line"]) == ("PS-2015-042", 84)
    assert len(node["records"]) == 20
    every = json.loads(_run("explain", "explain", text, "--data", site, "--json", "--records"))
    assert len(every["records"]) == node["looked_at"] == 43
    told = _run("explain", "explain", text, "--data", site)
    for said in ("43 looked at, 42 counted", "left out 1: complaint", "流通领域", "and 23 more: --records lists them"):
        assert said in told
    assert "nothing is on file for 2015: qualicity targets template R_ac" in _run(
        "explain", "explain", "records/R_ac/2015", "--data", site
    )


def test_no_archive_is_written_of_records(site):
    with pytest.raises(UsageError, match="no archive"):
        _run("explain", "explain", "records/R_ps/2015", "--data", site, "--zip", "x.zip")
