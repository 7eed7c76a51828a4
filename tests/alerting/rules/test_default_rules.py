"""The rules that ship: what they promise, and a page for each that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from alerting.rules.instances import instances
from alerting.rules.known import metrics, runbooks
from alerting.rules.load import load_rules
from alerting.state import Delay
from qualicity.network import ChannelSettings, City, Network, Outlet, PermitLimit, Station
from qualicity.periods import parse_period

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
DAY = parse_period("2026-06-01").first
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")

NETWORK = Network(
    (City("c"),),
    (
        *(
            Station(
                name, "c", gateway="g",
                channels=tuple(ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3") for item in ITEMS),
            )
            for name in ("a", "b")
        ),
        Station("kerb", "c", purpose="source", channels=(ChannelSettings("no2", "ug/m3", poc=2),)),
        Station("lake", "c", medium="water", purpose="source", channels=(ChannelSettings("ph", "1"),)),
        Station("river", "c", medium="water"),
        Station(
            "plant", "c", medium="wastewater", purpose="outlet",
            outlet=Outlet(limits=(PermitLimit("cod", "mg/L", most="60", period="1h"),)),
            channels=(ChannelSettings("cod", "mg/L"), ChannelSettings("nh3n", "mg/L")),
        ),
    ),
)  # fmt: skip
RULES = load_rules(None, NETWORK)


def _pages():
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(RUNBOOKS.glob("*.md"))}


def test_they_load_without_a_network():
    """Nothing that ships names a place."""
    assert load_rules(None, Network()).rules == RULES.rules


def test_samples_are_not_watched_by_the_clock():
    """`rules check` counts what can be silent."""
    sampled = ChannelSettings("tp", "mg/L", sampling="manual")
    lake = Station("lake", "c", medium="water", channels=(ChannelSettings("ph", "1"), sampled))
    lab = Station("lab", "c", medium="water", channels=(sampled,))
    network = Network((City("c"),), (lake, lab))
    for rule, keys in (("silent-channel", ["c/lake/ph"]), ("silent-station", ["c/lake"])):
        assert [instance.key for instance in instances(RULES.by_id[rule], network, DAY)] == keys


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        ("air-o3-1h", ["c/a/o3", "c/b/o3"]),
        ("air-city-day", ["c"]),
        ("air-station-day", ["c/a", "c/b"]),
        ("silent-station", ["c/a", "c/b", "c/kerb", "c/lake", "c/river", "c/plant"]),
        ("silent-gateway", ["gateway:g"]),
        ("silent-site", ["site"]),
        ("water-source-month", ["c/lake"]),
        ("invalid-share-water", ["c/lake/ph"]),
        ("water-section-month", ["c/river"]),
        ("water-city-month", ["c"]),
        ("outlet-day", ["c/plant"]),
        ("outlet-hour", ["c/plant/cod"]),
        ("target-discharge-lost", ["c"]),
        ("system-part-silent", ["site/PART"]),
        ("filing-overdue", ["filing:DEPARTMENT/FORM"]),
        ("indicator-breached", ["target:ID"]),
        ("system-disk-full", ["site"]),
        ("air-24h", [f"c/{s}/{item}" for s in "ab" for item in ("co", "no2", "pm10", "pm25", "so2")]),
        ("air-jump", [*(f"c/{s}/{item}" for s in "ab" for item in sorted(ITEMS)), "c/kerb/no2.2"]),
    ],
)
def test_where_they_apply(rule, keys):
    assert [instance.key for instance in instances(RULES.by_id[rule], NETWORK, DAY)] == keys


def test_every_rule_applies_somewhere_in_a_city_that_has_everything():
    assert [one.rule.id for one in RULES.rules if not list(instances(one, NETWORK, DAY))] == []


def test_people_can_live_with_them():
    """At night only what cannot wait wakes somebody, and never one reading alone."""
    urgent = {one.rule.id: one for one in RULES.rules if one.rule.severity == "P1"}
    assert set(urgent) == {"air-surge-gas", "silent-site", "system-disk-full"}
    assert urgent["air-surge-gas"].timing.on == Delay(2, 0)
    for one in RULES.rules:
        if one.rule.kind in {"flat_line", "rate_of_change"}:
            assert one.rule.severity == "P4", one.rule.id
        if one.rule.kind == "threshold" and one.rule.eval == "reading":
            assert one.timing.on.samples >= 2, one.rule.id
        assert one.timing.raises <= 2, one.rule.id


def test_what_hangs_below_is_explained_by_what_is_above():
    order = ["silent-channel", "silent-station", "silent-gateway", "silent-city", "silent-site"]
    for number, name in enumerate(order):
        assert RULES.by_id[name].rule.inhibited_by == tuple(order[number + 1 :])


def test_limits_are_never_numbers():
    """They move with law and permit."""
    for one in RULES.rules:
        if one.rule.kind == "threshold":
            assert str(one.rule.trip).startswith(("law:air:", "permit:")) or " of law:air:" in one.rule.trip, (
                one.rule.id
            )


def test_titles_are_in_both_languages():
    for one in RULES.rules:
        assert re.search(r"[\u4e00-\u9fff]", one.rule.title.zh)
        assert one.rule.title.en.isascii()
    assert all(re.search(r"[\u4e00-\u9fff]", metric.zh) and metric.en.isascii() for metric in metrics().values())


# the pages


def test_pages_are_those_that_the_loader_knows():
    assert set(_pages()) - {"README.md"} == runbooks()


def test_every_page_tells_what_its_rules_say():
    """One row a rule; nothing of it is written twice without being compared."""
    rows = {
        name: re.findall(r"^\| `(.+?)` \| (P\d) \| (.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
        for name, text in _pages().items()
    }
    for name in runbooks():
        own = [one.rule for one in RULES.rules if one.rule.runbook == name]
        assert own, f"no rule leads to {name}"
        assert rows[name] == [
            (rule.id, rule.severity, _trips(rule), _clears(rule), f"{rule.title.zh} {rule.title.en}") for rule in own
        ]


def _trips(rule):
    named = rule.when or ", ".join(rule.statuses)
    point = named or (rule.burn if rule.trip is None else f"{rule.op} {_number(rule.trip)}")
    told = [f"{key} {getattr(rule, key)}" for key in ("on_delay", "window") if getattr(rule, key)]
    return ", ".join([point, *told]).replace("*", r"\*")


def _clears(rule):
    told = [] if rule.clear is None else [_number(rule.clear)]
    return ", ".join([*told, *([f"off_delay {rule.off_delay}"] if rule.off_delay else [])]) or "-"


def _number(value):
    return value if isinstance(value, str) else f"{value:.10g}"


def test_the_index_names_every_page_and_its_rules():
    index = _pages()["README.md"]
    rows = dict(re.findall(r"^\| \[.+?\]\((.+?)\) \| \[.+?\]\(\1\) \| (.+) \|$", index, re.MULTILINE))
    assert set(rows) == runbooks()
    for name, cell in rows.items():
        assert re.findall(r"`(.+?)`", cell) == [one.rule.id for one in RULES.rules if one.rule.runbook == name]


@pytest.mark.parametrize("name", sorted(_pages()))
def test_links_lead_somewhere(name):
    targets = re.findall(r"\]\(([^)#]+)\)", _pages()[name])
    assert targets
    assert [target for target in targets if not (RUNBOOKS / target).is_file()] == []


@pytest.mark.parametrize("name", sorted(runbooks()))
def test_a_page_says_the_same_things_in_both_languages(name):
    chinese, english = _pages()[name].split("## 中文")[1].split("## English")
    assert re.findall(r"^\*\*(.+)\*\*$", chinese, re.MULTILINE) == ["含义", "核实", "处置", "何时结束", "通知谁"]
    assert re.findall(r"^\*\*(.+)\*\*$", english, re.MULTILINE) == [
        "What it means", "How to check", "What to do", "When it ends", "Whom to tell",
    ]  # fmt: skip
    assert _commands(chinese) == _commands(english)
    assert len(re.findall("^- ", chinese, re.MULTILINE)) == len(re.findall("^- ", english, re.MULTILINE))


def _commands(text):
    return re.findall(r"`(qualicity .+?)`", text)


def test_commands_exist():
    """With the options that a page names."""
    from console.cli import application

    named = {command for text in _pages().values() for command in _commands(text)}
    assert len(named) > 10
    for words in (command.split()[1:] for command in named):
        found = typer.main.get_command(application())
        while words and hasattr(found, "commands"):
            assert words[0] in found.commands, f"qualicity {' '.join(words)}"
            found = found.commands[words.pop(0)]
        options = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, words
