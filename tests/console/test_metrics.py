"""What is exported at /metrics: types, meanings, labels; as others read it, and as docs/operations.md lists it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from alerting.engine import Counts
from alerting.metrics import alarm_metrics
from alerting.store import AlertStore
from collector.intake import IntakeState
from console.health import Machine, Outcome
from console.metrics import Exporter, described, families, find
from qualicity.durations import Durations
from qualicity.heartbeat import Heartbeat, labelled

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
PROMTOOL = shutil.which("promtool")
NOW = 1_800_000_000_000


def _beat(part, counters, **fields):
    return Heartbeat(part, 1, NOW, **{"ready": True, "state": "", **fields}, counters=counters)


def _text(*beats):
    registry = CollectorRegistry()
    outcomes = [Outcome("disk", ok=True, needed=False, reason="ok")]
    registry.register(Exporter(lambda: (beats, NOW, outcomes, Machine(5, 10, synchronised=False))))
    return generate_latest(registry).decode()


def _parsed(text):
    return {family.name: family for family in text_string_to_metric_families(text)}


def _commits():
    durations = Durations((0.001, 0.01))
    for seconds in (0.0005, 0.002, 3.0):
        durations.observe(seconds)
    return durations.counters("commit_seconds")


def test_each_kind_comes_as_what_it_is():
    """Counters with their _total, histograms with classes that grow, gauges as they are."""
    found = _parsed(_text(_beat("collector", {"received": 7, "waiting": 2, "last_message": 1500, **_commits()})))
    received = found["qualicity_messages_received"]
    assert (received.type, received.samples[0].name) == ("counter", "qualicity_messages_received_total")
    assert received.samples[0][1:3] == ({"part": "collector"}, 7.0)
    assert (found["qualicity_messages_waiting"].type, found["qualicity_messages_waiting"].samples[0].value) == (
        "gauge",
        2,
    )
    assert found["qualicity_last_message_timestamp_seconds"].samples[0].value == 1.5
    assert "qualicity_received" not in found
    commits = found["qualicity_commit_seconds"]
    assert commits.type == "histogram"
    pieces = [(one.name.rpartition("_")[2], one.labels.get("le"), one.value) for one in commits.samples]
    assert pieces == [
        ("bucket", "0.001", 1), ("bucket", "0.01", 2), ("bucket", "+Inf", 3), ("count", None, 3), ("sum", None, 3.0025),
    ]  # fmt: skip


def test_labels_are_kept_whatever_they_hold():
    """Beside that of the part; parts that count the same stand in one family."""
    odd = 'a "quoted" \\ word,\nand a line'
    text = _text(
        _beat(
            "collector", {labelled("dead_letters_total", reason=odd): 3, labelled("dead_letters_total", reason="b"): 4}
        ),
        _beat("aggregator", {"lag_rows": 1}),
        _beat("influx", {"lag_rows": 2}),
    )
    found = _parsed(text)
    assert {(one.labels["reason"], one.value) for one in found["qualicity_dead_letters"].samples} == {
        (odd, 3),
        ("b", 4),
    }
    assert {one.labels["part"]: one.value for one in found["qualicity_lag_rows"].samples} == {
        "aggregator": 1,
        "influx": 2,
    }
    assert text.count("# TYPE qualicity_lag_rows gauge") == 1


def test_counters_of_the_gateway_become_labels():
    """And keep the names that docs/hj212.md tells."""
    found = _parsed(_text(_beat("collector", {"hj212_refused_no_mn": 2, "hj212_identified": 3, "hj212_loggers": 1})))
    (refused,) = found["qualicity_hj212_refused"].samples
    assert (refused.name, refused.labels, refused.value) == (
        "qualicity_hj212_refused_total", {"reason": "no_mn", "part": "collector"}, 2,
    )  # fmt: skip
    assert found["qualicity_hj212_events"].samples[0].labels["event"] == "identified"
    assert found["qualicity_hj212_refused_no_mn"].samples[0].value == 2
    assert found["qualicity_hj212_loggers"].type == "gauge"


def test_what_nothing_describes_is_exported_all_the_same():
    """As untyped; what is no name at all is not."""
    found = _parsed(_text(_beat("collector", {"new_thing": 1, "no name": 2, "": 3})))
    assert found["qualicity_new_thing"].type == "unknown"
    assert not [name for name in found if "no name" in name]


def test_a_dead_part_shows_its_last_and_that_it_is_not_up():
    """One that was stopped shows nothing."""
    found = _parsed(_text(_beat("aggregator", {"position": 40}, ready=False)))
    assert found["qualicity_position"].samples[0].value == 40
    assert found["qualicity_part_up"].samples[0].value == 0
    assert "qualicity_position" not in _parsed(_text())


def test_the_site_itself():
    found = _parsed(_text(_beat("api", {})))
    assert found["qualicity_part_up"].samples[0].value == 1
    assert found["qualicity_part_last_beat_timestamp_seconds"].samples[0].value == NOW / 1000
    assert found["qualicity_check_ok"].samples[0].labels == {"check": "disk"}
    assert (
        found["qualicity_disk_free_bytes"].samples[0].value,
        found["qualicity_disk_size_bytes"].samples[0].value,
    ) == (5, 10)
    assert found["qualicity_clock_synchronised"].samples[0].value == 0
    assert re.fullmatch("[0-9a-f]+", found["qualicity_build_info"].samples[0].labels["code"])


def _counted(folder):
    """Return a counter of every kind that parts have."""
    state = IntakeState()
    collector = {name: 1 for name, value in vars(state).items() if isinstance(value, int)}
    collector |= {
        labelled("dead_letters_total", reason="no time"): 1,
        "journal_rows": 1,
        "journal_bytes": 1,
        "log_head": 1,
    }
    collector |= _commits() | Durations((1.0,)).counters("arrival_lag_seconds")
    with AlertStore(folder / "alerting.db") as store:
        alarms = alarm_metrics(store, NOW)
    alarms |= {f"alert_{name}": 1 for name in vars(Counts())}
    return collector, alarms


def test_every_counter_of_the_parts_is_described(tmp_path):
    """So that none of them is untyped; those of the archive, the writer and the gateway stand in tests of theirs."""
    for counters in _counted(tmp_path):
        assert not [family.name for family in families([_beat("p", counters)]) if family.type == "unknown"]


def test_names_are_those_that_prometheus_asks_for():
    """Counters end with _total and nothing else does; base units; no name and no key twice; each says what it means."""
    names = [one.name for one in described()]
    assert max(Counter(names).values()) == max(Counter(one.counted for one in described()).values()) == 1
    for one in described():
        assert one.name.endswith("_total") == (one.kind == "counter"), one.name
        assert re.fullmatch(r"[A-Z1].*[^.]", one.help), one.name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb)(_|$)", one.name)
        assert one.kind != "histogram" or one.name.endswith("_seconds")
        assert find(one.counted.replace("*", "x"))[0] is one


def test_the_page_lists_what_is_exported():
    """Each metric once, in order, with its type and its meaning."""
    table = PAGE.partition("<!-- metrics -->")[2].partition("<!-- end of metrics -->")[0]
    rows = re.findall(r"^\| `(\S+)` \| (\w+) \| (.+?) \|", table, re.MULTILINE)
    site = [
        (_exported(family), family.type, family.documentation)
        for family in _parsed(_text()).values() if not family.name.startswith("python")
    ]  # fmt: skip
    parts = [(one.exported, one.kind, one.help) for one in described() if "*" not in one.counted]
    stars = [(one.exported, one.kind, one.help) for one in described() if one.label]
    assert sorted(rows) == sorted(site + parts + stars)


def _exported(family):
    return f"{family.name}_total" if family.type == "counter" else family.name


@pytest.mark.skipif(not PROMTOOL, reason="no promtool here")
def test_promtool_finds_nothing(tmp_path):
    """In what all parts together say."""
    collector, alarms = _counted(tmp_path)
    text = _text(_beat("collector", collector), _beat("alerting", alarms))
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
