"""From boards to Grafana's dashboard JSON, by the types of grafana-foundation-sdk (development only).

What ships is the JSON in `dashboards/grafana/json`; a test compares it with what this module makes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from dashboards.boards import boards
from dashboards.boards.common import CITY
from dashboards.files import FOLDER
from dashboards.influxql import Condition, Field, Select
from dashboards.panels import builder
from dashboards.schema import ALARM, MARK, OCCURRED
from dashboards.spec import LANGUAGES, Board, Choice, Language, Panel, Words

DATA_SOURCE = models.DataSourceRef(type_val="influxdb", uid="${ds}")
ZONE = "Asia/Shanghai"
EVIDENCE = "http://127.0.0.1:8414"
"""Value of the variable `evidence` as shipped: where the officers' browsers reach the service."""

_WITHOUT_DATA = {"alerts"}


def written(board: Board, language: Language, evidence: str = EVIDENCE) -> str:
    """Return a board's JSON, as it ships."""
    return json.dumps(dashboard(board, language, evidence), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def shipped() -> dict[str, str]:
    """Return every file that ships, by name."""
    return {f"{board.uid(language)}.json": written(board, language) for board in boards() for language in LANGUAGES}


def dashboard(board: Board, language: Language, evidence: str = EVIDENCE) -> dict[str, Any]:
    """Return a board as Grafana's classic dashboard model.

    Args:
        board: what to show.
        language: of all texts.
        evidence: address of the service, for links.
    """
    other: Language = "en" if language == "zh" else "zh"
    made = (
        grafana.Dashboard(title(board, language))
        .uid(board.uid(language))
        .tags(["qualicity", language, *board.tags])
        .timezone(ZONE)
        .week_start("monday")
        .time(board.start, "now")
        .refresh(board.refresh)
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(_data_source(language))
        .with_variable(_evidence(evidence))
        .link(_other_language(board, other))
        .link(_all_boards(language))
    )
    for choice in board.choices:
        made = made.with_variable(_variable(choice, language))
    for number, panel in enumerate(board.panels, 1):
        made = made.with_panel(_placed(panel, number, language))
    return _mended(json.loads(json.dumps(made.build(), cls=JSONEncoder)), board, language)


def title(board: Board, language: Language) -> str:
    """Return a title with an ASCII part of its own: Grafana's slugs drop Chinese, and equal slugs overwrite."""
    return f"{board.title.of(language)} ({board.id} {language})"


def _placed(panel: Panel, number: int, language: Language) -> Any:
    made = (
        builder(panel, language).id(number).title(panel.title.of(language)).description(panel.description.of(language))
    )
    made = made.height(panel.height).span(panel.width).links([_panel_link(panel, language)])
    if panel.latest_days:
        made = made.time_from(f"{panel.latest_days}d")
    return made if panel.kind in _WITHOUT_DATA else made.datasource(DATA_SOURCE)


def _panel_link(panel: Panel, language: Language) -> Any:
    words = Words("服务状态", "State of the service")
    if panel.evidence.startswith("/explain"):
        words = Words("证据", "Evidence")
    elif panel.evidence.startswith("/scorecard"):
        words = Words("记分卡", "Scorecard")
    separator = "&" if "?" in panel.evidence else "?"
    url = f"${{evidence}}{panel.evidence}{separator}lang={language}"
    link = grafana.DashboardLink(words.of(language)).type(models.DashboardLinkType.LINK).url(url).target_blank(True)
    return link.icon("external link")


def _other_language(board: Board, other: Language) -> Any:
    name = {"zh": "中文", "en": "English"}[other]
    link = grafana.DashboardLink(name).type(models.DashboardLinkType.LINK).url(f"/d/{board.uid(other)}")
    return link.keep_time(True).include_vars(True).target_blank(False).icon("external link")


def _all_boards(language: Language) -> Any:
    words = Words("全部看板", "All boards").of(language)
    link = grafana.DashboardLink(words).type(models.DashboardLinkType.DASHBOARDS).tags(["qualicity", language])
    return link.as_dropdown(True).keep_time(True).include_vars(True).target_blank(False)


def _data_source(language: Language) -> Any:
    current = models.VariableOption(selected=True, text="qualicity", value="qualicity")
    label = Words("数据源", "Data source").of(language)
    return grafana.DatasourceVariable("ds").label(label).type("influxdb").regex("/qualicity/").current(current)


def _evidence(address: str) -> Any:
    return grafana.ConstantVariable("evidence").value(address)


def _variable(choice: Choice, language: Language) -> Any:
    label = choice.title.of(language)
    if choice.tag_of is None:
        chosen = models.VariableOption(selected=True, text=choice.default, value=choice.default)
        return grafana.CustomVariable(choice.name).label(label).values(",".join(choice.values)).current(chosen)
    made = (
        grafana.QueryVariable(choice.name)
        .label(label)
        .datasource(DATA_SOURCE)
        .query(variable_query(choice))
        .refresh(
            models.VariableRefresh.ON_TIME_RANGE_CHANGED if choice.multi else models.VariableRefresh.ON_DASHBOARD_LOAD
        )
        .sort(models.VariableSort.ALPHABETICAL_DESC if choice.newest else models.VariableSort.ALPHABETICAL_ASC)
    )
    if choice.multi:
        everything = models.VariableOption(selected=True, text=["All"], value=["$__all"])
        made = made.multi(True).include_all(True).current(everything)
    elif choice.default:
        made = made.current(models.VariableOption(selected=True, text=choice.default, value=choice.default))
    return made


def variable_query(choice: Choice) -> str:
    """Return the InfluxQL that lists the values of a choice."""
    if choice.tag_of is None:
        raise ValueError(f"{choice.name} is a list of its own")
    measurement, tag = choice.tag_of
    where = f" WHERE {choice.where}" if choice.where else ""
    return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "{tag}"{where}'


MARKS_QUERY = Select(
    MARK, tuple(Field(name) for name in ("title", "text", "kind", "end")), (CITY, Condition("counts", 1)), table=True
).render()
"""The marks that count, as annotations."""


def _alarms(board: Board, which: Sequence[Condition], language: Language) -> dict[str, Any]:
    """Return the alarms that people were told of, as annotations from their raise to their end.

    Where classes are drawn as colours, only their raise: the tint of a span would make another class of one.
    """
    end = "" if any(panel.kind == "timeline" for panel in board.panels) else "end"
    told = (Condition("kind", OCCURRED), Condition("told", 1))
    fields = tuple(Field(name) for name in ("title", "text", "severity", end) if name)
    query = Select(ALARM, fields, (*told, *which), table=True).render()
    return _annotations("Alarms", Words("告警", "Alarms").of(language), query, "severity", "red", end)


def _mended(made: dict[str, Any], board: Board, language: Language) -> dict[str, Any]:
    """Say what the SDK's types cannot, and leave out what Grafana stumbles over."""
    made["id"] = None
    made["timepicker"] = {"refresh_intervals": ["30s", "5m", "15m", "1h"]}
    made["annotations"] = {"list": [_own_annotations()]}
    if board.annotations:
        marks = Words("运维标记", "Operators' marks")
        made["annotations"]["list"].append(_annotations("Marks", marks.of(language), MARKS_QUERY, "kind", "purple"))
    if board.alarms is not None:
        made["annotations"]["list"].append(_alarms(board, board.alarms, language))
    for variable in made["templating"]["list"]:
        variable.pop("id", None)  # the SDK gives all of them one id; Grafana 9.4 then keeps one of them
        for name in ("auto", "auto_count", "auto_min"):
            variable.pop(name, None)
        if variable["type"] == "custom":
            chosen = variable["current"]["value"]
            listed = variable["query"].split(",")
            variable["options"] = [{"text": one, "value": one, "selected": one == chosen} for one in listed]
        if variable["type"] == "query":
            variable["definition"] = variable["query"]
        if variable["name"] == "evidence":
            variable["hide"] = 2
    return made


def _own_annotations() -> dict[str, Any]:
    return {
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
        "name": "Annotations & Alerts",
        "type": "dashboard",
    }


def _annotations(letter: str, name: str, query: str, kind: str, color: str, end: str = "end") -> dict[str, Any]:  # noqa: PLR0917 - as Grafana asks for them
    source = {"type": "influxdb", "uid": "${ds}"}
    columns = {"textColumn": "text", "tagsColumn": kind, "titleColumn": "title", "timeEndColumn": end}
    target = {
        "refId": letter,
        "query": query,
        "rawQuery": True,
        "resultFormat": "table",
        "fromAnnotations": True,
    }
    return {
        "datasource": source,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "name": name,
        "query": query,
        **columns,
        "target": {**target, **columns, "textEditor": True, "datasource": source},
    }


def main() -> None:
    """Write the files that ship."""
    for name, text in shipped().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
