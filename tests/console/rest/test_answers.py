"""Rows as JSON, CSV and Parquet, at their edges."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi import Request
from pyarrow import parquet

from console.errors import TooLargeError
from console.rest import answers
from console.rest.answers import Shape, answer, as_csv, as_parquet, listed


def asked(query: str = "", method: str = "GET", **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/", "query_string": query.encode(), "headers": pairs}
    return Request(scope)


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def table(content: bytes):
    return parquet.read_table(io.BytesIO(content))


@pytest.mark.parametrize(("value", "cell"), [
    ("=1+1", "'=1+1"), ("@x", "'@x"), ("+a", "'+a"), ("-a", "'-a"), ("\tx", "'\tx"), ("-1;=2", "'-1;=2"),
    ("-0.5", "-0.5"), ("+3", "+3"), ("-1e-5", "-1e-5"), (-5, "-5"), ("plain", "plain"), ("", ""),
    (None, ""), (True, "true"), (float("nan"), ""), (1e-7, "1e-07"), ('say "x", y', 'say "x", y'),
])  # fmt: skip
def test_a_cell_is_no_formula_and_a_number_stays_one(value, cell):
    """Texts that a spreadsheet would carry out begin with an apostrophe; decimal texts are left alone."""
    assert cells(as_csv([{"a": "x", "v": value}])) == [["a", "v"], ["x", cell]]


def test_fields_that_some_rows_lack_are_empty_there():
    """Columns stand in the order in which they appear; nested fields are named by their ways, lists are JSON."""
    rows = [{"a": 1, "n": {"x": {"y": 2}}}, {"a": 2, "b": ["é", 1]}, {"n": {"z": None}}]
    assert cells(as_csv(rows)) == [["a", "n.x.y", "b", "n.z"], ["1", "2", "", ""], ["2", "", '["é",1]', ""], [""] * 4]
    found = table(as_parquet(rows))
    assert found.column_names == ["a", "n.x.y", "b", "n.z"]
    assert found.column("a").to_pylist() == [1, 2, None]


def test_no_rows_are_a_file_without_any():
    """And no line at all."""
    assert as_csv([]) == b""
    assert table(as_parquet([])).num_rows == 0


def test_columns_have_one_type():
    """Without any value they are texts; numbers stay numbers, of two kinds they are floats; else all are texts."""
    rows = [
        {"none": None, "whole": 1, "mixed": 1, "both": 1, "huge": 2**70, "yes": True},
        {"none": None, "whole": None, "mixed": 2.5, "both": "x", "huge": 1, "yes": None},
    ]
    found = table(as_parquet(rows))
    assert [str(field.type) for field in found.schema] == ["string", "int64", "double", "string", "string", "bool"]
    assert found.column("both").to_pylist() == ["1", "x"]
    assert found.column("huge").to_pylist() == [str(2**70), "1"]


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_the_same_rows_are_the_same_bytes(write):
    """So that their digest tells whether anything has changed."""
    rows = [{"a": n, "b": {"c": str(n)}} for n in range(100)]
    assert write(rows) == write(iter(rows))


def test_more_rows_than_a_file_may_hold_are_refused(monkeypatch):
    """Before they fill the memory."""
    monkeypatch.setattr(answers, "MOST_OF_FILE", 3)
    assert len(cells(as_csv({"a": n} for n in range(3)))) == 4
    with pytest.raises(TooLargeError):
        as_csv({"a": n} for n in iter(int, 1))


def test_pages_follow_each_other_to_the_last():
    """No more is asked for than one row beyond the page; the way on keeps what else was asked for."""
    taken = []
    rows = ({"n": taken.append(n) or n} for n in range(100))
    page = listed(asked("city=b%26c&limit=2&offset=4"), rows, Shape("json", 2, 4), name="x")
    assert page.body == b'{"rows":[{"n":4},{"n":5}],"next":"?city=b%26c&limit=2&offset=6"}\n'
    assert len(taken) == 7
    last = listed(asked(), ({"n": n} for n in range(6)), Shape("json", 2, 4), name="x")
    assert last.body.endswith(b'"next":null}\n')
    assert listed(asked(), [], Shape("json", 2, 10**9), name="x").body == b'{"rows":[],"next":null}\n'


def test_a_file_has_a_name_that_no_header_breaks_at():
    """Whatever it is made of."""
    found = listed(asked(), [], Shape("csv", 1, 0), name='a"b\r\nX: 1/../é')
    assert found.headers["Content-Disposition"] == 'attachment; filename="a-b-X-1-..-.csv"'


def test_what_the_client_has_is_not_sent_again():
    """Under any of its tags, weak or strong, or any at all; a change always gets its answer."""
    whole = answer(asked(), b"x", "text/plain")
    tag = whole.headers["etag"]
    assert whole.status_code == 200
    for known in (tag, f'"other", W/{tag}', "*"):
        found = answer(asked(if_none_match=known), b"x", "text/plain")
        assert (found.status_code, found.body, found.headers["etag"]) == (304, b"", tag)
    assert answer(asked(if_none_match=tag), b"y", "text/plain").status_code == 200
    assert answer(asked(method="POST", if_none_match=tag), b"x", "text/plain").status_code == 200
