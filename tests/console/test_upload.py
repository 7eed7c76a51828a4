"""Files that are sent: safe names, nothing that is small only while it is packed, nothing left behind."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from console.errors import TooLargeError
from console.upload import plain_name, received
from qualicity.errors import InputError, UsageError


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("R_ps.csv", "R_ps.csv"),
        ("C:\\data\\R_ps.csv", "R_ps.csv"),
        ("../../ledger.db", "ledger.db"),
        ("..", None),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\n.csv", "ab.csv"),
        ("报表.xlsx", "报表.xlsx"),
        ("", None),
        ("/", None),
    ],
)
def test_a_name_has_no_folder_and_nothing_odd(sent, kept):
    if kept is None:
        with pytest.raises(UsageError, match="no file was chosen"):
            plain_name(sent)
    else:
        assert plain_name(sent) == kept


def test_a_long_name_keeps_its_beginning_and_its_end():
    """By its beginning its form is known, by its end what it is."""
    kept = plain_name(f"R_ps{'长' * 300}.csv.gz")
    assert kept.startswith("R_ps")
    assert kept.endswith(".csv.gz")
    assert len(kept.encode()) < 255


def test_a_file_is_gone_when_it_has_been_looked_at(tmp_path):
    with received(tmp_path, "a.csv", io.BytesIO(b"x,y\n")) as path:
        assert path.read_bytes() == b"x,y\n"
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_said_without_the_folder(tmp_path):
    """Where the service keeps its data is nobody's business."""
    with pytest.raises(UsageError) as told, received(tmp_path, "a.csv", io.BytesIO(b"x")) as path:
        raise InputError(f"{path} is empty", f"mend {path}")
    assert told.value.cause == "a.csv is empty"
    assert told.value.mend == "mend a.csv"
    assert list(tmp_path.iterdir()) == []


def workbook(size):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * size)
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"0" * 2_000_000),
        gzip.compress(b"0" * 600_000) * 3,  # several members are one file
        workbook(2_000_000),
        gzip.compress(workbook(2_000_000)),
    ],
    ids=["gzip", "members", "workbook", "packed workbook"],
)
def test_what_is_small_only_while_it_is_packed_is_refused(tmp_path, content):
    assert len(content) < 10_000
    with (
        pytest.raises(TooLargeError, match="when it is unpacked"),
        received(tmp_path, "a", io.BytesIO(content), most=1_000_000),
    ):
        pytest.fail("it was taken")


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"0" * 5_000)[:-9], b"\x1f\x8b nothing", b"PK\x03\x04 nothing"],
    ids=["cut", "no gzip", "no workbook"],  # gzip writes the time: as a name it would differ between workers
)
def test_a_broken_archive_is_refused_or_read_as_what_it_is(tmp_path, content):
    """A gzip file that is cut off is refused at once; what only begins as a workbook is told by its reader."""
    if content.startswith(b"PK"):
        with received(tmp_path, "a", io.BytesIO(content)) as path:
            assert path.read_bytes() == content
    else:
        with pytest.raises(UsageError, match="gzip"), received(tmp_path, "a", io.BytesIO(content)):
            pytest.fail("it was taken")


@pytest.mark.parametrize("kind", [InputError, UsageError])
def test_no_error_says_where_it_stood(tmp_path, kind):
    """Whichever way it is wrong; one that says nothing of it stays what it is."""
    with (
        pytest.raises(UsageError, match=r"^a\.csv says no form$"),
        received(tmp_path, "a.csv", io.BytesIO(b"x")) as path,
    ):
        raise kind(f"{path} says no form")
    with pytest.raises(TooLargeError), received(tmp_path, "a.csv", io.BytesIO(b"x")):
        raise TooLargeError("too much", "")
