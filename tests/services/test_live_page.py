"""Pages that are open, in a real browser: renewed by events, without losing what somebody typed or opened.

The browser's clock is moved by hand: a page waits seconds between two renewals.
"""

from __future__ import annotations

import time

import pytest

from collector.embedded_broker import free_port
from console.access.testing import SignedIn
from console.acts.marks import Asked, add_mark, approve_mark
from console.api import application
from console.site import open_site
from console.testing_server import serving
from qualicity.clock import SystemClock
from qualicity.heartbeat import beat
from qualicity.model import Batch
from qualicity.periods import HOUR_MS
from qualicity.store.audit import Actor
from qualicity.testing import hourly

NETWORK = """
[[city]]
id = "beijing"
name = { zh = "北京", en = "Beijing" }

[[station]]
id = "wl"
city = "beijing"
name = { zh = "万柳", en = "Wanliu" }
channels = [{ parameter = "pm25", unit = "ug/m3" }]
"""
SECONDS = 30.0


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    read(tmp_path, 0)
    return tmp_path


def served(folder, port=0):
    """Serve the site to whoever is officer-2."""
    return serving(application(folder, SystemClock(), access=SignedIn("officer-2", "officer")), port)


def hour():
    """Return the beginning of the last whole hour."""
    return int(time.time() * 1000) // HOUR_MS * HOUR_MS - HOUR_MS


def read(folder, before):
    """Let a reading of so many hours ago arrive."""
    with open_site(folder, writer=True) as site:
        site.store.append(Batch(hourly(site.store.registry, "wl", "pm25", hour() - before * HOUR_MS, [35.0])))


def marked(folder):
    """Mark the last days; return the mark's id."""
    asked = Asked("wl", "pm25", hour() - 48 * HOUR_MS, hour() + HOUR_MS, "fault", "lamp", "report 118", None)
    with open_site(folder) as site:
        return add_mark(site, Actor("officer-1", "cli"), asked).id


class Opened:
    """A page that is open: what happens to it since is no loading."""

    def __init__(self, browser, address):
        self.page = browser.new_context(locale="en").new_page()
        self.page.clock.install()
        self.page.goto(f"{address}?lang=en")
        self.page.evaluate("window.since = 'morning'")

    def shows(self, selector, text):
        """Let time go by until a part of the page says something."""
        part, end = self.page.locator(selector), time.monotonic() + SECONDS
        while text not in part.inner_text():
            assert time.monotonic() < end, part.inner_text()
            self.page.clock.run_for(2_000)
            self.page.wait_for_timeout(50)
        assert self.page.evaluate("window.since") == "morning"


def test_a_page_renews_itself_and_keeps_what_is_typed(browser, folder):
    """A reading arrives, then another's approval; the remark that is being written stays, and so does the cursor."""
    name = marked(folder)
    with served(folder) as root:
        opened = Opened(browser, f"{root}/marks/{name}")
        opened.shows("[data-live=mark] dl", "Readings\n1")
        read(folder, 1)
        opened.shows("[data-live=mark] dl", "Readings\n2")

        remark = opened.page.locator("form[action*=approve] input[name=why]")
        remark.type("the lamp was")
        with open_site(folder) as site:
            approve_mark(site, Actor("officer-3", "cli"), name)
        opened.shows("[data-live=mark-history]", "officer-3")
        opened.page.keyboard.type(" changed")
        assert remark.input_value() == "the lamp was changed"


def test_a_page_goes_on_after_the_service_was_started_again(browser, folder):
    """It says that it may be old while nobody answers; what was opened stays open, though its summary is another."""
    port = free_port()
    beat(folder, "collector", int(time.time() * 1000) - 5_000, ready=True, state="connected", counters={"taken": 7})
    with served(folder, port) as root:
        opened = Opened(browser, f"{root}/health")
        opened.page.locator("[data-live=health-parts] summary").click()
        opened.shows("[data-connection=on]", "")
    opened.shows("[data-connection=off]", "")
    beat(folder, "archive", int(time.time() * 1000), ready=True, state="sealing", counters={"sealed": 1})
    with served(folder, port):
        opened.shows("[data-live=health-parts]", "sealing")
        assert opened.page.locator("details[open] b").all_inner_texts() == ["collector"]
