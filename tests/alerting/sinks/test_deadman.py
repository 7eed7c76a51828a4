"""The dead-man switch is asked only while the engine works, and its address is told to nobody."""

from __future__ import annotations

import httpx
import pytest

from alerting.metrics import LAST_EVALUATION
from alerting.sinks.deadman import DeadMan, deadman_url, engine_works
from qualicity.errors import InputError, Retryable
from qualicity.heartbeat import beat
from qualicity.settings import AlertingSettings

SECRET = "http://watch/ping/s3cret"  # noqa: S105 - of a test


@pytest.fixture
def asked():
    """Give (requests, answers) of an address: the next answers, then 200."""
    return [], []


@pytest.fixture
def switch(asked, tmp_path):
    requests, answers = asked

    def answer(request):
        requests.append(str(request.url))
        found = answers.pop(0) if answers else 200
        if found is None:
            raise httpx.ReadTimeout(f"no answer from {SECRET}")
        return httpx.Response(found)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return DeadMan(SECRET, lambda now: engine_works(tmp_path, now), client)


def _evaluated(folder, now, *, ago=0.0, part="alerting"):
    counters = {LAST_EVALUATION: now / 1000 - ago}
    beat(folder, part, now, ready=True, state="watching", counters=counters)


def test_asked_once_a_minute_while_rules_are_evaluated(clock, switch, asked, tmp_path):
    for _ in range(125):
        _evaluated(tmp_path, clock.now())
        switch.tick({}, clock.now())
        clock.advance(1)
    assert asked[0] == [SECRET] * 3
    assert switch.counters() == {"alarms_deadman_last_timestamp_seconds": (clock.now() - 5_000) / 1000}


def test_not_asked_when_the_engine_only_seems_to_live(clock, switch, asked, tmp_path):
    """It beats but evaluates nothing; it is gone; it was never there; another part works."""
    now = clock.now()
    switch.tick({}, now)
    _evaluated(tmp_path, now, part="collector")
    switch.tick({}, now)
    _evaluated(tmp_path, now, ago=61)
    switch.tick({}, now)
    beat(tmp_path, "alerting", now, ready=True, state="waiting for readings", counters={})
    switch.tick({}, now)
    _evaluated(tmp_path, now)
    switch.tick({}, now + 20_000)
    assert asked[0] == []
    switch.tick({}, now + 10_000)
    assert asked[0] == [SECRET]


@pytest.mark.parametrize("answer", [500, 404, 302, None])
def test_no_answer_is_told_without_the_address_and_asked_again(clock, switch, asked, tmp_path, answer):
    asked[1].append(answer)
    _evaluated(tmp_path, clock.now())
    with pytest.raises(Retryable) as caught:
        switch.tick({}, clock.now())
    assert "s3cret" not in str(caught.value)
    switch.tick({}, clock.now())
    assert len(asked[0]) == 2


def test_the_address_may_lie_in_a_file(tmp_path):
    assert deadman_url(AlertingSettings(deadman_url="http://x/y")) == "http://x/y"
    file = tmp_path / "url"
    with pytest.raises(InputError, match="deadman_url_file"):
        deadman_url(AlertingSettings(deadman_url_file=file))
    file.write_text(f"{SECRET}\n")
    assert deadman_url(AlertingSettings(deadman_url_file=file)) == SECRET
