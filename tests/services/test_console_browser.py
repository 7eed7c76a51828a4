"""Every page of the console in a real browser: both languages, phone and desk, light and dark.

Nothing is wider than the screen, nothing is asked of another host, the browser has nothing to complain of, no text of
a stranger is run, and axe finds nothing: once a page, and in each way with QUALICITY_EXAMPLES.
"""

from __future__ import annotations

import importlib.resources
import os
from urllib.parse import urlsplit

import pytest

from console.access.site_access import SiteAccess
from console.access.testing_site import ADMIN, CHEAP, PASSWORD
from console.acts.users import add_user
from console.api import application
from console.site import open_site
from console.testing import clock, fill, routes_of
from console.testing_server import serving
from qualicity.settings import ApiSettings

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

MARK_NEW = (
    "/marks/new?check=1&station=wl&parameter=pm25&kind=fault&from=2026-11-19T08:00&to=2026-11-19T12:00"
    "&why=lamp&proof=report"
)

PAGES = {
    "/": ["/"],
    "/access": ["/access"],
    "/access/keys": ["/access/keys"],
    "/access/log": ["/access/log"],
    "/access/users/{name}": ["/access/users/officer-1"],
    "/api/v1/docs": ["/api/v1/docs"],
    "/air": ["/air"],
    "/air/{city}": ["/air/beijing", "/air/beijing?month=2026-10"],
    "/air/{city}/{station}": ["/air/beijing/wl", "/air/beijing/wl?month=2026-11&day=2026-11-08"],
    "/air/{city}/{year}/laws": ["/air/beijing/2026/laws"],
    "/alarms": ["/alarms"],
    "/alarms/alarm": ["/alarms/alarm?name=air-o3-1h@beijing/wl/o3"],
    "/alarms/handover": ["/alarms/handover"],
    "/alarms/incidents/{number}": ["/alarms/incidents/1", "/alarms/incidents/2"],
    "/explain": ["/explain"],
    "/explain/{key:path}": [
        f"/explain/{key}"
        for key in (
            "air/beijing/2026-11-09",
            "air/beijing/wl/2026-11-18",
            "air/beijing/2026",
            "air/beijing/2026-10",
            "water/c/lake/2024-01",
            "water/c/2024",
            "discharge/c/mill/2024-01-12",
            "target/prd.market_pass/2012?city=c",
            "records/R_ps/2012",
            "law:GB3095-2012:o3:1h:II",
            "register/prd.market_pass",
            "rollup/2012?city=c",
        )
    ],
    "/health": ["/health"],
    "/indicators": ["/indicators", "/indicators?status=not_assessable"],
    "/indicators/{name}": ["/indicators/prd.market_pass"],
    "/letters": ["/letters"],
    "/letters/conflicts": ["/letters/conflicts?city=beijing&month=2026-10"],
    "/marks": ["/marks"],
    "/marks/new": ["/marks/new", MARK_NEW],
    "/marks/{name}": ["/marks/MARK"],
    "/me": ["/me"],
    "/papers": ["/papers"],
    "/papers/{paper}/texts": ["/papers/bulletin-air-beijing-2026-10/texts"],
    "/papers/{paper}/texts/{name}": ["/papers/bulletin-air-beijing-2026-10/texts/policy.zh.md"],
    "/papers/{paper}/{issue}": ["/papers/bulletin-air-beijing-2026-10/1"],
    "/records": ["/records"],
    "/records/calendar": ["/records/calendar?year=2012"],
    "/records/forms": ["/records/forms"],
    "/records/refused": ["/records/refused"],
    "/records/{record_id:path}": ["/records/RECORD"],
    "/reviews": ["/reviews?city=beijing&month=2026-11"],
    "/reviews/{scope:path}": ["/reviews/air/beijing/wl?month=2026-11"],
    "/runbooks/{name}": ["/runbooks/air-hour.md"],
    "/sign-in": ["/sign-in?next=marks"],
    "/water": ["/water"],
    "/water/{city}": ["/water/c?year=2024&month=1"],
    "/water/{city}/{station}": [f"/water/c/{one}?year=2024&month=1" for one in ("lake", "mill", "west")],
}
"""Route -> addresses of it, of the site that `fill` writes."""

ELSEWHERE = {
    "/ack/{token}",  # tests/services/test_alarm_pages.py
    "/papers/jobs/{number}",  # tests/services/test_officers_day.py
    "/papers/{paper}/draft/{name:path}", "/papers/{paper}/text", "/papers/{paper}/{issue}/{name:path}",  # files
    "/records/calendar.ics", "/records/forms/{name}", "/year",  # files
    "/scorecard", "/scorecard.html",  # both languages at once: tests/services/test_scorecard_browser.py
}  # fmt: skip
NO_PAGES = ("/api/", "/static/", "/healthz", "/readyz", "/health/", "/metrics", "/live", "/favicon.ico")
"""Where routes begin that answer something else than a page."""

COMBINATIONS = [("zh", PHONE, "light"), ("en", DESK, "dark"), ("en", PHONE, "dark"), ("zh", DESK, "light")]
WHOLE = bool(os.environ.get("QUALICITY_EXAMPLES"))

AXE = """async () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const found = await axe.run(document);
  return found.violations.map(one => [one.id, one.impact, one.nodes.map(node => node.html.slice(0, 200))]);
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Yield the address of a site that has something of everything, and the addresses of its pages."""
    folder = tmp_path_factory.mktemp("site")
    fill(folder)
    with open_site(folder, clock=clock()) as site:
        for name, role in (("admin-1", "admin"), ("officer-1", "officer")):
            add_user(site, ADMIN, name, PASSWORD, roles=[role], passwords=CHEAP)
        names = {
            "MARK": site.ledger.marks.list()[0].id,
            "RECORD": site.records.rows("R_ps", ["record_id"])["record_id"][0].as_py(),
        }
    app = application(folder, clock(), access=SiteAccess(folder, ApiSettings(), "", clock(), CHEAP))
    looks = {one.path for one in routes_of(app) if "GET" in one.methods}
    assert {
        one for one in looks if one in PAGES or not one.startswith(NO_PAGES)
    } == PAGES.keys() | ELSEWHERE  # nobody forgets a page
    with serving(app) as address:
        yield address, [_named(one, names) for addresses in PAGES.values() for one in addresses]


def _named(address, names):
    """Return an address with the names that the site gave."""
    for word, name in names.items():
        address = address.replace(word, name)
    return address


@pytest.mark.parametrize(("language", "size", "scheme"), COMBINATIONS)
def test_every_page(served, browser, language, size, scheme):
    """As a person of one language sees it on one screen."""
    root, addresses = served
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{root}/sign-in")
    page.fill("input[name=name]", "admin-1")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(f"{root}/")
    said, asked = [], []
    page.on("console", lambda one: said.append(one.text) if one.type in {"error", "warning"} else None)
    page.on("pageerror", lambda one: said.append(str(one)))
    page.on("dialog", lambda one: said.append(one.message))
    page.on("request", lambda one: asked.append(one.url))
    axe = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text("utf-8")
    problems = []
    for number, address in enumerate(addresses):
        joint = "&" if "?" in address else "?"
        answer = page.goto(f"{root}{address}{joint}lang={language}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        found = {
            "status": answer.status if answer.status >= 400 else 0,
            "wide": wide if wide > size["width"] else 0,
            "language": page.locator(f'html[lang^="{language}"]').count() != 1,
            "headings": page.locator("h1").count() != 1,
            "said": list(said),
            "elsewhere": [url for url in asked if urlsplit(url).netloc != urlsplit(root).netloc and url[:5] != "data:"],
        }
        if WHOLE or (language, size) == (("zh", PHONE), ("en", DESK))[number % 2]:
            page.evaluate(axe)
            found["axe"] = page.evaluate(AXE)
        problems += [(address, what, seen) for what, seen in found.items() if seen]
        said.clear()
        asked.clear()
    context.close()
    assert "\n".join(map(str, problems)) == ""
