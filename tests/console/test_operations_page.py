"""docs/operations.md says of parts, files and addresses what is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from fastapi.routing import iter_route_contexts

from alerting.drill import HOUR
from alerting.follow import PRIME_MS
from alerting.rules.load import load_rules
from alerting.store import NAME, AlertStore
from collector.writer import SLOW_SECONDS
from console.api import application
from console.commands.setup import init
from console.doctor_alerting import AHEAD_DAYS
from console.health import LEAST_FREE_BYTES
from console.metrics import described
from console.parts import PARTS
from console.supervisor import DRAIN_SECONDS, HANG_SECONDS
from qualicity.network import Network
from qualicity.periods import DAY_MS
from qualicity.settings import AlertingSettings, ApiSettings, ArchiveSettings, ReadyCheck, Settings
from qualicity.store.backup import backup
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock

PACKAGES = ("qualicity", "collector", "aggregator", "alerting", "targets", "dashboards", "reports", "console")
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


def _routes(folder):
    """Return all routes, also those that a router brings, and that of the API's description."""
    return list(iter_route_contexts(application(folder, FakeClock()).routes))


def _named():
    """Return the addresses that the table names."""
    table = PAGE.partition("| address (default")[2].partition("\n\n")[0]
    return {
        address
        for line in re.findall(r"^\| (`/[^|]*) \|", table, flags=re.MULTILINE)
        for address in re.findall(r"`(/[\w/.-]*)`", line)
    }


def test_every_address_is_in_the_table(tmp_path):
    """Of machines and files the whole of it; pages by where they begin; the API describes the rest of itself."""
    named, paths = _named(), {route.path for route in _routes(tmp_path)}
    exact = ("/health/", "/readyz", "/ack/", "/explain/", "/runbooks/", "/api/v1/openapi.json")
    whole = {path for path in paths if path.startswith(exact) or path.endswith("/{name:path}")}
    written = {
        "{token}": "TOKEN", "{key:path}": "KEY", "{name}": "PAGE", "{check}": "CHECK", "{paper}": "ID", "{issue}": "N",
        "{name:path}": "FILE",
    }  # fmt: skip
    plain = {re.sub(r"\{[^}]+\}", lambda found: written[found[0]], path) for path in whole}
    assert plain - named - set(re.findall(r"`(/[\w/.]+)`", PAGE)) == set()
    assert {path.split("/")[1] for path in paths} - {address.split("/")[1] for address in named} == set()


def test_every_address_of_the_table_is_there(tmp_path):
    """What moved is named no longer."""
    routes = _routes(tmp_path)
    assert len(_named()) > 10
    assert [one for one in sorted(_named()) if not any(route.path_regex.match(one) for route in routes)] == []


@pytest.mark.parametrize(
    "words",
    [
        f"first start* begins with the last {PRIME_MS // DAY_MS} days of the log",
        f"look at the last {PRIME_MS // DAY_MS} days again",
        f"`alerting.live_hours` ({AlertingSettings().live_hours:g})",
        f"on duty at {HOUR}:00 on the first working day",
        f"the next {AHEAD_DAYS} days",
        f"longer than {DRAIN_SECONDS:g} s is killed",
        f"does nothing for {HANG_SECONDS:g} s hangs",
        f"(`{ArchiveSettings().compact_at}`)".replace("`", ""),
        f"commits took longer than {SLOW_SECONDS * 1000:g} ms",
        f"{LEAST_FREE_BYTES >> 30} GiB is free where",
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


def _table(name):
    """Return the rows of a table: its cells."""
    text = PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()[2:]]


def test_every_check_is_in_the_table():
    """With whether it is needed, unless the settings say otherwise."""
    rows = _table("checks")
    assert [row[0].strip("`") for row in rows] == list(get_args(ReadyCheck))
    assert tuple(row[0].strip("`") for row in rows if row[1] == "yes") == ApiSettings().ready_needs


def test_every_part_is_said_to_work_without_the_others():
    assert [row[0].strip("`") for row in _table("split")] == list(PARTS)


def test_limits_are_the_defaults_of_the_settings():
    """And each depth is measured by what is exported."""
    limits = [found for row in _table("chain") for found in re.findall(r"`(\w+)\.(\w+)` \(([\d.]+)\)", row[1])]
    assert len(limits) > 8
    settings = Settings()
    assert [(table, key, float(value)) for table, key, value in limits] == [
        (table, key, float(getattr(getattr(settings, table), key))) for table, key, _ in limits
    ]
    exported = {one.exported for one in described()}
    named = {name for row in _table("chain") for name in re.findall(r"`(qualicity_\w+)`", row[3])}
    assert {name for name in named - exported if not name.startswith("qualicity_alarms_")} == {
        "qualicity_disk_free_bytes"
    }


def test_what_is_said_of_losses_is_what_is_logged():
    """Both ends of each `Outage`, and no other."""
    code = "".join(
        path.read_text("utf-8") for package in PACKAGES for path in (Path(__file__).parents[2] / package).rglob("*.py")
    )
    rows = _table("outages")
    assert len(rows) == len(re.findall(r"\bOutage\(", code))
    for lost, back in rows:
        for words in (*re.findall("`(.+?)`", lost), *re.findall("`(.+?)`", back)):
            assert f'"{words}"' in code


def test_older_names_of_metrics_are_still_exported():
    """Beside the present ones."""
    text = PAGE.partition("Older names are exported")[2].partition("are of type gauge")[0]
    older = {f"qualicity_{one.counted}" for one in described() if one.older and "*" not in one.counted}
    assert set(re.findall(r"`(qualicity_\w+)`", text)) == older


def test_every_page_that_is_linked_is_there():
    """And every section."""
    docs = Path(__file__).parents[2] / "docs"
    for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", PAGE):
        assert (docs / target).is_file(), target
    sections = {
        re.sub("[^a-z -]", "", line.lower()).replace(" ", "-") for line in re.findall("^## (.+)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= sections
