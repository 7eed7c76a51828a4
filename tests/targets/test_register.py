"""The register says what was promised: all sixty rows, each with its words, its number and its operator."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from qualicity.errors import InputError, UsageError
from targets.departments import departments, sources
from targets.evaluation import versions
from targets.indicator import Indicator
from targets.records.schema import schemas
from targets.register import AREAS, Register, indicator, parse, register
from targets.words import word

# Written out from the study of the promise, apart from the register: id, what it compares with, leading judge, first
# words of the quotation. "-" = the text states no number.
PROMISED = """
gen.regime            -          JL 率先建立起科学
gen.mechanism         -          JL 各部门职责明确
gen.culture           -          JD "崇尚质量
gen.safety            -          JD 质量安全水平显著提高
gen.intl_level        -          JB 产品、服务、工程和环境质量
gen.contribution      -          JD 质量工作对提高经济
gen.quality_city      -          JL 把深圳建成质量强市
org.joint_conference  -          JL 已经建立起市质量强市联席会议制度
org.macro_report      >=1        JF 定期编制发布全市宏观质量状况分析报告
org.white_paper       >=1        JF 定期编制发布..质量状况白皮书
org.theory            -          JL 开展质量理论和政策研究
prd.cert_uptake       -          JD 普遍推行产品质量认证
prd.ms_cert_firms     >=3000     JK 3000家规模以上工业企业
prd.intl_std_rate     >=85       JC 主要工业产品85%以上
prd.superior_rate     -          JD 达到国际先进水平的优等品率大幅度提高
prd.market_pass       >=92       JS 重点产品市场抽检合格率达到92%以上
prd.natl_track_pass   >=92       JM 国家重点产品可比性跟踪监督抽查合格率稳定在92%以上
prd.brands            -          JD 形成一批具有国际竞争力
prd.invention_grants  >12000     JF 发明专利年授权量超过1.2万件
prd.monitor_system    -          JL 建立起覆盖全市
svc.standards         -          JL 全面推行国家和地方服务质量标准
svc.gbt19004          -          JK 重点服务行业实施GB/T19004标准
svc.intl_level        -          JB 骨干服务企业
svc.satisfaction      -          JD 用户满意度明显提高
svc.excellence_public -          JL 教育、医疗卫生等公共服务
svc.mgmt_innovation   -          JL 大力推动管理创新
svc.modern_share      -          JD 提高现代服务业增加值
eng.completed_ok      =100       JA 竣工的工程质量全部达到
eng.affordable_ok     =100       JA 确保保障性住房质量合格
eng.renewal_ok        =100       JA 确保旧工业区
eng.first_pass        =100       JA 市重点工程..和大中型工程
eng.zero_accident     =0         JZ 建设工程质量实现零事故
eng.awards            -          JD 一批工程项目获鲁班奖
env.indwater_ok       >=95       JC 工业废水95%达标排放
env.source_water_ok   >=98       JC 饮用水源水质达标率98%以上
env.air_days          >98        JC 空气质量达到国家二级标准的天数超过全年的98%
env.sewage_rate       >=80       JC 城镇生活污水处理率达到80%以上
env.energy_int        <=0.47     JI 万元GDP能耗0.47吨标准煤
env.water_int         <=19.4     JI 万元GDP水耗19.4立方米
env.natl_reduction    >=100      JC 完成国家规定的节能减排任务
env.monitor_system    -          JL 建立完善的环境监测与评价体系
env.remediation       -          JL 以污染综合防治为重点
env.strict_std        -          JD 严格执行污染物减排标准
brd.gi                >=5        JK 地理标志保护产品要达到5个
brd.prov_brand        >=260      JK 省名牌产品达到260个
brd.prov_rank         =1         JR 名牌产品总数保持全省第一
brd.rev1000           ~2         JX 年主营业务收入超1000亿元
brd.rev500            ~5         JX 超500亿元的名牌企业达5家左右
brd.capital           -          JD 世界知名的品牌之都
brd.export            -          JD 扩大具有自主品牌
ips.core_ip           -          JD 八大领域取得一批
ips.tc                >=30       JK 国际和国家级..技术委员会
ips.std_docs          >=1500     JU 主导或参与制修订
ips.good_std_firms    -          JD 规模以上企业广泛开展
ips.voice             -          JD 国际和国家标准化领域的话语权
qmp.award1            -          JL 打造一个国内一流
qmp.bench10           >=10       JU 培育十家
qmp.support100        >=100      JM 每年扶持百家
qmp.self1000          >=1000     JU 推动千家
qmp.train10000        >=10000    JU 培训万名
"""

KINDS = {
    "rate_sampled": "prd.market_pass prd.natl_track_pass",
    "rate_census": "prd.intl_std_rate env.indwater_ok env.source_water_ok env.sewage_rate",
    "day_share": "env.air_days",
    "flow_count": "org.macro_report org.white_paper prd.invention_grants qmp.support100",
    "stock_count": "prd.ms_cert_firms svc.gbt19004 svc.excellence_public brd.gi brd.prov_brand brd.rev1000 brd.rev500 "
    "ips.tc",
    "cumulative_count": "eng.awards ips.std_docs qmp.bench10 qmp.self1000 qmp.train10000",
    "intensity": "env.energy_int env.water_int",
    "zero_tolerance": "eng.zero_accident",
    "all_units": "eng.completed_ok eng.affordable_ok eng.renewal_ok eng.first_pass",
    "rank": "brd.prov_rank",
    "benchmark": "gen.intl_level svc.intl_level",
}  # the rest is directional where it is judged by JD, and a milestone otherwise


def promised() -> list[list[str]]:
    return [line.split(maxsplit=3) for line in PROMISED.split("\n") if line]


def test_all_sixty_rows_stand_in_the_order_of_the_promise() -> None:
    """Nothing is added and nothing is left out."""
    assert [row.id for row in register().rows] == [row[0] for row in promised()]
    assert len(register().rows) == 60
    assert [row.id for rows in register().areas.values() for row in rows] == [row.id for row in register().rows]


@pytest.mark.parametrize("row", promised(), ids=lambda row: row[0])
def test_a_row_is_as_promised(row: list[str]) -> None:
    """Operator, number, judge and quotation, against a table written by itself."""
    name, compared, judge, text = row
    found = indicator(name)
    target = found.targets[0]
    asked = "-" if target.op is None else f"{target.op}{target.value}"
    assert (asked, found.judge[0]) == (compared, judge)
    assert found.text_zh.startswith(text)
    assert (target.id, target.year, target.effective_from) == ("SZ-2010", 2015, dt.date(2010, 12, 1))


def test_kinds_are_as_studied() -> None:
    """One rule for all would mis-judge most: each row is of its kind."""
    kinds = {name: kind for kind, names in KINDS.items() for name in names.split()}
    for row in register().rows:
        assert row.kind == kinds.get(row.id, "directional" if row.judge[0] == "JD" else "milestone"), row.id


@pytest.mark.parametrize(
    ("text", "operator"),
    [("超过", ">"), ("以上", ">="), ("左右", "~"), ("全部", "="), ("零事故", "="), ("一次性合格", "=")],
)
def test_words_say_the_operator(text: str, operator: str) -> None:
    """超过 excludes the number itself, 以上 includes it, 左右 is approximate; 规模以上 is a size, not a number."""
    found = [row for row in register().rows if text in row.text_zh.replace("规模以上", "") and row.targets[0].op]
    assert found
    assert {row.targets[0].op for row in found} == {operator}


def test_strong_words_ask_for_a_strong_trend() -> None:
    """大幅度, 显著 and 明显 ask for more than 提高 alone."""
    for row in register().rows:
        if "JD" in row.judge:
            strong = any(text in row.text_zh for text in ("大幅度", "显著", "明显"))
            assert row.trend == ("strongly" if strong else "up"), row.id


def test_energy_has_two_targets_and_each_its_own_base() -> None:
    """A year later the city asked for more; what was judged by the former stays."""
    first, second = indicator("env.energy_int").targets
    assert (first.id, first.value, first.base.value, first.base.year) == (  # type: ignore[union-attr]
        "SZ-2010", Decimal("0.47"), Decimal("0.529"), 2009,
    )  # fmt: skip
    assert (second.id, second.supersedes, second.value) == ("SZ-FYP12", "SZ-2010", Decimal("0.413"))
    assert second.base is not None
    assert (second.base.value, second.base.year, second.base.cite) == (Decimal("0.513"), 2010, "P11")
    assert abs(second.base.value * (1 - Decimal("0.195")) - second.value) < Decimal("0.0001")  # type: ignore[operator]
    assert first.price_base_note
    assert second.price_base_note


def test_the_target_in_force_is_that_of_the_year_s_end() -> None:
    """Before the five-year plan's target was made known the promise stood alone; then both are judged."""
    row = indicator("env.energy_int")
    known = [[version and version.id for version in versions(row, year)] for year in (2010, 2011, 2015)]
    assert known == [["SZ-2010"], ["SZ-2010", "SZ-FYP12"], ["SZ-2010", "SZ-FYP12"]]


def test_only_energy_has_a_base_in_the_text() -> None:
    """The base of water was published elsewhere; the others have none until a first observation."""
    bases = {row.id: row.targets[0].base for row in register().rows if row.targets[0].base}
    assert {name: (base.source, base.value, base.year) for name, base in bases.items()} == {
        "env.energy_int": ("text", Decimal("0.529"), 2009),
        "env.water_int": ("published", Decimal("23.7"), 2009),
        "env.natl_reduction": ("definition", Decimal(0), 2010),
    }


def test_what_accumulates_starts_with_2011() -> None:
    """The window of 1500 standards is the five years after the promise."""
    begun = {row.id: (row.start, row.opening) for row in register().rows if "JU" in row.judge}
    assert set(begun.values()) == {(dt.date(2011, 1, 1), Decimal(0))}
    assert set(begun) == {"eng.awards", "ips.std_docs", "qmp.bench10", "qmp.self1000", "qmp.train10000"}


def test_rates_have_a_limit_and_intensities_fall() -> None:
    for row in register().rows:
        if row.kind in {"rate_sampled", "rate_census", "day_share", "all_units"}:
            assert row.limit == 100, row.id
        fewer = {"env.energy_int", "env.water_int", "eng.zero_accident", "brd.prov_rank"}
        assert row.direction == (-1 if row.id in fewer else 1), row.id


def test_rows_can_be_broken_down_by_columns_that_there_are() -> None:
    """A sheet promises no column that no form has."""
    for row in register().rows:
        known = {column.name for name in row.records for column in schemas()[name].columns}
        assert set(row.disaggregations) <= known, row.id


def test_owners_and_members_are_as_sure_as_their_source() -> None:
    """The article names the mayor as convenor and three members; all others are inferred."""
    named = {name for name, row in departments().items() if row.certainty == "quoted"}
    assert named == {"MAYOR", "DRC", "SIC", "DIST"}
    assert [name for name, row in departments().items() if row.role == "convenor"] == ["MAYOR"]
    assert {owner for row in register().rows for owner in row.owners} <= set(departments())


def test_every_row_has_words_for_what_it_is() -> None:
    for row in register().rows:
        for section, code in [
            ("area", row.area),
            ("kind", row.kind),
            ("unit", row.unit),
            ("frequency", row.frequency),
            *(("judge", code) for code in row.judge),
        ]:
            assert word(section, code).zh, (row.id, code)


def test_an_unknown_id_is_refused_with_names_that_are_near() -> None:
    with pytest.raises(UsageError) as refused:
        indicator("market_pas")
    assert "prd.market_pass" in refused.value.mend
    with pytest.raises(UsageError, match="no indicator 'zzz'"):
        indicator("zzz")


# what is wrong in a file

DOCUMENTS = """
[[document]]
id = "P"
title = { zh = "意见", en = "Opinion" }
authority = { zh = "市政府", en = "City" }
effective_from = 2010-12-01
certainty = "inferred"

[[document]]
id = "Q"
title = { zh = "规划", en = "Plan" }
authority = { zh = "市政府", en = "City" }
effective_from = 2011-12-05
certainty = "published"

[[document]]
id = "R"
title = { zh = "旧", en = "Old" }
authority = { zh = "市政府", en = "City" }
effective_from = 2009-01-01
certainty = "published"
"""

ROW = """
[[indicator]]
id = "prd.rate"
name = { zh = "率", en = "Rate" }
text_zh = "达到92%以上"
definition = { zh = "定义", en = "Definition" }
numerator = { zh = "分子", en = "part" }
denominator = { zh = "分母", en = "whole" }
unit = "%"
limit = 100
kind = "rate_sampled"
judge = ["JS"]
records = ["R_ps"]
frequency = "year"
owners = ["MSA"]
certainty = "inferred"
targets = [{ id = "P", op = ">=", value = 92 }]
"""

INTENSITY = (
    ROW.replace('"rate_sampled"', '"intensity"')
    .replace('["JS"]', '["JI"]\ndirection = -1')
    .replace('op = ">=", value = 92', 'op = "<=", value = 0.47, price_base = 2005')
)
LADDER = (
    ROW.replace('"rate_sampled"', '"milestone"').replace('["JS"]', '["JL"]').replace('unit = "%"', 'unit = "level"')
)
TWO = ROW.replace("value = 92 }", 'value = 92 }, { id = "Q", op = ">=", value = 95, supersedes = "P" }')
COUNT = (
    ROW.replace('"rate_sampled"', '"cumulative_count"')
    .replace('["JS"]', '["JU"]\nstart = 2011-01-01')
    .replace('unit = "%"\nlimit = 100', 'unit = "1"')
)
BASED = ROW.replace("value = 92", 'value = 92, base = { value = 90, year = 2010, source = "text", cite = "S" }')
PRICED = INTENSITY.replace(
    "price_base = 2005",
    'price_base = 2005, base = { value = 1, year = 2009, source = "text", cite = "S", price_base = 2005 }',
)


def read(text: str, documents: str = DOCUMENTS) -> Register:
    return parse({"product.toml": text}, documents)


@pytest.mark.parametrize("text", [ROW, INTENSITY, TWO, COUNT, LADDER, BASED, PRICED])
def test_a_row_that_is_right_is_taken(text: str) -> None:
    """The rows that the mistakes below are made in are right without them."""
    assert isinstance(read(text).rows[0], Indicator)


MISTAKES = {
    "unknown key": (ROW, 'unit = "%"', 'unit = "%"\nuint = 1', "uint: unknown key"),
    "missing key": (ROW, 'frequency = "year"\n', "", "frequency is missing"),
    "unknown kind": (ROW, '"rate_sampled"', '"rate"', "kind"),
    "unknown judge": (ROW, '["JS"]', '["JQ"]', "judge"),
    "judge of another kind": (ROW, '["JS"]', '["JZ"]', "JZ does not suit a rate_sampled; those that do: JM, JS"),
    "no judge": (ROW, '["JS"]', "[]", "say how it is judged"),
    "unknown owner": (ROW, '["MSA"]', '["MSB"]', "owners: 'MSB' is not in departments.toml"),
    "no owner": (ROW, '["MSA"]', "[]", "somebody answers"),
    "unknown schema": (ROW, '["R_ps"]', '["R_xx"]', "records: 'R_xx' is not in records/schemas"),
    "unknown source": (ROW, 'unit = "%"', 'unit = "%"\nsources = ["Z9"]', "sources: 'Z9' is not in sources.toml"),
    "unknown document": (ROW, 'id = "P"', 'id = "X"', "'X' is not in documents.toml; known are P, Q, R"),
    "operator alone": (ROW, 'op = ">=", value = 92', 'op = ">="', "operator and value are said together"),
    "value alone": (ROW, 'op = ">=", value = 92', "value = 92", "operator and value are said together"),
    "no number": (ROW, ', op = ">=", value = 92', "", "JS compares with a number, and there is none"),
    "operator against direction": (ROW, '">="', '"<="', "<= goes against the direction 1"),
    "unknown operator": (ROW, '">="', '"=>"', "op"),
    "approximate of another judge": (ROW, '">="', '"~"', "JS goes with < <= = > >=, not with ~"),
    "tolerance": (ROW, "value = 92", "value = 92, tolerance = 1", "only what is approximate (~) has one"),
    "negative tolerance": (ROW, "value = 92", "value = 92, tolerance = -1", "is not negative"),
    "beyond the limit": (ROW, "value = 92", "value = 920", "920 is beyond what the indicator can be"),
    "no denominator": (ROW, 'denominator = { zh = "分母", en = "whole" }\n', "", "numerator and denominator are said"),
    "no share said": (
        ROW, 'numerator = { zh = "分子", en = "part" }\ndenominator = { zh = "分母", en = "whole" }\n', "",
        "a rate_sampled says its numerator and its denominator",
    ),
    "method twice": (
        ROW, 'unit = "%"',
        'unit = "%"\nmethods = [{ id = "a", name = { zh = "甲", en = "a" } }, { id = "a", name = { zh = "乙" } }]',
        "methods: 'a' stands twice",
    ),
    "no limit": (ROW, "limit = 100\n", "", "a share has a limit"),
    "one language": (ROW, 'en = "Rate"', 'en = ""', "name: say it in both languages"),
    "no quotation": (ROW, "达到92%以上", " ", "text_zh: quote the promise"),
    "coverage": (ROW, "limit = 100", "limit = 100\nminimum_coverage = 75", "75 is no share from 0 to 1"),
    "decimals": (ROW, "limit = 100", "limit = 100\ndecimals = -1", "decimals: a count of digits is not negative"),
    "trend of a number": (ROW, "limit = 100", 'limit = 100\ntrend = "up"', "trend: words without a number (JD)"),
    "start of a rate": (ROW, "limit = 100", "limit = 100\nstart = 2011-01-01", "start: what accumulates (JU)"),
    "opening of a rate": (ROW, "limit = 100", "limit = 100\nopening = 0", "opening: only what accumulates"),
    "no start": (COUNT, "start = 2011-01-01\n", "", "start: what accumulates (JU)"),
    "first observation": (COUNT, 'unit = "1"', 'unit = "1"\nfirst_observation = true', "JU has no path that could"),
    "ladder of rates": (ROW, 'unit = "%"', 'unit = "level"', "ladders, and they alone"),
    "prices not said": (INTENSITY, ", price_base = 2005", "", "say the year of its prices"),
    "base without cite": (BASED, ', cite = "S"', "", "base.cite: say where"),
    "base of an unknown source": (BASED, 'cite = "S"', 'cite = "Z"', "'Z' is not in sources.toml"),
    "base after the target": (BASED, "year = 2010", "year = 2015", "a path to 2015 cannot start in 2015"),
    "base that the judge finds": (BASED, '"text"', '"first_observation"', "the judge finds a first observation"),
    "base at other prices": (PRICED, "price_base = 2005 }", "price_base = 2010 }", "2010 is not the target's 2005"),
    "first mistake in a base": (BASED, 'year = 2010, source = "text"', 'source = "guess"', "base.source: "),
    "second mistake in a base": (BASED, 'year = 2010, source = "text"', 'source = "guess"', "base: year is missing"),
    "chain broken": (TWO, ', supersedes = "P"', "", "targets 'Q'.supersedes: it follows 'P' and supersedes None"),
    "chain of nothing": (ROW, 'id = "P"', 'id = "P", supersedes = "Q"', "nothing stands before it"),
    "order of force": (
        TWO, 'id = "Q", op', 'id = "R", op', "is in force from 2009-01-01, not after 'P'"
    ),
    "another promise": (ROW, 'id = "P"', 'id = "Q"', "the first version is the promise, P"),
    "same version twice": (TWO, 'id = "Q"', 'id = "P"', "a version stands twice"),
    "target before its time": (ROW, "value = 92", "value = 92, year = 2009", "lies before the target's first day"),
    "who set it": (ROW, "value = 92", 'value = 92, authority = "me"', "authority: leave it out"),
    "area": (ROW, 'unit = "%"', 'unit = "%"\narea = "brand"', "area: leave it out: it is the file's name"),
    "method of a target": (ROW, "value = 92", 'value = 92, method = "AQI"', "'AQI' is not in the row's methods"),
    "method that ends before it begins": (
        ROW, 'unit = "%"',
        'unit = "%"\nmethods = [{ id = "a", name = { zh = "甲", en = "a" }, since = 2012-01-01, until = 2011-01-01 }]',
        "methods: 'a' ends before it begins",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_place(text: str, old: str, new: str, said: str) -> None:
    """Each kind of mistake says which row it is in, and what is wrong."""
    assert old in text
    with pytest.raises(InputError) as refused:
        read(text.replace(old, new, 1))
    assert said in refused.value.cause
    assert "product.toml: " in refused.value.cause
    assert "prd.rate" in refused.value.cause


def test_all_mistakes_are_named_at_once() -> None:
    """Whoever mends the register sees the whole page."""
    wrong = ROW.replace('["MSA"]', '["MSB"]').replace('["R_ps"]', '["R_xx"]')
    with pytest.raises(InputError) as refused:
        read(wrong + LADDER.replace("prd.rate", "prd.other").replace('"level"', '"%"'))
    for said in ("3 problems", "'MSB'", "'R_xx'", "'prd.other'.unit"):
        assert said in refused.value.cause


def test_an_id_stands_once() -> None:
    with pytest.raises(InputError, match=r"indicator\[1\] 'prd.rate': 'prd.rate' stands in product.toml"):
        read(ROW + ROW)


def test_a_file_that_is_no_toml_is_named() -> None:
    with pytest.raises(InputError, match=r"product.toml: .*line 1"):
        read("= 1")
    with pytest.raises(InputError, match=r"product.toml: indicatr: unknown key"):
        read("[[indicatr]]")


def test_documents_are_checked() -> None:
    with pytest.raises(InputError, match=r"'Z' is not in sources.toml"):
        read(ROW, DOCUMENTS + 'sources = ["Z"]\n')
    with pytest.raises(InputError, match=r"document\[3\] 'P': stands twice"):
        read(ROW, DOCUMENTS + DOCUMENTS.split("\n\n", maxsplit=1)[0])


def test_every_area_is_a_file_and_every_source_has_both_names() -> None:
    assert len(AREAS) == 8
    assert all(source.name.zh and source.name.en for source in sources().values())
