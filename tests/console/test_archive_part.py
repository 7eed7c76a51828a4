"""The part that keeps the archive up: it waits for a journal and for its turn, seals, and says how it is."""

from __future__ import annotations

import pytest

from console.parts import COMPANIONS, PARTS, archive, with_companions
from console.site import open_site
from qualicity.model import Batch, Registry
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock, hourly


@pytest.fixture
def part(tmp_path, monkeypatch, run_part):
    """Run the part on a folder; return the function that waits for what it says."""
    monkeypatch.setattr(archive, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr("qualicity.store.upkeep.LOOK_SECONDS", 0.02)
    (tmp_path / "qualicity.toml").write_text("[journal]\nseal_rows = 30\n", encoding="utf-8")
    return run_part(archive, open_site(tmp_path, sealing=True, clock=FakeClock(1)))


def _intake(folder, **given):
    return EmbeddedStore(folder, writer=True, clock=FakeClock(1), **given)


def _rows(count):
    return Batch(hourly(Registry(), "s", "pm25", 0, range(count), received=1))


def test_it_waits_for_a_journal_and_seals_what_comes(tmp_path, part):
    """Rows that are too few and too young wait; the counters tell of them, and of what is sealed."""
    part(lambda beat: beat.state.endswith("holds no readings yet") and beat.ready)
    with _intake(tmp_path, sealing=False) as intake:
        intake.append(_rows(20))
        waiting = part(lambda beat: beat.counters.get("rows_waiting") == 20)
        assert (waiting.state, waiting.counters["archive_rows"]) == ("keeping up", 0)
        intake.append(_rows(20))
        sealed = part(lambda beat: beat.counters.get("rows_sealed_total") == 40)
        assert sealed.counters["archive_rows"] == 40
        assert sealed.counters["archive_files"] == 1
        assert sealed.counters["archive_bytes"] > 1000
        assert intake.verify() == []


def test_it_waits_while_another_process_seals(tmp_path, part):
    """Such as an import; then the archive is its own."""
    with _intake(tmp_path) as importing:
        importing.append(_rows(40))
        part(lambda beat: "another process seals" in beat.state and beat.ready)
        assert importing.seal() == 40
    part(lambda beat: beat.state == "keeping up")


def test_it_says_what_fails_and_that_it_works_again(tmp_path, part):
    """A batch that is not what was written is left in the journal, and the part is not well."""
    with _intake(tmp_path, sealing=False) as intake:
        intake.append(_rows(20))
        part(lambda beat: beat.state == "keeping up")
        (body,) = intake._journal._db.execute("SELECT body FROM batches").fetchone()
        intake._journal._db.execute("UPDATE batches SET body = ?", (body[:-1],))
        intake.append(_rows(20))
        ill = part(lambda beat: not beat.ready and "batch 1" in beat.state)
        assert ill.counters["upkeep_failures_total"] == 1
        intake._journal._db.execute("UPDATE batches SET body = ? WHERE id = 1", (body,))
        part(lambda beat: beat.ready and beat.counters["rows_sealed_total"] == 40)


def test_the_collector_brings_the_archive_with_it():
    """Asked for alone or with others, once, in the order of the parts."""
    assert with_companions(["collector"]) == ["collector", "archive"]
    assert with_companions(["archive", "collector", "api"]) == ["archive", "collector", "api"]
    assert with_companions(["api"]) == ["api"]
    assert {*COMPANIONS, *COMPANIONS.values()} <= set(PARTS)
