"""Papers from the command line: written, published, verified, and every number led back to what it rests on."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import application
from console.papers.example import CITY, make_example
from qualicity.errors import QualicityError, UsageError
from qualicity.standards.load import comparison_tables
from targets.synthetic.example import SEED

RUNNER = CliRunner()
YEAR = 2015
STATIONS = ("yantian", "shiyan-reservoir", "dyeworks", "urban-catchment")
NUMBER = re.compile(r"[\N{MINUS SIGN}]?[\d,]*\d(\.\d+)?")
PLAIN = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
SUFFIX = "_printed"
KEYS = int(os.environ.get("QUALICITY_EXAMPLES", "9"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A year of a few stations, and records up to its end."""
    folder = tmp_path_factory.mktemp("site")
    make_example(folder, SEED, YEAR, YEAR, stations=STATIONS, scale=0.05)
    return folder


@pytest.fixture
def site(made, tmp_path):
    return shutil.copytree(made, tmp_path / "site")


def run(*arguments: str, code: int = 0):
    done = RUNNER.invoke(application(*arguments[:2]), [*arguments])
    if isinstance(done.exception, QualicityError):
        raise done.exception
    assert done.exit_code == code, (done.output, done.exception)
    return done


def report(site: Path, *arguments: str, code: int = 0):
    return run("report", *arguments, "--data", str(site), "--city", CITY, code=code)


def annex_rows(folder: Path):
    for path in sorted((folder / "annex").glob("*.csv")):
        yield from csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""))


def keys_of(folder: Path) -> list[str]:
    found = {value for row in annex_rows(folder) for name, value in row.items() if name.endswith("_key") and value}
    return sorted(found)


def test_every_number_of_the_white_paper_leads_back_to_its_source(site):
    """Keys of each kind are drawn by a printed seed; `scripts/test --all` explains them all."""
    report(site, "white-paper", "--period", str(YEAR), "--lang", "en")
    folder = site / "papers" / f"white-paper-{CITY}-{YEAR}" / "draft"
    keys, seed = keys_of(folder), random.randrange(10**6)
    kinds = defaultdict(list)
    for key in keys:
        kinds[key.replace(":", "/").split("/")[0]].append(key)
    assert kinds.keys() >= {"air", "water", "discharge", "target", "records", "filing", "register", "law", "rollup"}
    assert {key.partition("@")[2] for key in kinds["air"]} >= set(comparison_tables())  # the year under six laws
    rng, share = random.Random(seed), max(1, KEYS // len(kinds))
    drawn = [key for own in kinds.values() for key in rng.sample(own, min(share, len(own)))]
    print(f"seed {seed}: {len(drawn)} of {len(keys)} keys")
    for key in drawn:
        done = run("explain", key, "--data", str(site), "--json")
        assert json.loads(done.stdout.splitlines()[0])["key"].startswith(key.split("@")[0]), key
    for path in sorted((folder / "annex").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                values = [name for name, value in [*row.items()][1:] if SUFFIX not in name and PLAIN.fullmatch(value)]
                assert all(row.get(f"{name}_key") or row["explain_key"] for name in values), (path.name, row)
    _printed_numbers_are_in_the_annex(folder)


class Tables(HTMLParser):
    """The cells of each table of a page by the name of its resource, without marks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._cells: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag, attrs):
        """Begin a cell."""
        names = dict(attrs).get("class") or ""
        if tag == "tbody":
            self._cells = []
        if tag in {"td", "th"}:
            self._cells.append("")
        if tag in {"td", "th", "sup", "p"}:
            self._open.append("resource" if "resource" in names else "keys" if "keys" in names else tag)

    def handle_endtag(self, tag):
        """End it."""
        if tag in {"td", "th", "sup", "p"}:
            self._open.pop()

    def handle_data(self, data):
        """Take its text; the name of the resource ends the table."""
        inside = self._open[-1] if self._open else ""
        if inside in {"td", "th"} and self._cells:
            self._cells[-1] += data
        elif inside == "resource":
            self.found[data.rpartition(" ")[2].strip()], self._cells = self._cells, []


def _printed_numbers_are_in_the_annex(folder: Path):
    """Every number of a table, as it is printed, stands in the resource of its name, and of the PDF as well."""
    tables = Tables()
    tables.feed(next(folder.glob("*.html")).read_text("utf-8"))
    assert len(tables.found) > 50
    for name, cells in tables.found.items():
        with (folder / "annex" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            known = {value for row in csv.DictReader(file) for value in row.values()}
        numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
        assert not {number for number in numbers if number not in known}, name


@pytest.mark.parametrize(("kind", "period"), [("macro", "2015H1"), ("bulletin", "2015-08"), ("bulletin", "2015-08-05")])
def test_papers_of_parts_of_a_year(site, kind, period):
    done = report(site, kind, "--period", period, "--lang", "both", "--json")
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert row["paper"].endswith(f"-{CITY}-{period}")
    assert row["synthetic"]
    page = next(Path(name) for name in row["files"] if name.endswith("both.html")).read_text("utf-8")
    assert "SYNTHETIC" in page
    assert "合成数据" in page


def test_the_same_site_gives_the_same_bytes_anywhere(site, tmp_path):
    """In another folder, time zone and locale, by another process."""
    copy = shutil.copytree(site, tmp_path / "elsewhere" / "copy")
    written = []
    for folder, zone, locale, seed in ((site, "Asia/Shanghai", "C.UTF-8", "1"), (copy, "America/Lima", "C", "2")):
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed}
        words = ["bulletin", "--period", "2015-08", "--lang", "both", "--data", str(folder), "--city", CITY]
        formats = [word for name in ("html", "pdf", "docx") for word in ("--format", name)]
        subprocess.run(
            [sys.executable, "-m", "console", "report", *words, *formats], env=environment, check=True, cwd=folder
        )
        (draft,) = folder.glob("papers/*/draft")
        written.append({str(p.relative_to(draft)): p.read_bytes() for p in sorted(draft.rglob("*")) if p.is_file()})
    assert len(written[0]) > 10
    assert written[0] == written[1]


def test_published_verified_and_what_changed_since(site, tmp_path):
    """A paper pins its verdicts; a reading that comes later is an erratum, a changed file is broken."""
    words = ("bulletin", "--medium", "air", "--period", "2015-08", "--publish")
    with pytest.raises(UsageError, match="--by"):
        report(site, *words)
    report(site, *words, "--by", "office", "--format", "html")
    folder = site / "papers" / f"bulletin-air-{CITY}-2015-08" / "1"
    record = json.loads((folder / "publication.json").read_text("utf-8"))
    assert record["by"] == "office"
    assert {pin["key"] for pin in record["pins"]} >= {f"air/{CITY}/2015-08-05"}
    assert "第1号" in next(folder.glob("*.html")).read_text("utf-8")
    assert json.loads(run("report", "verify", "--data", str(site), "--json").stdout)["well"]
    with pytest.raises(UsageError, match="since issue 1"):
        report(site, *words, "--by", "office")

    rows = [f"yantian,pm25,2015-08-05T{hour:02d}:00:00+08:00,300,ug/m3" for hour in range(1, 24)]
    late = tmp_path / "late.csv"
    late.write_text("station,parameter,time,value,unit\n" + "\n".join(rows) + "\n", encoding="utf-8")
    run("import", str(late), "--data", str(site), "--grade", "audited")
    (found,) = [
        json.loads(line) for line in run("report", "verify", "--data", str(site), "--json", code=1).stdout.splitlines()
    ]
    assert not found["broken"]
    assert f"air/{CITY}/2015-08-05" in {one["key"] for one in found["errata"]}
    assert any("readings of" in line and "1 day(s) changed from" in line for line in found["sentences"])
    assert found["tables"]

    page = next(folder.glob("*.html"))
    page.write_text(page.read_text("utf-8") + " ", encoding="utf-8")
    (found,) = [
        json.loads(line) for line in run("report", "verify", "--data", str(site), "--json", code=1).stdout.splitlines()
    ]
    assert [str(page) in line for line in found["broken"]] == [True]

    reread = json.loads(run("report", "verify", str(folder), "--data", str(site), "--json", code=1).stdout)
    assert reread["issue"] == 1
    (texts := tmp_path / "texts").mkdir()
    (texts / "foreword.zh.md").write_text("# 前言\n", encoding="utf-8")
    report(site, *words, "--by", "[/office]", "--text", str(texts))
    assert "[/office]" in run("report", "verify", folder.parent.name, "--data", str(site), code=1).stdout
    second = json.loads((folder.with_name("2") / "publication.json").read_text("utf-8"))
    assert second["previous"]
    assert list(second["texts"]) == ["foreword.zh.md"]
    with pytest.raises(UsageError, match="since issue 2"):
        report(site, *words, "--by", "office", "--text", str(texts))
    (texts / "foreword.zh.md").write_text("# 序\n", encoding="utf-8")
    report(site, *words, "--by", "office", "--text", str(texts))
    assert (folder.with_name("3") / "publication.json").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("white-paper", "--period", "2015H1"), "period"),
        (("macro", "--period", "2015-08"), "period"),
        (("bulletin", "--medium", "water", "--period", "2015-08-05"), "single day"),
        (("bulletin", "--period", "2031-01"), "begins after"),
        (("bulletin", "--period", "13-08"), "not a period"),
        (("bulletin", "--period", "0001"), "long before"),
        (("bulletin", "--period", "0000"), "not a period"),
        (("bulletin", "--period", "\N{FULLWIDTH DIGIT TWO}015"), "not a period"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_mend(site, words, said):
    with pytest.raises(UsageError, match=said) as raised:
        report(site, *words)
    assert raised.value.mend
    assert not (site / "papers").exists()


@pytest.mark.parametrize("paper", [(), ("/nowhere/at/all",), ("../*",)])
def test_nothing_published_nothing_to_verify(site, paper):
    with pytest.raises(UsageError, match="published"):
        run("report", "verify", *paper, "--data", str(site))


def test_texts_that_are_not_there_are_not_left_out_in_silence(site, tmp_path):
    with pytest.raises(UsageError, match="no folder"):
        report(site, "bulletin", "--period", "2015-08", "--text", str(tmp_path / "nowhere"))
