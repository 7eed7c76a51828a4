"""The evidence of sources, outlets and rates over HTTP: the command's tree, in both languages, nothing judged."""

from __future__ import annotations

import html
import json
import re
import socket
import sqlite3
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote, urljoin

import pytest

from aggregator.due import Aggregator, station_pipeline
from aggregator.explain_stations import StationExplainer
from aggregator.keys import parse_key
from aggregator.pipeline import Pipeline
from aggregator.testing_stations import DAYS, FIRST, NETWORK, tables
from console.api import run_api
from console.evidence.asking import key_of, standing
from console.evidence.links import Links
from console.evidence.station import station_view
from console.evidence.words import Words
from console.site import open_site
from qualicity.model import Batch, Observations, Statistic
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.settings import ApiSettings
from qualicity.testing import FakeClock

NOW = day_start(FIRST) + DAYS * DAY_MS + 3 * HOUR_MS
HOSTILE = '<script>alert("x")</script>'

KEYS = [
    "water/c/lake/2024-01-12", "water/c/lake/2024-01-12T04", "water/c/lake/2024-01", "water/c/intake/2024-02",
    "water/c/well/2024Q1", "water/c/bridge/2024", "water/c/2024-01",
    "discharge/c/works/2024-01-12T05", "discharge/c/dye/2024-01-10", "discharge/c/mill/2024-01",
    "discharge/c/west/2024-01", "discharge/c/2024-01", "discharge/c/2024-01@RATE-SEWAGE",
    "water/c/intake/2024-01@WHO-GDWQ-2022",
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a data folder with two months of readings, judged; a name in it is hostile."""
    folder = tmp_path_factory.mktemp("site")
    network = NETWORK.replace("East Intake", HOSTILE.replace('"', '\\"'))
    (folder / "network.toml").write_text(network, encoding="utf-8")
    clock = FakeClock(NOW)
    with open_site(folder, writer=True, clock=clock) as made:
        for table in tables(made.store.registry):
            made.store.append(Batch(table))
        aggregator = Aggregator(Pipeline(made.store, made.ledger, made.network, clock))
        aggregator.follow()
        aggregator.judge_due()
    return folder


class Answer(NamedTuple):
    """What the API answered."""

    status_code: int
    text: str
    headers: dict

    def json(self):
        """Return its content."""
        return json.loads(self.text)


def _get(address):
    for _ in range(200):
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - loopback
                return Answer(answer.status, answer.read().decode(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), dict(error.headers))
        except OSError:
            threading.Event().wait(0.05)
    raise AssertionError("no answer")


@pytest.fixture(scope="module")
def get(site):
    """Yield a function from an address below /explain/ to its answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stop = threading.Event()
    thread = threading.Thread(target=run_api, args=(site, ApiSettings(port=port), FakeClock(NOW), stop))
    thread.start()
    yield lambda path: _get(f"http://127.0.0.1:{port}/explain/{quote(path, safe='/@?=&:%')}")
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def _quoted(key):
    return key.replace("#", "%23")


def _content(page):
    """Return a page without its head, which names its address."""
    return page[page.index("<main") : page.index("</main>")]


@pytest.mark.parametrize("key", KEYS)
def test_each_key_has_a_page_in_both_languages_and_its_tree(site, get, key):
    """The JSON is the command's tree; every link of the page is answered."""
    pages = {language: get(f"{_quoted(key)}?lang={language}") for language in ("zh", "en")}
    tree = get(f"{_quoted(key)}?format=json").json()

    with open_site(site, clock=FakeClock(NOW)).reader() as reading:
        pipeline = Pipeline(reading.store, reading.ledger, reading.network, reading.clock)
        own = station_pipeline(pipeline, parse_key(key).medium)
        own.pipeline.follow = own.judge = lambda *_: []
        assert json.loads(json.dumps(StationExplainer(own).explain(parse_key(key)))) == tree
    for language, page in pages.items():
        assert page.status_code == 200, page.text
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page.text
        assert HOSTILE not in page.text
    links = set(re.findall(r'href="([^"?#]*)[^"]*"', pages["zh"].text)) - {""}
    led = {urljoin(f"/explain/{_quoted(key)}", html.unescape(link)) for link in links}
    addresses = {address.removeprefix("/explain/") for address in led if address.startswith("/explain/")}
    assert addresses
    for address in sorted(addresses)[:: len(addresses) // 2 or 1][:2]:
        assert get(address).status_code == 200, address


def test_chinese_pages_say_everything_in_chinese(get):
    """Verdict, class, reason, flow; no English sentence is left in the head or the items."""
    page = get("water/c/lake/2024-01-12").text
    for text in ("未达标", "劣Ⅴ类", "目标类别", "定类项目", "NH₃-N", "自动监测", "水库"):
        assert text in page
    outlet = get("discharge/c/mill/2024-01").text
    for text in ("排放水量", "其中超标", "有日超限", "31 天中超标 1 天", "最大值替代", "许可证 91440300-1"):
        assert text in outlet
    rate = get("discharge/c/2024-01").text
    for text in ("按水量", "未判定", "另一指标 城镇生活污水处理率", "纸厂总排口", "工业废水排放达标率"):
        assert text in rate
    sewage = get("discharge/c/2024-01@RATE-SEWAGE").text
    for text in ("城镇生活污水处理率", "处理", "共排放", "未测水量按零至设计能力计", "另一指标 工业废水排放达标率"):
        assert text in sewage
    assert "按数量" not in sewage
    for shown in (page, outlet, rate, sewage):
        visible = re.sub(r"<style>.*?</style>|<[^>]+>", " ", shown, flags=re.DOTALL)
        assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", visible), re.search(
            r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", visible
        )


def test_a_mark_is_told_in_both_languages(site, get):
    """Its kind and what became of it, beside what it changed; and why the day was judged anew."""
    start = day_start(FIRST) + 19 * DAY_MS
    with open_site(site, clock=FakeClock(NOW)) as made:
        pipeline = Pipeline(made.store, made.ledger, made.network, made.clock)
        mark = made.ledger.marks.add(
            "mill", "nh3n", start, start + DAY_MS, kind="calibration", who="w", why="y", proof="log 7",
            deadline=NOW + DAY_MS,
        )  # fmt: skip
        pipeline.mark_changed([mark])
        Aggregator(pipeline).judge_due()
        mark = made.ledger.marks.revoke(mark.id, who="w", why="y")
        pipeline.mark_changed([mark])
        Aggregator(pipeline).judge_due()
    key = "discharge/c/mill/2024-01-20"

    assert f"标记 {mark.id} 已撤回" in get(key).text
    assert re.search(rf"{mark.id} · 纸厂总排口 NH₃-N\W校准\Wy\Ww\W已撤回\W依据\Wlog 7\W", get(key).text)
    assert "Paper Mill NH₃-N, calibration: y (w, revoked; proof: log 7)" in get(f"{key}?lang=en").text


def test_ph_shows_what_its_values_lay_between(get):
    """The limit is of every value, not of the mean beside it."""
    tree = json.loads(get("discharge/c/mill/2024-01-12?format=json").text)
    item = tree["items"]["ph"]
    assert f"{item['min']:g}\N{EN DASH}{item['max']:g}" in get("discharge/c/mill/2024-01-12").text


def test_a_page_names_flags_and_what_was_not_detected(get):
    """The fourteenth's COD is what the device itself says is not valid; chromium lies below its limit."""
    flagged, sampled = get("discharge/c/mill/2024-01-14?lang=en").text, get("water/c/intake/2024-01?lang=en").text
    assert "the device says not valid" in flagged
    assert "&lt; 0.004" in sampled
    assert "laboratory samples" in sampled


def test_instants_mean_a_day_or_the_period_that_is_named(get):
    """As a link of Grafana can name it."""
    at = day_start(FIRST) + 11 * DAY_MS + 5 * HOUR_MS
    assert key_of(f"water/c/lake/{at}").text == "water/c/lake/2024-01-12"
    for kind, text in (("hour", "2024-01-12T05"), ("month", "2024-01"), ("quarter", "2024Q1"), ("year", "2024")):
        assert key_of(f"water/c/lake/{kind}:{at}").text == f"water/c/lake/{text}"
    by_instant, by_key = (_content(get(f"water/c/lake/{which}").text) for which in (f"month:{at}", "2024-01"))
    assert by_instant == by_key


@pytest.mark.parametrize(("path", "status", "cause"), [
    ("water/c/2024-01-05", 400, "no rates by day"), ("air/c/2024-01-05T08", 400, "not judged by hours"),
    ("water/c/2024H1", 400, "not judged by half-years"),
    ("water/c/mill/2024-01", 404, "of water in c"), ("water/c/lake/2030-01", 404, "has not been judged yet"),
    ("water/c/lake/2024-01@GB18918-2002", 404, "has no classes of water"),
    ("discharge/c/mill/2024-01@GB3838-2002", 404, "has no limits of outlets"),
    ("discharge/c/dye/2024-01-12T03", 404, "has no readings"),
])  # fmt: skip
def test_refusals_are_known_in_chinese(get, path, status, cause):
    """Cause and mend."""
    answer, page = get(f"{path}?format=json"), get(path)
    assert (answer.status_code, page.status_code) == (status, status)
    assert cause in answer.json()["cause"]
    assert page.text.count('<dd lang="zh">') == 2


def _ledger_rows(folder):
    with sqlite3.connect(folder / "ledger.db") as db:
        tables_ = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables_}
    db.close()
    return found


def test_the_ways_up_lead_to_what_is_judged(site):
    """To nothing else: of a month that was silent in a year long past the quarter is not judged, and the year is."""
    with open_site(site, clock=FakeClock(NOW)).reader() as reading:
        found = standing(reading, key_of("water/c/lake/2024-01"))
    led = [link.address for link in station_view(found, Words("zh"), Links("", "zh")).links]
    assert {"water/c/lake/2024Q1", "water/c/lake/2024", "water/c/2024-01"} <= set(led)
    silent = replace(found, above=frozenset({"water/c/lake/2024"}))
    assert [link.address for link in station_view(silent, Words("zh"), Links("", "zh")).links] == ["water/c/lake/2024"]


def test_a_request_judges_nothing(site, get):
    """New readings: the current version, a word that it is judged again, and no row changes."""
    with open_site(site, writer=True, clock=FakeClock(NOW)) as made:
        at = day_start(FIRST) + 12 * DAY_MS
        row = {"station": "mill", "parameter": "cod", "unit": "mg/L", "period": 3600, "statistic": Statistic.MEAN,
               "received": NOW, "source": "test", "revision": 1}  # fmt: skip
        made.store.append(Batch(Observations.build(made.store.registry, 1, start=[at], value=[900.0], **row)))
    before = _ledger_rows(site)
    lagging = get("discharge/c/mill/2024-01-13?lang=en")
    for key in KEYS:
        assert get(_quoted(key)).status_code == 200
    assert _ledger_rows(site) == before
    assert "1 rows of the log are not taken into account yet" in lagging.text

    with open_site(site, clock=FakeClock(NOW)) as made:
        Aggregator(Pipeline(made.store, made.ledger, made.network, made.clock)).follow()
    dirty = get("discharge/c/mill/2024-01-13")
    assert "正在重新判定" in dirty.text
    assert dirty.headers["qualicity-dirty"] == "1"
    assert "正在重新判定" not in get("discharge/c/mill/2024-01-12").text
    with open_site(site, clock=FakeClock(NOW)) as made:
        Aggregator(Pipeline(made.store, made.ledger, made.network, made.clock)).judge_due()
    after = get("discharge/c/mill/2024-01-13?lang=en").text
    assert "#2, made" in after
    assert re.search(r"<code>items cod</code> [\d.]+ → [\d.]+", after)
    assert "the current one is 2" in get("discharge/c/mill/2024-01-13%231?lang=en").text
