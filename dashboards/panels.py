"""One builder for each kind of panel, from its data to Grafana's own options (grafana-foundation-sdk)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    geomap,
    heatmap,
    stat,
    statetimeline,
    statushistory,
    table,
    timeseries,
)
from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models import geomap as geomap_models
from grafana_foundation_sdk.models import heatmap as heatmap_models

from dashboards.influxql import Select
from dashboards.scales import GREY, WRITTEN, calendar_mappings, mappings, readable, steps
from dashboards.scales_targets import CODES, count_steps
from dashboards.schema import READING
from dashboards.spec import Column, Language, Panel, Scale, Words

NO_TILES = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""One transparent pixel as the map's tiles: nothing is asked from the network."""

_DAYS = [f"{day:02d}" for day in range(1, 32)]
_LINE = 1
_FULL = 80
_DOT = 9
_FILTERED = "/^\\d\\d$/"
_TIMES = "/^\\d\\d(\\d\\d)?-\\d\\d$/"


class Target(variants.Dataquery):
    """A query of a panel in InfluxQL, which the SDK does not know."""

    def __init__(self, select: Select, letter: str) -> None:
        self._select = select
        self._letter = letter

    def to_json(self) -> dict[str, object]:
        """Return what Grafana stores."""
        made: dict[str, object] = {
            "refId": self._letter,
            "datasource": dashboard.DataSourceRef(type_val="influxdb", uid="${ds}"),
            "rawQuery": True,
            "query": self._select.render(),
            "resultFormat": "table" if self._select.table else "time_series",
        }
        return made | ({"alias": self._select.legend} if self._select.legend else {})


class _Built(cog.Builder[variants.Dataquery]):
    """What the SDK's panels take: something that builds a target."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def build(self) -> variants.Dataquery:
        return self._target


def builder(panel: Panel, language: Language) -> Any:
    """Return the SDK's builder of a panel, without title, place and links."""
    made = _KINDS[panel.kind](panel, language)
    for number, query in enumerate(panel.queries):
        made = made.with_target(_Built(Target(query, chr(ord("A") + number))))
    return made


# the kinds


def _stat(panel: Panel, language: Language) -> Any:
    texts = {field.shown for query in panel.queries for field in query.fields if query.is_text(field)}
    made = (
        _valued(stat.Panel(), panel, language)
        .reduce_options(_last(f"/^({'|'.join(sorted(texts))})$/" if texts else ""))  # else only numbers are shown
        .color_mode(common.BigValueColorMode.NONE if panel.scale == "plain" else common.BigValueColorMode.BACKGROUND)
        .graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME if len(panel.columns) > 1 else common.BigValueTextMode.VALUE)
    )
    return made.overrides(_series_overrides(panel, language))


def _timeseries(panel: Panel, language: Language) -> Any:
    legend = shared.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.LIST)
    tooltip = shared.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    made = _valued(timeseries.Panel(), panel, language, mode="palette-classic")
    if any(query.measurement is READING for query in panel.queries):
        made = made.interval("1h")  # finer windows of hourly values are holes
    if panel.axis:
        made = made.axis_label(panel.axis.of(language))
    if panel.bars:
        stacked = shared.StackingConfig().mode(common.StackingMode.NORMAL).group("A")
        made = made.draw_style(common.GraphDrawStyle.BARS).stacking(stacked)
    return (
        made.line_width(_LINE)
        .fill_opacity(_FULL if panel.bars else 0)
        .span_nulls(False)
        .show_points(common.VisibilityMode.AUTO)
        .legend(legend.placement(common.LegendPlacement.BOTTOM))
        .tooltip(tooltip)
        .overrides(_series_overrides(panel, language))
    )


def _bargauge(panel: Panel, language: Language) -> Any:
    return (
        _valued(bargauge.Panel(), panel, language, mode="thresholds" if panel.scale != "plain" else "fixed")
        .thresholds(_thresholds(panel.scale, written=True))
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .reduce_options(_last(calc="mean" if panel.queries[0].fields[0].function == "mean" else "lastNotNull"))
        .show_unfilled(True)
        .value_mode(common.BarGaugeValueMode.TEXT)
        .overrides(_series_overrides(panel, language))
    )


def _timeline(panel: Panel, language: Language) -> Any:
    return (
        _valued(statetimeline.Panel(), panel, language, mode=_state_mode(panel))
        .merge_values(True)
        .show_value(common.VisibilityMode.AUTO)
        .row_height(0.85)
        .fill_opacity(85)
        .line_width(0)
        .legend(_bottom_legend())
    )


def _history(panel: Panel, language: Language) -> Any:
    return (
        _valued(statushistory.Panel(), panel, language, mode=_state_mode(panel), short=True)
        .show_value(common.VisibilityMode.ALWAYS)
        .row_height(0.9)
        .col_width(0.95)
        .fill_opacity(85)
        .legend(_bottom_legend().show_legend(panel.scale != "share"))  # its legend is the thresholds' numbers
    )


def _state_mode(panel: Panel) -> str:
    """Return where a state's colour comes from: by thresholds Grafana writes `51+` in place of the state's name."""
    return "fixed" if any(one["type"] == "value" for one in mappings(panel.scale, "en")) else "thresholds"


def _table(panel: Panel, language: Language) -> Any:
    names = {column.name: column.title.of(language) for column in panel.columns}
    order = {name: number for number, name in enumerate(names)}
    hidden = {} if "Time" in names else {"Time": True, "time": True}
    organise = {"excludeByName": hidden, "indexByName": order, "renameByName": {}}
    made = table.Panel().show_header(True).with_transformation(_transformation("organize", organise))
    made = made.color_scheme(_color("thresholds")).thresholds(_thresholds("plain")).no_value(_no_data(language))
    sorting = panel.greatest or ("Time" if panel.queries[0].newest else "")
    if sorting:
        made = made.sort_by([shared.TableSortByFieldState().display_name(names[sorting]).desc(True)])
    return made.overrides([_column_override(column, language) for column in panel.columns])


def _calendar(panel: Panel, language: Language) -> Any:
    """A table of months by days: Grafana has no calendar of its own."""
    if panel.matrix is None:
        raise ValueError("a calendar needs its matrix")
    row, column, value = panel.matrix
    corner = f"{row}\\{column}"
    month = Words("月", "Month").of(language)
    matrix = {"columnField": column, "rowField": row, "valueField": value}
    order = {corner: 0} | {day: number for number, day in enumerate(_DAYS, 1)}
    cells = [
        *_background(),
        _property("custom.minWidth", 34),  # without a width of their own they share what there is
        _property("custom.align", "center"),
        _property("mappings", calendar_mappings()),
    ]
    return (
        table.Panel()
        .show_header(True)
        .with_transformation(_transformation("groupingToMatrix", matrix))
        .with_transformation(
            _transformation("organize", {"indexByName": order, "renameByName": {corner: month}, "excludeByName": {}})
        )
        .decimals(0)
        .no_value(_no_data(language))
        .thresholds(_thresholds(panel.scale))
        .color_scheme(_color("thresholds"))
        .overrides(
            [_override("byRegexp", _FILTERED, cells), _override("byName", month, [_property("custom.width", 76)])]
        )
    )


def _matrix(panel: Panel, language: Language) -> Any:
    """A table of things by times, such as sources by months; its columns come in the order of time."""
    if panel.matrix is None or not panel.columns:
        raise ValueError("a matrix needs its columns, and a name for its rows")
    row, column, value = panel.matrix
    corner, name = f"{row}\\{column}", panel.columns[0].title.of(language)
    matrix = {"columnField": column, "rowField": row, "valueField": value}
    cells = [
        *_background(),
        _property("custom.minWidth", 52),
        _property("custom.align", "center"),
        _property("mappings", [*mappings(panel.scale, language, short=True)[:1], *calendar_mappings()]),
    ]
    return (
        table.Panel()
        .show_header(True)
        .with_transformation(_transformation("groupingToMatrix", matrix))
        .with_transformation(
            _transformation("organize", {"indexByName": {}, "renameByName": {corner: name}, "excludeByName": {}})
        )
        .decimals(0)
        .no_value(_no_data(language))
        .thresholds(_thresholds(panel.scale))
        .color_scheme(_color("thresholds"))
        .overrides(
            [
                _override("byRegexp", _TIMES, cells),
                _override("byName", name, [_property("custom.width", panel.columns[0].width)]),
            ]
        )
    )


def _barchart(panel: Panel, language: Language) -> Any:
    return (
        _valued(barchart.Panel(), panel, language, mode="palette-classic")
        .with_transformation(
            _transformation(
                "organize", {"excludeByName": {"Time": True, "time": True}, "indexByName": {}, "renameByName": {}}
            )
        )
        .orientation(common.VizOrientation.HORIZONTAL)
        .stacking(common.StackingMode.NORMAL)
        .show_value(common.VisibilityMode.NEVER)
        .fill_opacity(80)
        .bar_width(0.7)
        .group_width(0.7)
        .legend(_bottom_legend())
        .tooltip(shared.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
        .overrides(_series_overrides(panel, language))
    )


def _heatmap(panel: Panel, language: Language) -> Any:
    buckets = shared.HeatmapCalculationOptions()
    count = common.HeatmapCalculationMode.COUNT
    buckets = buckets.x_buckets(shared.HeatmapCalculationBucketConfig().mode(count).value("60"))
    buckets = buckets.y_buckets(shared.HeatmapCalculationBucketConfig().mode(count).value("14"))
    colors = heatmap.HeatmapColorOptions().mode(heatmap_models.HeatmapColorMode.SCHEME).scheme("YlOrRd").steps(32)
    axis = heatmap.YAxisConfig()
    if panel.least is not None:
        axis = axis.min(panel.least)
    if panel.axis:
        axis = axis.axis_label(panel.axis.of(language))
    return (
        heatmap.Panel()
        .no_value(_no_data(language))
        .interval("1h")
        .calculate(True)
        .calculation(buckets)
        .color(colors.fill("dark-orange").exponent(0.5).reverse(False))
        .y_axis(axis)
    )


def _map(panel: Panel, language: Language) -> Any:
    return (
        geomap.Panel()
        .thresholds(_thresholds(panel.scale))
        .color_scheme(_color("thresholds"))
        .decimals(0)
        .no_value(_no_data(language))
        .view(geomap.MapViewConfig().id("fit").lat(0).lon(0).zoom(9).all_layers(True).padding(14).max_zoom(12))
        .controls(
            geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(False).show_attribution(False).show_scale(True)
        )
        .basemap(shared.MapLayerOptions().type("xyz").name("basemap").config({"attribution": "", "url": NO_TILES}))
        .layers([_markers(Words("站点", "stations").of(language)), _labels("aqi", "AQI")])
        .tooltip(geomap.TooltipOptions().mode(geomap_models.TooltipMode.DETAILS))
    )


def _markers(name: str) -> Any:
    symbol = {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"}
    style = {
        "color": {"field": "aqi", "fixed": GREY},
        "opacity": 0.9,
        "size": {"fixed": 10, "min": 2, "max": 15},
        "symbol": symbol,
    }
    return _layer(name, {"showLegend": False, "style": style}).tooltip(True)


def _labels(field: str, name: str) -> Any:
    """A layer of texts, so that a colour on the map is never alone; names stand in the tooltip."""
    words = {"fontSize": 12, "offsetX": 0, "offsetY": -18, "textAlign": "center", "textBaseline": "middle"}
    style = {
        "color": {"fixed": "#888888"},
        "opacity": 1,
        "size": {"fixed": 1, "min": 1, "max": 2},
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
        "text": {"mode": "field", "field": field, "fixed": ""},
        "textConfig": words,
    }
    return _layer(name, {"showLegend": False, "style": style}).tooltip(False)


def _layer(name: str, config: Mapping[str, Any]) -> Any:
    place = shared.FrameGeometrySource().mode(common.FrameGeometrySourceMode.COORDS)
    place = place.latitude("latitude").longitude("longitude")
    return shared.MapLayerOptions().type("markers").name(name).location(place).config(config)


def _alerts(panel: Panel, language: Language) -> Any:
    del panel, language
    states = {"firing": True, "pending": True, "noData": True, "normal": True, "error": True}
    return grafana.Panel().type("alertlist").options(
        {
            "maxItems": 10, "sortOrder": 1, "dashboardAlerts": False, "groupMode": "default", "groupBy": [],
            "alertName": "", "showInstances": False, "viewMode": "list", "datasource": "",
            "alertInstanceLabelFilter": "", "stateFilter": states,
        }
    )  # fmt: skip


_KINDS: Mapping[str, Callable[[Panel, Language], Any]] = {
    "stat": _stat,
    "timeseries": _timeseries,
    "bargauge": _bargauge,
    "timeline": _timeline,
    "history": _history,
    "table": _table,
    "calendar": _calendar,
    "matrix": _matrix,
    "barchart": _barchart,
    "heatmap": _heatmap,
    "map": _map,
    "alerts": _alerts,
}


# their parts


def _valued(made: Any, panel: Panel, language: Language, *, mode: str = "thresholds", short: bool = False) -> Any:
    """Add what every panel of values has: unit, decimals, ends, colours, texts for values, links of its points."""
    made = (
        made.no_value(_no_data(language))
        .thresholds(_thresholds(panel.scale))
        .color_scheme(_color(mode))
        .mappings(_mappings(panel.scale, language, short=short))
    )
    if panel.unit:
        made = made.unit(panel.unit)
    if (decimals := _decimals(panel, panel.decimals)) is not None:
        made = made.decimals(decimals)
    if panel.least is not None:
        made = made.min(panel.least)
    if panel.most is not None:
        made = made.max(panel.most)
    if panel.point_evidence:
        url = f"${{evidence}}{panel.point_evidence}?lang={language}"
        words = Words("这一天的证据", "Evidence of this day").of(language)
        link = grafana.DashboardLink(words).type(dashboard.DashboardLinkType.LINK).url(url).target_blank(True)
        made = made.data_links([link])
    return made


def _decimals(panel: Panel, wanted: int | None) -> int | None:
    """Return the decimals of a panel's values; with none, Grafana calls the marks of an axis between them no data."""
    return None if panel.kind == "timeseries" and wanted == 0 else wanted


def _thresholds(scale: Scale, *, written: bool = False) -> Any:
    """Return thresholds; `written` when numbers are written in their colours."""
    shown = [(step.value, readable(step.color) if written else step.color) for step in steps(scale)]
    found = [dashboard.Threshold(value=value, color=color) for value, color in shown]
    return grafana.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(found)


def _color(mode: str) -> Any:
    made = grafana.FieldColor().mode(dashboard.FieldColorModeId(mode))
    return made.fixed_color(GREY) if mode == "fixed" else made


def _mappings(scale: Scale, language: Language, *, short: bool = False) -> list[Any]:
    found: list[Any] = []
    for one in mappings(scale, language, short=short):
        if one["type"] == "value":
            results = {k: dashboard.ValueMappingResult(index=n, **v) for n, (k, v) in enumerate(one["options"].items())}
            found.append(dashboard.ValueMap(options=results))
        else:
            result = dashboard.ValueMappingResult(index=len(found) + 10, **one["options"]["result"])
            options = dashboard.DashboardSpecialValueMapOptions(
                match=dashboard.SpecialValueMatch(one["options"]["match"]), result=result
            )
            found.append(dashboard.SpecialValueMap(options=options))
    return found


def _last(fields: str = "", calc: str = "lastNotNull") -> Any:
    return shared.ReduceDataOptions().calcs([calc]).fields(fields).values(False)


def _bottom_legend() -> Any:
    legend = shared.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
    return legend.placement(common.LegendPlacement.BOTTOM).show_legend(True)


def _no_data(language: Language) -> str:
    return Words("无数据", "no data").of(language)


def _transformation(name: str, options: Mapping[str, Any]) -> Any:
    return dashboard.DataTransformerConfig(id_val=name, options=dict(options))


def _property(name: str, value: Any) -> Any:
    return dashboard.DynamicConfigValue(name, value)


def _override(matcher: str, what: str, properties: Sequence[Any]) -> Any:
    made = grafana.DashboardFieldConfigSourceOverrides()
    return made.matcher(dashboard.MatcherConfig(id_val=matcher, options=what)).properties(list(properties))


def _background() -> list[Any]:
    """A coloured cell: the first is for Grafana 9, the second for 10 and later."""
    return [
        _property("custom.displayMode", "color-background-solid"),
        _property("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
    ]


def _series_overrides(panel: Panel, language: Language) -> list[Any]:
    """Name, unit and colour of each series by its column; limits and targets are dashed."""
    found = []
    for column in panel.columns:
        properties = [] if column.pattern else [_property("displayName", column.title.of(language))]
        if column.unit:
            properties.append(_property("unit", column.unit))
        if (decimals := _decimals(panel, column.decimals)) is not None:
            properties.append(_property("decimals", decimals))
        if column.color:
            color = readable(column.color) if panel.kind == "bargauge" else column.color
            properties.append(_property("color", {"mode": "fixed", "fixedColor": color}))
        if column.dots and panel.kind == "timeseries":
            properties += [_property("custom.drawStyle", "points"), _property("custom.pointSize", _DOT)]
        if column.dashed and panel.kind == "timeseries":
            properties.append(_property("custom.lineStyle", {"fill": "dash", "dash": [10, 6]}))
            properties.append(_property("custom.lineInterpolation", "stepAfter"))
        found.append(_override("byRegexp" if column.pattern else "byName", column.name, properties))
    return found


def _column_override(column: Column, language: Language) -> Any:
    properties = [_property("displayName", column.title.of(language))]
    if column.unit:
        properties.append(_property("unit", column.unit))
    if column.decimals is not None:
        properties.append(_property("decimals", column.decimals))
    if column.width:
        properties.append(_property("custom.width", column.width))
    if column.counted:
        lines = {"mode": "absolute", "steps": count_steps(column.color)}
        properties += [_property("thresholds", lines), *_background()]
        properties += [_property("custom.align", "center"), _property("noValue", "-")]
    elif column.scale != "plain":
        found = [{"value": step.value, "color": step.color} for step in steps(column.scale)]
        if column.scale in WRITTEN:
            properties.append(_property("custom.displayMode", "color-text"))
            properties.append(_property("custom.cellOptions", {"type": "color-text"}))
            if column.scale in CODES:
                properties.append(_property("noValue", "-"))  # no reason, no evidence: that is no missing value
        else:
            properties += [_property("thresholds", {"mode": "absolute", "steps": found}), *_background()]
        properties.append(_property("mappings", mappings(column.scale, language)))
    else:
        properties.append(_property("noValue", "-"))  # an empty text, as no primary pollutant, is no missing value
    if column.evidence:
        words = Words("打开证据", "Open the evidence").of(language)
        result = {"text": f"{Words('证据', 'evidence').of(language)} ↗", "index": 0}
        properties.append(_property("mappings", [{"type": "regex", "options": {"pattern": "/.+/", "result": result}}]))
        url = f"${{evidence}}/explain/${{__value.raw:percentencode}}?lang={language}"
        properties.append(_property("links", [{"title": words, "url": url, "targetBlank": True}]))
    return _override("byName", column.name, properties)
