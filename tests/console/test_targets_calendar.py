"""`qualicity targets calendar` and `targets tasks`, and the alarms about what is owed: from a file to a message."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerting.compose import Composer
from alerting.dispatch import Dispatcher
from alerting.engine import Engine
from alerting.evaluation import Evaluator
from alerting.follow import Follower
from alerting.keys import AlarmId
from alerting.oncall.load import load_oncall
from alerting.oncall.testing import PEOPLE
from alerting.rules.compiled import Ruleset
from alerting.rules.kinds import STATUSES
from alerting.rules.load import load_rules
from alerting.store import NAME as ALARMS
from alerting.store import AlertStore
from console.cli import application
from qualicity.checks import default_rules
from qualicity.errors import UsageError
from qualicity.model import Position
from qualicity.network import Network
from qualicity.periods import LAW_ZONE, day_of
from qualicity.settings import AlertingSettings
from qualicity.store.base import RECORDS
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import INDICATORS, Draft, Ledger
from qualicity.testing import FakeClock
from targets.model import Status
from targets.owing import write_filings
from targets.records import intake
from targets.records.reading import open_records
from targets.records.schema import schema
from targets.records.store import RecordStore

RULES = Ruleset(tuple(
    one for one in load_rules(None, Network()).rules if one.rule.kind in {"filing", "indicator"}
))  # fmt: skip
"""Those that ship."""

BEGAN = "2015-11-20T10:00"
FIRST = {"record_id": "first", "period_start": "2015-10-01", "period_end": "2015-10-31", "event_date": "2015-10-09",
         "sampled_on": "2015-10-09", "reported_at": "2015-11-20"}  # fmt: skip
NOVEMBER = {"record_id": "nov", "period_start": "2015-11-01", "period_end": "2015-11-30", "event_date": "2015-11-09",
            "sampled_on": "2015-11-09", "reported_at": "2015-12-31", "lot_no": "L-2"}  # fmt: skip


def at(text: str) -> int:
    """Return a time in Beijing as ms UTC."""
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE).timestamp() * 1000)


class City:
    """A site that files from November 2015 on: records, what is owed, alarms, notices. Time is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FakeClock(at(BEGAN))
        self.records = RecordStore(folder / RECORDS, self.clock)
        self.indicators = Ledger(folder / INDICATORS, self.clock)
        self.log = EmbeddedStore(folder, writer=True, clock=self.clock)
        (folder / "oncall.toml").write_text(PEOPLE.replace("2026-11-23", "2015-11-16"), encoding="utf-8")
        self.start()

    def start(self) -> None:
        """Start the alarms, as the service does; what they know is in their file."""
        network, rules = Network(), RULES
        self.alarms = AlertStore(self.folder / ALARMS)
        composer = Composer(network, rules, AlertingSettings(), None)
        dispatcher = Dispatcher(self.alarms, load_oncall(self.folder / "oncall.toml"), rules, network, composer)
        evaluator = Evaluator(rules, network, default_rules(), live_ms=1)
        self.engine = Engine(self.alarms, rules, network, evaluator, dispatcher)
        self.follower = Follower(self.folder, self.log, self.alarms, ruleset=rules, network=network, clock=self.clock)

    def stop(self) -> None:
        """Stop the alarms."""
        self.follower.close()
        self.alarms.close()

    def file(self, name: str = "R_ps", **cells: str) -> None:
        """File one record of a form: its example, but for what is said."""
        form = schema(name)
        row = {column.name: column.example for column in form.columns} | {"schema": form.tag} | cells
        text = io.StringIO()
        lines = csv.DictWriter(text, form.names)
        lines.writeheader()
        lines.writerow(row)
        path = self.folder / f"{name}.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        self.clock.time = max(self.clock.time, at(f"{row['reported_at']}T08:00"))  # nothing is reported before its day
        file = open_records(path, "utf-8")
        taken = intake.take(self.records, file, form, by="clerk", today=day_of(self.clock.now()))
        assert (taken.accepted, taken.rejected) == (1, 0), taken.notices

    def until(self, text: str, *, written: bool = True) -> list[str]:
        """Go on to a time; return the titles of what people were told meanwhile."""
        before = len(self.notices)
        self.clock.time = at(text)
        if written:
            write_filings(self.indicators, self.records, day_of(self.clock.now()))
        for _ in range(3):  # what is found, what waits for others, what is told
            self.engine.round(self.follower.feed(dict), self.clock.now())
            self.clock.advance(120)
        return [row.notice.message.title_zh for row in self.notices[before:]]

    @property
    def notices(self):
        """Return everything that was ever to be told, oldest first."""
        return self.alarms.outbox.recent(10_000)[::-1]

    def standing(self) -> set[str]:
        """Return the alarms that people are told of."""
        return {
            str(name) for name, kept in self.engine.alarms.items() if kept.state.standing and not kept.state.held_back
        }

    def close(self) -> None:
        """Close all."""
        self.stop()
        for one in (self.log, self.indicators, self.records):
            one.close()


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Return the folder of a site that has just begun to file."""
    made = City(tmp_path_factory.mktemp("begun"))
    made.file(**FIRST)
    made.close()
    return made.folder


@pytest.fixture
def city(tmp_path, begun):
    """Return a copy of that site."""
    folder = tmp_path / "city"
    shutil.copytree(begun, folder)
    made = City(folder)
    yield made
    made.close()


def nil(district: str) -> dict[str, str]:
    """Return a nil report of November."""
    days = {"period_start": "2015-11-01", "period_end": "2015-11-30", "event_date": "2015-11-30", "month": "2015-11"}
    return days | {"record_id": f"nil-{district}", "district": district, "dept": "DIST", "reported_at": "2015-12-05"}


def sources(record_id: str, **cells: str) -> dict[str, str]:
    """Return a report of a source of November, which is due on 15 December."""
    days = {"period_start": "2015-11-01", "period_end": "2015-11-30", "event_date": "2015-11-30", "month": "2015-11"}
    return days | {"record_id": record_id, "dept": "UHC", "reported_at": "2015-12-05"} | cells


# alarms: the days


def test_a_week_before_its_day_a_form_is_listed_and_nobody_is_told(city):
    """R_sw of November is due on 15 December."""
    assert city.until("2015-12-08T07:50") == []
    assert "filing-due@filing:UHC/R_sw" not in city.standing()
    assert city.until("2015-12-08T08:01") == []
    assert "filing-due@filing:UHC/R_sw" in city.standing()


def test_a_form_is_overdue_from_eight_on_the_day_after_and_never_at_night(city):
    for quiet in ("2015-12-15T23:50", "2015-12-16T00:10", "2015-12-16T07:50"):
        assert "P3 告警：市人居环境委，报表逾期未报" not in city.until(quiet)  # noqa: RUF001 - Chinese
        assert "filing-due@filing:UHC/R_sw" in city.standing()
    assert "P3 告警：市人居环境委，报表逾期未报" in city.until("2015-12-16T08:31")  # noqa: RUF001 - Chinese
    assert "filing-overdue@filing:UHC/R_sw" in city.standing()
    assert "filing-due@filing:UHC/R_sw" not in city.standing()  # the graver one says it


def test_a_month_later_it_is_grave(city):
    city.until("2016-01-13T09:00")
    assert "filing-overdue@filing:UHC/R_sw" in city.standing()
    city.until("2016-01-14T09:00")
    assert "filing-very-overdue@filing:UHC/R_sw" in city.standing()
    assert "filing-overdue@filing:UHC/R_sw" not in city.standing()


def test_days_pass_without_anybody_writing_anything(city):
    """Whoever judges may stand still: the day on which a form is due is known."""
    city.until("2015-12-02T09:00")
    assert "P3 告警：市人居环境委，报表逾期未报" in city.until("2015-12-16T09:00", written=False)  # noqa: RUF001 - Chinese


def test_what_was_over_before_the_site_began_to_file_is_history(city):
    city.until("2015-12-16T09:00")
    found = city.indicators.standing("filing/")
    assert {version.period for version in found} == {"2015-11", "2015-12", "2015Q4", "2015"}
    assert len(found) == 4 * 2 + 20 + 7 + 12  # two months of four forms and ten districts, a quarter, the year


def test_where_nothing_was_ever_filed_nothing_is_owed(tmp_path):
    clock = FakeClock(at(BEGAN))
    with RecordStore(tmp_path / RECORDS, clock) as store, Ledger(tmp_path / INDICATORS, clock) as ledger:
        assert write_filings(ledger, store, dt.date(2016, 3, 1)) == []
        assert ledger.last_version() == 0


# alarms: filed, corrected, withdrawn


def test_an_alarm_ends_when_the_form_comes_and_late_stays_late(city):
    city.until("2015-12-16T09:00")
    city.file("R_sw", **sources("sw", reported_at="2015-12-17"))
    assert "P3 已解除：市人居环境委，历时 24 小时，报表逾期未报" in city.until("2015-12-17T09:00")  # noqa: RUF001 - Chinese
    assert not [name for name in city.standing() if name.endswith("UHC/R_sw")]
    (last,) = city.indicators.current("filing/UHC/R_sw", "2015-11", "2015-11")
    assert (last.result["state"], last.result["days_late"], last.result["filing"]) == ("late", 2, 2)
    assert [one["kind"] for one in last.change["causes"]] == ["filings"]
    assert last.change["changed"]["state"] == ["overdue", "late"]


def test_a_correction_makes_nothing_late_and_a_withdrawal_brings_the_alarm_back(city):
    city.file("R_sw", **sources("sw"))
    city.file("R_sw", **sources("sw-2", status="corrected", revises="sw", reported_at="2015-12-28"))
    city.until("2015-12-28T09:00")
    (row,) = [version.result for version in city.indicators.current("filing/UHC/R_sw", "2015-11", "2015-11")]
    assert (row["state"], row["filed_on"], row["filing"]) == ("filed", "2015-12-05", 2)
    city.file("R_sw", **sources("sw-3", status="withdrawn", revises="sw-2", reported_at="2015-12-29"))
    city.file("R_sw", **sources("sw-4", status="withdrawn", revises="sw", reported_at="2015-12-29"))
    city.until("2015-12-29T09:00")
    assert "filing-overdue@filing:UHC/R_sw" in city.standing()


def test_a_correction_that_moves_a_record_to_another_month_came_on_its_own_day(city):
    """The first one said nothing of November."""
    december = {
        "period_start": "2015-12-01",
        "period_end": "2015-12-31",
        "event_date": "2015-12-31",
        "month": "2015-12",
    }
    city.file("R_sw", **sources("sw"))
    city.file("R_sw", **sources("sw-2", status="corrected", revises="sw", reported_at="2016-01-20") | december)
    city.until("2016-01-21T09:00")
    states = {one.period: one.result["state"] for one in city.indicators.standing("filing/UHC/R_sw")}
    assert states == {"2015-11": "overdue", "2015-12": "late", "2016-01": "not_due"}


def test_nine_of_ten_districts_are_not_all(city):
    parts = [one.result["district"] for one in _owed(city, "2015-12-02T09:00", "R_nil") if one.period == "2015-11"]
    for district in parts[1:]:
        city.file("R_nil", **nil(district))
    city.until("2015-12-11T09:00")
    (kept,) = [kept for name, kept in city.engine.alarms.items() if str(name) == "filing-overdue@filing:DIST/R_nil"]
    assert kept.context.detail == (
        "2015-11: due by 2015-12-10; not from: Luohu; to file: targets template R_nil, then targets import"
    )
    city.file("R_nil", **nil(parts[0]))
    city.until("2015-12-12T09:00")
    assert not [name for name in city.standing() if name.endswith("DIST/R_nil")]


def _owed(city, day, form):
    city.until(day)
    return [version for version in city.indicators.standing("filing/") if version.result["form"] == form]


def test_what_the_calendar_asks_for_no_more_reminds_nobody(city, monkeypatch):
    from targets import filing_calendar, owing

    city.until("2015-12-16T09:00")
    short = filing_calendar.forms()
    short = filing_calendar.Forms(tuple(one for one in short.form if one.schema != "R_sw"), short.event)
    monkeypatch.setattr(filing_calendar, "forms", lambda: short)
    monkeypatch.setattr(owing, "forms", lambda: short)
    city.until("2015-12-17T09:00")
    assert {one.result["state"] for one in city.indicators.standing("filing/UHC/R_sw")} == {"not_owed"}
    assert not [name for name in city.standing() if name.endswith("UHC/R_sw")]


def test_what_has_not_changed_is_not_written_again(city):
    today = dt.date(2015, 12, 16)
    assert write_filings(city.indicators, city.records, today)
    last = city.indicators.last_version()
    assert write_filings(city.indicators, city.records, today) == []
    assert write_filings(city.indicators, city.records, today + dt.timedelta(1)) == []  # nothing is due on that day
    assert city.indicators.last_version() == last


# alarms: one incident, nothing twice, nothing lost


def test_all_forms_of_a_department_are_one_incident(city):
    """R_ps and R_pt of November are due on 30 December, and so is another department's R_pa."""
    titles = city.until("2015-12-31T09:00")
    assert titles.count("P3 告警：市市场监管局 2 项，报表逾期未报") == 1  # noqa: RUF001 - Chinese
    assert titles.count("P3 告警：市住房和建设局，报表逾期未报") == 1  # noqa: RUF001 - Chinese
    by_group = {one.group: sorted(member.key for member in one.members) for one in city.alarms.incidents.latest(20)}
    assert by_group["||targets|filing|default|hours|MSA"] == ["filing:MSA/R_ps", "filing:MSA/R_pt"]
    assert by_group["||targets|filing|default|hours|HCB"] == ["filing:HCB/R_pa"]
    city.file(**NOVEMBER)
    assert [title for title in city.until("2015-12-31T11:00") if "市场" in title and "解除" in title] == []


def test_a_restart_tells_nothing_twice_and_loses_nothing(city):
    first = city.until("2015-12-16T09:00")
    assert first.count("P3 告警：市人居环境委，报表逾期未报") == 1  # noqa: RUF001 - Chinese
    city.stop()
    city.file("R_sw", **sources("sw", reported_at="2015-12-16"))
    write_filings(city.indicators, city.records, dt.date(2015, 12, 16))  # while the alarms stand still
    city.start()
    titles = city.until("2015-12-16T10:00")
    assert [title for title in titles if "人居" in title] == ["P3 已解除：市人居环境委，历时 1 小时，报表逾期未报"]  # noqa: RUF001 - Chinese
    city.stop()
    city.start()
    assert [title for title in city.until("2015-12-16T11:00") if "告警：" in title] == []  # noqa: RUF001 - Chinese


def test_a_death_in_the_middle_of_a_round_is_as_if_it_had_not_begun(city, monkeypatch):
    city.until("2015-12-15T09:00")
    with monkeypatch.context() as broken:
        broken.setattr(city.engine.tells, "take", _dies)
        with pytest.raises(KeyboardInterrupt):
            city.until("2015-12-16T09:00")
    city.stop()
    city.start()
    assert "filing-overdue@filing:UHC/R_sw" not in city.standing()
    assert city.until("2015-12-16T09:30").count("P3 告警：市人居环境委，报表逾期未报") == 1  # noqa: RUF001 - Chinese
    history = city.alarms.alarms.history(AlarmId("filing-overdue", "filing:UHC/R_sw"))
    assert [row.kind for row in history] == ["announced", "raised"]


def _dies(*_):
    raise KeyboardInterrupt


def test_what_a_person_on_call_reads(city):
    city.until("2015-12-11T09:00")
    (message,) = [row.notice.message for row in city.notices if row.notice.transition == "raised"]
    assert message.title_zh == "P3 告警：各区政府（新区管委会），报表逾期未报"  # noqa: RUF001 - Chinese
    assert message.lines_zh == (
        "报表：零报告 R_nil",  # noqa: RUF001 - Chinese
        "开始：12-11 09:00（北京时间），已 2 分钟",  # noqa: RUF001 - Chinese
        "2015-11：应于 2015-12-10 前报送",  # noqa: RUF001 - Chinese
        "未报：罗湖区、福田区、南山区、宝安区等 10 区",  # noqa: RUF001 - Chinese
        "报送：targets template R_nil 填表，targets import 上报",  # noqa: RUF001 - Chinese
        "处置手册：filing.md",  # noqa: RUF001 - Chinese
    )
    assert message.lines_en == (
        "Form: Nil reports R_nil",
        "Since: 12-11 09:00 (+08:00), for 2 min",
        "2015-11: due by 2015-12-10",
        "not from: Luohu, Futian, Nanshan, Bao'an and 6 more",
        "to file: targets template R_nil, then targets import",
        "Runbook: filing.md",
    )


# what is judged


def judge(city, year: int, status: str, standard: str = "SZ-2010") -> None:
    """Keep a judgement, as `targets judge` does."""
    row = {
        "indicator": "eng.zero_accident", "status": status, "value": 1, "year": year,
        "name": {"zh": "建设工程质量零事故", "en": "No quality accidents of works"},
        "label": {"zh": "突破底线", "en": "breached"},
    }  # fmt: skip
    draft = Draft("target/eng.zero_accident", str(year), standard, row, "", "")
    city.indicators.write([draft], Position("e", 1), "code", {})


def of_indicators(city) -> set[str]:
    return {name for name in city.standing() if name.startswith("indicator-breached")}


def test_a_breached_indicator_is_told_until_it_is_judged_anew(city):
    judge(city, 2015, "breached")
    assert city.until("2015-12-05T09:00") == ["P2 告警：建设工程质量零事故（eng.zero_accident），质量指标突破底线"]  # noqa: RUF001 - Chinese
    (message,) = [row.notice.message for row in city.notices]
    assert "2015年：突破底线" in message.lines_zh  # noqa: RUF001 - Chinese
    assert "2015: breached" in message.lines_en
    assert of_indicators(city) == {"indicator-breached@target:eng.zero_accident/SZ-2010"}
    judge(city, 2015, "not_assessable")  # nothing is known: that ends nothing
    city.until("2015-12-05T10:00")
    assert of_indicators(city)
    judge(city, 2015, "achieved")
    city.until("2015-12-05T11:00")
    assert not of_indicators(city)


def test_the_latest_year_of_which_something_is_known_counts(city):
    judge(city, 2015, "breached")
    city.until("2016-01-05T09:00")
    judge(city, 2016, "not_assessable")
    city.until("2016-01-06T09:00")
    assert of_indicators(city)
    judge(city, 2016, "on_track")
    city.until("2016-02-06T09:00")
    assert not of_indicators(city)


def test_a_year_long_over_is_history(city):
    judge(city, 2013, "breached")
    assert city.until("2015-12-05T09:00") == []
    assert not of_indicators(city)


def test_each_version_of_a_target_has_an_alarm_of_its_own(city):
    judge(city, 2015, "breached")
    judge(city, 2015, "breached", "-")
    city.until("2015-12-05T09:00")
    assert of_indicators(city) == {
        "indicator-breached@target:eng.zero_accident/SZ-2010", "indicator-breached@target:eng.zero_accident",
    }  # fmt: skip


def test_rules_know_the_statuses_of_the_judge():
    assert set(STATUSES) == {status.value for status in Status}


# the commands


def _run(folder, *arguments):
    result = CliRunner().invoke(application("targets"), ["targets", *arguments, "--data", str(folder)])
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_the_calendar_says_it_in_lines_and_in_a_table(city):
    city.file(**NOVEMBER)
    rows = [
        json.loads(line)
        for line in _run(city.folder, "calendar", "--year", "2015", "--dept", "MSA", "--json").splitlines()
    ]
    (one,) = [row for row in rows if (row["form"], row["period"]) == ("R_ps", "2015-11")]
    assert one == {
        "key": "filing/MSA/R_ps/2015-11", "dept": "MSA", "form": "R_ps", "district": None, "period": "2015-11",
        "due_on": "2015-12-30", "state": "late", "days": 1, "filed_on": "2015-12-31", "filing": 2, "synthetic": False,
    }  # fmt: skip
    assert {row["dept"] for row in rows} == {"MSA"}
    text = _run(city.folder, "calendar", "--year", "2015", "--lang", "zh")
    (line,) = [line for line in text.splitlines() if "R_ps" in line]
    assert line.split()[3:] == [*"✗✗✗✗✗✗✗✗✗●◐✗"]
    assert "●  已报" not in text
    assert "● 已报  ◐ 迟报  ○ 待报  ✗ 逾期  · 未到期" in text


def test_only_what_is_overdue_is_listed_the_oldest_first(city):
    text = _run(city.folder, "calendar", "--year", "2015", "--overdue", "--dept", "HCB", "--lang", "en")
    lines = [line.split() for line in text.splitlines() if "R_pa" in line]
    assert len(lines) == 12
    assert lines[0][-5:-2] == ["2015-03-02", "✗", "overdue"]
    assert _run(city.folder, "calendar", "--year", "2015", "--due", "--json") == ""


def test_the_calendar_is_written_for_calendars(city, tmp_path):
    path = tmp_path / "msa.ics"
    text = _run(city.folder, "calendar", "--year", "2040", "--dept", "MSA", "--ics", str(path), "--json")
    content = path.read_bytes()
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.count(b"BEGIN:VEVENT") == len(text.splitlines()) == content.count(b"BEGIN:VALARM")


@pytest.mark.parametrize(
    "arguments",
    [("--dept", "XXX"), ("--year", "2010"), ("--year", "2015", "--from", "2014"), ("--from", "2015", "--to", "2014"),
     ("--lang", "fr")],
)  # fmt: skip
def test_what_cannot_be_is_refused(city, arguments):
    with pytest.raises(UsageError):
        _run(city.folder, "calendar", *arguments)


def test_tasks_are_listed_with_whose_they_are_and_how_they_stand(city):
    task = {"record_id": "t", "task_id": "T-1", "opened_on": "2015-11-01", "due_on": "2015-11-10",
            "event_date": "2015-11-01", "period_start": "2015-11-01", "period_end": "2015-11-30"}  # fmt: skip
    city.file("R_tk", **task, reported_at="2015-11-05")
    (row,) = [json.loads(line) for line in _run(city.folder, "tasks", "--overdue", "--json").splitlines()]
    assert (row["task"], row["owner"], row["due_on"], row["state"]) == ("T-1", "MSA", "2015-11-10", "overdue")
    assert row["days"] > 365
    assert "1 tasks, 1 overdue" in _run(city.folder, "tasks", "--lang", "en")
    closed = {"status": "corrected", "revises": "t", "closed_on": "2015-11-09", "evidence_ref": "x"}
    city.file("R_tk", **task | closed | {"record_id": "t2"}, reported_at="2015-11-20")
    assert _run(city.folder, "tasks", "--overdue", "--json") == ""
    assert json.loads(_run(city.folder, "tasks", "--json"))["state"] == "closed"


def test_the_page_of_alarms_names_form_and_department(city):
    from alerting.compose.facts import Facts
    from alerting.compose.words import Words

    city.until("2015-12-16T09:00")
    (incident,) = [one for one in city.alarms.incidents.latest(20) if one.group.endswith("hours|UHC")]
    facts = Facts(Words("en"), Network(), RULES)
    assert facts.named(incident.members[0]) == (
        "Drinking water sources R_sw (Urban Habitat and Environment Commission)"
    )
