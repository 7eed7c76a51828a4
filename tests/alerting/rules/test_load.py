"""The loader: every mistake at once, each with its place; the version is that of the content."""

from __future__ import annotations

import itertools
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.rules.compiled import version_of
from alerting.rules.kinds import KINDS
from alerting.rules.load import RULES_FILE, load_rules, site_rules
from alerting.rules.schema import Chatter, Clause, Rule, Scope, Title
from alerting.state import Delay
from qualicity.errors import InputError
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.settings import AlertingSettings

NETWORK = Network(
    (City("c"),),
    (
        Station("s", "c", district="east", channels=(ChannelSettings("pm25", "ug/m3"), ChannelSettings("o3", "ug/m3"))),
        Station("dusty", "c", channels=(ChannelSettings("pm25", "ug/m3"),)),
    ),
)

COMMON = """severity = "P3"
family = "f"
runbook = "air-hour.md"
owner = "duty"
"""

HOUR = f"""
[[rule]]
id = "hour"
title = {{ zh = "小时", en = "hour" }}
kind = "threshold"
eval = "1h"
trip = "law:air:o3:1h"
clear = "90 %"
{COMMON}
"""
READING = f"""
[[rule]]
id = "reading"
title = {{ zh = "数据", en = "reading" }}
kind = "threshold"
trip = 100
clear = 90
{COMMON}
"""
SYSTEM = f"""
[[rule]]
id = "disk"
title = {{ zh = "磁盘", en = "disk" }}
kind = "system"
module = "system"
level = "site"
metric = "disk_free_share"
op = "<"
trip = 0.1
clear = 0.2
{COMMON}
"""
VERDICT = f"""
[[rule]]
id = "verdict"
title = {{ zh = "评价", en = "verdict" }}
kind = "verdict"
eval = "day"
level = "city"
when = "EXCEEDS"
scope = {{ medium = ["air"] }}
{COMMON}
"""
BUDGET = f"""
[[rule]]
id = "budget"
title = {{ zh = "目标", en = "budget" }}
kind = "budget"
module = "targets"
eval = "year"
level = "city"
burn = "fast"
window = "30 d"
op = ">="
trip = 3
clear = 1
scope = {{ medium = ["air"] }}
{COMMON}
"""
SILENT = f"""
[[rule]]
id = "silent"
title = {{ zh = "静默", en = "silent" }}
kind = "missing"
module = "system"
level = "station"
trip = 3
clear = 1
{COMMON}
"""
SHARE = f"""
[[rule]]
id = "share"
title = {{ zh = "比例", en = "share" }}
kind = "quality_share"
window = "24 h"
trip = 0.25
clear = 0.1
{COMMON}
"""
STUCK = f"""
[[rule]]
id = "stuck"
title = {{ zh = "不变", en = "stuck" }}
kind = "flat_line"
op = ">="
trip = "checks:stuck_hours"
clear = 1
{COMMON}
"""
JUMP = f"""
[[rule]]
id = "jump"
title = {{ zh = "突变", en = "jump" }}
kind = "rate_of_change"
trip = "checks:step_above"
clear = "50 %"
{COMMON}
"""
FILING = f"""
[[rule]]
id = "filing"
title = {{ zh = "报表", en = "form" }}
kind = "filing"
module = "targets"
level = "department"
op = ">="
trip = -7
clear = -8
{COMMON}
"""
INDICATOR = f"""
[[rule]]
id = "indicator"
title = {{ zh = "指标", en = "indicator" }}
kind = "indicator"
module = "targets"
level = "indicator"
eval = "year"
statuses = ["breached"]
{COMMON}
"""
SOUND = (HOUR, READING, SYSTEM, VERDICT, BUDGET, SILENT, SHARE, STUCK, JUMP, FILING, INDICATOR)


@pytest.fixture
def load(tmp_path):
    """Return the loader of a text."""

    def load(text):
        path = tmp_path / "rules.toml"
        path.write_text(text, encoding="utf-8")
        return load_rules(path, NETWORK)

    return load


def test_a_sound_rule_of_every_kind_loads(load):
    ruleset = load("".join(SOUND))
    assert {one.rule.kind for one in ruleset.rules} == set(KINDS)
    assert list(ruleset.by_id) == [one.rule.id for one in ruleset.rules]


def test_no_rules_are_rules(load):
    assert load("").rules == ()


MUTATIONS = [
    # the file's form
    (HOUR, 'eval = "1h"', 'evall = "1h"', ".evall: unknown key"),
    (HOUR, 'kind = "threshold"\n', "", ": kind is missing"),
    (HOUR, 'severity = "P3"', 'severity = "P5"', ".severity: Invalid enum value 'P5'"),
    (HOUR, 'owner = "duty"', "owner = 3", ".owner: Expected `str`, got `int`"),
    (HOUR, 'en = "hour"', 'en = "hour", fr = "heure"', ".title.fr: unknown key"),
    (HOUR, 'owner = "duty"', 'owner = "duty"\nchatter = { raises = "2" }', ".chatter.raises: Expected `int`"),
    (HOUR, 'owner = "duty"', 'owner = "duty"\nscope = { purpose = ["park"] }', ".scope.purpose: Invalid enum value"),
    # names
    (HOUR, 'id = "hour"', 'id = "Hour 1"', ".id: 'Hour 1' is not a name"),
    (HOUR, 'id = "hour"', 'id = ""', ".id: '' is not a name"),
    (HOUR, 'id = "hour"', f'id = "{"x" * 65}"', ".id: "),
    (HOUR, 'family = "f"', 'family = "a|b"', ".family: 'a|b' is not a name"),
    (HOUR, 'owner = "duty"', 'owner = "duty"\npolicy = ""', ".policy: '' is not a name"),
    (HOUR, 'zh = "小时"', 'zh = " "', ".title.zh: a title is not empty"),
    (INDICATOR, '["breached"]', '["broken"]', ".statuses: no status 'broken'"),
    (INDICATOR, 'statuses = ["breached"]', "", ".statuses: an indicator rule needs it"),
    (INDICATOR, 'module = "targets"', "", "does not fit an indicator rule: `targets` belongs to the kinds"),
    (FILING, "clear = -8", "clear = -7", ".clear: -7 is not on the safe side of trip -7"),
    (FILING, 'level = "department"', "", ".level: 'channel' does not fit a filing rule"),
    (
        FILING,
        'level = "department"',
        'level = "department"\nscope = { city = ["c"] }',
        ".scope.city: an alarm of this rule",
    ),
    (HOUR, "air-hour.md", "air-hours.md", ".runbook: no page 'air-hours.md'"),
    (HOUR, "air-hour.md", "own/../x.md", ".runbook: no page"),
    (HOUR, 'owner = "duty"', 'owner = "duty"\nstandard = { id = "GB3095" }', ".standard.id: no standard 'GB3095'"),
    (HOUR, 'owner = "duty"', 'owner = "duty"\nstandard = { id = " " }\nmodule = "air"', ".standard.id: a designation"),
    # what a kind needs and forbids
    (HOUR, 'clear = "90 %"\n', "", ".clear: a threshold rule needs it"),
    (HOUR, 'trip = "law:air:o3:1h"\n', "", ".trip: a threshold rule needs it: a value"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nwindow = "1 h"', ".window: a threshold rule has none"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nmetric = "lag_rows"', ".metric: a threshold rule has none"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nshare = 0.4', ".share: a threshold rule has none"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nwhen = "EXCEEDS"', ".when: a threshold rule has none"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nburn = "fast"', ".burn: a threshold rule of burn fast has none"),
    (HOUR, 'eval = "1h"', 'eval = "day"', ".eval: 'day' does not fit a threshold rule"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nlevel = "city"', ".level: 'city' does not fit a threshold rule"),
    (READING, "trip = 100", "trip = 100\nmin_valid = 2", ".min_valid: a threshold rule has none; single readings"),
    (SYSTEM, 'metric = "disk_free_share"\n', "", ".metric: a system rule needs it"),
    (SYSTEM, "disk_free_share", "disk_free", ".metric: no metric 'disk_free'"),
    (SYSTEM, 'module = "system"\n', "", ".module: 'air' does not fit a system rule"),
    (SYSTEM, 'level = "site"', 'level = "channel"', ".level: 'channel' does not fit a system rule"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nmodule = "system"', ".module: 'system' does not fit a threshold rule"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nmodule = "targets"', ".module: 'targets' does not fit a threshold rule"),
    (VERDICT, 'when = "EXCEEDS"\n', "", ".when: a verdict rule needs it"),
    (VERDICT, 'when = "EXCEEDS"', 'when = "EXCEEDS"\ntrip = 3', ".trip: a verdict rule has none"),
    (VERDICT, 'eval = "day"', 'eval = "24h"', ".eval: '24h' does not fit a verdict rule"),
    (BUDGET, 'burn = "fast"\n', "", ".burn: a budget rule needs it"),
    (BUDGET, 'module = "targets"\n', "", ".module: 'air' does not fit a budget rule"),
    (BUDGET, 'window = "30 d"\n', "", ".window: a budget rule of burn fast needs it"),
    (BUDGET, 'burn = "fast"', 'burn = "slow"', ".window: a budget rule of burn slow has none"),
    (BUDGET, 'burn = "fast"', 'burn = "lost"', ".trip: a budget rule of burn lost has none"),
    (BUDGET, 'op = ">="\n', "", ".op: '>' does not fit a budget rule; one of: >="),
    (BUDGET, 'medium = ["air"]', 'medium = ["water"]', ".burn: 'fast' counts bad days"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nmodule = "water"', ".eval: '1h': running statistics are of the air"),
    (READING, "trip = 100", 'trip = "permit:*:1h"', ".clear: each permit has a limit of its own"),
    (READING, "trip = 100", 'trip = "permit:*:1h"\nop = "<"', ".trip: a permit is compared with readings"),
    (READING, "trip = 100", 'trip = "permit:cod:8h"', ".trip: 'permit:cod:8h' is not a reference to a permit"),
    (
        SILENT,
        'level = "station"',
        'level = "channel"\nshare = 0.7',
        ".share: a missing rule has none; it is the share of",
    ),
    (SILENT, 'level = "station"', 'level = "station"\nop = "<"', ".op: '<' does not fit a missing rule"),
    (SHARE, 'window = "24 h"\n', "", ".window: a quality_share rule needs it"),
    # where
    (HOUR, 'eval = "1h"', 'eval = "1h"\nscope = { city = ["d"] }', ".scope.city: no city 'd' is declared"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nscope = { district = ["west"] }', ".scope.district: no district 'west'"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nscope = { station = ["t"] }', ".scope.station: no station 't' is declared"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nscope = { parameter = ["O₃"] }', ".scope.parameter: write 'O₃' as 'o3'"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nscope = { parameter = ["smell"] }', ".scope.parameter: no parameter 'smell'"),
    (VERDICT, '["air"] }', '["air"], station = ["s"] }', ".scope.station: an alarm of this rule is about a whole city"),
    (VERDICT, '["air"] }', '["air", "water"] }', ".scope.medium: a verdict rule needs exactly one"),
    (BUDGET, 'scope = { medium = ["air"] }\n', "", ".scope.medium: a budget rule needs exactly one"),
    (VERDICT, '["air"] }', '["water"] }', ".scope.medium: water does not fit the module 'air'"),
    (SYSTEM, "op =", 'scope = { city = ["c"] }\nop =', ".scope.city: an alarm of this rule is about a whole site"),
    # when
    (HOUR, 'eval = "1h"', 'eval = "1h"\non_delay = "2"', ".on_delay: '2' is not a delay"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\noff_delay = "soon"', ".off_delay: 'soon' is not a delay"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nrealarm = "1 week"', ".realarm: '1 week' is not a duration"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nmax_shelve = ""', ".max_shelve: 'none' is not a duration"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nchatter = { within = "x" }', ".chatter.within: 'x' is not a duration"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nchatter = { raises = 0 }', ".chatter.raises: 0 is below 1"),
    (SHARE, '"24 h"', '"24 hours"', ".window: '24 hours' is not a duration"),
    (SHARE, "trip = 0.25", "trip = 0.25\nmin_valid = -1", ".min_valid: -1 is below 0"),
    (SILENT, 'level = "station"', 'level = "station"\nshare = 0.0', ".share: 0.0 is not a share"),
    (SILENT, 'level = "station"', 'level = "station"\nshare = 1.1', ".share: 1.1 is not a share"),
    # how much
    (HOUR, "law:air:o3:1h", "law:air:o3:2h", ".trip: 'law:air:o3:2h': no averaging period '2h'"),
    (HOUR, '"90 %"', '"90"', ".clear: '90' is not a percentage"),
    (HOUR, '"90 %"', '"100 %"', ".clear: 160 is not on the safe side of trip 160: it must be below it"),
    (HOUR, '"90 %"', "170", ".clear: 170 is not on the safe side of trip 160"),
    (HOUR, "law:air:o3:1h", "law:air:pm25:1h", ".trip: 'law:air:pm25:1h' has no value for any parameter"),
    (
        HOUR,
        'eval = "1h"',
        'eval = "1h"\nscope = { parameter = ["so2"] }',
        ".trip: 'law:air:o3:1h' has no value for any",
    ),
    (HOUR, '"law:air:o3:1h"', '"law:air:*:1h"\nscope = { station = ["dusty"] }', ".trip: 'law:air:*:1h' has no value"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\nop = ">="', ".op: a value equal to this limit complies: write '>'"),
    (HOUR, "o3:1h", "o3:8h", ".trip: 1h is compared with a limit for 8h-max: say why in `note`"),
    (READING, "clear = 90", "clear = 100", ".clear: 100 is not on the safe side of trip 100"),
    (READING, "clear = 90", 'clear = 90\nop = "<"', ".clear: 90 is not on the safe side of trip 100: it must be above"),
    (READING, "trip = 100", "trip = nan", ".trip: nan is not a number"),
    (READING, "trip = 100", 'trip = "checks:stuck_hours"', ".trip: checks:stuck_hours is not what a threshold rule"),
    (STUCK, "checks:stuck_hours", "checks:step_above", ".trip: checks:step_above is not what a flat_line rule"),
    (STUCK, "clear = 1", "clear = 4", ".clear: 4 is not on the safe side of trip 4"),
    (STUCK, "checks:stuck_hours", "law:air:o3:1h", ".trip: a limit of the law is not what a flat_line rule compares"),
    (JUMP, '"checks:step_above"\nclear = "50 %"', "-1\nclear = -2", ".trip: -1.0 is not above 0"),
    (SHARE, "trip = 0.25", "trip = 25", ".trip: 25.0 is not a share between 0 and 1"),
    # care
    (HOUR, 'owner = "duty"\n', "", ".owner: a rule of P3 needs one"),
    (READING, "clear = 90", 'clear = 90\non_delay = "10 min"', ".on_delay: one reading alone trips a legal limit"),
    (READING, '"P3"', '"P1"', ".max_shelve: '7 d': P1 is shelved for 24 h at most"),
    (READING, '"P3"', '"P1"\nrealarm = ""', ".realarm: an acknowledgement of P1 expires"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\ninhibited_by = ["none"]', ".inhibited_by: no rule 'none'"),
    (HOUR, 'eval = "1h"', 'eval = "1h"\ninhibited_by = ["hour"]', ".inhibited_by: 'hour' would explain itself"),
]


@pytest.mark.parametrize(("text", "old", "new", "said"), MUTATIONS, ids=itertools.count())
def test_every_mistake_is_said_with_its_place(text, old, new, said, load):
    """Behind two sound rules, so that the place counts."""
    others = [rule for rule in SOUND if rule != text][:2]
    assert old in text
    with pytest.raises(InputError) as error:
        load("".join(others) + text.replace(old, new, 1))
    _, *lines = error.value.cause.split("\n  ")
    assert all("rules.toml: rule[2]" in line for line in lines), lines
    assert any(said in line.partition("rules.toml: rule[2]")[2] for line in lines), lines
    assert "qualicity init" in error.value.mend


def test_all_mistakes_are_said_at_once(load):
    with pytest.raises(InputError) as error:
        load("colour = 1\n" + HOUR.replace("o3", "o4").replace('"P3"', '"P9"') + READING.replace("90", "190") + READING)
    heading, *lines = error.value.cause.split("\n  ")
    assert heading == "4 problems in the rules:"
    for line, said in zip(
        lines,
        (
            "rules.toml: colour: unknown key",
            "rules.toml: rule[0] 'hour'.severity: Invalid enum value",
            "rules.toml: rule[1] 'reading'.clear: 190 is not on the safe side",
            "rules.toml: rule[2] 'reading'.id: 'reading' is declared already at",
        ),
        strict=True,
    ):
        assert said in line


@pytest.mark.parametrize(
    ("text", "said"),
    [("[[rule]\n", "cannot be read"), ("rule = 3\n", "write it as [[rule]]"), ("rule = [3]\n", "expected a table")],
)
def test_what_is_no_file_of_rules(text, said, load):
    with pytest.raises(InputError) as error:
        load(text)
    assert said in error.value.cause


def test_a_circle_of_three_is_named_at_each(load):
    rules = [
        READING.replace('"reading"', f'"{name}"', 1).replace("clear = 90", f'clear = 90\ninhibited_by = ["{parent}"]')
        for name, parent in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    with pytest.raises(InputError) as error:
        load("".join(rules))
    assert error.value.cause.count("would explain itself") == 3


def test_words_allow_what_is_unusual(load):
    """One reading alone, an hour against a limit of a day: both only with a note."""
    note = 'note = "why"'
    text = READING.replace("clear = 90", f'clear = 90\non_delay = "1 reading"\n{note}')
    text += HOUR.replace("o3:1h", "o3:8h").replace('eval = "1h"', f'eval = "1h"\n{note}')
    assert load(text).by_id["reading"].timing.on == Delay(1, 0)


def test_default_delays(load):
    """Two readings for limits on single readings, one sample for all others."""
    law = (
        READING.replace('"reading"', '"law"').replace("trip = 100", 'trip = "law:air:*:1h"').replace("= 90", '= "9 %"')
    )
    by_id = load(
        "".join(SOUND) + law + law.replace('"law"', '"far"').replace("kind", 'on_delay = "5 readings"\nkind')
    ).by_id
    assert {name: one.timing.on.samples for name, one in by_id.items()} == {
        **dict.fromkeys(by_id, 1),
        "reading": 2,
        "law": 2,
        "far": 5,
    }
    assert all(one.timing.off == Delay() for one in by_id.values())


def test_timing_is_what_the_rule_says(load):
    keys = 'off_delay = "10 min"\nrealarm = ""\nmax_shelve = "2 h"\nchatter = { raises = 3, within = "6 h" }\n'
    one = load(SYSTEM.replace("op =", keys + "op =")).rules[0]
    timing = one.timing
    assert (timing.off, timing.realarm, timing.max_shelve) == (Delay(1, 600_000), 0, 7_200_000)
    assert (timing.raises, timing.within, timing.rising) == (3, 21_600_000, False)
    assert load(SHARE).rules[0].window == 86_400_000
    assert load(HOUR).rules[0].timing.realarm == 86_400_000


# the version


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


FULL = {
    "id": "full", "title": {"zh": "全", "en": "full"}, "kind": "threshold", "severity": "P2", "family": "f",
    "runbook": "own/x.md", "module": "air", "scope": {"city": ["c"], "parameter": ["o3"], "medium": ["air"]},
    "eval": "8h", "level": "channel", "op": ">", "trip": "law:air:*:8h", "clear": "95 %", "on_delay": "2 readings",
    "off_delay": "1 h", "min_valid": 6, "standard": {"id": "GB3095-2026", "clause": "4.4"}, "owner": "duty",
    "policy": "default", "realarm": "8 h", "max_shelve": "1 d", "chatter": {"within": "8 h", "raises": 3}, "note": "n",
}  # fmt: skip


@settings(deadline=None)
@given(st.permutations(list(FULL)), st.lists(st.sampled_from(["", "# a comment", "   "]), min_size=23, max_size=23))
def test_order_blanks_and_comments_change_nothing(tmp_path_factory, keys, between):
    path = tmp_path_factory.mktemp("rules") / "rules.toml"
    lines = [f"{gap}\n{key}   =  {_toml(FULL[key])}  # {key}" for key, gap in zip(keys, between, strict=True)]
    path.write_text("[[rule]]\n" + "\n".join(lines), encoding="utf-8")
    (one,) = load_rules(path, NETWORK).rules
    assert one.version == version_of(msgspec.convert(FULL, Rule))


OTHER = {
    "id": "other", "kind": "flat_line", "severity": "P1", "family": "g", "runbook": "air-day.md", "module": "water",
    "eval": "reading", "level": "city", "op": ">=", "trip": 3.0, "clear": 2.0, "on_delay": "", "off_delay": "",
    "min_valid": 7, "window": "1 h", "share": 0.6, "when": "EXCEEDS", "burn": "fast", "metric": "lag_rows",
    "statuses": ("breached",),
    "standard": None, "owner": "", "policy": "p", "realarm": "", "max_shelve": "2 d", "inhibited_by": ("x",),
    "note": "", "title": Title("全", "all"), "scope": Scope(), "chatter": Chatter(),
}  # fmt: skip


INNER = {"title": Title, "scope": Scope, "chatter": Chatter, "standard": Clause}


@pytest.mark.parametrize("field", msgspec.structs.fields(Rule), ids=lambda field: field.name)
def test_the_version_changes_with_every_field(field):
    rule = msgspec.convert(FULL, Rule)
    changed = msgspec.structs.replace(rule, **{field.name: OTHER[field.name]})
    assert version_of(changed) != version_of(rule)


@pytest.mark.parametrize(
    ("field", "inner"),
    [(name, inner.name) for name, kind in INNER.items() for inner in msgspec.structs.fields(kind)],
)
def test_the_version_changes_with_every_field_inside(field, inner):
    rule = msgspec.convert(FULL, Rule)
    old = getattr(rule, field)
    other = {str: "other", int: 9}.get(type(getattr(old, inner)), ("x",))
    changed = msgspec.structs.replace(rule, **{field: msgspec.structs.replace(old, **{inner: other})})
    assert version_of(changed) != version_of(rule)


# which file


def test_a_site_goes_by_its_own_file_or_by_what_ships(tmp_path):
    shipped = site_rules(tmp_path, AlertingSettings(), NETWORK)
    assert shipped.rules == load_rules(None, NETWORK).rules
    (tmp_path / RULES_FILE).write_text(HOUR, encoding="utf-8")
    assert list(site_rules(tmp_path, AlertingSettings(), NETWORK).by_id) == ["hour"]
    other = tmp_path / "other.toml"
    other.write_text(READING, encoding="utf-8")
    assert list(site_rules(tmp_path, AlertingSettings(rules=other), NETWORK).by_id) == ["reading"]
    with pytest.raises(InputError, match="does not exist"):
        site_rules(tmp_path, AlertingSettings(rules=tmp_path / "none.toml"), NETWORK)
