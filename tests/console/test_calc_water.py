"""`calc water-class` as a user meets it: a file in, the same file with two columns more out."""

from __future__ import annotations

import subprocess
import sys

import pytest

TABLE = """\
id,water_body,pH,DO,高锰酸盐指数,nh3n,TP,cd,note
1,river,7.1,6.2,4.0,<0.01,0.1,0.001,"a, b"
2,湖库,7,8,2,0.1,0.05,--,
3,reservoir,5.9,8,2,0.1,0.05,*,
4,river,7,8,2,0.1,0.05,ND,
5,groundwater,7,8,3.0,0.1,0.05,0.0001L,

6,river,,,,,,,nothing
"""


def _run(*arguments, stdin=TABLE, code=0):
    command = [sys.executable, "-m", "console", "calc", "water-class", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, input=stdin, check=False)
    assert result.returncode == code, result.stdout + result.stderr
    return result


def test_rows_keep_their_columns_and_get_class_and_deciding_items(tmp_path):
    """By the table in force for each row's body, which is said once each."""
    file = tmp_path / "samples.csv"
    file.write_text(TABLE, "utf-8")
    result = _run(file)

    assert result.stdout.splitlines() == [
        "id,water_body,pH,DO,高锰酸盐指数,nh3n,TP,cd,note,class,deciding",
        '1,river,7.1,6.2,4.0,<0.01,0.1,0.001,"a, b",II,"do,codmn,tp"',
        "2,湖库,7,8,2,0.1,0.05,--,,III,tp",
        "3,reservoir,5.9,8,2,0.1,0.05,*,,worse,ph",
        "4,river,7,8,2,0.1,0.05,ND,,,",
        "5,groundwater,7,8,3.0,0.1,0.05,0.0001L,,III,codmn",
        "6,river,,,,,,,nothing,,",
    ]
    assert [line.split(",")[0] for line in result.stderr.splitlines()] == ["by GB3838-2002", "by GBT14848-2017"]


@pytest.mark.parametrize(("table", "arguments", "cause"), [
    ("water_body,tp\nriver,0.1\nriver,abc\n", (), "-, line 3: tp is 'abc', which is not a number"),
    ("water_body,tp,tp\nriver,0.1,x\n", (), "-, line 1: a column stands twice"),
    ("water_body,tp\nriver\n", (), "-, line 2: 1 cells under 2 columns"),
    ("water_body,tp\nriver,0.1\n", ("--standard", "GB3095-2012"), "-, line 2: GB3095-2012 has no classes of water"),
])  # fmt: skip
def test_errors_name_file_line_and_column(table, arguments, cause):
    """One line of cause and one of mend."""
    lines = _run("-", *arguments, stdin=table, code=2).stderr.splitlines()

    assert lines[-2] == f"error: {cause}"
    assert lines[-1].startswith("mend:  ")


@pytest.mark.parametrize("command", ["aqi", "water-class"])
def test_a_file_in_another_encoding_is_refused(tmp_path, command):
    """Its first line too, and of air too."""
    file = tmp_path / "gbk.csv"
    file.write_bytes("站点,water_body,总磷\n甲,河流,0.1\n".encode("gbk"))
    result = subprocess.run(
        [sys.executable, "-m", "console", "calc", command, str(file)], capture_output=True, text=True, check=False
    )

    assert result.returncode == 2
    assert f"error: {file} is not CSV in UTF-8" in result.stderr
