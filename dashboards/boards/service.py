"""The service itself: are its parts well, does it keep up, what could not be taken."""

from __future__ import annotations

from typing import Any

from dashboards.boards.common import words
from dashboards.influxql import INTERVAL, Condition, Field, Select
from dashboards.schema import DEAD_LETTER, SERVICE
from dashboards.spec import Board, Column, Kind, Panel, Words

_HEALTH = "/health/ready"
_CONTRACT = Words("见 docs/operations.md。", "See docs/operations.md.")


def board() -> Board:
    """Return the board."""
    return Board(
        "service",
        Words("服务状态", "The service itself"),
        "now-6h",
        (),
        (_parts(), *_lag(), *_throughput(), *_trouble()),
        annotations=False,
        refresh="30s",
        tags=("service",),
        medium=None,
    )


def _greatest(part: str, **counters: str) -> Select:
    """Return the greatest value of a part's counters in each window, by the name that they are shown under."""
    fields = tuple(Field(counter, "max", shown) for shown, counter in counters.items())
    return Select(SERVICE, fields, (Condition("part", part),), every=INTERVAL, legend="$col")


def _panel(kind: Kind, title: Words, description: Words, width: int, queries: tuple[Select, ...], **more: Any) -> Panel:
    return Panel(
        kind, title, words(description, _CONTRACT), width, 8, queries, evidence=_HEALTH, may_be_empty=True, **more
    )


def _parts() -> Panel:
    return Panel(
        "timeline",
        Words("各部分是否正常", "Are the parts well"),
        words(
            Words(
                "由服务自己写入；没有数据（空白或灰色）即服务或写入器已停。",
                "Written by the service itself; no data (blank or grey) means that it, or its writer, has stopped.",
            ),
            _CONTRACT,
        ),
        24, 7,
        (Select(SERVICE, (Field("up", "min"),), (), ("part",), every=INTERVAL, legend="$tag_part"),),
        scale="up",
        evidence=_HEALTH,
    )  # fmt: skip


def _lag() -> tuple[Panel, ...]:
    return (
        _panel(
            "timeseries",
            Words("落后", "Behind the log"),
            Words(
                "日志中聚合器未评价、写入器未写入 InfluxDB 的行数，及未写入的评价版本数；恢复后自行归零。",
                "Rows of the log that the aggregator has not judged and the writer has not written to InfluxDB, and versions of verdicts not written yet; it drains by itself.",
            ),
            12,
            (
                _greatest("aggregator", to_judge="lag_rows"),
                _greatest("influx", to_write="lag_rows", versions_to_write="lag_versions"),
            ),
            columns=(
                Column("to_judge", Words("待评价的行", "Rows to judge")),
                Column("to_write", Words("待写入的行", "Rows to write")),
                Column("versions_to_write", Words("待写入的版本", "Versions to write")),
            ),
            decimals=0,
            least=0,
        ),
        _panel(
            "timeseries",
            Words("日志与待评日", "Journal and days to judge"),
            Words("日志中未封存的行数；待评价的城市日数。", "Rows of the journal not sealed yet; city-days waiting to be judged."),
            12,
            (_greatest("collector", journal="journal_rows"), _greatest("aggregator", dirty="dirty_days")),
            columns=(
                Column("journal", Words("未封存的行", "Rows not sealed")),
                Column("dirty", Words("待评价的城市日", "City-days to judge")),
            ),
            decimals=0,
            least=0,
        ),
    )  # fmt: skip


def _throughput() -> tuple[Panel, ...]:
    return (
        _panel(
            "timeseries",
            Words("接收的消息与读数", "Messages and readings taken"),
            Words(
                "自采集器启动以来，落盘后才确认。",
                "Since the collector's start; acknowledged only after they are on disk.",
            ),
            12,
            (_greatest("collector", received="received", readings="readings"),),
            columns=(
                Column("received", Words("消息", "Messages")),
                Column("readings", Words("读数", "Readings")),
            ),
            decimals=0,
        ),
        _panel(
            "timeseries",
            Words("写入 InfluxDB 的点", "Points written to InfluxDB"),
            Words("写入与被拒绝的点，自写入器启动以来。", "Points written and rejected since the writer's start."),
            12,
            (_greatest("influx", written="points_written", rejected="points_rejected"),),
            columns=(
                Column("written", Words("已写入", "Written")),
                Column("rejected", Words("被拒绝", "Rejected"), color="#C4162A"),
            ),
            decimals=0,
        ),
    )


def _trouble() -> tuple[Panel, ...]:
    return (
        _panel(
            "table",
            Words("各部分的话", "What the parts say"),
            Words("每个部分最近一次的自述。", "The last word of each part."),
            10,
            (Select(SERVICE, (Field("state", "last", "state"), Field("up", "last", "up")), (), ("part",), table=True),),
            columns=(
                Column("part", Words("部分", "Part"), width=120),
                Column("state", Words("状态", "State")),
                Column("up", Words("正常", "Well"), scale="up", decimals=0, width=90),
            ),
        ),
        _panel(
            "timeseries",
            Words("死信累计", "Dead letters so far"),
            Words("无法成为读数的输入，按原因。", "Input that could not become a reading, by reason."),
            8,
            (Select(DEAD_LETTER, (Field("count", "max"),), (), ("reason",), every=INTERVAL, legend="$tag_reason"),),
            decimals=0,
            least=0,
        ),
        _panel(
            "alerts",
            Words("监控自身的告警", "Alarms about the monitoring itself"),
            Words(
                "仅两条：数据过期、服务沉默。业务告警由告警引擎发出。",
                "Only two: stale data, and a silent service. Alarms about the air come from the alarm engine.",
            ),
            6,
            (),
        ),
    )
