"""docs/operations.md says of parts, files and addresses what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from alerting.drill import HOUR
from alerting.follow import PRIME_MS
from alerting.rules.load import load_rules
from alerting.store import NAME, AlertStore
from console.api import application
from console.commands.setup import init
from console.doctor_alerting import AHEAD_DAYS
from console.parts import PARTS
from console.supervisor import DRAIN_SECONDS
from qualicity.network import Network
from qualicity.periods import DAY_MS
from qualicity.settings import AlertingSettings
from qualicity.store.backup import backup
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def test_the_parts_are_those_that_there_are():
    (line,) = re.findall(r"^Parts: .*$", PAGE, flags=re.MULTILINE)
    named = {name for name in re.findall(r"`(\w+)`", line) if "." not in name}
    assert named == set(PARTS)
    for group in re.findall(r"serve --only ([a-z,]+)", PAGE):
        assert set(group.split(",")) <= set(PARTS)


def test_init_writes_what_the_page_says(tmp_path):
    (line,) = re.findall(r"^qualicity init site +# (.*)$", PAGE, flags=re.MULTILINE)
    init(tmp_path / "site")
    assert set(re.findall(r"[\w.]+\.toml", line)) == {path.name for path in (tmp_path / "site").iterdir()}


def test_every_address_is_in_the_table(tmp_path):
    """And nothing else: FastAPI's own description is no promise."""
    named = set(re.findall(r"`(/[\w/]+)`", PAGE))
    routes = {route.path for route in application(tmp_path, FakeClock()).routes if isinstance(route, Route)}
    written = {"{number}": "N", "{token}": "TOKEN", "{key:path}": "KEY", "{name}": "PAGE"}
    plain = {re.sub(r"\{[^}]+\}", lambda found: written[found[0]], path) for path in routes - {"/", "/openapi.json"}}
    assert plain <= named


@pytest.mark.parametrize(
    "words",
    [
        f"first start* begins with the last {PRIME_MS // DAY_MS} days of the log",
        f"look at the last {PRIME_MS // DAY_MS} days again",
        f"`alerting.live_hours` ({AlertingSettings().live_hours:g})",
        f"on duty at {HOUR}:00 on the first working day",
        f"the next {AHEAD_DAYS} days",
        f"longer than {DRAIN_SECONDS:g} s is killed",
    ],
)
def test_figures_are_those_of_the_code(words):
    assert words in " ".join(PAGE.split())


def test_the_rule_that_watches_the_engine_is_there():
    """And only by the metric that is named."""
    rule = load_rules(None, Network()).by_id["system-engine-lag"].rule
    assert f"`{rule.metric}`, which the rule `{rule.id}` watches" in PAGE


def test_the_files_of_the_alarms_are_in_a_backup(tmp_path):
    table = PAGE.partition("**Files of the alarms**")[2].partition("*While it runs*")[0]
    named = set(re.findall(r"^\| `([\w.]+)`", table, flags=re.MULTILINE))
    data = tmp_path / "data"
    data.mkdir()
    with EmbeddedStore(data, writer=True, clock=FakeClock()), AlertStore(data / NAME):
        for name in named - {NAME}:
            (data / name).write_text("", "utf-8")
        names = backup(data, tmp_path / "copy")
    assert named == {NAME, "rules.toml", "oncall.toml"}
    assert named <= set(names)
