"""Every page of the console in a real browser: both languages, phone and desk, light and dark.

Nothing is wider than the screen, nothing is asked of another host, the browser has nothing to complain of, no text of
a stranger is run, and axe finds nothing.
"""

from __future__ import annotations

import importlib.resources
import os
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import sync_playwright

from console.access.testing import SignedIn
from console.api import application
from console.testing import clock, fill
from console.testing_server import serving

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

PAGES = {
    "/": ["/"],
    "/health": ["/health"],
}
"""Route -> addresses of it, of the site that `fill` writes."""

NO_PAGES = ("/api/", "/static/", "/healthz", "/readyz", "/health/", "/metrics", "/live")
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
    """Yield the address of a site that has something of everything, and its application."""
    folder = tmp_path_factory.mktemp("site")
    fill(folder)
    app = application(folder, clock(), access=SignedIn("admin-1", "admin"))
    with serving(app) as address:
        yield address, app


@pytest.fixture(scope="module")
def browser(program):
    """Yield the installed browser."""
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield found
        found.close()


def _pages(app):
    """Return the addresses of the pages: a route that nobody thought of fails."""
    routes = {
        one.path
        for one in app.routes
        if isinstance(one, APIRoute) and "GET" in one.methods and not one.path.startswith(NO_PAGES)
    }
    assert routes == set(PAGES)
    return [address for addresses in PAGES.values() for address in addresses]


@pytest.mark.parametrize(("language", "size", "scheme"), COMBINATIONS)
def test_every_page(served, browser, language, size, scheme):
    """As a person of one language sees it on one screen."""
    root, app = served
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda one: said.append(one.text))
    page.on("pageerror", lambda one: said.append(str(one)))
    page.on("dialog", lambda one: said.append(one.message))
    page.on("request", lambda one: asked.append(one.url))
    axe = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text("utf-8")
    problems = []
    for address in _pages(app):
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
        if WHOLE or (language == "zh") == (scheme == "light") == (size == PHONE):
            page.evaluate(axe)
            found["axe"] = page.evaluate(AXE)
        problems += [(address, what, seen) for what, seen in found.items() if seen]
        said.clear()
        asked.clear()
    context.close()
    assert problems == []
