"""Every line is brought, or it is said why not: beside a database that is a set, and fails as it is told to."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualicity.errors import Permanent, Retryable
from qualicity.store.influx_answers import Answer, Outcome, no_answer
from qualicity.store.influx_delivery import MOST_LINES, Sender
from qualicity.store.line_protocol import Lines, Point

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "100"))
STORED = Answer(Outcome.STORED, "stored", status=204)
SPLIT = Answer(Outcome.SPLIT, "malformed", "some line is bad", status=400)
ERROR = Answer(Outcome.LATER, "server error", "no space left", status=500)
REFUSED = Answer(Outcome.REFUSED, "token", "unauthorized", status=401)


def _block(count):
    return Lines.of(Point("m", {}, {"v": number}, number) for number in range(count))


def _line(number):
    return f"m v={number}i {number}\n".encode()


class Server:
    """Holds lines; some are bad, some make it fail, some requests fail whatever they hold.

    Attributes:
        partial: keeps the good lines beside bad ones.
        answers: to the next requests, instead of its own; None = its own.
    """

    def __init__(self, bad=(), poison=(), most=10**9, *, partial=False, answers=()):
        self.bad, self.poison = {_line(one) for one in bad}, {_line(one) for one in poison}
        self.most, self.partial, self.answers = most, partial, list(answers)
        self.held, self.requests = set(), []

    def __call__(self, body):
        """Answer a request."""
        self.requests.append(body)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            return answer
        lines = [line for line in body.splitlines(keepends=True) if not line.startswith(b"#")]
        if len(lines) > self.most:
            return Answer(Outcome.HALVE, "too large", status=413)
        if self.poison & set(lines):
            return ERROR
        good = set(lines) - self.bad
        if len(good) == len(lines):
            self.held |= good
            return STORED
        if self.partial:
            self.held |= good
        return SPLIT


FAILURES = st.sampled_from([None, None, None, no_answer("closed"), ERROR, Answer(Outcome.LATER, "busy", wait=3.0)])


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    count=st.integers(0, 50),
    bad=st.sets(st.integers(0, 49), max_size=8),
    lines=st.integers(1, 60),
    most=st.integers(1, 60),
    partial=st.booleans(),
    answers=st.lists(FAILURES, max_size=30),
)
def test_whatever_happens_the_good_lines_are_in_and_the_bad_ones_named(count, bad, lines, most, partial, answers):
    """After any failures the same block is delivered again, until it is taken."""
    server = Server(bad, most=most, partial=partial, answers=answers)
    sender = Sender(server, lines=lines)
    for _ in range(len(answers) + 1):
        try:
            rejected = sender.deliver(_block(count))
            break
        except Retryable:
            assert sender.pause in {0.5 * 2**n for n in range(6)} | {3.0, 6.0, 12.0, 24.0, 30.0}
    assert [one.line for one in rejected] == [_line(one).decode().strip() for one in sorted(bad) if one < count]
    assert {one.reason for one in rejected} <= {"malformed"}
    assert server.held == {_line(one) for one in range(count)} - server.bad
    assert sender.pause == 0


def test_one_bad_line_costs_few_requests():
    server = Server(bad=[7_777])
    assert len(Sender(server, lines=10_000).deliver(_block(10_000))) == 1
    assert len(server.requests) < 40


def test_requests_are_as_large_as_wished_and_no_larger():
    server = Server()
    sender = Sender(server, lines=300)
    sender.deliver(_block(1_000))
    assert [body.count(b"\n") for body in server.requests] == [300, 300, 300, 100]
    assert (sender.sent, sender.requests) == (1_000, 4)
    assert Sender(server, lines=10**9).lines == MOST_LINES


def test_nothing_to_deliver_asks_nobody():
    server = Server()
    assert Sender(server).deliver(_block(0)) == []
    assert server.requests == []


def test_what_fits_is_remembered_and_tried_again_larger():
    server = Server(most=100)
    sender = Sender(server, lines=1_000)
    sender.deliver(_block(2_000))
    server.requests.clear()
    server.most = 10**9
    for _ in range(40):
        sender.deliver(_block(1_000))
    assert server.requests[-1].count(b"\n") == 1_000


def test_a_line_that_is_too_large_by_itself_is_rejected():
    assert {one.reason for one in Sender(Server(most=0)).deliver(_block(3))} == {"too large"}


def test_settings_that_make_every_request_bad_reject_no_line():
    """A comment alone is refused, too: so it is not the lines."""
    sender = Sender(lambda body: SPLIT)
    with pytest.raises(Permanent, match="takes nothing"):
        sender.deliver(_block(3))


@pytest.mark.parametrize("later", [no_answer("closed"), ERROR])
def test_an_illness_during_the_question_is_no_refusal(later):
    server = Server(bad=[1], answers=[None, later])
    with pytest.raises(Retryable):
        Sender(server).deliver(_block(3))


def test_a_refusal_stops_and_says_so():
    server = Server(answers=[REFUSED])
    sender = Sender(server)
    with pytest.raises(Permanent, match="token"):
        sender.deliver(_block(3))
    assert (sender.pause, server.held) == (30.0, set())
    assert sender.deliver(_block(3)) == []


def test_a_refusal_in_the_middle_of_bisecting_stops():
    server = Server(bad=[1], answers=[None, None, REFUSED])
    with pytest.raises(Permanent, match="token"):
        Sender(server).deliver(_block(4))


def _until_taken(sender, block, tries):
    for _ in range(tries):
        try:
            return sender.deliver(block)
        except Retryable:
            continue
    return None


def test_a_line_that_makes_the_server_fail_is_found_and_rejected():
    """It must fail again and again at few lines, while a neighbour is stored."""
    for poison in (0, 150, 999):
        server = Server(poison=[poison])
        rejected = _until_taken(Sender(server, lines=500), _block(1_000), 40)
        assert [(one.line, one.reason) for one in rejected] == [(_line(poison).decode().strip(), "server error")]
        assert len(server.held) == 999


def test_a_server_that_fails_at_every_line_gets_nothing_rejected():
    """As with a full disk: comments are taken, lines are not. Nothing is dropped, and later all is in."""
    failing = Server(poison=range(300))
    sender = Sender(failing, lines=500)
    assert _until_taken(sender, _block(300), 60) is None
    assert sender.pause == 30.0
    failing.poison = set()
    assert sender.deliver(_block(300)) == []
    assert len(failing.held) == 300


def test_a_single_line_without_neighbours_is_never_taken_for_poison():
    assert _until_taken(Sender(Server(poison=[0])), _block(1), 30) is None


def test_large_requests_that_fail_become_smaller():
    """It may be the size that it cannot bear; a small request is not made smaller by an outage."""
    server = Server(answers=[ERROR] * 5)
    sender = Sender(server, lines=1_600)
    assert _until_taken(sender, _block(1_600), 6) == []
    assert [body.count(b"\n") for body in server.requests[:6]] == [1_600, 800, 400, 200, 100, 100]


def test_a_server_that_recovers_at_the_last_moment_rejects_no_good_line():
    """It failed at a line four times, and then took its neighbour: the line is asked for once more."""
    server = Server(answers=[ERROR] * 4)
    sender = Sender(server, lines=1)
    for _ in range(3):
        with pytest.raises(Retryable):
            sender.deliver(_block(2))
    assert sender.deliver(_block(2)) == []
    assert server.held == {_line(0), _line(1)}
