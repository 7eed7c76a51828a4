"""The demo in short: some days of the example year through a real broker, counted at every place."""

from __future__ import annotations

import shutil

import pytest

from aggregator.assess import Assessment
from console import demo_water, made_up
from console.demo import BAD_MESSAGES, MARKER, Counts, Demo
from console.demo_alarm import alarm_course
from console.demo_water import CITY
from console.examples import example
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.errors import IntegrityError, UsageError
from qualicity.heartbeat import beat
from qualicity.periods import parse_period

WEEK = ("2016-01-01", "2016-01-07")


def test_some_days_from_the_sensors_to_their_verdicts(tmp_path):
    """Published = acknowledged = collected; archived + dead letters; verdicts of a real week, and of water."""
    demo = Demo(tmp_path / "demo", days=8, say=print)
    demo.prepare()
    demo.collect()
    with demo.open() as site:
        demo.archive(site)
        demo.counts.check()
        pipeline = demo.judge(site)
        first = parse_period("2016-01-01").first
        rows = list(Assessment(pipeline).days(first, first.replace(day=7)))
        reasons = {count.reason for count in site.store.dead_letter_counts()}
        water = {v.result["period"]: v.result for v in site.ledger.current(f"water/{CITY}/xili-reservoir", *WEEK)}
        outlet = {v.result["period"]: v.result for v in site.ledger.current(f"discharge/{CITY}/north-plant", *WEEK)}

        assert site.store.verify() == []
        assert site.store.waiting() == 0
    assert [row["aqi"] for row in rows] == [222, 311, 298, 49, 48, 42, 35]
    assert len(reasons) == len(BAD_MESSAGES)
    assert demo.counts.published == demo.counts.collected > 2000
    assert demo.counts.imported > 2000
    assert {row["verdict"] for row in water.values()} == {"COMPLIES"}
    assert {row["class"] for row in water.values()} <= {"I", "II"}
    assert len(water) == len(outlet) == 7
    assert all(row["flow_m3"] > 100_000 for row in outlet.values())


def test_what_a_file_brings_is_what_was_simulated(tmp_path):
    """Instruments of some sources publish; the others, laboratories and outlets hand in a file that says the same."""
    period = parse_period("2016-02")
    rows = demo_water.simulated(period.start, period.end)
    published = demo_water.is_published(rows)
    assert 0 < published.sum() < len(rows)
    assert {rows.registry.text(code) for code in rows["station"][published].tolist()} == set(demo_water.PUBLISHING)
    assert not rows["qualifier"][published].any()
    filed = rows.take(~published)
    path = tmp_path / "water.parquet"
    made_up.write_file(path, filed)
    (tmp_path / "network.toml").write_text(demo_water.network_text(), "utf-8")
    with open_site(tmp_path, writer=True) as site:
        counts = made_up.import_file(site, path)
        kept = ("station", "parameter", "start", "period", "statistic", "value", "qualifier", "unit", "device_flag")
        found = sorted(tuple(row[name] for name in kept) for part in site.store.tail(0) for row in part.rows())
    assert (counts.accepted, counts.rejected) == (len(filed), 0)
    assert found == sorted(tuple(row[name] for name in kept) for row in filed.rows())


def test_what_is_out_of_order_says_so():
    """Some days of one outlet, so that the page has something that cannot be judged."""
    period = parse_period("2016-09")
    rows = demo_water.simulated(period.start, period.end)
    broken = rows.take(rows["device_flag"] != 0)
    assert {rows.registry.text(code) for code in broken["station"].tolist()} == {"brewery"}
    assert len(broken) == 4 * 24 * 4


def test_counts_that_do_not_agree_are_an_error():
    """Nothing is smoothed over."""
    good = Counts(10, 10, 10, 30, 5, 35, len(BAD_MESSAGES))
    good.check()
    for name in ("published", "acknowledged", "collected", "readings", "imported", "archived", "dead_letters"):
        with pytest.raises(IntegrityError, match="do not agree"):
            Counts(**{**vars(good), name: 9}).check()


def test_only_a_former_demo_is_removed(tmp_path):
    """A folder with anything else in it is refused."""
    folder = tmp_path / "demo"
    Demo(folder).prepare()
    (folder / "more").touch()
    Demo(folder).prepare()
    assert not (folder / "more").exists()

    (folder / MARKER).unlink()
    with pytest.raises(UsageError, match="no former demo"):
        Demo(folder).prepare()


def test_a_running_demo_is_not_removed(tmp_path):
    """Who starts a second one is told; after the first has ended, or died, its folder is made anew."""
    folder, clock = tmp_path / "demo", SystemClock()
    Demo(folder).prepare()
    beat(folder, "collector", clock.now(), ready=True, state="connected", counters={})
    with pytest.raises(UsageError, match="is running"):
        Demo(folder).prepare()

    beat(folder, "collector", clock.now() - 3_600_000, ready=True, state="connected", counters={})
    Demo(folder).prepare()


def test_a_file_in_the_way_is_not_removed(tmp_path):
    """It is no former demo either."""
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(UsageError, match="no former demo"):
        Demo(tmp_path / "demo").prepare()
    assert (tmp_path / "demo").read_text() == "mine"


def test_an_alarm_from_the_reading_to_its_end(tmp_path):
    """The chat hears of it, the button behind the link takes it on, the chat hears the end; nobody stays on duty."""
    shutil.copyfile(example("beijing-2016") / "network.toml", tmp_path / "network.toml")
    said = []
    course = alarm_course(tmp_path, said.append)

    assert "P1 告警" in course.raised.text
    assert "threshold 400 µg/m³" in course.raised.text
    assert "已解除" in course.resolved.text
    assert course.acknowledged_by.startswith("duty-1")
    assert course.acknowledged_by in course.resolved.text
    assert course.raised.text.splitlines()[0].strip() in said[1]
    assert f"{course.incident}/raised" in course.raised.text
    assert not (tmp_path / "oncall.toml").exists()
