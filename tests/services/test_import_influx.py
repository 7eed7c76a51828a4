"""`import influx` from a real InfluxDB 1.x: what stands there becomes readings or dead letters, once."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import signal
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from aggregator.revisions import current
from console.commands import importing
from qualicity.canonical import canonical_values
from qualicity.clock import SystemClock
from qualicity.errors import QualicityError
from qualicity.model import Grade, Observations
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_answers import Outcome
from qualicity.store.line_protocol import Lines, Point

FIRST = dt.date(2016, 3, 1)
START = day_start(FIRST)

TAGGED = """
[[influx_import.measurements]]
measurement = "air"
station_tag = "site"
parameter_tag = "item"
value_field = "value"
unit = "ug/m3"
units = { co = "mg/m3" }
label = "begin"
"""

CHANNELS = """
[[city]]
id = "c"

[[station]]
id = "park"
city = "c"
[[station.channels]]
parameter = "pm25"
unit = "ug/m3"
label = "LABEL"
[[station.channels]]
parameter = "co"
unit = "mg/m3"
label = "LABEL"
"""

WIDE = """
[[influx_import.measurements]]
measurement = "wide"
station_tag = "site"
stations = { "1001A" = "park" }
fields = { "PM2.5" = "pm25", "CO" = "co", "O 3" = "o3" }
unit = "ug/m3"
units = { CO = "mg/m3" }
label = "end"
period = 3600
flag_field = "status"
"""


class Bed:
    """A database to write to, and a site to import into."""

    def __init__(self, url, folder, address=None):
        self.url, self.folder = url, folder
        folder.mkdir()
        self.app = typer.Typer()
        importing.register(self.app)
        self.app.command("other")(lambda: None)
        self.influx = Influx(address or Address(url, "qualicity"))

    def put(self, measurement, *points):
        """Write points: (tags, fields, hour of March 2016)."""
        lines = Lines.of(Point(measurement, tags, fields, START + int(hour * HOUR_MS)) for tags, fields, hour in points)
        assert self.influx.write(lines.part(0, len(lines))).outcome == Outcome.STORED

    def settings(self, measurements):
        """Write the site's settings: the database, and what follows."""
        (self.folder / "qualicity.toml").write_text(f'[influx]\nurl = "{self.url}"\n{measurements}', "utf-8")

    def run(self, *options):
        """Return exit code, counts (None without) and what was said."""
        words = ["import", "influx", "--json", "--data", str(self.folder), *map(str, options)]
        result = CliRunner().invoke(self.app, words)
        counts = json.loads(result.stdout) if result.stdout else None
        if isinstance(result.exception, QualicityError):
            return result.exception.exit_code, counts, str(result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, counts, result.stderr

    def store(self):
        """Open the site's store for reading."""
        return EmbeddedStore(self.folder, writer=False, clock=SystemClock())

    def rows(self, *columns):
        """Return columns of all stored rows."""
        with self.store() as store:
            return [tuple(row[name] for name in columns) for rows in store.tail(0) for row in rows.rows()]

    def letters(self):
        """Return the dead letters."""
        with self.store() as store:
            return [letter for _, letter in store.dead_letters()]


@pytest.fixture
def bed(tmp_path, influxd):
    bed = Bed(influxd.url, tmp_path / "data")
    yield bed
    bed.influx.close()


def counts(accepted=0, duplicates=0, conflicts=0, rejected=0):
    read = accepted + duplicates + conflicts + rejected
    return {
        "read": read,
        "accepted": accepted,
        "duplicates": duplicates,
        "conflicts": conflicts,
        "rejected": rejected,
    }


def test_a_tag_names_the_parameter(bed):
    tags = {"site": "park", "item": "PM2.5"}
    bed.put("air", (tags, {"value": 35.5}, 0), (tags, {"value": 36.0}, 1), ({**tags, "item": "co"}, {"value": 0.7}, 0))
    bed.settings(TAGGED)
    assert bed.run("--register")[:2] == (0, counts(3))
    assert sorted(bed.rows("parameter", "start", "period", "value", "unit", "source")) == [
        ("co", START, 3600, 0.7, "mg/m3", "import:influx:air"),
        ("pm25", START, 3600, 35.5, "ug/m3", "import:influx:air"),
        ("pm25", START + HOUR_MS, 3600, 36.0, "ug/m3", "import:influx:air"),
    ]


def test_each_parameter_has_a_field_and_null_is_no_reading(bed):
    tags = {"site": "1001A"}
    bed.put(
        "wide",
        (tags, {"PM2.5": 35, "CO": 0.7, "status": 3}, 1),
        (tags, {"CO": 0.8, "O 3": 90.0}, 2),
        (tags, {"status": 9, "other": 1.0}, 3),  # no value: no reading
    )
    bed.settings(WIDE)
    assert bed.run("--register")[:2] == (0, counts(4))
    assert sorted(bed.rows("station", "parameter", "start", "value", "unit", "device_flag")) == [
        ("park", "co", START, 0.7, "mg/m3", "3"),
        ("park", "co", START + HOUR_MS, 0.8, "mg/m3", ""),
        ("park", "o3", START + HOUR_MS, 90.0, "ug/m3", ""),
        ("park", "pm25", START, 35.0, "ug/m3", "3"),
    ]


def test_own_readings_come_back_as_they_counted(bed, air_site):
    """Site A writes its copy, site B imports that: the same values count in both, and a repetition adds none."""
    air_site.give("a", "pm25", 30, [400.0], grade=int(Grade.AUDITED))
    air_site.give("b", "co", 30, [0.1 + 0.2], revision=2)
    air_site.drain(air_site.writer())
    bed.settings(
        """
[[influx_import.measurements]]
measurement = "reading"
station_tag = "station"
parameter_tag = "parameter"
value_field = "value"
unit = "ug/m3"
units = { co = "mg/m3" }
label = "begin"
period_tag = "period"
poc_tag = "poc"
statistic_tag = "statistic"
"""
    )

    def counted(store):
        rows = Observations.concatenate(list(store.tail(0)), store.registry)
        rows = current(rows, canonical_values(rows)).rows
        rows = rows.replace(value=canonical_values(rows))
        names = ("station", "parameter", "poc", "statistic", "start", "period", "value")
        return sorted(tuple(row[name] for name in names) for row in rows.rows())

    expected = counted(air_site.store)
    assert len(expected) > 7_000
    assert bed.run("--register", "--city", "c")[:2] == (0, counts(len(expected)))
    with bed.store() as store:
        assert counted(store) == expected
    assert bed.run()[:2] == (0, counts(duplicates=len(expected)))


def test_what_cannot_be_a_reading_is_a_dead_letter_with_place_and_reason(bed):
    """Another dimension, no number, an unknown parameter, no station, a time to come; the others are taken."""
    tags = {"site": "park", "item": "pm25", "u": "ug/m3"}
    bed.put(
        "air",
        (tags, {"value": 1.0}, 0),
        ({**tags, "u": "ppb"}, {"value": 2.0}, 1),
        ({**tags, "u": ""}, {"value": 3.0}, 2),
        ({**tags, "item": "mood"}, {"value": 4.0}, 3),
        ({"item": "pm25", "u": "ug/m3"}, {"value": 5.0}, 4),
        (tags, {"value": 6.0}, 24 * 366 * 40),
    )
    bed.put("air", (tags, {"value": "n/a"}, 24 * 40), (tags, {"value": "7.5"}, 24 * 40 + 1))  # another shard
    bed.put("air", (tags, {"value": True}, 24 * 80))
    bed.put("air", (tags, {"value": 8}, 24 * 120))
    bed.settings(TAGGED.replace('unit = "ug/m3"', 'unit_tag = "u"').replace('units = { co = "mg/m3" }', ""))
    assert bed.run("--register")[:2] == (0, counts(3, rejected=7))
    assert sorted(bed.rows("value")) == [(1.0,), (7.5,), (8.0,)]
    letters = bed.letters()
    assert [letter.reason for letter in letters] == [
        "wrong unit", "wrong unit", "unknown channel", "unknown channel", "no value", "no value", "in the future",
    ]  # fmt: skip
    assert letters[0].place == "influx:qualicity/air:2016-02-29T17:00:00.000Z"
    assert (letters[0].source, letters[0].station) == ("import:influx:air", "park")
    assert json.loads(letters[0].payload) == {
        "measurement": "air",
        "time": START + HOUR_MS,
        "tags": {"site": "park", "item": "pm25", "u": "ppb"},
        "fields": {"value": 2.0},
    }
    assert json.loads(letters[4].payload)["fields"] == {"value": "n/a"}


def test_an_unknown_station_is_rejected_or_made(bed):
    bed.put("air", ({"site": "new", "item": "pm25"}, {"value": 1.0}, 0))
    bed.settings(TAGGED)
    (bed.folder / "network.toml").write_text(CHANNELS.replace("LABEL", "begin"), "utf-8")
    code, found, said = bed.run()
    assert (code, found) == (2, counts(rejected=1))
    assert "no row could be taken" in said
    assert "use --register" in bed.letters()[0].detail
    code, found, said = bed.run("--register")
    assert (code, found) == (0, counts(1))
    assert "registered 'new' in 'c': pm25" in said


@pytest.mark.parametrize(
    ("declared", "mapped", "told", "hours"),
    [("end", "", (), 1), ("begin", "", (), 0), ("begin", "end", (), 1), ("begin", "end", ("--label", "begin"), 0)],
)
def test_the_option_stands_above_the_mapping_and_that_above_the_channel(bed, declared, mapped, told, hours):
    bed.put("air", ({"site": "park", "item": "pm25"}, {"value": 1.0}, 5))
    bed.settings(TAGGED.replace('label = "begin"', f'label = "{mapped}"' if mapped else ""))
    (bed.folder / "network.toml").write_text(CHANNELS.replace("LABEL", declared), "utf-8")
    assert bed.run(*told)[0] == 0
    assert bed.rows("start") == [(START + (5 - hours) * HOUR_MS,)]


@pytest.mark.parametrize("label", ["begin", "end"])
def test_days_are_those_of_the_readings_not_of_the_times(bed, label):
    """Where times name the end, the day's last reading has the time of the next midnight."""
    tags = {"site": "park", "item": "pm25"}
    bed.put("air", *((tags, {"value": float(hour)}, hour) for hour in range(97)))
    bed.settings(TAGGED)
    days = ("--from", "2016-03-02", "--to", "2016-03-03")
    assert bed.run("--register", "--label", label, *days)[:2] == (0, counts(48))
    starts = [start for (start,) in bed.rows("start")]
    assert (min(starts), max(starts)) == (START + DAY_MS, START + 3 * DAY_MS - HOUR_MS)
    assert bed.run("--label", label)[1] == counts(97 - 48, duplicates=48)
    code, _, said = bed.run("--label", label, "--from", "2017-01-01")
    assert code == 2
    assert "no rows" in said


def test_days_of_channels_that_differ_need_a_label(bed):
    bed.put("air", ({"site": "park", "item": "pm25"}, {"value": 1.0}, 0))
    bed.settings(TAGGED.replace('label = "begin"', ""))
    channels = CHANNELS.replace("LABEL", "begin", 1).replace("LABEL", "end")
    (bed.folder / "network.toml").write_text(channels, "utf-8")
    code, _, said = bed.run("--from", "2016-03-01")
    assert code == 2
    assert "give --label" in said
    assert bed.run()[0] == 0


def test_years_with_gaps_are_read_whole(bed):
    """Windows skip what is empty; a point on each side of a window's end is read once."""
    tags = {"site": "park", "item": "pm25"}
    hours = [0, 31 * 24 - 1, 31 * 24, 31 * 24 + 1, 62 * 24, 24 * 3500 + 7, -24 * 14_000]
    bed.put("air", *((tags, {"value": float(number)}, hour) for number, hour in enumerate(hours)))
    bed.settings(TAGGED)
    assert bed.run("--register")[:2] == (0, counts(len(hours)))
    assert sorted(start for (start,) in bed.rows("start")) == sorted(START + hour * HOUR_MS for hour in hours)


def test_conditions_are_texts_not_queries(bed):
    """Quotes and operators in a value are part of the value."""
    strange = "x' OR '1'='1"
    tags = {"site": "park", "item": "pm25"}
    bed.put("air", ({**tags, "line": strange}, {"value": 1.0}, 0), ({**tags, "line": "b"}, {"value": 2.0}, 1))
    bed.settings(TAGGED + f'where = {{ line = "{strange}" }}\n')
    assert bed.run("--register")[:2] == (0, counts(1))
    assert bed.rows("value") == [(1.0,)]


def test_another_retention_policy(bed):
    bed.influx.execute('CREATE RETENTION POLICY "long term" ON qualicity DURATION INF REPLICATION 1')
    bed.put("air", ({"site": "park", "item": "pm25"}, {"value": 1.0}, 0))
    bed.influx.execute('SELECT "value" INTO qualicity."long term".air FROM air GROUP BY *')
    bed.put("air", ({"site": "park", "item": "pm25"}, {"value": 2.0}, 0))
    bed.settings(TAGGED + 'retention_policy = "long term"\n')
    assert bed.run("--register")[0] == 0
    assert bed.rows("value") == [(1.0,)]
    bed.settings(TAGGED + 'retention_policy = "short"\n')
    code, _, said = bed.run()
    assert code == 3
    assert "retention policy not found" in said


def test_another_value_is_a_conflict(bed):
    tags = {"site": "park", "item": "pm25"}
    bed.put("air", (tags, {"value": 1.0}, 0))
    bed.settings(TAGGED)
    bed.run("--register")
    bed.put("air", (tags, {"value": 2.0}, 0))
    assert bed.run()[1] == counts(conflicts=1)
    assert bed.run("--grade", "audited", "--revision", "1")[1] == counts(1)


def test_numbers_that_cannot_be_in_their_unit_are_refused(bed):
    tags = {"site": "park", "item": "co"}
    bed.put("air", *((tags, {"value": 800.0}, hour) for hour in range(30)))
    bed.settings(TAGGED)
    code, found, said = bed.run("--register")
    assert (code, found) == (2, counts())
    assert "influx:qualicity/air: co is probably in ug/m3" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"air"', '"ari"', "no measurement 'ari' in qualicity at http"),
        ('"value"', '"v"', "no field 'v' in air; there is 'value'"),
        ('"site"', '"station"', "no tag 'station' in air; there is 'item', 'site'"),
        ('label = "begin"', 'where = { nix = "1" }', "no tag 'nix' in air"),
        ('label = "begin"', 'flag_field = "site"', "no field 'site' in air"),
    ],
)
def test_what_does_not_exist_is_named_before_anything_is_read(bed, old, new, said):
    bed.put("air", ({"site": "park", "item": "pm25"}, {"value": 1.0}, 0))
    bed.settings(TAGGED + TAGGED.replace(old, new))
    code, found, told = bed.run("--register", "--label", "begin")
    assert (code, found) == (2, None)
    assert f"there is {said}" in told
    assert not (bed.folder / "registered.toml").exists()


def test_a_database_that_is_away_is_exit_code_3(bed, influxd):
    bed.settings(TAGGED)
    influxd.stop()
    code, found, said = bed.run("--register")
    assert (code, found) == (3, None)
    assert "does not answer" in said


def test_a_database_that_goes_away_in_the_middle_is_exit_code_3_and_the_rest_comes_later(bed, influxd, monkeypatch):
    tags = {"site": "park", "item": "pm25"}
    bed.put("air", *((tags, {"value": float(hour % 50)}, hour) for hour in range(24 * 100)))
    bed.settings(TAGGED)
    append = EmbeddedStore.append

    def last(store, batch):
        position = append(store, batch)
        influxd.kill()
        return position

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedStore, "append", last)
        code, _, said = bed.run("--register")
    assert code == 3
    assert "does not answer" in said
    kept = len(bed.rows("seq"))
    assert kept == 24 * 31
    influxd.start()
    assert bed.run()[:2] == (0, counts(24 * 100 - kept, duplicates=kept))


def test_a_database_that_is_empty_or_unknown_is_named(bed):
    """InfluxDB 1.x tells no difference when it is asked what is there."""
    bed.settings('bucket = "nix"\n' + TAGGED)
    code, _, said = bed.run("--register")
    assert code == 2
    assert "there is no measurement 'air' in nix at http" in said


KILLED = """
import os, signal, sys
from console.cli import main
from qualicity.store.embedded import EmbeddedStore
append, done, commits = EmbeddedStore.append, [], int(sys.argv[1])

def deadly(self, batch):
    if len(done) == commits:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(append(self, batch))
    return done[-1]

EmbeddedStore.append = deadly
sys.argv = ["qualicity", *sys.argv[2:]]
main()
"""


def test_an_import_that_was_killed_is_repeated(bed):
    """Nothing is lost, nothing is stored twice: what was committed is recognised."""
    items = ("pm25", "pm10", "co")
    hours = range(24 * 100)
    for item in items:
        tags = {"site": "park", "item": item}
        bed.put("air", *((tags, {"value": hour % 50 / (20 if item == "co" else 1)}, hour) for hour in hours))
    bed.settings(TAGGED)
    words = ["import", "influx", "--register", "--data", str(bed.folder)]
    kept = 0
    for commits in (2, 1):
        ran = subprocess.run([sys.executable, "-c", KILLED, str(commits), *words], check=False, timeout=60)
        assert ran.returncode == -signal.SIGKILL
        before, kept = kept, len(bed.rows("seq"))
        assert before < kept < len(items) * len(hours)
    assert bed.run()[:2] == (0, counts(len(items) * len(hours) - kept, duplicates=kept))
    keys = bed.rows("parameter", "start")
    assert len(keys) == len(set(keys)) == len(items) * len(hours)


def test_in_2_the_same_points_give_the_same_readings(tmp_path, influxd_2):
    """A bucket of 2.x by its token: fields of each type, conditions, days, a repetition."""
    url, token = influxd_2
    bucket = f"t{secrets.token_hex(6)}"
    with Influx(Address(url, bucket, "qualicity", token)) as influx:
        org = json.loads(influx.request("GET", "/api/v2/orgs", {"org": "qualicity"})[2])["orgs"][0]["id"]
        influx.request("POST", "/api/v2/buckets", body={"orgID": org, "name": bucket})
    (tmp_path / "token").write_text(token, "utf-8")
    bed = Bed(url, tmp_path / "data", Address(url, bucket, "qualicity", token))
    tags = {"site": "park", "item": "pm25", "line": "x' OR '1'='1"}
    bed.put("air", (tags, {"value": 1.5}, 0), ({**tags, "line": "b"}, {"value": 9.0}, 0))
    for value, day in (("n/a", 40), (True, 80), (8, 120)):
        bed.put("air", (tags, {"value": value}, 24 * day))
    where = f"""where = {{ line = "{tags["line"]}" }}\n"""
    own = f'[influx_import]\nbucket = "{bucket}"\ntoken_file = "{tmp_path}/token"\n'
    bed.settings(own + TAGGED + where)
    assert bed.run("--register")[:2] == (0, counts(2, rejected=2))
    assert sorted(bed.rows("start", "value")) == [(START, 1.5), (START + 120 * DAY_MS, 8.0)]
    assert bed.run("--from", "2016-03-01", "--to", "2016-03-01")[:2] == (0, counts(duplicates=1))
    bed.settings(own + TAGGED.replace('"site"', '"station"'))
    assert "no tag 'station' in air; there is 'item', 'line', 'site'" in bed.run("--register")[2]
    bed.influx.close()
