"""The first page and the pages of the air: what they show of what stands, to whom, and that looking changes nothing."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.overview import OLD_MS, overview
from console.site import open_site
from qualicity.model import Position
from qualicity.periods import HOUR_MS, days_between
from qualicity.store.ledger import NAME, Draft, Ledger, Provisional
from qualicity.testing import FakeClock

NOW = 1_795_312_800_000
"""2026-11-22 10:00 at +08:00."""

_CHANNELS = ", ".join(f'{{ parameter = "{item}", unit = "ug/m3" }}' for item in ("so2", "no2", "pm10", "pm25", "o3"))
NETWORK = f"""
[[city]]
id = "beijing"
name = {{ zh = "北京", en = "Beijing" }}
[[city]]
id = "foreign"
name = {{ zh = "外市", en = "Foreign" }}
[[station]]
id = "wl"
city = "beijing"
name = {{ zh = "<b>万柳", en = "<b>Wanliu" }}
channels = [{_CHANNELS}]
[[station]]
id = "fx"
city = "foreign"
channels = [{_CHANNELS}]
"""
_ITEMS = {"so2": 5, "no2": 40, "pm10": 60, "pm25": 30, "co": 0.6, "o3": 90}
_LAW, _NEXT = "GB3095-2012-XG1", "GB3095-2026"
"""In force in 2025, and in 2026."""


def _day(day: str, station: str | None, *, exceeds: bool) -> dict[str, object]:
    values = _ITEMS | ({"pm25": 80} if exceeds else {})
    coverage = {item: {"expected": 24, "observed": 23, "valid": 22} for item in values}
    return {
        "date": day, "city": "beijing", "station": station, "standard": _LAW, "values": values,
        "iaqi": dict.fromkeys(values, 40), "aqi": 107 if exceeds else 60, "primary": ["pm25"],
        "level": 3 if exceeds else 2, "good": not exceeds, "verdict": "EXCEEDS" if exceeds else "COMPLIES",
        "reason": "pm25 80 > 75 ug/m3" if exceeds else "all items within their limits", "coverage": coverage,
        "certainty": "read", "_complete": True,
    }  # fmt: skip


def _year(year: int, station: str | None, good: int, exceeding: int) -> dict[str, object]:
    item = {
        "annual_mean": 30, "percentile": 70, "percentile_rank": 95, "limit_mean": 35, "limit_percentile": 75,
        "valid_days": good + exceeding, "verdict": "COMPLIES",
    }  # fmt: skip
    return {
        "year": year, "city": "beijing", "station": station, "standard": _NEXT if year > 2025 else _LAW, "days": 365,
        "valid_days": good + exceeding, "good_days": good, "exceeding_days": exceeding,
        "missing_days": 365 - good - exceeding, "rate_valid": good / (good + exceeding), "rate_lower": good / 365,
        "rate_upper": (365 - exceeding) / 365, "target": ">98", "rate_verdict": "COMPLIES", "certain": False,
        "attainment": "COMPLIES", "parameters": dict.fromkeys(_ITEMS, item), "composite_index": 3.21,
        "certainty": "read",
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site: a city with ten days of March 2025, a running year and values of this hour; another city."""
    path = tmp_path_factory.mktemp("air")
    (path / "network.toml").write_text(NETWORK, encoding="utf-8")
    drafts = []
    for station in (None, "wl"):
        scope = "/".join(filter(None, ("air/beijing", station)))
        days = days_between(dt.date(2025, 3, 1), dt.date(2025, 3, 10))
        rows = [(day.isoformat(), _day(day.isoformat(), station, exceeds=day.day == 5)) for day in days]
        rows += [("2025", _year(2025, station, 9, 1)), ("2026", _year(2026, station, 316, 4))]
        drafts += [Draft(scope, period, str(row["standard"]), row, "", "") for period, row in rows]
    end = NOW - HOUR_MS
    with Ledger(path / NAME, FakeClock(NOW)) as ledger:
        ledger.write(drafts, Position("e", 1), "code", {})
        ledger.put_provisional([
            Provisional("wl", "pm25", "1h", end, 81.0, True, 1, 1),
            Provisional("wl", "pm25", "24h", end, 66.0, False, 24, 9),
            Provisional("wl", "o3", "1h", NOW - OLD_MS - HOUR_MS, 12.0, True, 1, 1),
        ])  # fmt: skip
    return path


def _browser(folder: Path, now: int = NOW, cities: frozenset[str] = frozenset()) -> Browser:
    return Browser(application(folder, FakeClock(now), access=SignedIn("officer-1", "officer", cities=cities)))


def test_the_first_page_says_what_the_year_still_allows(folder: Path) -> None:
    """Of 40 days left (today among them) and 320 valid so far 3 may still exceed: 353 of 360 would be 98.05 %."""
    with open_site(folder, clock=FakeClock(NOW)).reader() as site:
        (year,) = overview(site, lambda city: city == "beijing", []).cities[0].years
    assert (year.year, year.days_left, year.missing, year.allowed) == (2026, 40, 5, 3)
    page = _browser(folder).get("/?lang=en").text
    assert "40 days left" in page
    assert "of which at most 3 may exceed" in page


def test_values_carry_their_age_and_their_validity(folder: Path) -> None:
    """The latest hour is there; an older value says how old it is; a mean of too few hours that it is not valid."""
    page = _browser(folder).get("/?lang=en").text
    assert '<td class="n">81</td>' in page
    assert '<td class="n">12<small class="flagged">◷ 4 h ago</small></td>' in page
    assert '66<small class="flagged">not valid</small>' in _browser(folder).get("/?lang=en&mean=24h").text


def test_years_later_the_last_judged_day_is_shown_and_said_so(folder: Path) -> None:
    """Where nothing has come for days, the page shows no empty present but what was judged last, by its date."""
    page = _browser(folder, NOW + 400 * 24 * HOUR_MS).get("/?lang=en").text
    assert "Stations on the last judged day, 2025-03-10" in page
    assert "Nothing of this year has been judged" in page
    assert "days left" not in page


def test_machines_are_told_where_to_look(folder: Path) -> None:
    """Whoever asks the first page for JSON gets what it always said."""
    answer = _browser(folder).get("/", headers={"accept": "application/json"})
    assert answer.json() == {"health": "/readyz", "metrics": "/metrics"}


def test_a_year_leads_to_the_why_of_each_day(folder: Path) -> None:
    """Each judged day is in the calendar with its index and leads to its why; names that strangers wrote are text."""
    page = _browser(folder).get("/air/beijing?year=2025").text
    assert page.count('href="../explain/air/beijing/2025-03-') == 10
    assert 'explain/air/beijing/2025-03-05" title="2025-03-05: 轻度污染, 超标"' in page
    assert "&lt;b&gt;万柳" in page
    assert "<b>万柳" not in page


def test_days_of_different_laws_are_not_compared_in_silence(folder: Path, tmp_path: Path) -> None:
    """Where the year before stands beside a year, a change of law between them is said."""
    own = Path(shutil.copytree(folder, tmp_path / "site"))
    row = {**_day("2026-03-02", None, exceeds=False), "standard": _NEXT}
    with Ledger(own / NAME, FakeClock(NOW)) as ledger:
        ledger.write([Draft("air/beijing", "2026-03-02", _NEXT, row, "", "")], Position("e", 1), "code", {})
    page = _browser(own).get("/air/beijing?year=2026&lang=en").text
    assert f"The year before was judged by {_LAW}, this one by {_NEXT}" in page
    assert "The year before was judged" not in _browser(own).get("/air/beijing?year=2025&lang=en").text


def test_a_month_shows_what_exceeds(folder: Path) -> None:
    """The value beyond its limit is marked, the reason is said, the least valid data of the day stand beside it."""
    page = _browser(folder).get("/air/beijing/wl?month=2025-03&lang=en").text
    assert page.count('<td class="n beyond">80</td>') == 1
    assert "PM₂.₅ 80 &gt; 75 µg/m³" in page
    assert page.count("91.6 %") == 10
    assert page.count('class="bar over"') == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [("air", 303), ("air/beijing", 200), ("air/beijing?year=1999", 200), ("air/beijing?month=2024-01", 200),
     ("air/beijing?year=20x5", 400), ("air/beijing?month=2025-13", 400), ("air/beijing?month=٢٠٢٥-٠٣", 400),
     ("air/beijing/wl?month=2025-03&day=2025-04-01", 400), ("air/beijing/fx", 404),
     ("air/foreign", 403), ("air/foreign/fx", 403), ("year", 404)],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused(folder: Path, path: str, status: int) -> None:
    """Periods that are none, places that are not there, and cities that are not whoever asks' own."""
    assert _browser(folder, cities=frozenset({"beijing"})).get(f"/{path}").status_code == status


def test_foreign_cities_are_not_on_the_first_page(folder: Path) -> None:
    """Whoever is there for one city sees that one."""
    assert "外市" in _browser(folder).get("/").text
    page = _browser(folder, cities=frozenset({"beijing"})).get("/").text
    assert "外市" not in page
    assert "北京" in page


def test_looking_changes_nothing(folder: Path) -> None:
    """No page writes to the ledger, and a folder in which nothing was ever judged has its pages, too."""
    before = (folder / NAME).read_bytes()
    for path in ("", "air/beijing", "air/beijing?month=2025-03", "air/beijing/wl"):
        assert _browser(folder).get(f"/{path}").status_code == 200
    assert (folder / NAME).read_bytes() == before


def test_nothing_was_ever_judged(tmp_path: Path) -> None:
    """The pages say what is missing and what to do, and make no file."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    for path, said in (("?lang=en", "No year has been judged yet"), ("air/beijing?lang=en", "Nothing has been judged")):
        assert said in _browser(tmp_path).get(f"/{path}").text
    assert [one.name for one in tmp_path.iterdir()] == ["network.toml"]
