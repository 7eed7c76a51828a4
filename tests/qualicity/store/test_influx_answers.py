"""What answers to a write mean, word by word as 1.6.7 and 2.9.1 gave them and as 3.x is written to give them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualicity.store.influx_answers import Outcome, classify, line_reason, message, no_answer

PARSE = "unable to parse 'm v= 1': missing field value"
CONFLICT = 'field type conflict: input field "v" on measurement "m" is type string, already exists as type float'
OF_3 = "write buffer error: line protocol parse failed: "
PARTLY_3 = "partial write of line protocol occurred"
COLUMN = "invalid column type for column 'v', expected Float64, got Utf8"


def _v1(words):
    return json.dumps({"error": words})


def _v2(code, words):
    return json.dumps({"code": code, "message": words})


def _v3(words, data):
    return json.dumps({"error": words, "data": data})


def _line(words):
    return {"original_line": "m v=1", "line_number": 2, "error_message": words}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        (204, "", Outcome.STORED, "stored"),
        (200, "", Outcome.STORED, "stored"),
        (400, _v1(f"partial write: {PARSE} dropped=0"), Outcome.SPLIT, "malformed"),
        (400, _v1("unable to parse 'm v=NaN 1': invalid number"), Outcome.SPLIT, "malformed"),
        (400, _v1("unable to parse 'm 1': invalid field format"), Outcome.SPLIT, "malformed"),
        (400, _v1("unable to parse 'beyond retention type conflict v= 1': bad timestamp"), Outcome.SPLIT, "malformed"),
        (
            400,
            _v1('partial write: invalid tag key: input tag "time" on measurement "m" is invalid dropped=1'),
            Outcome.SPLIT,
            "malformed",
        ),
        (400, _v1(f"partial write: {CONFLICT} dropped=1"), Outcome.SPLIT, "type conflict"),
        (
            400,
            _v1("partial write: points beyond retention policy dropped=1"),
            Outcome.SPLIT,
            "older than the retention",
        ),
        (400, _v2("invalid", PARSE), Outcome.SPLIT, "malformed"),
        (
            422,
            _v2("unprocessable entity", f"failure writing points to database: partial write: {CONFLICT} dropped=1"),
            Outcome.SPLIT,
            "type conflict",
        ),
        (400, _v2("invalid", f"{OF_3}{COLUMN}"), Outcome.SPLIT, "type conflict"),
        (400, _v2("invalid", f"{OF_3}Unable to parse timestamp value `1x`"), Outcome.SPLIT, "malformed"),
        (400, _v2("invalid", f"{OF_3}No fields were provided"), Outcome.SPLIT, "malformed"),
        (400, _v2("invalid", "write buffer error: incoming write was empty"), Outcome.STORED, "stored"),
        (400, _v3(PARTLY_3, [_line(COLUMN)]), Outcome.SPLIT, "type conflict"),
        (400, _v3(PARTLY_3, [_line("Must not contain duplicate tags")]), Outcome.SPLIT, "malformed"),
        (400, _v3("parsing failed for write_lp endpoint", _line("No fields")), Outcome.SPLIT, "malformed"),
        (422, _v3(PARTLY_3, [_line("Update to schema would exceed number of tables")]), Outcome.SPLIT, "not taken"),
        (400, "", Outcome.SPLIT, "not taken"),
        (413, "Request Entity Too Large", Outcome.HALVE, "too large"),
        (413, _v2("request too large", "max request size exceeded"), Outcome.HALVE, "too large"),
        (429, "", Outcome.LATER, "busy"),
        (408, "", Outcome.LATER, "busy"),
        (503, _v1("timeout"), Outcome.LATER, "busy"),
        (500, _v2("internal error", "engine: no space left on device"), Outcome.LATER, "server error"),
        (502, "<html>bad gateway</html>", Outcome.LATER, "server error"),
        (504, "", Outcome.LATER, "server error"),
        (599, "", Outcome.LATER, "server error"),
        (401, _v2("unauthorized", "unauthorized access"), Outcome.REFUSED, "token"),
        (403, _v1('"reader" user is not authorized to write to database "q"'), Outcome.REFUSED, "token"),
        (404, _v1('database not found: "q"'), Outcome.REFUSED, "no such database"),
        (301, "", Outcome.REFUSED, "refused"),
        (405, "", Outcome.REFUSED, "refused"),
        (499, "", Outcome.REFUSED, "refused"),
    ],
)
def test_an_answer_means(status, body, outcome, reason):
    answer = classify(status, body, {})
    assert (answer.outcome, answer.reason, answer.status) == (outcome, reason, status)
    assert answer.wait is None


@given(st.integers(100, 599), st.text() | st.binary().map(repr), st.dictionaries(st.text(), st.text()))
def test_every_answer_means_something(status, body, headers):
    """Whatever stands between us and the database answers, nothing but its outcome comes out."""
    answer = classify(status, body, {**headers, "Retry-After": body})
    assert isinstance(answer.outcome, Outcome)
    assert len(answer.detail) <= 300
    assert (answer.outcome is Outcome.STORED) <= (status < 300 or status == 400)


@pytest.mark.parametrize(
    ("text", "wait"),
    [("7", 7.0), ("0", 0.0), ("120", 120.0), ("", None), ("-1", None), ("²", None), ("soon", None), ("1.5", None)],
)
@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
@pytest.mark.parametrize("status", [429, 503, 500])
def test_how_long_the_server_asks_us_to_wait(status, name, text, wait):
    assert classify(status, "", {name: text}).wait == wait


def test_the_server_is_quoted():
    assert message(_v1("words")) == "words"
    assert message(_v2("invalid", "words")) == "words"
    assert message(_v3("partly", [_line("first"), _line("second")])) == "partly: first"
    assert message(_v3("partly", _line("only"))) == "partly: only"
    assert message(" plain\n") == "plain"
    assert message("[1, 2]") == "[1, 2]"
    assert message("{}") == "{}"
    assert len(message("x" * 5_000)) == 300


def test_no_answer_is_an_illness():
    answer = no_answer("x" * 1_000)
    assert (answer.outcome, answer.reason, answer.status, len(answer.detail)) == (Outcome.LATER, "no answer", 0, 300)


@given(st.text())
def test_reasons_are_few(words):
    """They count rejected lines, and become tags of metrics."""
    assert line_reason(words) in {"malformed", "type conflict", "older than the retention", "not taken"}
