"""Dead letters are treated again a piece at a time, by whoever appends; each becomes readings at most once."""

from __future__ import annotations

import pytest

from collector import again as module
from collector.again import Again
from collector.hj212.taker import Taker
from collector.normalise import Normaliser
from collector.topics import TopicPattern
from qualicity.errors import Retryable
from qualicity.model import Batch, DeadLetter, Observations
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.settings import Settings
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.letter_requests import Chosen, LetterRequests
from qualicity.testing import FakeClock

NETWORK = Network((City("c"),), (Station("s1", "c", channels=(ChannelSettings("pm25", "ug/m3"),)),))
NOW = 1_451_700_000_000
TOPIC = "c/air/s1/pm25"


def _good(hour):
    payload = f'{{"t": "2016-01-01T{hour:02d}:00:00+08:00", "v": {hour}, "p": 3600}}'.encode()
    return DeadLetter("mqtt", TOPIC, "unknown channel", "", payload, NOW, "s1")


BAD = DeadLetter("mqtt", TOPIC, "undecodable", "", b"{", NOW, "s1")
OF_FILE = DeadLetter("import:x.csv", "x.csv:7", "no value", "", b"s1,,", NOW, "s1")


@pytest.fixture
def store(tmp_path):
    """A store with five good letters, a bad one and one of a file."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(NOW)) as opened:
        opened.append(Batch(Observations.build(opened.registry, 0), [*map(_good, range(5)), BAD, OF_FILE]))
        yield opened


@pytest.fixture
def requests(store, tmp_path):
    """The requests beside it."""
    with LetterRequests(tmp_path) as opened:
        yield opened


def _again(store):
    taker = Taker(NETWORK, {}, store.registry)
    pattern = TopicPattern.parse(Settings().mqtt.topic)
    return Again(store, Normaliser(NETWORK, pattern, store.registry, taker), taker, FakeClock(NOW))


def _values(store):
    return [float(value) for rows in store.scan() for value in rows["value"]]


def test_all_are_tried_in_pieces_and_each_is_taken_once(store, requests, monkeypatch):
    """Counts add up over the pieces; what is still dead says why."""
    monkeypatch.setattr(module, "_LETTERS", 2)
    number = requests.submit(NOW, "officer-1", Chosen())
    own = _again(store)

    for _ in range(6):
        own.look(requests)

    found = requests.find(number)
    assert found.done == NOW
    assert (found.progress.tried, found.progress.taken, found.progress.readings) == (7, 5, 5)
    assert [(one.id, one.reason) for one in found.progress.still] == [(6, "undecodable"), (7, module.OF_A_FILE)]
    assert _values(store) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert [number for number, _ in store.dead_letters()] == [6, 7]


def test_only_the_chosen_ones_are_tried(store, requests):
    """By id, by reason, by station, and not what was dismissed."""
    own = _again(store)
    for chosen, values in (
        (Chosen(ids=(2,)), [1.0]),
        (Chosen(reason="undecodable"), [1.0]),
        (Chosen(stations=("another",)), [1.0]),
        (Chosen(skip=(1, 3, 4)), [1.0, 4.0]),
    ):
        requests.submit(NOW, "officer-1", chosen)
        own.look(requests)
        assert _values(store) == values


def test_letters_that_came_after_the_request_are_not_part_of_it(store, requests):
    """So a request ends."""
    requests.submit(NOW, "officer-1", Chosen())
    store.append(Batch(Observations.build(store.registry, 0), [_good(9)]))

    _again(store).look(requests)

    assert 9.0 not in _values(store)
    assert requests.waiting() is None


def test_a_crash_between_the_commit_and_the_note_takes_no_letter_twice(store, requests, monkeypatch):
    """The piece is done again, and its letters are gone already."""
    number = requests.submit(NOW, "officer-1", Chosen())
    with monkeypatch.context() as patched:
        patched.setattr(requests, "advance", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            _again(store).look(requests)
    assert requests.find(number).done is None

    _again(store).look(requests)

    assert _values(store) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert requests.find(number).done == NOW


def test_a_full_disk_leaves_the_request_waiting(store, requests, monkeypatch):
    """Intake goes on; it is tried again at the next look."""

    def full(*_):
        raise Retryable("the disk is full", "make room")

    number = requests.submit(NOW, "officer-1", Chosen())
    own = _again(store)
    with monkeypatch.context() as patched:
        patched.setattr(store, "mend", full)
        own.look(requests)
    assert requests.find(number).done is None

    own.look(requests)

    assert requests.find(number).progress.taken == 5


def test_what_was_carried_out_long_ago_is_forgotten(store, requests, monkeypatch):
    """What waits is not."""
    monkeypatch.setattr("qualicity.store.letter_requests.KEPT", 1)
    own, numbers = _again(store), []
    for _ in range(3):
        numbers.append(requests.submit(NOW, "officer-1", Chosen(ids=(6,))))
        own.look(requests)

    assert [one.id for one in requests.latest(10)] == numbers[-1:]
