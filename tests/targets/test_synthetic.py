"""Records made up for an example: all forms, taken without a refusal, marked everywhere, and the same every time."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import random
import subprocess
import sys
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

import pytest

from console.judging import judged
from console.site import Site, open_site
from qualicity.errors import UsageError
from targets.computation import Scope
from targets.model import Status
from targets.records.identifiers import organisation
from targets.records.intake import Report, schema_of, take
from targets.records.reading import open_records
from targets.records.schema import schemas
from targets.synthetic.example import MAKERS, SEED, records, write
from targets.synthetic.files import README, write_example
from targets.synthetic.parties import code_on, credit
from targets.synthetic.story import story

_TODAY = dt.date(2016, 12, 31)
_SCALE = 0.1
_SOME = 1500
"""Patents of a short run: nothing else is so many."""

_SEEDS = int(os.environ.get("QUALICITY_EXAMPLES", "0"))


def _take(site: Site, file: Path) -> Report:
    opened = open_records(file)
    return take(site.records, opened, schema_of(opened), by="example", today=_TODAY)


def _judged(site: Site) -> list[dict[str, object]]:
    scope = Scope("", "440300", 2011, 2015, _TODAY)
    return [json.loads(json.dumps(dict(item.row), default=str)) for item in judged(site, scope)]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Return the data folder in which a small example is on file, and what became of each file."""
    folder = tmp_path_factory.mktemp("example")
    found = {}
    with open_site(folder, writer=True) as site:
        for name in MAKERS:
            file = folder / f"{name}.csv"
            rows = records(name, SEED, scale=_SCALE)
            with file.open("w", encoding="utf-8", newline="") as opened:
                write(opened, name, islice(rows, _SOME) if name == "R_pt" else rows)
            found[name] = _take(site, file)
    return folder, found


def test_neither_the_order_of_files_nor_of_rows_changes_what_is_judged(reports, rows, tmp_path):
    """Files in pieces, shuffled, corrections before what they correct: the same rows to the last byte.

    All forms, so that what one rests on of another may come after it; of long ones fewer pieces of more rows.
    """
    folder, _ = reports
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    pieces = []
    for name in MAKERS:
        header, *lines = [
            line for line in (folder / f"{name}.csv").read_text("utf-8").splitlines() if not line.startswith("#")
        ]
        dice.shuffle(lines)
        cuts = [0, *sorted(dice.choices(range(len(lines) + 1), k=1)), len(lines)]
        pieces += [(name, [header, *lines[low:high]]) for low, high in pairwise(cuts) if low < high]
    dice.shuffle(pieces)
    with open_site(tmp_path, writer=True) as site:
        for number, (name, lines) in enumerate(pieces):
            piece = tmp_path / f"{name}-{number}.csv"
            piece.write_text("\n".join(lines) + "\n", encoding="utf-8")
            assert _take(site, piece).rejected == 0
        assert json.dumps(_judged(site)) == json.dumps(rows)


@pytest.fixture(scope="module")
def rows(reports):
    """Return the judged rows of the promise's years."""
    with open_site(reports[0], writer=True) as site:
        return _judged(site)


def _text(name: str, seed: int) -> str:
    file = io.StringIO(newline="")
    write(file, name, islice(records(name, seed, scale=_SCALE), _SOME))
    return file.getvalue()


def test_every_form_has_records():
    """No schema is forgotten, and none is invented."""
    assert set(MAKERS) == set(schemas())


def test_everything_is_taken_and_nothing_is_doubled(reports):
    """No row is refused, waits, breaks a rule between records or stands for another one's matter."""
    assert set(reports[1]) == set(schemas())
    for report in reports[1].values():
        assert report.read == report.accepted > 0
        assert (report.rejected, report.duplicates, report.waiting, report.against_rules) == (0, 0, 0, 0)


def test_some_records_are_late_corrected_and_withdrawn(reports):
    """An example without them would show nothing of how they are kept."""
    assert reports[1]["R_ps"].late
    with open_site(reports[0]) as site:
        states = Counter(site.records.counting().table("R_ps", ["status"])["status"].to_pylist())
        assert site.records.counting().count("R_ps") < reports[1]["R_ps"].accepted
    assert states["corrected"]
    assert "withdrawn" not in states


def test_every_judged_row_that_says_anything_says_that_it_is_synthetic(rows):
    """A zero, too, of which no counted record tells."""
    said = [row for row in rows if row["value"] is not None]
    assert said
    assert [row["key"] for row in said if not row["synthetic"]] == []


def test_each_of_the_ten_statuses_occurs(rows):
    """That is what the story is for."""
    assert {row["status"] for row in rows} == {status.value for status in Status}


def test_the_story_is_judged_as_it_is_told(rows):
    """A year in which each thing happens that the page of the example promises."""
    found = {(row["indicator"], row["year"]): row for row in rows}
    told = {
        ("eng.zero_accident", 2011): "breached",
        ("eng.zero_accident", 2012): "achieved",  # an accident of safety, and one below an accident
        ("eng.zero_accident", 2013): "breached",  # graded down, and still one
        ("eng.zero_accident", 2014): "achieved_unproven",  # one district and month says nothing
        ("eng.zero_accident", 2015): "achieved",
        ("eng.renewal_ok", 2013): "breached",
        ("eng.renewal_ok", 2014): "achieved",  # it passed at the second attempt
        ("eng.renewal_ok", 2015): "breached",
        ("prd.natl_track_pass", 2012): "maintained",
        ("prd.natl_track_pass", 2013): "breached",
        ("env.monitor_system", 2014): "achieved",
        ("env.monitor_system", 2015): "achieved_then_lost",  # its evaluation has expired
        ("brd.prov_brand", 2013): "achieved",
        ("brd.prov_brand", 2015): "achieved_then_lost",
        ("qmp.support100", 2013): "breached",
        ("env.strict_std", 2015): "deteriorating",
        ("env.air_days", 2015): "not_assessable",  # verdicts of readings are not made up
    }
    assert {key: found[key]["status"] for key in told} == told
    assert found["env.air_days", 2015]["missing"] == ["air"]
    assert "series_break" in found["svc.satisfaction", 2014]["reasons"]
    assert found["env.water_int", 2015]["provisional"]  # its GDP is a first estimate


@pytest.mark.parametrize("name", ["R_ps", "R_tk", "R_ct", "R_svi"])
def test_the_same_seed_makes_the_same_records(name):
    """And another seed others."""
    assert _text(name, 7) == _text(name, 7)
    assert _text(name, 7) != _text(name, 8)


def test_neither_place_nor_zone_nor_hashes_change_a_byte(tmp_path):
    """Another process, elsewhere, with another order of hashes."""
    code = (
        "import sys; from targets.synthetic.example import records, write\n"
        "for name in ('R_ms', 'R_pa', 'R_si'): write(sys.stdout, name, records(name, 5))"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"} | more,
            capture_output=True,
            check=True,
        ).stdout
        for folder, more in (
            (tmp_path, {"TZ": "America/New_York", "PYTHONHASHSEED": "1"}),
            (Path(__file__).parent, {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "2"}),
        )
    ]
    assert made[0] == made[1] != b""


def test_every_record_and_name_says_that_it_is_made_up():
    """In the record itself, where it may be looked at without its page."""
    named = {"R_br": "name", "R_pa": "name", "R_sd": "title", "R_tk": "title", "R_ms": "claim", "R_ct": "body"}
    for name in MAKERS:
        for row in islice(records(name, SEED, scale=_SCALE), 300):
            assert row["synthetic"] is True
            assert str(row["record_id"]).startswith("SYN-")
            if name in named:
                assert str(row[named[name]]).endswith("(合成)")


def test_an_organisation_keeps_its_code_within_the_one_that_replaced_it():
    """From October 2015 on the credit code is filed, and the register counts one organisation."""
    before, after = code_on(17, dt.date(2015, 9, 30)), code_on(17, dt.date(2015, 10, 1))
    assert (len(before), len(after)) == (9, 18)
    assert organisation(before) == organisation(after) == before
    assert organisation(credit(899_999)) is not None


def test_nothing_happens_after_the_last_year():
    """A story that is cut short does not know its end."""
    days = [row["event_date"] for row in records("R_tk", SEED, last=2012)]
    assert max(days) <= dt.date(2012, 12, 31)
    assert len(days) < len(list(records("R_tk", SEED)))


def test_the_scale_changes_what_no_target_counts():
    """Batches, not the accidents."""
    batches = [sum(1 for _ in records("R_ps", SEED, scale=scale)) for scale in (0.05, 0.1)]
    assert batches[0] < batches[1]
    assert list(records("R_ac", SEED, scale=0.05)) == list(records("R_ac", SEED, scale=1))


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    """Nothing is overwritten."""
    (tmp_path / "mine.csv").touch()
    with pytest.raises(UsageError, match="not empty"):
        write_example(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


@pytest.mark.skipif(not _SEEDS, reason="set QUALICITY_EXAMPLES=1 for whole examples of several seeds")
@pytest.mark.parametrize("seed", [0, 1, SEED])
def test_a_whole_example_is_written_filed_and_judged(tmp_path, seed):
    """All that is made up, packed, of any seed: counts as the story has them, and each status occurs."""
    counts = write_example(tmp_path / "files", seed=seed, packed=True)
    assert "模拟数据" in (tmp_path / "files" / README).read_text("utf-8")
    with open_site(tmp_path / "site", writer=True, create=True) as site:
        for name, count in counts.items():
            report = _take(site, tmp_path / "files" / f"{name}.csv.gz")
            assert report.accepted == count
        found = _judged(site)
    assert {row["status"] for row in found} == {status.value for status in Status}
    grants = {row["year"]: row["value"] for row in found if row["indicator"] == "prd.invention_grants"}
    told = story()
    assert grants == {
        year: count for year, count in zip(told.years, told.product.inventions, strict=True) if year > told.first
    }
