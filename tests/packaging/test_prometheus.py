"""The alerts for Prometheus: of metrics that are exported, with pages that there are, as promtool takes them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from alerting.metrics import alarm_metrics
from alerting.rules.known import runbooks
from alerting.store import AlertStore
from console.health import Machine, Outcome
from console.metrics import described, site_families
from qualicity.heartbeat import Heartbeat

FILE = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules.yml"
RULES = yaml.safe_load(FILE.read_text("utf-8"))["groups"][0]["rules"]
PROMTOOL = shutil.which("promtool")


def _exported(folder):
    """Return the names under which samples are exported."""
    beats = [Heartbeat("collector", 1, 0, ready=True, state="", counters={})]
    outcomes = [Outcome("disk", ok=True, needed=False, reason="")]
    names = {family.name for family in site_families(beats, 0, outcomes, Machine(1, 1, synchronised=True))}
    for one in described():
        pieces = ("_bucket", "_sum", "_count") if one.kind == "histogram" else ("",)
        names |= {one.exported + piece for piece in pieces}
    with AlertStore(folder / "alerting.db") as store:
        return names | {f"qualicity_{name}" for name in alarm_metrics(store, 0)}


def test_each_alert_asks_for_what_is_exported(tmp_path):
    """A name that nobody exports would never alert."""
    exported = _exported(tmp_path)
    for rule in RULES:
        named = set(re.findall(r"\b(?:qualicity|alert_engine)_\w+", rule["expr"]))
        assert named <= exported, rule["alert"]
        assert named or "up{" in rule["expr"], rule["alert"]


def test_each_alert_says_what_to_do_and_for_whom():
    """By a page that there is; its severity is one of ours; no alert twice."""
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["annotations"]["runbook"] in runbooks(), rule["alert"]
        assert re.fullmatch("P[1-3]", rule["labels"]["severity"])


@pytest.mark.skipif(not PROMTOOL, reason="no promtool here")
def test_promtool_takes_them():
    """Expressions and templates."""
    done = subprocess.run([PROMTOOL, "check", "rules", FILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
