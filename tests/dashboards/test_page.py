"""docs/grafana.md lists the boards that there are, and names commands, files and settings that exist."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from dashboards.boards import boards
from dashboards.files import FOLDER
from qualicity.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "grafana.md").read_text("utf-8")


def _table():
    lines = ["| uid | board | range | panels |", "|---|---|---|---|"]
    for board in boards():
        panels = "; ".join(panel.title.en for panel in board.panels)
        lines.append(
            f"| `{board.uid('zh')}`, `-en` | {board.title.zh}, {board.title.en} | `{board.start}` | {panels} |"
        )
    return "\n".join(lines)


def test_the_table_is_that_of_the_boards():
    assert _table() in PAGE, _table()


def test_what_the_page_names_exists():
    paths = set(re.findall(r"`((?:dashboards|docs|tests|scripts)/[\w./-]*)`", PAGE))
    paths |= {f"docs/{path}" for path in re.findall(r"\]\(([\w./-]+\.md)\)", PAGE)}
    assert len(paths) > 4
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    named = set(re.findall(r"`((?:grafana|influx)\.\w+)`", PAGE))
    assert {"grafana.url", "grafana.token_file", "grafana.evidence_url"} <= named
    for name in named:
        section, key = name.split(".")
        assert hasattr(getattr(Settings(), section), key), name


def test_both_alarms_are_named():
    alarms = yaml.safe_load((FOLDER.parent / "provisioning" / "alerting" / "meta.yaml").read_text("utf-8"))
    rules = [rule for group in alarms["groups"] for rule in group["rules"]]
    assert len(rules) == 2
    for rule in rules:
        assert rule["title"] in PAGE
        assert f"| {rule['for']} |" in PAGE
