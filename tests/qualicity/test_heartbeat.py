"""Signs of life, as they are written and read."""

from __future__ import annotations

import json
import os

import pytest

from qualicity.heartbeat import STALE_MS, Heartbeat, beat, heartbeats, silence

LABELLED = 'dead_letters_total{reason="no time"}'


def test_what_was_said_last_is_read(tmp_path):
    """Names with labels and words in Chinese too; a part that stops leaves nothing."""
    for number in range(4):
        beat(tmp_path, "collector", number, ready=True, state="已连接", counters={LABELLED: number})
        assert heartbeats(tmp_path) == [
            Heartbeat("collector", os.getpid(), number, ready=True, state="已连接", counters={LABELLED: number})
        ]
    beat(tmp_path, "archive", 1, ready=False, state="", counters={})
    assert [one.part for one in heartbeats(tmp_path)] == ["archive", "collector"]
    silence(tmp_path, "collector")
    silence(tmp_path, "collector")
    assert [one.part for one in heartbeats(tmp_path)] == ["archive"]


def test_two_files_take_turns_and_keep_their_blocks(tmp_path):
    """So that the next word finds room on a full disk: no file is made and none gets shorter."""
    beat(tmp_path, "api", 0, ready=True, state="x" * 20_000, counters={})
    beat(tmp_path, "api", 1, ready=True, state="x" * 20_000, counters={})
    before = {path.name: path.stat() for path in (tmp_path / "run").iterdir()}
    for number in range(2, 4):
        beat(tmp_path, "api", number, ready=True, state="short", counters={})
    after = {path.name: path.stat() for path in (tmp_path / "run").iterdir()}
    assert set(before) == set(after) == {"api.json", ".api.spare"}
    assert {stat.st_ino for stat in before.values()} == {stat.st_ino for stat in after.values()}
    assert {name: stat.st_size for name, stat in before.items()} == {name: stat.st_size for name, stat in after.items()}


@pytest.mark.parametrize("step", ["hardlink_to", "replace"])
def test_a_death_in_the_middle_leaves_the_word_before_and_room_for_the_next(tmp_path, monkeypatch, step):
    """Wherever it stops, what is read is whole, and the part speaks again."""
    from pathlib import Path

    beat(tmp_path, "api", 1, ready=True, state="", counters={})
    beat(tmp_path, "api", 2, ready=True, state="", counters={})
    with monkeypatch.context() as patch:

        def died(*_):
            raise KeyboardInterrupt

        patch.setattr(Path, step, died)
        with pytest.raises(KeyboardInterrupt):
            beat(tmp_path, "api", 3, ready=True, state="", counters={})
    assert [one.at for one in heartbeats(tmp_path)] == [2]
    for number in (4, 5):
        beat(tmp_path, "api", number, ready=True, state="", counters={})
        assert [one.at for one in heartbeats(tmp_path)] == [number]
    assert not (tmp_path / "run" / ".api.before").exists()


@pytest.mark.parametrize(
    "content", ["", '{"part": "collector", "pi', "\0" * 100, "[]", json.dumps({"part": "collector"})]
)
def test_what_a_failure_of_power_has_cut_off_says_nothing(tmp_path, content):
    """And keeps nobody from reading the others."""
    beat(tmp_path, "archive", 1, ready=True, state="", counters={})
    (tmp_path / "run" / "collector.json").write_text(content, "utf-8")
    assert [one.part for one in heartbeats(tmp_path)] == ["archive"]


@pytest.mark.parametrize(
    ("age", "well"), [(0, True), (STALE_MS - 1, True), (STALE_MS, False), (1 - STALE_MS, True), (-STALE_MS, False)]
)
def test_a_sign_of_life_is_as_old_as_it_is_far_away(age, well):
    """One from the future too: the clock was set back by a day, and who lives has spoken since."""
    now = 1_800_000_000_000
    assert Heartbeat("api", 1, now - age, ready=True, state="", counters={}).well(now) is well
    assert not Heartbeat("api", 1, now, ready=False, state="", counters={}).well(now)
