"""Filing: what is good is kept, what is not is refused by name and kept too, in whatever form and order it comes."""

from __future__ import annotations

import gzip
import io
import json
import random

import openpyxl
import pytest

from qualicity.csv_pieces import csv_pieces
from qualicity.errors import InputError, UsageError
from targets.records.schema import schema
from targets.records.templates import csv_form
from targets.records.workbook import workbook

FORM = schema("R_ps")


def counts(report):
    """Return what a report counts."""
    return report.read, report.accepted, report.duplicates, report.rejected


def test_a_form_that_is_filled_in_is_filed(desk, rows, as_csv):
    """As `targets template` writes it, comments, example and byte order mark included."""
    path = desk.folder / "R_ps.csv"
    path.write_text(csv_form(FORM) + as_csv([rows("r1")]).partition("\n")[2], encoding="utf-8")
    report = desk.file(path)
    assert counts(report) == (1, 1, 0, 0)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[desk.store.record("r1")[0].line - 1].startswith("r1,")


def test_filed_again_everything_is_a_duplicate(desk, rows):
    """Also under another name and in another order."""
    some = [rows(f"r{number}") for number in range(5)]
    assert counts(desk.file_rows(some)) == (5, 5, 0, 0)
    former = desk.counting()
    assert counts(desk.file_rows(some)) == (5, 0, 5, 0)
    assert counts(desk.file_rows(some[::-1], "R_ps_again.csv")) == (5, 0, 5, 0)
    assert desk.counting() == former
    assert [one.receipt.resent for one in desk.store.filings()] == [0, 5, 5]


def test_neither_order_nor_split_matters(desk, rows, tmp_path):
    """Records, corrections, withdrawals, duplicates and conflicts, in any files."""
    some = [
        rows("r1"), rows("r2"), rows("r3"), rows("r2b", lot_no="lot of r2"), rows("r3", note="other content"),
        rows("c1", status="corrected", revises="r1", lot_no="lot of r1", note="mended", reported_at="2015-03-01"),
        rows("w1", status="withdrawn", revises="c1", lot_no="lot of r1", reported_at="2015-04-01"),
        rows("w3", status="withdrawn", revises="r3", reported_at="2015-04-01"), rows("late", reported_at="2016-05-01"),
    ]  # fmt: skip
    desk.file_rows(some)
    expected = desk.counting()
    assert [row["record_id"] for row in expected] == ["late", "r1", "r2"]
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for turn in range(3):
        other = type(desk)(tmp_path, type(desk.store)(tmp_path / f"{turn}.db", desk.store._clock))
        left = draw.sample(some, len(some))
        while left:
            size = draw.randrange(1, 4)
            other.file_rows(left[:size])
            left = left[size:]
        assert other.counting() == expected
        other.store.close()


def test_what_is_refused_is_named_and_kept(desk, rows, as_csv):
    """Each with file, line, field and rule, in both languages; the good rows beside it are filed."""
    path = desk.folder / "R_ps_2014.csv"
    text = as_csv([rows("good"), rows("bad", verdict="fail", sampled_on="2014-02-30"), rows("other")])
    path.write_text(text + "too,short\n", encoding="utf-8")
    report = desk.file(path)
    assert counts(report) == (4, 2, 0, 2)
    kept = list(desk.store.refused())
    assert {(one.file, one.line, one.field, one.rule) for one in kept} == {
        ("R_ps_2014.csv", 3, "sampled_on", "date"),
        ("R_ps_2014.csv", 3, "verdict", "fail_has_failed_items"),
        ("R_ps_2014.csv", 5, "", "shape"),
    }
    assert all(one.zh and one.en for one in kept)
    assert json.loads(kept[0].record)["record_id"] == "bad"
    assert [(one.line, one.standing) for one in report.notices] == [(3, "rejected"), (3, "rejected"), (5, "rejected")]
    assert list(desk.store.refused("R_pa")) == list(desk.store.refused(filing=9)) == []


def test_a_mended_row_is_simply_filed_again(desk, rows):
    desk.file_rows([rows("r1"), rows("r2", items_tested="many")])
    assert counts(desk.file_rows([rows("r1"), rows("r2")])) == (2, 1, 1, 0)


def test_the_same_id_with_other_content_is_told(desk, rows):
    """It is a conflict, kept and named: a change is filed as a correction."""
    desk.file_rows([rows("r1")])
    report = desk.file_rows([rows("r1", note="edited in place")])
    assert (report.read, report.conflicts) == (1, 1)
    (notice,) = report.notices
    assert (notice.line, notice.record_id, notice.standing) == (2, "r1", "conflict")
    assert {one.standing for one in desk.store.record("r1")} == {"counts", "conflict"}
    later = desk.file_rows([rows("r1", note="edited later", reported_at="2015-02-01")])
    assert (counts(later), later.conflicts, later.notices[0].by) == ((1, 0, 1, 0), 1, "r1")


def test_who_reports_the_same_batch_twice_has_a_duplicate(desk, rows):
    """Under two ids: the natural key decides, across files and within one."""
    report = desk.file_rows([rows("r1"), rows("r2", lot_no="lot of r1")])
    assert counts(report) == (2, 1, 1, 0)
    assert [(one.record_id, one.standing, one.by) for one in report.notices] == [("r2", "duplicate", "r1")]
    assert counts(desk.file_rows([rows("r3", lot_no="lot of r1")])) == (1, 0, 1, 0)


def test_a_row_that_stands_twice_in_a_file_is_one_record(desk, rows):
    assert counts(desk.file_rows([rows("r1"), rows("r1")])) == (2, 1, 1, 0)
    assert [row["record_id"] for row in desk.counting()] == ["r1"]


def test_a_correction_can_come_before_what_it_corrects(desk, rows):
    correction = rows("c1", status="corrected", revises="r1", lot_no="lot of r1", reported_at="2015-02-01")
    report = desk.file_rows([correction])
    assert (counts(report), report.waiting) == ((1, 1, 0, 0), 1)
    assert report.notices[0].rule == "revises_unknown"
    assert desk.counting() == []
    desk.file_rows([rows("r1")])
    assert [row["record_id"] for row in desk.counting()] == ["c1"]


def test_late_reports_are_kept_and_flagged(desk, rows):
    """More than the form's days after the period; on the last day it is not late."""
    due = {"period_start": "2014-01-01", "period_end": "2014-12-31"}
    report = desk.file_rows([rows("r1", **due, reported_at="2015-01-30"), rows("r2", **due, reported_at="2015-01-31")])
    assert (counts(report), report.late) == ((2, 2, 0, 0), 1)
    assert desk.store.filings()[0].receipt.late == 1
    mended = rows("c1", **due, status="corrected", revises="r1", reported_at="2015-06-01")
    assert desk.file_rows([mended]).late == 0, "a correction mends what came in time"


def test_nothing_is_reported_tomorrow(desk, rows):
    report = desk.file_rows([rows("r1", reported_at="2016-06-02"), rows("r2", reported_at="2016-06-01")])
    assert (counts(report), report.rules) == ((2, 1, 0, 1), {"reported_in_future": 1})


# forms of files


def test_chinese_is_kept_and_one_broken_line_does_not_stop_the_others(desk, rows, as_csv):
    """A character that was cut in two, with and without a cell too many."""
    path = desk.folder / "R_ps.csv"
    header, *good = as_csv([rows("r1", note='深圳, "质量"'), rows("r2", note="深"), rows("r3")]).encode().splitlines()
    cut = good[1].replace("深".encode(), b"\xe6\xb7")
    path.write_bytes(b"\n".join([header, good[0], cut, cut + b",", good[2]]))
    assert counts(desk.file(path)) == (4, 2, 0, 2)
    assert desk.counting(["record_id", "note"])[0] == {"record_id": "r1", "note": '深圳, "质量"'}
    assert [(one.line, one.rule, one.en) for one in desk.store.refused()] == [
        (3, "shape", "the line is no record: not UTF-8 (GBK? --encoding gbk)"),
        (4, "shape", "the line is no record: 37 columns where the header has 36"),
    ]


def test_gbk_is_told_and_taken(desk, rows, as_csv):
    """Excel in China writes it: told by what fails, taken where it is said."""
    path = desk.folder / "R_ps.csv"
    path.write_bytes(as_csv([rows(f"r{number}", brand="名牌") for number in range(3)]).encode("gbk") + b"\xff\xff\n")
    with pytest.raises(InputError, match="is in GBK") as told:
        desk.file(path)
    assert "--encoding gbk" in told.value.mend
    assert counts(desk.file(path, encoding="gbk")) == (4, 3, 0, 1)
    assert desk.counting(["brand"]) == [{"brand": "名牌"}] * 3


@pytest.fixture
def some(rows):
    """Return records with all kinds of cells, one of them broken."""
    return [
        rows("r1", note='quoted, "so"', sample_n="3"), rows("r2", key_product="false", brand="名牌"),
        rows("r3", verdict="fail", items_failed="2", nonconformity_class="B"), rows("r4", sample_n="0"),
    ]  # fmt: skip


def typed(row):
    """Return a record as JSON has it: numbers, flags and null."""
    kinds = {column.name: column.type for column in FORM.columns}

    def value(name, text):
        if not text:
            return None
        return {"bool": lambda: text == "true", "whole": lambda: int(text)}.get(kinds[name], lambda: text)()

    return {name: value(name, text) for name, text in row.items()}


@pytest.mark.parametrize("form", ["array", "lines", "wrapped", "gzip"])
def test_json_says_what_csv_says(desk, some, form):
    """Whatever it is wrapped in: filed after the CSV, every record is a duplicate."""
    assert counts(desk.file_rows(some)) == (4, 3, 0, 1)
    records = [typed(row) for row in some]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in records).encode()
    content = {
        "array": json.dumps(records, indent=1).encode(),
        "lines": lines,
        "wrapped": json.dumps({"records": records}).encode(),
        "gzip": gzip.compress(lines),
    }[form]
    path = desk.folder / "R_ps.json"
    path.write_bytes(content)
    assert counts(desk.file(path)) == (4, 0, 3, 1)


def test_json_that_is_no_record_is_refused_by_its_number(desk, rows):
    """A key that the form does not know, a list in a cell, a number for an object; a file that is cut off is told."""
    path = desk.folder / "R_ps.json"
    records = [rows("r1"), {**rows("r2"), "colour": "red"}, {**rows("r3"), "note": ["a"]}, 7, {}]
    path.write_text(json.dumps(records), encoding="utf-8")
    assert counts(desk.file(path)) == (5, 1, 0, 4)
    assert {one.line for one in desk.store.refused()} == {2, 3, 4, 5}
    path.write_text(json.dumps(records)[:-20], encoding="utf-8")
    with pytest.raises(InputError, match="no JSON of records"):
        desk.file(path)


def test_json_that_is_nested_without_end_is_a_row_that_is_refused(desk, rows):
    """The good ones beside it are taken."""
    path = desk.folder / "R_ps.json"
    path.write_text(json.dumps(rows("r1")) + '\n{"note": ' + "[" * 100_000 + "\n" + json.dumps(rows("r2")) + "\n")
    report = desk.file(path)
    assert counts(report) == (3, 2, 0, 1)
    assert [notice.line for notice in report.notices] == [2]


def test_a_spreadsheet_says_what_csv_says(desk, some):
    """The form that `targets template --format xlsx` writes, filled in with numbers and flags as Excel keeps them."""
    desk.file_rows(some)
    book = openpyxl.load_workbook(io.BytesIO(workbook(FORM)))
    sheet = next(
        one for one in book.worksheets if "record_id" in [cell.value for row in one.iter_rows() for cell in row]
    )
    names = next(row for row in sheet.iter_rows(values_only=True) if "record_id" in row)
    for row in some:
        sheet.append([typed(row)[name] for name in names])
    book.save(desk.folder / "R_ps.xlsx")
    assert counts(desk.file(desk.folder / "R_ps.xlsx")) == (4, 0, 3, 1)


def test_a_file_of_many_blocks_is_one_filing(desk, rows, monkeypatch):
    """Lines are numbered through, refused ones too."""
    some = [rows(f"r{number:03}", sample_n="0" if number % 50 == 7 else "2") for number in range(200)]
    monkeypatch.setitem(csv_pieces.__kwdefaults__, "block", 3000)
    report = desk.file_rows(some)
    assert counts(report) == (200, 196, 0, 4)
    lines = desk.write(some).read_text(encoding="utf-8").splitlines()
    for one in desk.store.refused():
        assert lines[one.line - 1].startswith(json.loads(one.record)["record_id"])
    entry = desk.store.record("r150")[0]
    assert lines[entry.line - 1].startswith("r150,")


def test_cells_behind_the_last_column_are_told(desk, rows, as_csv):
    """Spreadsheets leave empty columns there, which are none."""
    text = as_csv([rows("r1"), rows("r2")]).splitlines()
    path = desk.folder / "R_ps.csv"
    path.write_text("\n".join([f"{text[0]},,", f"{text[1]},,", f"{text[2]},,stray"]), encoding="utf-8")
    assert counts(desk.file(path)) == (2, 1, 0, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"\xff\xfea\x00", "UTF-16"),
        (b"PK\x03\x04 no zip", "no Excel workbook"),
        (b"%PDF-1.4", "a PDF"),
        (b"\x1f\x8bcut", "gzip"),
        (b"record_id,record_id\n", "twice"),
        (b"record_id,,note\n", "no name"),
        (b"record_id;schema;dept\n", "separated by semicolons"),
        (b"record_id,colour\nr1,red\n", "unknown colour"),
        (b"record_id\nr1\n", "missing schema, dept"),
        ("\ufeffrecord_id,note\r\nr1,零报告\r\nr2,零报告\r\n".encode("utf-16-le"), "UTF-16"),
        (b"record_id," + b"x" * 200_000 + b"\n", "no header"),
        (b"[", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"record_id": ' + b"[" * 100_000, "no JSON"),
    ],
)
def test_a_file_that_is_something_else_is_told(desk, content, said):
    path = desk.folder / "R_ps.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        desk.file(path)
    assert desk.store.head == 0


def test_a_line_without_end_is_refused_and_its_beginning_kept(desk, rows, as_csv):
    """Also as the first one under the header, where the schema is looked for."""
    path = desk.folder / "R_ps.csv"
    header, _, record = as_csv([rows("r1")]).partition("\n")
    path.write_text(f"{header}\n{'x' * 500_000}\n{record}")
    assert counts(desk.file(path)) == (2, 1, 0, 1)
    (kept,) = desk.store.refused()
    assert 60_000 < len(kept.record) < 70_000


def test_a_file_of_nothing_but_broken_rows_is_not_kept(desk, rows, as_csv, monkeypatch):
    """Of one that is too long for that; as many as are allowed are."""
    monkeypatch.setattr("targets.records.intake._MOST_REFUSED", 3)
    path = desk.folder / "R_ps.csv"
    path.write_text(as_csv([rows("r1")]) + "broken\n" * 4)
    with pytest.raises(InputError, match="more than 3 rows; nothing of it is kept"):
        desk.file(path)
    assert desk.store.head == 0
    path.write_text(as_csv([rows("r1")]) + "broken\n" * 3)
    assert counts(desk.file(path)) == (4, 1, 0, 3)


def test_which_schema_a_file_is_of(desk, rows, as_csv):
    """What is said, or what its records say, or its name; nothing else is guessed."""
    path = desk.folder / "samples.csv"
    path.write_text(as_csv([rows("r1")]), encoding="utf-8")
    assert desk.file(path).schema == "R_ps"
    with pytest.raises(InputError, match="not that of R_ww"):
        desk.file(path, name="R_ww")
    with pytest.raises(UsageError, match="no schema 'R_zz'"):
        desk.file(path, name="R_zz")
    path.write_text(as_csv([rows("r2", schema="")]), encoding="utf-8")
    with pytest.raises(UsageError, match="does not say which schema"):
        desk.file(path)
    named = path.rename(desk.folder / "r_ps-2014.csv")
    assert desk.file(named).rules == {"required": 1}
    empty = desk.folder / "R_ps_empty.csv"
    empty.write_text(as_csv([]), encoding="utf-8")
    with pytest.raises(InputError, match="holds no records"):
        desk.file(empty)


def test_what_a_personal_column_held_is_never_kept(desk):
    """Somebody's name in place of the hash: the row is refused, and the name is nowhere in the store."""
    form = schema("R_tr")
    row = {column.name: column.example for column in form.columns} | {"person_hash": "张三丰"}
    path = desk.folder / "R_tr.csv"
    broken = ",".join(row.values()) + ",one too many"
    path.write_text("\n".join([",".join(row), ",".join(row.values()), broken]), encoding="utf-8")
    assert counts(desk.file(path)) == (2, 0, 0, 2)
    kept = "".join("".join(map(str, one)) for one in desk.store.refused())
    assert "person" in kept
    assert "张三丰" not in kept
