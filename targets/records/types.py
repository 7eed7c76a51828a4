"""What a cell may say: each type of column reads a text, or says what is wrong with it.

Each distinct text of a column is read once, and texts that a pattern of Arrow accepts are not read by Python at
all; so the time of a column goes with what it says, not with how many rows say it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Container, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qualicity.network import Name
from targets.departments import departments
from targets.records.identifiers import organisation, patent, resident
from targets.records.known import districts
from targets.records.schema import Column
from targets.register import register

AMOUNT = pa.decimal128(24, 6)
TEXT = pa.dictionary(pa.int32(), pa.string())

ARROW: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(),
    "whole": pa.int64(),
    "year": pa.int64(),
    "decimal": AMOUNT,
    "date": pa.date32(),
}
"""Of the types that are not text; text is a dictionary of strings."""

_FIRST_YEAR, _LAST_YEAR = 1949, 2100

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:#-]*")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"([0-9]{4})-(?:0[1-9]|1[0-2])")
_YEAR = re.compile(r"[0-9]{4}")
_CITY = re.compile(r"[1-9][0-9]{3}00")
_HASH = re.compile(r"[0-9a-f]{64}")

_PLAIN = {"text": r"^[!-~\p{Han}](?:[ -~\p{Han}]*[!-~\p{Han}])?$", "code": rf"^{_CODE.pattern}$"}
"""Texts that are surely well formed, for Arrow; what they do not match, Python looks at."""

_SEVENTEEN_DIGITS = "[0-9]{17}"
_CARD = re.compile(
    r"(?<![0-9])[0-9]{6}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
"""What may be the number of an identity card: district, day of birth, order, check."""


class Unreadable(Exception):  # noqa: N818 - what a reader says of a text, caught in this module
    """A text is not what its column holds: the rule that it breaks, and what was expected."""

    def __init__(self, rule: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.rule = rule
        self.text = Name(zh=zh, en=en)


class Problem(NamedTuple):
    """What is wrong with some rows of a column."""

    rule: str
    text: Name


class ColumnRead(NamedTuple):
    """A column as it is typed, null where it is empty or unreadable; `rows[i]` has `problems[which[i]]`."""

    values: pa.Array
    rows: NDArray[np.int64]
    which: NDArray[np.int64]
    problems: list[Problem]


def arrow_type(column: Column) -> pa.DataType:
    """Return the Arrow type of a column's values."""
    return ARROW.get(column.type, TEXT)


def read_column(texts: pa.Array, column: Column) -> ColumnRead:
    """Read a column of texts; null and the empty text are empty cells."""
    encoded = texts if pa.types.is_dictionary(texts.type) else pc.dictionary_encode(texts.cast(pa.string()))
    distinct = encoded.dictionary.cast(pa.string())
    codes = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False).astype(np.int64)
    values, wrong, problems = _read_distinct(distinct, column)
    if column.required:
        problems.append(Problem("required", Name(zh="必填，此处为空", en="required, and empty")))
        wrong = np.where(wrong == _EMPTY, len(problems) - 1, wrong)
    rows = np.flatnonzero(wrong[codes] >= 0)
    return ColumnRead(_taken(values, codes, column), rows, wrong[codes][rows], problems)


_GOOD, _EMPTY = -1, -2


def _read_distinct(distinct: pa.Array, column: Column) -> tuple[pa.Array, NDArray[np.int64], list[Problem]]:
    """Return the values of distinct texts and, at the end, of an empty cell; which problem each has."""
    read = reader(column)
    wrong = np.full(len(distinct) + 1, _GOOD)
    wrong[-1] = _EMPTY
    empty = read(column.default) if column.default else None
    doubtful = _doubtful(distinct, column)
    if not len(doubtful) and column.type not in ARROW:
        return pa.concat_arrays([distinct, pa.array([empty], pa.string())]), wrong, []
    values: list[Any] = [*distinct.to_pylist(), empty]
    problems: list[Problem] = []
    for place in doubtful.tolist():
        if not values[place]:
            values[place], wrong[place] = empty, _EMPTY
            continue
        try:
            values[place] = read(values[place])
        except Unreadable as error:
            values[place], wrong[place] = None, len(problems)
            problems.append(Problem(error.rule, error.text))
    return pa.array(values, ARROW.get(column.type, pa.string())), wrong, problems


def _doubtful(distinct: pa.Array, column: Column) -> NDArray[np.int64]:
    """Return the places of texts that Python has to look at."""
    plain = _PLAIN.get(column.type)
    if plain is None:
        return np.arange(len(distinct))
    surely = pc.match_substring_regex(distinct, plain)
    for other in (
        pc.less_equal(pc.utf8_length(distinct), column.longest),
        pc.invert(pc.match_substring_regex(distinct, _SEVENTEEN_DIGITS)),
    ):
        surely = pc.and_(surely, other)
    return np.flatnonzero(~surely.fill_null(False).to_numpy(zero_copy_only=False))


def _taken(values: pa.Array, codes: NDArray[np.int64], column: Column) -> pa.Array:
    """Return the value of each row."""
    if column.type in ARROW:
        return values.take(pa.array(codes))
    encoded = pc.dictionary_encode(values)  # two texts may be one value, and none must be null
    return pa.DictionaryArray.from_arrays(encoded.indices.take(pa.array(codes)), encoded.dictionary)


def reader(column: Column) -> Callable[[str], Any]:
    """Return what reads one text of a column; it raises Unreadable."""
    kind = _READERS[column.type]
    return lambda text: kind(text, column)


def _text(text: str, column: Column) -> str:
    if text != text.strip():
        raise Unreadable("spaces", f"{_shown(text)} 前后有空格", f"{_shown(text)} begins or ends with a space")
    if not text.isprintable():
        raise Unreadable("characters", f"{_shown(text)} 含不可见字符", f"{_shown(text)} holds an invisible character")
    return _short(text, column)


def _code(text: str, column: Column) -> str:
    if not _CODE.fullmatch(text):
        raise Unreadable(
            "code",
            f"{_shown(text)} 不是代码：只可用字母、数字和 . _ / : # -",
            f"{_shown(text)} is no code: letters, digits and . _ / : # - alone",
        )
    return _short(text, column)


def _short(text: str, column: Column) -> str:
    if without_cards(text) != text:
        raise Unreadable(
            "person", "含身份证号，个人信息不得填入", "holds the number of an identity card: nothing personal"
        )
    if len(text) > column.longest:
        raise Unreadable(
            "length", f"{len(text)} 个字符，最多 {column.longest}", f"{len(text)} characters, at most {column.longest}"
        )
    return text


def _choice(text: str, column: Column) -> str:
    if text not in column.codes:
        listed = ", ".join(column.codes)
        raise Unreadable("choice", f"{_shown(text)} 不在选项内：{listed}", f"{_shown(text)} is none of {listed}")
    return text


def _bool(text: str, _column: Column) -> bool:
    found = {"true": True, "TRUE": True, "false": False, "FALSE": False}.get(text)  # spreadsheets write capitals
    if found is None:
        raise Unreadable("bool", f"{_shown(text)} 不是 true 或 false", f"{_shown(text)} is neither true nor false")
    return found


def _whole(text: str, column: Column) -> int:
    if not _WHOLE.fullmatch(text):
        raise Unreadable("whole", f"{_shown(text)} 不是整数", f"{_shown(text)} is no whole number")
    _bounded(Decimal(text), column)
    return int(text)


def _decimal(text: str, column: Column) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise Unreadable(
            "decimal",
            f"{_shown(text)} 不是十进制数（小数点为 .，无千分位）",
            f"{_shown(text)} is no decimal: '.', no separators",
        )
    if len(text.partition(".")[2]) > column.places:
        raise Unreadable(
            "places", f"{text} 的小数超过 {column.places} 位", f"{text} has more than {column.places} decimals"
        )
    value = Decimal(text)
    _bounded(value, column)
    return value


def _bounded(value: Decimal, column: Column) -> None:
    if column.least is not None and value < column.least:
        raise Unreadable("least", f"{value} 小于 {column.least}", f"{value} is less than {column.least}")
    if column.above is not None and value <= column.above:
        raise Unreadable("above", f"{value} 不大于 {column.above}", f"{value} is not more than {column.above}")
    if column.most is not None and value > column.most:
        raise Unreadable("most", f"{value} 大于 {column.most}", f"{value} is more than {column.most}")


def _date(text: str, _column: Column) -> dt.date:
    try:
        found = dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise Unreadable("date", f"{_shown(text)} 不是日期（YYYY-MM-DD）", f"{_shown(text)} is no date (YYYY-MM-DD)")
    _century(found.year)
    return found


def _month(text: str, _column: Column) -> str:
    found = _MONTH.fullmatch(text)
    if found is None:
        raise Unreadable("month", f"{_shown(text)} 不是月份（YYYY-MM）", f"{_shown(text)} is no month (YYYY-MM)")
    _century(int(found[1]))
    return text


def _year(text: str, _column: Column) -> int:
    if not _YEAR.fullmatch(text):
        raise Unreadable("year", f"{_shown(text)} 不是年份（YYYY）", f"{_shown(text)} is no year (YYYY)")
    _century(int(text))
    return int(text)


def _century(year: int) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Unreadable(
            "year",
            f"年份 {year} 不在 {_FIRST_YEAR}-{_LAST_YEAR} 之间",
            f"the year {year} is not of {_FIRST_YEAR}-{_LAST_YEAR}",
        )


def _organisation(text: str, _column: Column) -> str:
    found = organisation(text)
    if found is None:
        raise Unreadable(
            "organisation",
            f"{_shown(text)} 不是组织机构代码（9 位）或统一社会信用代码（18 位），或校验位不符",
            f"{_shown(text)} is no organisation code (9) or credit code (18 characters), or its check digit is wrong",
        )
    return found


def _patent(text: str, _column: Column) -> str:
    found = patent(text)
    if found is None:
        raise Unreadable(
            "patent",
            f"{_shown(text)} 不是专利申请号（12 位数字加校验位），或校验位不符",
            f"{_shown(text)} is no patent application (12 digits and a check), or its check digit is wrong",
        )
    return found


def _person(text: str, _column: Column) -> str:
    if not _HASH.fullmatch(text):  # what it says is not repeated: it may be somebody's name
        raise Unreadable(
            "person",
            "只接受加盐散列（64 位十六进制小写），不接受姓名、证件号或电话",
            "a salted hash (64 lower-case hexadecimal digits) alone; no name, identity number or telephone",
        )
    return text


def _digest(text: str, _column: Column) -> str:
    if not _HASH.fullmatch(text):
        raise Unreadable(
            "digest", f"{_shown(text)} 不是 SHA-256", f"{_shown(text)} is no SHA-256 (64 hexadecimal digits)"
        )
    return text


def _city(text: str, _column: Column) -> str:
    if not _CITY.fullmatch(text):
        raise Unreadable(
            "city",
            f"{_shown(text)} 不是城市代码（GB/T 2260，六位，末两位 00）",
            f"{_shown(text)} is no city of GB/T 2260 (six digits, the last two 00)",
        )
    return text


def _listed(rule: str, zh: str, en: str, known: Callable[[], Container[str]]) -> Callable[[str, Column], str]:
    def read(text: str, _column: Column) -> str:
        if text not in known():
            raise Unreadable(rule, f"{_shown(text)} 不是{zh}", f"{_shown(text)} is no {en}")
        return text

    return read


def without_cards(text: str) -> str:
    """Return a text in which numbers of identity cards are stars: what was refused for them is kept without them."""
    return _CARD.sub(lambda found: "*" * 18 if resident(found[0].upper()) else found[0], text)


def _shown(text: str) -> str:
    text = without_cards(text)
    return repr(text if len(text) <= 40 else text[:40] + "...")


_READERS: Mapping[str, Callable[[str, Column], Any]] = {
    "text": _text,
    "code": _code,
    "choice": _choice,
    "bool": _bool,
    "whole": _whole,
    "decimal": _decimal,
    "date": _date,
    "month": _month,
    "year": _year,
    "organisation": _organisation,
    "person": _person,
    "digest": _digest,
    "district": _listed("district", "已登记的区代码", "district on the list", districts),
    "city": _city,
    "department": _listed("department", "已登记的部门代码", "department on the list", departments),
    "indicator": _listed("indicator", "登记的指标", "indicator of the register", lambda: register().indicators),
    "patent": _patent,
}
