"""The shipped dashboards keep what Grafana was seen to stumble over out, in both languages."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest
import yaml

from alerting.rules.schema import Severity
from dashboards import build
from dashboards.boards import boards
from dashboards.files import FOLDER, dashboards, queries
from dashboards.push import FOLDER_TITLE, SOURCE
from dashboards.scales import GREY, classes
from dashboards.spec import LANGUAGES
from qualicity.standards.schema import AveragingPeriod
from targets.model import Status

PROVISIONING = FOLDER.parent / "provisioning"
MODELS = dashboards()
PANELS = [(model, panel) for model in MODELS.values() for panel in model["panels"]]
BOARD_OF = {board.uid(language): board for board in boards() for language in LANGUAGES}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BY_MODEL = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))


def _by_panel(*types):
    """Run a test for every panel, or every one of these types."""
    found = [(model, panel) for model, panel in PANELS if not types or panel["type"] in types]
    assert {panel["type"] for _, panel in found} >= set(types)
    return pytest.mark.parametrize(
        ("model", "panel"), found, ids=[f"{model['uid']}-{panel['id']}" for model, panel in found]
    )


BY_PANEL = _by_panel()
STATES = {"stat", "state-timeline", "status-history"}
CONCENTRATIONS = {"value", "limit", "annual_mean", "limit_mean", "percentile", "limit_percentile"}
WATER = {"water", "wastewater"}
AIR_UNITS, WATER_UNITS = ("µg/m³", "mg/m³"), ("mg/L", "mg/L")
"""The unit of a concentration where it stands, and what the description says of other ones."""
EVIDENCE = {"water": "/explain/water/${city}/", "wastewater": "/explain/discharge/${city}/"}
LIMITS = {"limit", "least"}
SHARES = {"rate_valid", "rate_lower", "rate_upper", "target", "capture", "coverage_min"}


def _walk(value, path=""):
    """Yield (path, value) of everything in a JSON value."""
    yield path, value
    match value:
        case dict():
            for name, one in value.items():
                yield from _walk(one, f"{path}.{name}")
        case list():
            for number, one in enumerate(value):
                yield from _walk(one, f"{path}[{number}]")


def _strings(value):
    return [(path, one) for path, one in _walk(value) if isinstance(one, str)]


def _queries(model):
    return queries(model) + [one["query"] for one in model["annotations"]["list"] if "query" in one]


def _defaults(panel):
    return panel.get("fieldConfig", {}).get("defaults", {})


def _properties(panel):
    """Yield (what is matched, properties) of the overrides."""
    for one in panel.get("fieldConfig", {}).get("overrides", []):
        yield one["matcher"]["options"], {item["id"]: item.get("value") for item in one["properties"]}


def _board_panel(model, panel):
    """Return the panel of the board that was written down as this one."""
    return BOARD_OF[model["uid"]].panels[panel["id"] - 1]


def test_what_ships_is_what_the_generator_makes():
    made = {name: text.encode() for name, text in build.shipped().items()}
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == made


# names


def test_uids_are_fixed_and_known():
    assert set(MODELS) == {
        f"qualicity-{board}-{language}"
        for board in ("alarms", "city", "station", "compliance", "quality", "service", "water", "outlets", "indicators")
        for language in ("zh", "en")
    }
    assert {path.stem for path in FOLDER.iterdir()} == set(MODELS)


@BY_MODEL
def test_links_to_boards_lead_to_boards(model):
    found = [re.findall(r"/d/([^?]+)", text)[0] for path, text in _strings(model) if "/d/" in text]
    other = model["uid"][:-2] + {"zh": "en", "en": "zh"}[model["uid"][-2:]]
    assert found == [other]
    assert found[0] in MODELS


@BY_MODEL
def test_data_sources_are_named_by_the_variable(model):
    """A uid, never a number: numbers differ between Grafanas, and from 13 on they are gone."""
    own = [one for path, one in _walk(model) if path.endswith(".datasource") and one]
    assert own
    for one in own:
        assert one in ({"type": "influxdb", "uid": "${ds}"}, {"type": "grafana", "uid": "-- Grafana --"})
    assert not [path for path, _ in _walk(model) if path.endswith(("datasourceId", "dashboardId", "panelId"))]
    [source] = [one for one in model["templating"]["list"] if one["name"] == "ds"]
    assert (source["type"], source["query"], source["current"]["value"]) == ("datasource", "influxdb", SOURCE)
    assert re.search(source["regex"].strip("/"), SOURCE)


@BY_MODEL
def test_no_ids_that_another_grafana_would_give_otherwise(model):
    """Grafana 9.4 keeps one of several variables with equal ids, and every panel is empty."""
    assert model["id"] is None
    assert [one for one in model["templating"]["list"] if "id" in one] == []
    numbers = [panel["id"] for panel in model["panels"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_provisioning_fits():
    """Alarms lead to a panel that exists; data source and folder are those of `push`."""
    alarms = yaml.safe_load((PROVISIONING / "alerting" / "meta.yaml").read_text("utf-8"))
    rules = [rule for group in alarms["groups"] for rule in group["rules"]]
    assert [rule["uid"] for rule in rules] == ["qualicity-stale-data", "qualicity-service-silent"]
    for rule in rules:
        notes = rule["annotations"]
        model = MODELS[notes["__dashboardUid__"]]
        assert int(notes["__panelId__"]) in [panel["id"] for panel in model["panels"]]
        assert {one["datasourceUid"] for one in rule["data"]} == {SOURCE, "__expr__"}
        assert CHINESE.search(notes["summary"])
        assert CHINESE.search(notes["mend"])
        assert re.search("[a-z]{4}", notes["summary"])
    [source] = yaml.safe_load((PROVISIONING / "datasources" / "qualicity.yaml").read_text("utf-8"))["datasources"]
    assert (source["uid"], source["name"], source["type"]) == (SOURCE, SOURCE, "influxdb")
    assert source["database"] == source["jsonData"]["dbName"]
    assert source["jsonData"]["httpMode"] == "GET"
    assert "$__file" in source["secureJsonData"]["httpHeaderValue1"]
    [provider] = yaml.safe_load((PROVISIONING / "dashboards" / "qualicity.yaml").read_text("utf-8"))["providers"]
    assert (provider["folder"], provider["folderUid"]) == (FOLDER_TITLE, SOURCE)
    assert {group["folder"] for group in alarms["groups"]} != {provider["folder"]}, "alerting makes it with another uid"


def _slug(title):
    """Return a title as Grafana writes it in addresses: what is not ASCII is dropped."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


def test_slugs_differ():
    """Equal slugs were seen to overwrite another dashboard, and to answer success."""
    slugs = [_slug(model["title"]) for model in MODELS.values()]
    assert all(slugs)
    assert len({*slugs, _slug(FOLDER_TITLE)}) == len(slugs) + 1


# what is asked


@BY_MODEL
def test_every_query_says_its_zone(model):
    """Without it a day window is a day of UTC."""
    found = _queries(model)
    assert found
    assert [query for query in found if not query.endswith("tz('Asia/Shanghai')")] == []
    assert [query for query in found if "WHERE $timeFilter" not in query] == []
    assert model["timezone"] == "Asia/Shanghai"


@BY_MODEL
def test_variables_are_escaped_by_grafana_and_never_raw(model):
    variables = {one["name"]: one for one in model["templating"]["list"]}
    asked = _queries(model) + [one["query"] for one in variables.values() if one["type"] == "query"]
    for query in asked:
        bare = re.sub(r"=~ /\^\$\{\w+:regex\}\$/|= \$\{\w+:singlequote\}", "", query)
        assert "$" not in bare.replace("$timeFilter", "").replace("time($__interval)", ""), query
        for name in re.findall(r"\^\$\{(\w+):regex\}", query):
            assert variables[name]["multi"], name
        for name in re.findall(r"\$\{(\w+):singlequote\}", query):
            assert not variables[name].get("multi"), name
    texts = {name for _, text in _strings(model) for name in re.findall(r"\$\{([a-z]\w*)[:}]", text)}
    assert texts <= set(variables)


@BY_MODEL
def test_lists_of_our_own_have_their_options(model):
    """A custom variable without options offers nothing when the reader asks for all."""
    for one in model["templating"]["list"]:
        if one["type"] == "custom":
            offered = [option["value"] for option in one["options"]]
            assert one["query"].split(",") == offered
            assert [option["value"] for option in one["options"] if option["selected"]] == [one["current"]["value"]]
            assert not one.get("includeAll")


@BY_MODEL
def test_daily_panels_never_read_single_readings(model):
    """A year of raw hours takes seconds; only windows that Grafana chooses by the screen's width may ask for them."""
    raw = [query for query in queries(model) if 'FROM "reading"' in query]
    assert [query for query in raw if "time(" in query and "time($__interval)" not in query] == []
    if BOARD_OF[model["uid"]].id in {"city", "compliance", "service"}:
        assert raw == []


@BY_MODEL
def test_nothing_is_asked_from_the_network(model):
    """No tiles, no pictures, no addresses but the service's own, which is a variable."""
    assert [
        (path, text) for path, text in _strings(model) if re.search(r"https?:|^//", text) and text != build.EVIDENCE
    ] == []
    [evidence] = [one for one in model["templating"]["list"] if one["name"] == "evidence"]
    assert (evidence["query"], evidence["hide"], evidence["type"]) == (build.EVIDENCE, 2, "constant")
    for panel in model["panels"]:
        if panel["type"] == "geomap":
            base = panel["options"]["basemap"]
            assert (base["type"], base["config"]["url"][:5]) == ("xyz", "data:")


# where it stands


@BY_MODEL
def test_rows_are_full_and_nothing_overlaps(model):
    """A row that is not 24 wide does not wrap."""
    places = [panel["gridPos"] for panel in model["panels"]]
    for _, row in itertools.groupby(
        sorted(places, key=lambda place: (place["y"], place["x"])), lambda place: place["y"]
    ):
        sizes = [(place["w"], place["h"]) for place in row]
        assert sum(width for width, _ in sizes) == 24
        assert len({height for _, height in sizes}) == 1
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23


# what is said


@BY_PANEL
def test_a_panel_says_what_it_shows_and_on_what_it_rests(model, panel):
    said = panel["description"]
    assert panel["title"]
    assert re.search(r"GB \d{4,5}|HJ \d{3}|network\.toml|docs/\w+\.md", said), said
    for name in re.findall(r"docs/\w+\.md", said):
        assert (Path(__file__).parents[2] / name).is_file()
    if model["uid"].endswith("zh"):
        assert CHINESE.search(said)
        assert said.endswith("。")
        assert not re.search(r"[\u4e00-\u9fff][,;:!?.(]|[,;:!?(][\u4e00-\u9fff]", said + panel["title"])
    else:
        assert not CHINESE.search(said + panel["title"])


@BY_PANEL
def test_a_measured_value_has_its_unit(model, panel):
    """On the axis or in the title where it depends on the item; shares as percent."""
    queries_ = [query for query in _board_panel(model, panel).queries if query.measurement.name != "indicator"]
    asked = {field.name for query in queries_ for field in query.fields}
    units = {name: found.get("unit") for name, found in _properties(panel)}
    if asked & CONCENTRATIONS:
        custom = _defaults(panel).get("custom", {})
        axis = panel.get("options", {}).get("yAxis", {}).get("axisLabel", "")
        columns = " ".join(str(found.get("displayName")) for _, found in _properties(panel))
        beside, told = WATER_UNITS if BOARD_OF[model["uid"]].medium in WATER else AIR_UNITS
        assert beside in f"{panel['title']} {custom.get('axisLabel', '')} {axis} {columns}"
        assert told in panel["description"]
    for name in asked & SHARES:
        assert "percentunit" in (_defaults(panel).get("unit"), units.get(name)), name


def test_figures_of_indicators_have_their_units():
    """Each its own, in a column beside it; a chart of one says that the table beside it does."""
    for model, panel in PANELS:
        asked = [query for query in _board_panel(model, panel).queries if query.measurement.name == "indicator"]
        if any(field.name == "value" for query in asked for field in query.fields):
            named = {field.name for query in asked for field in query.fields}
            assert (
                "unit" in named
                or "unit stands in the table" in panel["description"]
                or "单位见右表" in panel["description"]
            )


def test_no_panel_averages_over_statuses():
    """Nor over figures of several indicators: they are counted, or shown one by one."""
    asked = [query for board in boards() for panel in board.panels for query in panel.queries]
    own = [query for query in asked if query.measurement.name.startswith("indicator")]
    assert len(own) > 7
    assert {field.function for query in own for field in query.fields} == {None, "max", "sum"}
    summed = {field.name for query in own for field in query.fields if field.function == "sum"}
    assert summed <= {*Status, "items"}
    assert {field.name for query in own for field in query.fields if field.function == "max"} == {"synthetic"}


@_by_panel(
    "stat", "timeseries", "bargauge", "barchart", "state-timeline", "status-history", "table", "geomap", "heatmap"
)
def test_no_data_is_said_and_is_grey(model, panel):
    language = model["uid"][-2:]
    assert _defaults(panel)["noValue"] == {"zh": "无数据", "en": "no data"}[language]
    steps = _defaults(panel).get("thresholds", {}).get("steps", [])
    if len(steps) > 1:
        assert steps[0] == {"value": None, "color": GREY}
    for _, found in _properties(panel):
        if "thresholds" in found:
            assert found["thresholds"]["steps"][0] == {"value": None, "color": GREY}


@BY_PANEL
def test_the_evidence_is_one_click_away(model, panel):
    [link] = panel["links"]
    board = BOARD_OF[model["uid"]]
    path = link["url"].removeprefix("${evidence}")
    assert path != link["url"]
    own = {"service": "/health/ready?", "alarms": "/alarms?", "indicators": "/scorecard?year=${year}&"}
    verdicts = EVIDENCE.get(board.medium, "/explain/air/${city}/")
    assert path.startswith(own.get(board.id, (verdicts, "/health/ready?")))
    assert path.endswith(f"lang={model['uid'][-2:]}")
    for one in _defaults(panel).get("links", []):
        assert one["url"].startswith(f"${{evidence}}{verdicts}")
        if "labels.station" in one["url"]:
            assert {query.tags for query in _board_panel(model, panel).queries} & {("station",)}


@BY_MODEL
def test_keys_are_links(model):
    """Every column that holds a key leads to its evidence."""
    for panel in model["panels"]:
        if any(field.name == "key" for query in _board_panel(model, panel).queries for field in query.fields):
            [links] = [found["links"] for name, found in _properties(panel) if name == "key"]
            assert links[0]["url"].startswith("${evidence}/explain/${__value.raw:percentencode}")


# how it looks


@BY_PANEL
def test_a_colour_never_stands_alone(model, panel):
    """States have a text or a number, and every mapped colour its words."""
    options = panel.get("options", {})
    match panel["type"]:
        case "stat":
            assert options["textMode"] in {"value", "value_and_name"}
        case "state-timeline" | "status-history":
            assert options["showValue"] in {"auto", "always"}
        case "bargauge":
            assert options["valueMode"] == "text"
        case "geomap":
            named = [layer["config"]["style"].get("text", {}).get("field") for layer in options["layers"]]
            assert "aqi" in named
    for path, mapping in _walk(panel):
        if ".options." in path and isinstance(mapping, dict) and {"color", "index"} <= mapping.keys():
            assert mapping["text"]


@_by_panel("state-timeline", "status-history")
def test_states_are_named_not_numbered(model, panel):
    """With colours by threshold Grafana's timeline writes `51+` instead of the state's name."""
    named = any(one["type"] == "value" for one in _defaults(panel)["mappings"])
    assert _defaults(panel)["color"]["mode"] == ("fixed" if named else "thresholds")
    assert named or panel["type"] == "status-history"


@BY_MODEL
def test_no_span_of_time_is_tinted_where_colours_are_classes(model):
    """A tint over a timeline was seen to make the next worse class of one; marks, which are few, are left."""
    timelines = any(panel["type"] == "state-timeline" for panel in model["panels"])
    spans = {one["name"]: one.get("timeEndColumn") for one in model["annotations"]["list"]}
    alarms = spans.get("告警", spans.get("Alarms"))
    if BOARD_OF[model["uid"]].alarms is None:
        assert alarms is None
    else:
        assert alarms == ("" if timelines else "end")


def test_no_class_is_grey():
    assert [one.level for one in classes()] == [1, 2, 3, 4, 5, 6]
    assert GREY not in {one.color for one in classes()}
    assert len({one.color for one in classes()}) == 6


@_by_panel("bargauge", "timeseries", "stat", "table")
def test_yellow_is_never_written_in(model, panel):
    """Yellow on white cannot be read: it is a background, or a mark."""
    if panel["type"] in {"bargauge", "timeseries"}:
        assert "#FFFF00" not in json.dumps(panel).upper()
    if panel["type"] == "stat":
        coloured = len(_defaults(panel)["thresholds"]["steps"]) > 1
        assert panel["options"]["colorMode"] == ("background" if coloured else "none")
    for _, found in _properties(panel):
        if found.get("custom.displayMode") == "color-text":
            assert "#FFFF00" not in json.dumps(found).upper()


@_by_panel("table")
def test_tables_are_coloured_in_grafana_9_and_in_later_ones(model, panel):
    for _, found in _properties(panel):
        assert ("custom.displayMode" in found) == ("custom.cellOptions" in found)
        if "custom.displayMode" in found:
            assert found["custom.displayMode"].startswith(found["custom.cellOptions"]["type"])


@_by_panel("timeseries")
def test_gaps_stay_gaps(model, panel):
    assert _defaults(panel)["custom"]["spanNulls"] is False
    drawn = [query for query in _board_panel(model, panel).queries if not _is_limit(query)]
    assert {query.fill for query in drawn} == {"null"}


@_by_panel("stat", "timeseries", "bargauge", "barchart")
def test_every_name_of_a_series_is_reached(model, panel):
    """A title, unit or colour of a series that is called otherwise is silently not applied."""
    own = _board_panel(model, panel)
    shown = {field.shown for query in own.queries if query.legend == "$col" or query.table for field in query.fields}
    if any(query.legend == "$tag_period" for query in own.queries):
        shown |= set(AveragingPeriod.__args__)
    if any(query.legend == "$tag_severity" for query in own.queries):
        shown |= set(Severity.__args__)
    names = {name for name, _ in _properties(panel)}
    assert {name for name in names if not name.startswith("/")} <= shown
    legends = [query.legend for query in own.queries]
    for pattern in (name.strip("/") for name in names if name.startswith("/")):
        assert any(re.search(pattern, legend.replace("$tag_class", "III")) for legend in legends), pattern
    assert all(query.legend or query.table for query in own.queries)


@_by_panel("stat")
def test_a_text_is_picked_by_the_name_that_it_keeps(model, panel):
    """Grafana picks a stat's fields by their shown names: one that is renamed is not found, and nothing is shown."""
    own = _board_panel(model, panel)
    texts = {field.shown for query in own.queries for field in query.fields if query.is_text(field)}
    picked = panel["options"]["reduceOptions"]["fields"]
    assert picked == ("/^(" + "|".join(sorted(texts)) + ")$/" if texts else "")
    assert not texts & {name for name, _ in _properties(panel)}


# limits of the law


def _is_limit(query):
    """Return whether a query asks for nothing but limits: their lines go on."""
    return query.measurement.name in {"limit", "water_limit"} or {field.name for field in query.fields} <= LIMITS


@_by_panel("timeseries")
def test_limit_lines_come_from_data(model, panel):
    """They move with the law: no threshold of a chart is a number in the dashboard."""
    assert [step["value"] for step in _defaults(panel)["thresholds"]["steps"]] == [None]
    assert "thresholdsStyle" not in _defaults(panel).get("custom", {})
    own = _board_panel(model, panel)
    if {"value"} & {field.name for query in own.queries for field in query.fields} and "limit" in panel["title"]:
        assert any(_is_limit(query) or "limit" in {field.name for field in query.fields} for query in own.queries)


def test_concentrations_over_time_are_shown_beside_their_limit():
    found = [
        (board.id, panel.title.en)
        for board in boards()
        for panel in board.panels
        if panel.kind == "timeseries"
        and any(_is_limit(query) or "limit" in {f.name for f in query.fields} for query in panel.queries)
    ]
    assert [board for board, _ in found] == ["city", "outlets", "station", "water", "water"]


# both languages


def _shape(value):
    """Return a JSON value with its texts blanked, queries and colours kept."""
    match value:
        case dict():
            return {
                name: one if name in {"query", "color", "fixedColor"} and isinstance(one, str) else _shape(one)
                for name, one in value.items()
            }
        case list():
            return [_shape(one) for one in value]
        case str():
            return "text"
        case other:
            return other


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.id)
def test_both_languages_are_one_board(board):
    zh, en = MODELS[board.uid("zh")], MODELS[board.uid("en")]
    renamed = json.loads(json.dumps(_shape(zh), ensure_ascii=False))
    assert renamed == _shape(en)
    for one, other in zip(zh["panels"], en["panels"], strict=True):
        assert one["description"] != other["description"]
        assert one["title"] != other["title"] or one["title"] == "AQI"
    assert CHINESE.search(zh["title"])
    assert not CHINESE.search(en["title"])
    shown = [
        (path, text) for path, text in _strings(en) if CHINESE.search(text) and not path.startswith((".links[0]",))
    ]
    assert shown == []
