"""The metadata sheet of an indicator: everything that the register says of it, as lines in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from console.scorecard.figures import short, target_said, with_unit
from console.scorecard.words import Said, coded, named, plain
from qualicity.network import Name
from targets.departments import departments, sources
from targets.factors import Factor
from targets.facts import Fact, FactSeries
from targets.indicator import Figure, Indicator, Method, TargetVersion
from targets.records.schema import schemas
from targets.register import Document

Line = tuple[Said, Said]
"""A heading, and what stands behind it."""

_DIRECTIONS = {1: Said("越高越好", "more is better"), -1: Said("越低越好", "less is better")}
_TRENDS = {"up": Said("提高", "up"), "strongly": Said("显著提高", "up strongly")}
_REVISION = Said(
    "更正不覆盖旧值; 判定另存为新版本; 已发布的版本不变",
    "a correction never overwrites: what is judged anew is a new version, and what was published stays",
)


def target_of(indicator: Indicator, version: TargetVersion) -> Said:
    """Return what a version asks for."""
    return target_said({"op": version.op, "value": version.value, "unit": indicator.unit})


def asked_of(indicator: Indicator, version: TargetVersion) -> Said:
    """Return in a few words what a version asks for; of a text without a number, the trend or the ladder."""
    if version.op is not None:
        return target_of(indicator, version)
    return _TRENDS[indicator.trend] if indicator.trend else coded("kind", indicator.kind)


def lines(indicator: Indicator) -> Iterator[Line]:
    """Yield what the register says of an indicator, but for its targets."""
    one = indicator
    yield Said("原文", "text"), plain(one.text_zh)
    yield Said("领域", "area"), coded("area", one.area)
    yield Said("定义", "definition"), _with(named(one.definition, ""), coded("certainty", one.certainty))
    yield from _optional(Said("分子", "numerator"), one.numerator)
    yield from _optional(Said("分母", "denominator"), one.denominator)
    yield Said("单位", "unit"), coded("unit", one.unit)
    yield Said("小数位", "decimals"), plain(str(one.decimals))
    yield Said("方向", "direction"), _DIRECTIONS[one.direction]
    if one.limit is not None:
        yield Said("自然界限", "limit"), with_unit(short(one.limit), one.unit)
    yield Said("类型", "kind"), coded("kind", one.kind)
    for code in one.judge:
        yield Said("判定", "judge"), _after(code, coded("judge", code))
    if one.trend is not None:
        yield Said("所要求的趋势", "trend asked for"), _TRENDS[one.trend]
    yield from _beginnings(one)
    for method in one.methods:
        yield Said("口径", "method"), _after(method.id, _with(named(method.name, ""), _span(method)))
    yield Said("报送频率", "frequency"), coded("frequency", one.frequency)
    yield from _optional(Said("发布时滞", "release lag"), one.release_lag)
    for number, owner in enumerate(one.owners):
        heading = Said("责任部门及联系", "owner, contact") if not number else Said("协同部门", "with")
        yield heading, _with(named(departments()[owner].name, owner), plain(owner))
    yield from _proof(one)
    if one.disaggregations:
        yield Said("可细分", "broken down by"), plain(" ".join(one.disaggregations))
    yield from _optional(Said("数据质量", "quality"), one.quality)
    yield from _optional(Said("说明", "note"), one.note)
    yield Said("修订", "revisions"), _REVISION
    yield Said("状态", "status"), plain(f"qualicity targets judge --indicator {one.id}")


def _optional(heading: Said, text: Name | None) -> Iterator[Line]:
    if text is not None:
        yield heading, named(text, "")


def _with(text: Said, remark: Said) -> Said:
    """Return a text with a remark in brackets behind it."""
    if not remark.zh:
        return text
    return Said(f"{text.zh} ({remark.zh})", f"{text.en} ({remark.en})")


def _after(code: str, text: Said) -> Said:
    """Return a code with what it means."""
    return Said(f"{code}  {text.zh}", f"{code}  {text.en}")


def _span(method: Method) -> Said:
    """Return from when to when a method is the usual one."""
    if not (method.since or method.until):
        return plain("")
    return plain(f"{method.since or ''} \N{EN DASH} {method.until or ''}".strip())


def _beginnings(one: Indicator) -> Iterator[Line]:
    """Yield where a path or what accumulates begins."""
    if one.start is not None:
        opening = short(one.opening or Decimal(0))
        yield Said("累计起始", "counted since"), Said(f"{one.start}, 期初 {opening}", f"{one.start}, from {opening}")
    if one.first_observation:
        yield (
            Said("基期", "base"),
            Said("原文未给出时以首期观测值代替", "the first year on file, where no text states one"),
        )
    if one.minimum_coverage:
        share = short(one.minimum_coverage * 100)
        yield Said("最低报送率", "least coverage"), plain(f"{share} %")


def _proof(one: Indicator) -> Iterator[Line]:
    """Yield which records prove it, and how to get the form of each."""
    for name in one.records:
        found, form = schemas()[name], f"qualicity targets template {name}"
        due = Said(
            f"期末后 {found.due_days} 日内报送; {form}", f"within {found.due_days} days of the period's end; {form}"
        )
        yield Said("记录", "records"), _after(name, _with(named(found.title, name), due))
    if not one.records:
        yield (
            Said("记录", "records"),
            Said("无须报送, 取自监测判定或其他指标", "none: from verdicts on readings, or other indicators"),
        )


def version_lines(indicator: Indicator, version: TargetVersion, document: Document) -> Iterator[Line]:
    """Yield what one version of a target says; the same headings of each, so that they stand side by side."""
    none = plain("\N{EN DASH}")
    yield Said("目标", "target"), target_of(indicator, version)
    yield Said("目标年", "by the end of"), plain(str(version.year))
    yield Said("依据", "document"), named(document.title, "")
    yield Said("文号", "number"), plain(document.number) if document.number else none
    yield Said("发布机构", "authority"), named(document.authority, "")
    yield (
        Said("生效", "in force from"),
        _with(plain(str(version.effective_from)), coded("certainty", document.certainty)),
    )
    yield Said("目标依据", "certainty"), coded("certainty", version.certainty)
    yield Said("替代", "supersedes"), plain(version.supersedes) if version.supersedes else none
    yield Said("基数", "base"), _base(indicator, version.base) if version.base else none
    if indicator.kind == "intensity":
        year = str(version.price_base) if version.price_base else "\N{EN DASH}"
        yield Said("价格基年", "prices of"), _with(plain(year), named(version.price_base_note, ""))
    if version.op == "~":
        yield Said("容差", "tolerance"), with_unit(short(version.tolerance), indicator.unit)
    yield Said("目标说明", "note"), named(version.note, "\N{EN DASH}")
    yield Said("文件说明", "on the document"), named(document.note, "\N{EN DASH}")


def _base(indicator: Indicator, base: Figure) -> Said:
    number, source = with_unit(short(base.value), indicator.unit), coded("base", base.source)
    cite = f" [{base.cite}]" if base.cite else ""
    return Said(f"{number.zh} ({base.year} {source.zh}){cite}", f"{number.en} ({base.year}, {source.en}){cite}")


def fact_lines(series: FactSeries) -> Iterator[tuple[str, Said, Said, str]]:
    """Yield the facts of a series: period, figure, what must be known of it, and its sources; a method at a time."""
    kinds = {"derived": Said("推算", "derived"), "plan": Said("计划", "planned"), "quoted": plain("")}
    names = {method.id: named(method.name, method.id) for method in series.methods}
    for method, own in [*series.pieces.items(), ("", series.plans)]:
        for fact in own:
            remarks = [kinds[fact.kind], *(named(text, "") for text in (fact.how, fact.caveat) if text)]
            remarks = [remark for remark in (names.get(method, plain("")), *remarks) if remark.zh]
            joined = Said("; ".join(one.zh for one in remarks), "; ".join(one.en for one in remarks))
            yield fact.period, _figure(fact, series.unit), joined, " ".join(fact.sources)


def _figure(fact: Fact, unit: str) -> Said:
    if fact.value is None:
        return plain("\N{EN DASH}")
    number = with_unit(f"{fact.bound or ''} {fact.value:,}".strip(), unit)  # as many digits as were published
    if fact.numerator is None or fact.denominator is None:
        return number
    of = f" ({short(fact.numerator)}/{short(fact.denominator)})"
    return Said(number.zh + of, number.en + of)


def cited(
    indicator: Indicator, series: tuple[FactSeries, ...], documents: list[Document], used: tuple[Factor, ...]
) -> list[str]:
    """Return the keys of all sources on the sheet, in the order of sources.toml."""
    keys = {*indicator.sources}
    keys |= {key for document in documents for key in document.sources}
    keys |= {version.base.cite for version in indicator.targets if version.base}
    keys |= {key for one in series for fact in one.facts for key in fact.sources}
    keys |= {one.source for one in used}
    return [key for key in sources() if key in keys]
