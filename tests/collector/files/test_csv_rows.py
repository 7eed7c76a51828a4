from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.files.csv_rows import csv_rows

NAMES = ("one", "two", "three")
CELL = st.text(st.sampled_from('ab ,;"\n\té中\r'), max_size=6)
PLAIN = st.text(st.sampled_from("ab ;\té中"), max_size=6)


def cells(data: bytes, block: int = 1 << 20) -> list[tuple[str, ...]]:
    """Return the rows that the import sees."""
    found = []
    for rows in csv_rows(io.BytesIO(data), NAMES, block=block):
        assert not rows.rejects
        columns = [rows.columns[name].to_pylist() for name in NAMES]
        found += zip(*columns, strict=True)
    return found


def python_cells(text: str) -> list[tuple[str, ...]]:
    """Return the rows that Python's reader sees, without those that hold nothing."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return [tuple(row) for row in rows if any(cell.strip() for cell in row)]


@given(
    table=st.lists(st.tuples(CELL, CELL, CELL), max_size=12),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    block=st.sampled_from([1, 7, 64, 1 << 20]),
)
@settings(max_examples=150, deadline=None)
def test_quoted_cells_are_read_as_python_reads_them(table, quoting, end, block):
    """Commas, quotes and line ends within quotes come through whatever the block's size."""
    text = io.StringIO(newline="")
    if quoting != csv.QUOTE_ALL:  # Python's writer leaves a CR unquoted, which its reader then refuses
        table = [tuple(cell.replace("\r", "") for cell in row) for row in table]
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(table)
    assert cells(text.getvalue().encode(), block) == python_cells(text.getvalue())


@given(table=st.lists(st.tuples(PLAIN, PLAIN, PLAIN), max_size=12), block=st.sampled_from([1, 9, 1 << 20]))
@settings(max_examples=100, deadline=None)
def test_unquoted_cells_are_read_as_python_reads_them(table, block):
    text = "".join(",".join(row) + "\n" for row in table)
    assert cells(text.encode(), block) == python_cells(text)


LINE = st.sampled_from(
    [
        b"a,b,c",
        b"a,b",
        b"a,b,c,d",
        b"",
        b"  ",
        b",,",
        b'"a",b,c',
        b'"a,b,c',
        b'a"b,c,d',
        b'"a"x,b,c',
        b"\xff,b,c",
        b"a\rb,c,d",
    ]
)


@given(
    lines=st.lists(LINE, max_size=15), end=st.sampled_from([b"\n", b"\r\n"]), block=st.sampled_from([1, 11, 1 << 20])
)
@settings(max_examples=300, deadline=None)
def test_every_line_is_a_row_a_reject_or_blank(lines, end, block):
    """No line is lost and none is counted twice, however broken its neighbours are."""
    data = b"".join(line + end for line in lines)
    seen: list[bytes] = []
    for rows in csv_rows(io.BytesIO(data), NAMES, block=block):
        for index, line in enumerate(rows.line.tolist()):
            payload = rows.payload(index)
            seen += payload.split(end)
            assert payload.split(end)[0] == lines[line - 2].rstrip(b"\r")
        for reject in rows.rejects:
            seen.append(reject.payload)
            assert reject.payload == lines[reject.line - 2]
    assert sorted(seen) == sorted(line for line in lines if line.strip(b" ,"))


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_line_numbers_are_those_of_the_file(quote):
    """The header is line 1; blank lines and rejects count, on the fast way and on the exact one."""
    data = quote + b"a" + quote + b",b,c\n\nshort\n\nd,e,f\n1,2,3,4\ng,h,i"
    (rows,) = csv_rows(io.BytesIO(data), NAMES)
    assert rows.line.tolist() == [2, 6, 8]
    assert [(reject.line, reject.payload) for reject in rows.rejects] == [(4, b"short"), (7, b"1,2,3,4")]
    assert [rows.payload(index) for index in range(3)] == [quote + b"a" + quote + b",b,c", b"d,e,f", b"g,h,i"]


def test_one_open_quote_costs_one_line():
    """A quote that nobody closes does not swallow the good lines behind it."""
    data = b'a,"b,c\n' + b"d,e,f\n" * 40_000
    (rows,) = csv_rows(io.BytesIO(data), NAMES)
    assert len(rows) == 40_000
    assert [reject.line for reject in rows.rejects] == [2]
