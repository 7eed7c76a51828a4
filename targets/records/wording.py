"""What a column accepts and a rule asks for, in words for those who fill in a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from qualicity.names import Language, Named, name_in
from qualicity.network import Name
from targets.records.rules import LATE
from targets.records.schema import Column, Rule, Schema

Languages = tuple[Language, ...]

BOTH: Languages = ("zh", "en")

_TYPES: Mapping[str, Name] = {
    "text": Name(zh="文字", en="text"),
    "code": Name(zh="代码（字母、数字和 . _ / : # -）", en="code (letters, digits and . _ / : # -)"),
    "choice": Name(zh="选项", en="choice"),
    "bool": Name(zh="true 或 false", en="true or false"),
    "whole": Name(zh="整数", en="whole number"),
    "decimal": Name(zh="数", en="number"),
    "date": Name(zh="日期 YYYY-MM-DD", en="date YYYY-MM-DD"),
    "month": Name(zh="月份 YYYY-MM", en="month YYYY-MM"),
    "year": Name(zh="年份 YYYY", en="year YYYY"),
    "organisation": Name(zh="组织机构代码或统一社会信用代码", en="organisation or credit code"),
    "person": Name(zh="加盐散列，64 位十六进制", en="salted hash, 64 hexadecimal digits"),
    "digest": Name(zh="SHA-256，64 位十六进制", en="SHA-256, 64 hexadecimal digits"),
    "district": Name(zh="区代码", en="code of a district"),
    "city": Name(zh="城市代码 GB/T 2260", en="code of a city, GB/T 2260"),
    "department": Name(zh="部门代码", en="code of a department"),
    "indicator": Name(zh="指标代码", en="id of an indicator"),
    "patent": Name(zh="专利申请号", en="number of a patent application"),
}

REQUIRED = Name(zh="必填", en="required")
OPTIONAL = Name(zh="选填", en="optional")


def in_words(name: Named, languages: Languages) -> str:
    """Return a name in the languages asked for, once where they are the same."""
    return " / ".join(dict.fromkeys(name_in(language, name, "") for language in languages))


def accepts(column: Column) -> Name:
    """Return what a column accepts, with its bounds."""
    kind = _TYPES[column.type]
    zh, en = [kind.zh], [kind.en]
    if column.type == "decimal":
        zh.append(f"至多 {column.places} 位小数")
        en.append(f"at most {column.places} decimals")
    for sign, bound in (("≥", column.least), (">", column.above), ("≤", column.most)):
        if bound is not None:
            zh.append(f"{sign} {_plain(bound)}")
            en.append(f"{sign} {_plain(bound)}")
    if column.default:
        zh.append(f"空白即 {column.default}")
        en.append(f"empty is {column.default}")
    return Name(zh="，".join(zh), en=", ".join(en))


def _plain(bound: Decimal) -> str:
    return f"{bound:f}"


def need(column: Column) -> Name:
    """Return whether a column must be filled in."""
    return REQUIRED if column.required else OPTIONAL


class Worded(NamedTuple):
    """A rule in words, and what comes of a record that breaks it."""

    id: str
    text: Name
    clause: str
    effect: Name


REFUSED = Name(zh="拒收", en="refused")
FLAGGED = Name(zh="收下并标记", en="kept and flagged")
NOT_COUNTED = Name(zh="收下而不计入", en="kept, and does not count")


def worded(rules: Iterable[Rule]) -> list[Worded]:
    """Return rules of one record in words."""
    return [Worded(rule.id, rule.text, rule.clause, REFUSED if rule.effect == "refuse" else FLAGGED) for rule in rules]


def worded_between(schema: Schema) -> list[Worded]:
    """Return in words what is asked of a schema's records beyond each by itself."""
    days, key = schema.due_days, ", ".join(schema.natural_key)
    late = Name(zh=f"须在报告期止后 {days} 日内上报", en=f"it is filed within {days} days of the period's end")
    once = Name(zh=f"{key} 均相同的记录只计一条", en=f"of records that agree in {key} one counts")
    return [
        Worded(LATE, late, "", FLAGGED),
        Worded("natural_key", once, "", NOT_COUNTED),
        *(Worded(rule.id, rule.text, rule.clause, NOT_COUNTED) for rule in schema.set_rules),
    ]
