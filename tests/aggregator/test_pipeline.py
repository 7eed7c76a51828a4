"""From the log to the ledger: nothing depends on how readings arrived, and everything that changes says why."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from aggregator.assess import Assessment
from aggregator.pipeline import Pipeline
from aggregator.windows import is_due
from qualicity.checks import default_rules
from qualicity.errors import UsageError
from qualicity.model import Batch, Channel, Observations, Position, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore, hourly

FIRST = dt.date(2016, 3, 1)
DAYS = 4
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
CHANNELS = tuple(ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3") for item in ITEMS)
NETWORK = Network(
    (City("c"),),
    (Station("a", "c", channels=CHANNELS), Station("b", "c", channels=CHANNELS, zone_class="I"), Station("d", "c")),
)
LATER = day_start(FIRST) + 30 * DAY_MS


class _Site:
    """A store in memory, a ledger on disk, a pipeline over both."""

    def __init__(self, folder, network=NETWORK, now=LATER):
        self.clock = FakeClock(now)
        self.store = MemoryStore()
        self.path = folder / "ledger.db"
        self.ledger = Ledger(self.path, self.clock)
        self.network = network

    @property
    def pipeline(self):
        """A pipeline as a restart would make it."""
        return Pipeline(self.store, self.ledger, self.network, self.clock)

    def give(self, *tables):
        for table in tables:
            self.store.append(Batch(table))

    def judge(self):
        pipeline = self.pipeline
        pipeline.follow()
        return pipeline.judge_due()

    def rows(self):
        """Return every current result, spelled out."""
        found = {}
        for scope in ("air/c", "air/c/a", "air/c/b", "air/c/d"):
            for period in (("2016-01-01", "2016-12-31"), ("2016", "2016")):
                for version in self.ledger.current(scope, *period):
                    found[version.key] = (version.result, version.inputs)
        return found


@pytest.fixture
def site(tmp_path):
    """Yield a site; close it."""
    made = _Site(tmp_path)
    yield made
    made.ledger.close()


def _series(seed=1):
    """Return one table a channel: four days of hours with holes and ties."""
    dice, registry = np.random.default_rng(seed), Registry()
    tables = []
    for station in ("a", "b", "d"):
        for item in ITEMS:
            values = dice.integers(0, 90, 24 * DAYS) / (100 if item == "co" else 1)
            values[dice.random(len(values)) < 0.05] = np.nan
            unit = "mg/m3" if item == "co" else "ug/m3"
            tables.append(hourly(registry, station, item, day_start(FIRST), values, unit=unit, received=LATER))
    return Observations.concatenate(tables, registry)


def _one(station, item, hour, value, **columns):
    return hourly(Registry(), station, item, day_start(FIRST) + hour * HOUR_MS, [value], received=LATER, **columns)


@pytest.mark.parametrize("seed", range(5))
def test_verdicts_are_equal_for_every_order_duplicates_and_chunks(tmp_path, site, seed):
    """The same readings give the same bytes, however they came."""
    rows = _series()
    site.give(rows)
    site.judge()
    expected = site.rows()
    assert len(expected) == 4 * (DAYS + 1)

    dice = np.random.default_rng(seed)
    (tmp_path / "other").mkdir()
    other = _Site(tmp_path / "other")
    order = dice.permutation(len(rows))
    order = np.concatenate([order, dice.choice(order, 200)])
    for part in np.array_split(order, dice.integers(1, 30)):
        other.give(rows.take(part))
        if dice.random() < 0.3:
            other.judge()
    other.judge()

    assert other.rows() == expected
    other.ledger.close()


def test_a_late_reading_makes_a_version_that_says_why(site):
    """Old and new values, the station and the place in the log of what came."""
    site.give(_series())
    site.judge()
    before = site.store.head().seq

    site.give(_one("a", "pm25", 30, 2000.0, revision=1))
    changed = site.judge()

    assert "air/c/a/2016-03-02" in changed
    assert "air/c/2016-03-01" not in changed
    versions = site.ledger.history("air/c/a/2016-03-02")
    assert [version.version for version in versions] == [1, 2]
    cause = versions[1].change["causes"][0]
    assert (cause["kind"], cause["detail"], cause["first"], cause["last"]) == ("readings", "a", before + 1, before + 1)
    old, new = versions[1].change["changed"]["values"]
    assert old["pm25"] < new["pm25"]
    assert versions[1].as_of == site.store.head()
    assert [v.version for v in site.ledger.history("air/c/a/2016")] in ([1], [1, 2])


def test_the_same_result_makes_no_version_and_going_back_makes_one(site):
    """A to B to A is three versions; a duplicate is none."""
    site.give(_series())
    site.judge()
    value = next(
        row["value"]
        for table in site.store.scan(stations={"a"})
        for row in table.rows()
        if row["parameter"] == "so2" and row["start"] == day_start(FIRST) + 5 * HOUR_MS
    )
    site.give(_one("a", "so2", 5, value))
    assert site.judge() == []

    site.give(_one("a", "so2", 5, 2500.0, revision=1))
    site.judge()
    site.give(_one("a", "so2", 5, value, revision=2))
    site.judge()

    versions = site.ledger.history("air/c/a/2016-03-01")
    assert [version.version for version in versions] == [1, 2, 3]
    assert versions[0].result == versions[2].result


def test_a_resend_of_an_old_value_after_a_correction_changes_nothing(site):
    """The greater grade and revision counts, not the later arrival."""
    site.give(_series(), _one("a", "so2", 5, 7.0, revision=3))
    site.judge()

    site.give(_one("a", "so2", 5, 1.0, revision=2), _one("a", "so2", 5, 2.0))

    assert site.judge() == []


def test_marks_take_hours_out_until_they_are_revoked_or_lapse(site):
    """Each step is a version with the mark as its cause."""
    site.give(_series())
    site.judge()
    first = site.ledger.current("air/c/a", "2016-03-02", "2016-03-02")[0]
    begin = day_start(FIRST) + DAY_MS

    def mark(days):
        made = site.ledger.marks.add(
            "a",
            "pm25",
            begin,
            begin + 10 * HOUR_MS,
            kind="fault",
            who="w",
            why="y",
            proof="",
            deadline=site.clock.time + days * DAY_MS,
        )
        site.pipeline.mark_changed([made])
        return made

    revoked = mark(1)
    site.judge()
    marked = site.ledger.current("air/c/a", "2016-03-02", "2016-03-02")[0]
    assert marked.result["values"]["pm25"] is None
    assert marked.change["causes"] == [{"kind": "mark", "detail": f"{revoked.id} open", "first": 0, "last": 0}]
    site.pipeline.mark_changed([site.ledger.marks.revoke(revoked.id, who="w", why="wrong station")])
    site.judge()
    assert site.ledger.current("air/c/a", "2016-03-02", "2016-03-02")[0].result == first.result

    approved, lapsing = mark(1), mark(2)
    site.ledger.marks.approve(approved.id, who="boss")
    site.judge()
    site.clock.advance(3 * 86_400)
    site.judge()
    status = {m.id: m.status for m in site.ledger.marks.list()}
    assert status == {revoked.id: "revoked", approved.id: "approved", lapsing.id: "lapsed"}
    assert site.ledger.current("air/c/a", "2016-03-02", "2016-03-02")[0].result["values"]["pm25"] is None
    with pytest.raises(UsageError, match="is lapsed"):
        site.ledger.marks.approve(lapsing.id, who="boss")


class _Crash(BaseException):
    """A process that ends in the middle."""


@pytest.mark.parametrize("step", range(12))
def test_a_crash_between_any_two_transactions_changes_nothing(tmp_path, site, monkeypatch, step):
    """What was not written is still dirty; the next start ends where an undisturbed one does."""
    site.give(_series())
    site.judge()
    expected = site.rows()
    (tmp_path / "other").mkdir()
    other = _Site(tmp_path / "other")
    other.give(_series())
    left = [step]
    begin = Ledger.transaction

    def transaction(self):
        if not self._db.in_transaction:
            left[0] -= 1
            if left[0] < 0:
                raise _Crash
        return begin(self)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "transaction", transaction)
        try:
            other.judge()
        except _Crash:
            other.ledger.close()
    other.ledger = Ledger(other.path, other.clock)

    other.judge()

    assert other.rows() == expected
    other.ledger.close()


def test_what_becomes_dirty_while_the_log_is_looked_at_stays_dirty(site, monkeypatch):
    """Another process follows a reading just when a judgement begins."""
    site.give(_series())
    site.judge()
    site.give(_one("a", "so2", 5, 2.0, revision=1))
    pipeline, head = site.pipeline, site.store.head
    pipeline.follow()

    def overtaken():
        monkeypatch.undo()
        seen = head()
        site.give(_one("a", "so2", 5, 2500.0, revision=2))
        site.pipeline.follow()
        return seen

    monkeypatch.setattr(site.store, "head", overtaken)
    pipeline.judge_due()
    pipeline.judge_due()

    assert site.ledger.current("air/c/a", "2016-03-01", "2016-03-01")[0].result["values"]["so2"] > 100


def test_a_restored_journal_is_followed_again(site):
    """A new epoch: everything is looked at once more, and no verdict changes."""
    site.give(_series())
    site.judge()
    expected = site.rows()
    site.store._epoch = "restored"

    assert site.pipeline.follow() == site.store.head().seq
    assert site.judge() == []
    assert site.rows() == expected
    assert site.ledger.cursor() == Position("restored", site.store.head().seq)


def test_changed_check_rules_judge_anew(site):
    """Only what differs becomes a version, with the rules as its cause."""
    site.give(_series())
    site.judge()
    rules = default_rules()
    particles = tuple(
        replace(rule, impossible_below=Decimal(40)) if rule.id == "pm25" else rule for rule in rules.parameter
    )
    stricter = replace(rules, parameter=particles)
    pipeline = Pipeline(site.store, site.ledger, NETWORK, site.clock, stricter)

    pipeline.follow()
    changed = pipeline.judge_due()

    assert "air/c/a/2016-03-01" in changed
    assert {c["kind"] for c in site.ledger.history("air/c/a/2016-03-01")[-1].change["causes"]} == {"checks"}


def test_a_changed_law_table_judges_anew(site):
    """Days whose rows of the law have another hash than when they were judged."""
    site.give(_series())
    site.judge()
    site.ledger._db.execute("UPDATE versions SET tables = 'old' WHERE key = 'air/c/a/2016-03-02'")
    site.ledger.set_note("tables:air", "old")

    site.pipeline.follow()

    assert [(item.period, item.cause.kind) for item in site.ledger.dirty()] == [("2016-03-02", "tables")]
    assert site.judge() == []


def test_a_changed_network_judges_its_city_anew(site):
    """A station that no longer counts: the city's days differ, the stations' do not."""
    site.give(_series())
    site.judge()
    site.network = Network(NETWORK.cities, (*NETWORK.stations[:2], replace(NETWORK.stations[2], purpose="background")))

    changed = site.judge()

    assert "air/c/2016-03-01" in changed
    assert not [key for key in changed if key.startswith("air/c/a")]
    assert {cause["kind"] for cause in site.ledger.history("air/c/2016-03-01")[-1].change["causes"]} == {"network"}
    assert site.judge() == []


# what is due

CHANNEL = Channel("a", "pm25", 1)
END = day_start(FIRST) + DAY_MS


@pytest.mark.parametrize(("now", "reported", "due"), [
    (END + 2 * HOUR_MS, None, True), (END + 2 * HOUR_MS - 1, None, False),
    (END, END, True), (END, END - 1, False), (END - 1, END + HOUR_MS, False), (END + HOUR_MS, END + HOUR_MS, True),
])  # fmt: skip
def test_a_day_is_due_by_watermarks_or_at_two_o_clock(now, reported, due):
    """Not before its end; when all channels have passed it; at 02:00 in any case."""
    watermarks = {} if reported is None else {("a", "pm25", 1): reported}

    assert is_due(FIRST, now, [CHANNEL], watermarks) is due


def test_one_silent_channel_holds_a_day_back_until_two_o_clock():
    """All channels must have passed."""
    watermarks = {("a", "pm25", 1): END}
    assert not is_due(FIRST, END, [CHANNEL, Channel("a", "o3", 1)], watermarks)


def test_readings_in_the_future_advance_no_watermark(tmp_path):
    """Beyond ten minutes; the reading itself is kept."""
    site = _Site(tmp_path, now=END)
    registry = Registry()
    for ahead, until in ((HOUR_MS, None), (10 * 60_000, END + 10 * 60_000)):
        start = END + ahead - HOUR_MS
        site.give(hourly(registry, "a", "pm25", start, [5.0], received=END))
        site.pipeline.follow()
        assert site.ledger.watermarks().get(("a", "pm25", 1)) == until
    site.ledger.close()


def test_a_day_is_not_judged_before_it_is_due(tmp_path):
    """And is judged by the first look after that, whether or not a wake-up was missed."""
    site = _Site(tmp_path, now=day_start(FIRST) + DAY_MS + HOUR_MS)
    site.give(_series().take(slice(0, 24)))
    assert site.judge() == []

    site.clock.advance(10 * 86_400)

    assert "air/c/2016-03-01" in site.judge()
    site.ledger.close()


# assess


def test_rows_have_exactly_the_keys_of_the_contract(site):
    """Names stay stable."""
    site.give(_series())
    day = next(Assessment(site.pipeline).days(FIRST, FIRST))
    year = next(Assessment(site.pipeline).years(FIRST, FIRST))

    assert list(day) == [
        "key", "date", "city", "station", "standard", "values", "iaqi", "aqi", "primary", "level", "good", "verdict",
        "reason", "coverage", "certainty", "version",
    ]  # fmt: skip
    assert list(day["values"]) == list(day["iaqi"]) == list(day["coverage"]) == list(ITEMS)
    assert set(day["coverage"]["o3"]) == {"expected", "observed", "valid", "windows"}
    assert list(year) == [
        "key", "year", "city", "station", "standard", "days", "valid_days", "good_days", "exceeding_days",
        "missing_days", "rate_valid", "rate_lower", "rate_upper", "target", "rate_verdict", "certain", "attainment",
        "parameters", "composite_index", "certainty", "version",
    ]  # fmt: skip
    assert list(year["parameters"]["pm25"]) == [
        "annual_mean", "percentile", "percentile_rank", "limit_mean", "limit_percentile", "valid_days", "verdict",
    ]  # fmt: skip


def test_order_levels_and_standards(site):
    """Date, city, station; an explicit standard is computed and not stored."""
    site.give(_series())
    last = FIRST + dt.timedelta(1)
    rows = list(Assessment(site.pipeline, level="station").days(FIRST, last))
    assert [(row["date"], row["station"]) for row in rows] == [
        (f"2016-03-0{day}", name) for day in (1, 2) for name in ("a", "b", "d")
    ]
    assert rows[1]["version"] == 1
    stored = site.ledger.judged()

    explicit = list(Assessment(site.pipeline, station="a", standard="GB3095-2026").days(FIRST, last))

    assert [row["key"] for row in explicit] == [f"air/c/a/2016-03-0{day}@GB3095-2026" for day in (1, 2)]
    assert {row["version"] for row in explicit} == {None}
    assert site.ledger.judged() == stored
    for wrong in ({"city": "x"}, {"station": "x"}, {"standard": "x"}, {"standard": "HJ633-2012"}):
        with pytest.raises(UsageError):
            Assessment(site.pipeline, **wrong)


def test_a_station_of_class_one_is_judged_by_grade_one(site):
    """The same air: station b has PM2.5 36 against 35, station a against 75."""
    registry = Registry()
    for station in ("a", "b"):
        site.give(*(
            hourly(registry, station, item, day_start(FIRST), [36.0 if item == "pm25" else 0.5] * 24,
                   unit="mg/m3" if item == "co" else "ug/m3", received=LATER)
            for item in ITEMS
        ))  # fmt: skip
    rows = {row["station"]: row for row in Assessment(site.pipeline, level="station").days(FIRST, FIRST)}

    assert rows["a"]["verdict"] == "COMPLIES"
    assert rows["b"]["verdict"] == "EXCEEDS"
    assert rows["b"]["reason"] == "pm25 36 > 35 ug/m3"


def test_days_without_readings_and_without_law(site):
    """Not assessable, with the reason; never good."""
    site.give(_series())
    empty = next(Assessment(site.pipeline).days(dt.date(2016, 3, 20), dt.date(2016, 3, 20)))
    old = next(Assessment(site.pipeline).days(dt.date(2005, 3, 20), dt.date(2005, 3, 20)))

    assert empty["verdict"] == old["verdict"] == "NOT_ASSESSABLE"
    assert empty["good"] is None
    assert "0 of 3 stations valid, 2 needed" in empty["reason"]
    assert old["reason"] == "no law table covers this day"
    assert old["standard"] is None


def test_a_day_that_is_not_over_is_computed_and_not_stored(tmp_path):
    """It will change."""
    site = _Site(tmp_path, now=day_start(FIRST) + 5 * HOUR_MS)
    site.give(_series())

    row = next(Assessment(site.pipeline).days(FIRST, FIRST))

    assert row["version"] is None
    assert site.ledger.judged() == []
    site.ledger.close()


def test_provisional_statistics_of_the_running_day(tmp_path):
    """The last hour, the running 8 h and 24 h means, each with its validity."""
    site = _Site(tmp_path, now=day_start(FIRST) + DAY_MS + 9 * HOUR_MS)
    values = [10.0] * 24 + [20.0] * 8
    site.give(hourly(Registry(), "a", "o3", day_start(FIRST), values, received=LATER))
    pipeline = site.pipeline
    pipeline.follow()

    assert pipeline.refresh_provisional() == 3
    found = {row.statistic: (row.value, row.valid, row.expected) for row in site.ledger.provisional("a")}

    assert found == {"1h": (20.0, True, 1), "8h": (20.0, True, 8), "24h": (13.0, True, 24)}
    site.ledger.close()


def test_the_day_of_a_reading_is_the_civil_day_of_its_start(site):
    """16:00 UTC is midnight at +08:00."""
    registry = Registry()
    site.give(hourly(registry, "a", "pm25", day_start(FIRST) - HOUR_MS, [1.0, 2.0], received=LATER))
    site.pipeline.follow()

    assert sorted({item.period for item in site.ledger.dirty()}) == ["2016-02-29", "2016-03-01"]
