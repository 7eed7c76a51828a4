"""kill -9 between any two statements of the delivery path: from the decision to the receipt that is written down."""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alerting.store import NAME, AlertStore
from alerting.testing import Fault, Receiver

KILLS = int(os.environ.get("QUALICITY_KILLS", "3"))
SCRIPT = Path(__file__).with_name("run_delivery.py")
SECRET = "SEC-of-a-kill-test"  # noqa: S105 - of a receiver that lives as long as a test
IN_HAND = {"leased", "sent"}


def run(folder: Path, kind: str, kill_at: int) -> tuple[int, str]:
    """Run the path once; return its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, kind, str(kill_at)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("kind", ["dingtalk"] if KILLS < 20 else ["dingtalk", "wecom", "feishu", "webhook"])
def test_each_transition_is_delivered_at_least_once_whatever_is_killed(tmp_path, kind):
    """None is forgotten; a key comes twice only when its message was in hand at the kill, and that is written down."""
    seed = int(os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000)))
    chance = random.Random(f"{seed} {kind}")
    kills = KILLS if KILLS < 20 else KILLS // 4
    with Receiver(kind, secret="" if kind == "wecom" else SECRET) as receiver:
        (tmp_path / "url").write_text(receiver.url)
        (tmp_path / "secret").write_text(SECRET)
        code, printed = run(tmp_path, kind, 0)
        assert code == 0
        statements = int(printed)
        for _ in range(kills):
            if chance.random() < 0.1:
                receiver.misbehave(Fault.ERROR)
            code, _ = run(tmp_path, kind, chance.randint(1, statements))
            assert code in {-signal.SIGKILL, 0}  # 0: this run had fewer statements
        assert run(tmp_path, kind, 0)[0] == 0
    killed = [line.split(" ", 1) for line in (tmp_path / "kills").read_text().splitlines()]
    received = collections.Counter(message.body_key for message in map(_Keyed, receiver.received))
    with AlertStore(tmp_path / NAME, reader=True) as store:
        decided = int(store.database.note("decided"))
        rows = [row for number in range(1, decided + 1) for row in store.outbox.report(number)]
    expected = {f"{number}/{transition}" for number in range(1, decided + 1) for transition in ("raised", "resolved")}
    twice = {key: count for key, count in received.items() if count > 1}
    print(
        f"seed {seed} {kind}: {statements} statements, {len(killed)} kills"
        f" ({dict(collections.Counter(phase for phase, _ in killed))} at"
        f" {len({place for _, place in killed})} places), {decided} incidents,"
        f" {sum(received.values())} messages of {len(expected)} transitions, {len(twice)} came twice"
    )
    assert {row.notice.message.key for row in rows} == expected
    assert all(row.state == "delivered" for row in rows)
    assert received.keys() == expected
    for row in rows:
        unknown = sum(one.outcome == "unknown" for one in row.tries)
        assert received[row.notice.message.key] <= 1 + unknown  # what may have gone out twice is written down
    assert sum(twice.values()) - len(twice) <= sum(phase in IN_HAND for phase, _ in killed)
    order = [message.body_key for message in map(_Keyed, receiver.received)]
    for number in range(1, decided + 1):
        assert order.index(f"{number}/raised") < order.index(f"{number}/resolved")


class _Keyed:
    """A message by the key that a person sees in it."""

    def __init__(self, received) -> None:
        shown = [word for word in received.text.replace(":", " ").split() if word.endswith(("/raised", "/resolved"))]
        assert len(set(shown)) == 1
        self.body_key = shown[0]
