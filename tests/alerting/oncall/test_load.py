"""On-call files: strict, all mistakes at once, each with its place; the sample says the defaults."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from alerting.channels.schema import ChannelSettings
from alerting.oncall import schema
from alerting.oncall.load import load_oncall, site_oncall
from qualicity.errors import InputError
from qualicity.settings import AlertingSettings

SAMPLE = Path(str(files("console") / "samples" / "oncall.toml"))

GOOD = """
channel = [{ id = "mail", kind = "email", url = "smtp://mail.example.org", sender = "a@example.org" },
           { id = "chat", kind = "dingtalk", url_file = "url" }]
person = [{ id = "duty-1", addresses = { mail = "duty-1@example.org" } }, { id = "duty-2" }]
group = [{ id = "leads", people = ["duty-1"] }]
rota = [{ id = "main", layers = [{ people = ["duty-1"], start = 2026-01-05 }] }]
[[policy]]
id = "default"
fallback = "leads"
steps = [{ targets = ["rota:main"] }]
"""

OVERRIDE = '2026-01-05 }], overrides = [{ start = 2026-01-02T09:00:00, end = END, person = "duty-1" }] }]'


def _problems(load, text: str, **options) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(text, **options)
    return [line.strip() for line in caught.value.cause.splitlines()[1:]]


def test_the_sample_loads_as_it_stands():
    oncall = load_oncall(SAMPLE)
    assert set(oncall.policies) == {"default"}
    assert oncall.warnings(next(iter(oncall.calendar.off))) == []


def test_the_sample_says_every_key_and_its_default():
    """What stands behind a "#" is the default, or an example where there is none; and the whole loads uncommented."""
    text = re.sub(r"^( *)# (?=\[\[|\w+ = |  \{|\])", r"\1", SAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    shown = tomllib.loads(text)
    rota, policy = shown["rota"][0], shown["policy"][0]
    tables = [
        (schema.Person, shown["person"][0]), (schema.Group, shown["group"][0]), (schema.Rota, rota),
        (schema.Layer, rota["layers"][0]), (schema.Override, rota["overrides"][0]), (schema.Policy, policy),
        (schema.Step, policy["steps"][0]), (schema.Flood, shown["flood"]), (schema.HolidayYear, shown["holidays"][0]),
        (schema.Holiday, shown["holidays"][0]["holiday"][0]),
    ]  # fmt: skip
    examples = {"name", "addresses", "end", "layers", "overrides", "steps"}
    for kind, table in tables:
        for field in msgspec.structs.fields(kind):
            assert field.name in table, f"{kind.__name__}.{field.name}"
            if not field.required and field.name not in examples:
                assert msgspec.convert(table[field.name], field.type) == field.default, field.name
    assert shown["channel"][0].keys() <= {field.name for field in msgspec.structs.fields(ChannelSettings)}


def test_the_sample_with_every_key_loads(load):
    text = re.sub(r"^( *)# (?=\[\[|\w+ = |  \{|\])", r"\1", SAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    assert 2030 in load(text).calendar.years


def test_init_writes_the_sample_under_a_name_that_calls_nobody(tmp_path):
    """Its addresses are examples."""
    from typer.testing import CliRunner

    from console.cli import application

    assert CliRunner().invoke(application(), ["init", str(tmp_path / "site")]).exit_code == 0
    assert (tmp_path / "site" / "oncall.sample.toml").read_text("utf-8") == SAMPLE.read_text("utf-8")
    assert site_oncall(tmp_path / "site", AlertingSettings()) is None


def test_a_small_file_is_enough(load):
    oncall = load(GOOD)
    assert oncall.policy("gone").id == "default"
    assert oncall.policy("default").group_wait == 30_000


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('people = ["duty-1"] }]\nrota', 'people = ["duty-9"] }]\nrota', "group[0] 'leads'.people: no person 'duty-9'"),
        ('people = ["duty-1"] }]\nrota', "people = [] }]\nrota", "group[0] 'leads'.people: nobody is named"),
        ('mail = "duty-1@example.org"', 'mail = "duty-1"', "addresses.mail: 'duty-1' is no address"),
        ('mail = "duty-1@example.org"', 'fax = "1"', "addresses.fax: no channel 'fax'"),
        ('["duty-1"], start', '["duty-2"], start', "duty-2 of rota:main has no address on any channel"),
        ("start = 2026-01-05", "start = 2026-01-05, end = 2026-01-04", "layers[0].end: is before start"),
        ("start = 2026-01-05", 'start = 2026-01-05, length = "36 h"', "36 h is no whole number of days"),
        ("start = 2026-01-05", 'start = 2026-01-05, length = "3 d"', "turns of 3 d cannot begin on one weekday"),
        ("start = 2026-01-05", 'start = 2026-01-05, handover = "mo 9"', "'mo 9' is no handover"),
        ("start = 2026-01-05", 'start = 2026-01-05, handover = "24:00"', "'24:00' is no handover"),
        ("start = 2026-01-05", 'start = 2026-01-05, hours = "8-17"', "'8-17' are no hours of a day"),
        ("start = 2026-01-05", 'start = 2026-01-05, hours = "24:00-08:00"', "begins at the end of the day"),
        ("start = 2026-01-05", 'start = 2026-01-05, hours = "08:60-09:00"', "holds no time of day"),
        ("start = 2026-01-05", 'start = 2026-01-05, days = "some"', "Invalid enum value 'some'"),
        ("2026-01-05 }] }]", OVERRIDE.replace("END", "2026-01-02T09:00:00"), "overrides[0]: end is not after start"),
        ("2026-01-05 }] }]", OVERRIDE.replace("END", "2026-01-03T09:00:00Z"), "give an offset at both start and end"),
        ('fallback = "leads"', 'fallback = "all"', "policy[0] 'default'.fallback: no group 'all'; known are leads"),
        ('fallback = "leads"', 'fallback = "leads"\nwiden = 0', "widen: must be 1 or more"),
        ('fallback = "leads"', 'fallback = "leads"\nrepeat = "soon"', "'soon' is not a duration"),
        ('fallback = "leads"', 'fallback = "leads"\nlisted = ["P3"]', "listed: P3 stands in working_hours too"),
        ('{ targets = ["rota:main"] }', "", "steps: nobody is told: give at least one step"),
        ('["rota:main"]', "[]", "steps[0].targets: is empty"),
        ('["rota:main"]', '["main"]', "'main': write rota:ID, group:ID, person:ID or chat:CHANNEL"),
        ('["rota:main"]', '["rota:night"]', "no rota 'night'; known are main"),
        ('["rota:main"]', '["chat:mail"]', "mail is no chat: it needs an address a person"),
        ('["rota:main"]', '["rota:main"], channels = ["sms"]', "steps[0].channels: no channel 'sms'"),
        ('{ targets = ["rota:main"] }', '{ targets = ["rota:main"], after = "9 min" }, { targets = ["rota:main"] }',
         "steps[1].after: is earlier than the step before"),
        ('id = "default"', 'id = "other"', "there is no policy 'default'"),
        ('id = "default"', 'id = "de fault"', "letters, digits, dot"),
        ('{ id = "duty-2" }', '{ id = "duty-1" }', "person[1] 'duty-1': duty-1 stands twice"),
        ("[[policy]]", "[flood]\nlimit = 1\n[[policy]]", "flood.limit: must be 2 or more"),
        ("[[policy]]", '[flood]\nurgent = "1 h"\n[[policy]]', "flood.urgent: is longer than window"),
        ("[[policy]]", "[team]\n[[policy]]", "team: unknown key"),
        ("[[policy]]", "[flood]\nlimits = 1\n[[policy]]", "flood.limits: unknown key"),
        ('url_file = "url"', 'keyword = "x"', "no address: give url_file"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_its_place(load, old, new, problem):
    assert old in GOOD
    found = _problems(load, GOOD.replace(old, new))
    assert any(problem in line for line in found), found
    assert all(line.startswith("oncall.toml: ") for line in found)


def test_all_mistakes_are_said_at_once(load):
    """And who names a table that cannot be read is not blamed for it."""
    text = GOOD.replace('{ id = "duty-2" }', '{ id = "duty-2", age = 3 }')
    text = text.replace('people = ["duty-1"] }]\nrota', 'people = ["duty-1", "duty-2"] }]\nrota')
    text = text.replace('["rota:main"]', '["rota:day"]')
    found = _problems(load, text, policies={"default", "night"})
    assert len(found) == 3
    assert "age" in found[0]
    assert "no rota 'day'" in found[1]
    assert "there is no policy 'night', which a rule names" in found[2]


@pytest.mark.parametrize("text", ["person = [", "\udcff", "person = 3"])
def test_what_is_no_such_file_is_said(tmp_path, text):
    path = tmp_path / "oncall.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"oncall\.toml"):
        load_oncall(path)


def test_holidays_may_be_added_and_must_be_possible(load):
    year = '[[holidays]]\nyear = 2031\nsource = "x"\ncertainty = "read"\nholiday = [{ name = { en = "x" }, '
    good = load(GOOD + year + "first = 2031-01-01, last = 2031-01-01, worked = [2031-01-04] }]")
    assert 2031 in good.calendar.years
    found = _problems(load, GOOD + year + "first = 2030-01-03, last = 2030-01-01, worked = [2031-01-06] }]")
    wrong = ("last is before first", "is not in 2031", "2031-01-06 is a working day anyway, or a day off")
    assert [line.rpartition(": ")[2] for line in found] == list(wrong)


def test_a_site_without_a_file_calls_nobody_and_a_named_one_must_be_there(tmp_path):
    assert site_oncall(tmp_path, AlertingSettings()) is None
    with pytest.raises(InputError, match="does not exist"):
        site_oncall(tmp_path, AlertingSettings(oncall=tmp_path / "other.toml"))
    (tmp_path / "oncall.toml").write_text(GOOD, "utf-8")
    assert site_oncall(tmp_path, AlertingSettings()) is not None


DOCS = Path(__file__).parents[3] / "docs" / "oncall.md"


def test_the_example_of_the_docs_loads_and_says_what_the_text_says(load):
    from alerting.oncall.rota import on_duty

    (example,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    main = load(example).rotas["main"]

    def who(text: str) -> tuple[str, ...]:
        return on_duty(main, round(dt.datetime.fromisoformat(f"{text}+08:00").timestamp() * 1000))

    assert [who("2026-01-05T08:30"), who("2026-01-12T10:00")] == [("duty-1",), ("duty-2",)]
    assert [who("2026-01-05T17:30"), who("2026-01-10T10:00"), who("2026-02-19T10:00")] == [("night-1",)] * 3
    assert who("2026-02-17T10:00") == ("duty-2",)


def test_the_commands_of_the_docs_exist():
    from typer.testing import CliRunner

    from console.cli import application

    lines = re.findall(r"^qualicity (.*)$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        words = line.split()
        options = [word for word in words if word.startswith("--")]
        result = CliRunner().invoke(
            application(), [*words[:2], "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        )
        assert result.exit_code == 0
        assert all(option in result.output for option in options), line
