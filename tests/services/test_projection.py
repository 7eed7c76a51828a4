"""The copy in a real InfluxDB says what archive and ledger say, whatever happens on the way."""

from __future__ import annotations

import datetime as dt
import os
import random

import pytest

from dashboards.boards import boards
from dashboards.expected import Expected
from dashboards.schema import MEASUREMENTS
from dashboards.testing_water import SOURCE, failing_row, unknown_row, write
from dashboards.verify import Ends, verify
from qualicity.errors import Permanent, Retryable
from qualicity.model import Grade
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx_delivery import Sender

KILLS = int(os.environ.get("QUALICITY_KILLS", "3"))
FIRST = dt.date(2016, 3, 1)
COMPARE = ("GB3095-2026",)


@pytest.fixture
def influxd(any_influxd):
    """Every version at hand."""
    return any_influxd


def _checked(site, media=None):
    """Return every checked query, or those of media; the service's own board left out, for nobody beats here."""
    expected = Expected(site.pipeline, COMPARE)
    end = day_start(FIRST) + site.days * DAY_MS - 1
    shown = [board for board in boards() if board.id != "service" and (media is None or board.medium in media)]
    return list(verify(shown, expected, site.network, site.influx.query, Ends(end, end)))


def _problems(site, media=None):
    return [(one.board, one.panel, one.problem) for one in _checked(site, media) if one.problem]


WATER = {"water", "wastewater"}


def _count(site, field, measurement):
    found = site.influx.query(f'SELECT count("{field}") FROM "{measurement}"')
    return found[0].rows[0][1] if found else 0


def test_all_panels_agree_with_the_ledger(air_site):
    air_site.drain(air_site.writer())
    checked = _checked(air_site)
    assert [one for one in checked if one.problem] == []
    assert len(checked) > 50
    assert _count(air_site, "value", "reading") == air_site.store.head().seq
    assert air_site.state.rejected_count() == 0


def test_verdicts_about_water_stand_there_too(air_site):
    air_site.fill_water()
    air_site.drain(air_site.writer())
    checked = _checked(air_site, WATER)
    assert [one for one in checked if one.problem] == []
    empty = {(one.board, one.panel) for one in checked if not one.rows} - {
        (one.board, one.panel) for one in checked if one.rows
    }
    assert {one for one in empty if one[0] in {"water", "outlets"}} == set()
    for measurement, field in (("water_verdict", "verdict"), ("discharge_verdict", "key"), ("rate", "target")):
        assert _count(air_site, field, measurement) > 2


def test_readings_of_water_are_in_its_units(air_site):
    """Ammonia of 412 ug/L is 0.412 mg/L, 63 m3/h are 17.5 L/s."""
    air_site.fill_water()
    air_site.drain(air_site.writer())
    where = "\"medium\" <> 'air' AND \"parameter\" <> 'ph'"
    found = air_site.influx.query(f'SELECT last("value") FROM "reading" WHERE {where} GROUP BY "parameter"')
    assert {one.tags["parameter"]: one.rows[0][1] for one in found} == {"flow": 17.5, "nh3n": 0.412}


def test_what_a_verdict_about_water_no_longer_says_is_gone(air_site):
    """A month that is not assessable any more has no class, and none of its items a value."""
    air_site.fill_water()
    writer = air_site.writer()
    air_site.drain(writer)
    scope = f"water/c/{SOURCE}"
    write(air_site.ledger, scope, "GB3838-2002", unknown_row("2016-03"))
    air_site.drain(writer)
    found = air_site.influx.query("SELECT * FROM water_verdict WHERE span = 'month' AND station = 'reservoir'")
    row = dict(zip(found[0].columns, found[0].rows[0], strict=True))
    assert (row["verdict"], row["level"], row["version"]) == ("NOT_ASSESSABLE", None, 2)
    assert _problems(air_site, WATER) == []
    write(air_site.ledger, scope, "GBT14848-2017", failing_row("2016-03", standard="GB3838-2002"))
    air_site.drain(writer)
    assert _problems(air_site, WATER) == []


def test_a_second_round_writes_nothing(air_site):
    writer = air_site.writer()
    air_site.drain(writer)
    sent = writer.sender.sent
    assert air_site.writer().round() is False
    assert writer.round() is False
    assert writer.sender.sent == sent
    assert (writer.lag_rows(), writer.lag_versions()) == (0, 0)


def test_a_correction_counts_and_a_resend_of_the_old_value_does_not(air_site):
    writer = air_site.writer()
    air_site.drain(writer)
    air_site.give("a", "pm25", 30, [400.0], grade=int(Grade.AUDITED))
    air_site.drain(writer)
    air_site.give("a", "pm25", 30, [3.0])
    air_site.judge()
    air_site.drain(writer)
    time = day_start(FIRST) + 30 * HOUR_MS
    where = f"\"station\" = 'a' AND \"parameter\" = 'pm25' AND time = {time}ms"
    assert air_site.influx.query(f'SELECT "value" FROM "reading" WHERE {where}')[0].rows == [[time, 400]]
    assert _problems(air_site) == []
    assert writer.counts.late_days == 2


def test_a_field_that_has_become_null_does_not_keep_its_old_value(air_site):
    writer = air_site.writer()
    air_site.drain(writer)
    day = day_start(FIRST) + 3 * DAY_MS
    marks = [
        air_site.ledger.marks.add(
            station,
            "*",
            day,
            day + DAY_MS,
            kind="fault",
            who="w",
            why='power, "cut"',
            proof="",
            deadline=air_site.clock.now() + DAY_MS,
        )
        for station in ("a", "b", "d")
    ]
    air_site.pipeline.mark_changed(marks)
    air_site.judge()
    air_site.drain(writer)
    [series] = air_site.influx.query(f"SELECT * FROM day_verdict WHERE standard = 'auto' AND time = {day}ms")
    row = dict(zip(series.columns, series.rows[0], strict=True))
    assert (row["verdict"], row["aqi"], row["level"], row["version"]) == ("NOT_ASSESSABLE", None, None, 2)
    assert _problems(air_site) == []
    for mark in marks:
        air_site.pipeline.mark_changed([air_site.ledger.marks.revoke(mark.id, who="w", why="it was not")])
    air_site.judge()
    air_site.drain(writer)
    assert _problems(air_site) == []
    [series] = air_site.influx.query("SELECT * FROM mark")
    assert {row[series.columns.index("status")] for row in series.rows} == {"revoked"}


def test_the_first_days_of_a_year_lose_their_rate_when_nothing_is_valid_any_more(air_site):
    writer = air_site.writer()
    air_site.drain(writer)
    day = day_start(FIRST)
    for station in ("a", "b", "d"):
        air_site.pipeline.mark_changed(
            [
                air_site.ledger.marks.add(
                    station,
                    "*",
                    day,
                    day + 2 * DAY_MS,
                    kind="fault",
                    who="w",
                    why="y",
                    proof="",
                    deadline=air_site.clock.now() + DAY_MS,
                )
            ]
        )
    air_site.judge()
    air_site.drain(writer)
    [series] = air_site.influx.query(f"SELECT * FROM day_verdict WHERE standard = 'auto' AND time = {day + DAY_MS}ms")
    row = dict(zip(series.columns, series.rows[0], strict=True))
    assert (row["rate_valid"], row["missing_days"]) == (None, 2)
    assert _problems(air_site) == []


def test_verify_finds_a_wrong_value_a_missing_point_and_one_too_many(air_site):
    air_site.drain(air_site.writer())
    day = day_start(FIRST) + 5 * DAY_MS
    air_site.influx.write(f"day_verdict,city=c,standard=auto aqi=7i {day}\n".encode())
    assert any("aqi" in problem for _, _, problem in _problems(air_site))
    air_site.drain(_again(air_site))
    assert _problems(air_site) == []
    air_site.influx.delete("station_day", {"station": "b"}, day, day + 1)
    assert {panel for _, panel, _ in _problems(air_site)} >= {"Class of each station's days (last 30 days)"}
    air_site.drain(_again(air_site))
    air_site.influx.write(f"item_day,city=c,standard=auto,parameter=pm25 value=1 {day + 60 * HOUR_MS}\n".encode())
    assert _problems(air_site)


def _again(site):
    writer = site.writer()
    writer.clear()
    return writer


def test_only_what_the_schema_says_is_written(air_site):
    air_site.fill_water()
    air_site.drain(air_site.writer())
    for series in air_site.influx.query("SHOW FIELD KEYS"):
        assert {row[0] for row in series.rows} <= set(MEASUREMENTS[series.name].fields), series.name
        kinds = {"float": "float", "integer": "int", "string": "text"}
        assert {row[0]: kinds[row[1]] for row in series.rows}.items() <= MEASUREMENTS[series.name].fields.items()
    for series in air_site.influx.query("SHOW TAG KEYS"):
        assert {row[0] for row in series.rows} <= set(MEASUREMENTS[series.name].tags), series.name


def test_an_outage_drains_by_itself(air_site, influxd):
    writer = air_site.writer()
    assert writer.round()
    influxd.kill()
    air_site.give("a", "pm25", air_site.days * 24, [5.0] * 24)
    for _ in range(3):
        with pytest.raises(Retryable):
            writer.round()
    assert writer.lag_rows() >= 24
    assert writer.sender.pause > 0
    influxd.start()
    air_site.drain(writer)
    assert writer.lag_rows() == 0
    assert _count(air_site, "value", "reading") == air_site.store.head().seq
    assert _problems(air_site) == []


class _Killed(BaseException):
    """The writer's process is gone."""


def test_killed_between_any_two_requests_it_loses_and_doubles_nothing(air_site):
    seed = int(os.environ.get("QUALICITY_SEED", random.randrange(10**6)))
    print("seed", seed)
    dice = random.Random(seed)
    for _ in range(KILLS):
        writer = air_site.writer()
        left = dice.randrange(1, 8)

        def send(lines, send=air_site.influx.write):
            nonlocal left
            left -= 1
            if left == 0:
                if dice.random() < 0.5:
                    send(lines)  # it arrives, but nobody hears the answer
                raise _Killed
            return send(lines)

        writer.sender = Sender(send, lines=500)
        with pytest.raises(_Killed):
            air_site.drain(writer)
        if not writer.lag_rows():
            air_site.give("b", "o3", dice.randrange(400), [float(dice.randrange(90))])
            air_site.judge()
    air_site.drain(air_site.writer())
    cells = air_site.influx.query('SELECT count("value") FROM "reading"')[0].rows[0][1]
    rows = list(air_site.store.scan())
    distinct = {
        key
        for part in rows
        for key in zip(*(part[name].tolist() for name in ("station", "parameter", "start")), strict=True)
    }
    assert cells == len(distinct)
    assert _problems(air_site) == []


def test_a_restored_log_or_other_laws_beside_begin_anew(air_site, tmp_path):
    from qualicity.store.backup import backup, restore

    air_site.drain(air_site.writer())
    other = air_site.writer()
    other.compare = ("GB3095-2012",)
    other.round()
    assert other.counts.forgotten == 1
    air_site.drain(air_site.writer())
    backup(air_site.folder, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "restored")
    with EmbeddedStore(tmp_path / "restored", writer=True, clock=air_site.clock) as store:
        air_site.pipeline.store = store
        writer = air_site.writer()
        assert writer.round()
        assert writer.counts.forgotten == 1
        air_site.drain(writer)
        assert _problems(air_site) == []


def test_a_line_that_is_never_taken_is_kept_and_stops_nothing(air_site):
    day = day_start(FIRST)
    series = "reading,city=c,medium=air,parameter=pm25,period=3600,poc=1,station=a,statistic=mean"
    air_site.influx.write(f'{series} value="text" {day}\n'.encode())
    air_site.drain(air_site.writer())
    assert air_site.state.rejected_count() > 0
    assert {one.reason for one in air_site.state.rejected()} == {"type conflict"}


def test_what_is_older_than_the_database_keeps_is_not_sent(air_site):
    writer = air_site.writer(retention_days=35)
    air_site.drain(writer)
    assert writer.counts.skipped > 0
    assert writer.counts.readings + writer.counts.skipped == air_site.store.head().seq


def test_a_refusal_stops_it_with_the_mend_and_loses_nothing(air_site, influxd):
    influxd.drop()
    writer = air_site.writer()
    with pytest.raises(Permanent, match="no such database"):
        writer.round()
    influxd.make()
    air_site.drain(writer)
    assert _problems(air_site) == []
