"""An officer's day, from the broken instrument to the list of errata: the real service, people in a real browser."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from collector.embedded_broker import EmbeddedBroker, free_port
from collector.publisher import Publisher
from console.access.passwords import Passwords
from console.acts.users import add_user
from console.demo import broker_environment
from console.demo_alarm import CALM, SURGE, duty, readings
from console.site import open_site
from qualicity.model import Batch
from qualicity.periods import DAY_MS, HOUR_MS, LAW_ZONE, day_of, day_start
from qualicity.settings import MqttSettings
from qualicity.store.audit import Actor
from qualicity.testing import hourly

PEOPLE = {"duty-1": ["duty"], "officer-1": ["officer"], "officer-2": ["officer"], "editor-1": ["editor"]}
PASSWORD = "of an officer's day"  # noqa: S105 - of a service that lives as long as the test
ITEMS = {"so2": 8.0, "no2": 30.0, "pm10": 40.0, "pm25": 20.0, "co": 0.6, "o3": 70.0}
BROKEN_FROM, BROKEN = 20, 800.0
"""Since that hour of yesterday the instrument at Dongsi says so many ug/m3 of NO2."""

STATION = """
[[station]]
id = "{id}"
city = "beijing"
name = {{ zh = "{zh}", en = "{id}" }}
channels = [{channels}]
"""
MINUTE_MS = 60_000
WAIT = 60_000
"""ms for what a busy machine takes its time for."""


def network():
    """Return the network: two stations of a city."""
    channels = ", ".join(
        f'{{ parameter = "{name}", unit = "{"mg/m3" if name == "co" else "ug/m3"}" }}' for name in ITEMS
    )
    stations = [
        STATION.format(id=id_, zh=zh, channels=channels) for id_, zh in (("Dongsi", "东四"), ("Tiantan", "天坛"))
    ]
    return '[[city]]\nid = "beijing"\nname = { zh = "北京", en = "Beijing" }\n' + "".join(stations)


def fill(folder, now):
    """Write yesterday's hours and today's, and the people; since the evening one instrument is broken."""
    (folder / "network.toml").write_text(network(), encoding="utf-8")
    with open_site(folder, writer=True) as site:
        yesterday = day_start(day_of(now)) - DAY_MS
        hours = (now - yesterday) // HOUR_MS
        for station in ("Dongsi", "Tiantan"):
            for name, level in ITEMS.items():
                values = level + 0.1 * np.arange(hours)
                if (station, name) == ("Dongsi", "no2"):
                    values[BROKEN_FROM:] = BROKEN + np.arange(hours - BROKEN_FROM)
                rows = hourly(
                    site.store.registry, station, name, yesterday, values.tolist(), received=now,
                    unit="mg/m3" if name == "co" else "ug/m3",
                )  # fmt: skip
                site.store.append(Batch(rows))
        for name, roles in PEOPLE.items():
            add_user(site, Actor("root", "cli"), name, PASSWORD, roles=roles, passwords=Passwords())


@contextmanager
def running(folder, page, environment):
    """Run the service while a block runs."""
    command = [sys.executable, "-m", "console", "serve", "--data", str(folder)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if httpx.get(f"{page}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(60)


class Desk:
    """One person's browser, signed in."""

    def __init__(self, browser, root, name):
        self.root, self.page = root, browser.new_context(locale="en", timezone_id="Asia/Shanghai").new_page()
        self.page.set_default_timeout(WAIT)
        self.open("sign-in")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.press("sign-in")
        expect(self.page.locator("header.site")).to_contain_text(name)

    def open(self, path):
        """Go to a page."""
        self.page.goto(f"{self.root}/{path}{'&' if '?' in path else '?'}lang=en")
        return self.page

    def press(self, form):
        """Press the button of the form that asks for something; wait until it is answered."""
        with self.page.expect_navigation():
            self.page.locator(f"main form[action*='{form}'] button").last.click()

    def main(self):
        """Return the page's content."""
        return self.page.locator("main")


@pytest.fixture
def site(tmp_path):
    """Yield a folder with the readings of a broken instrument, and the service that runs on it, with its chat."""
    folder = tmp_path / "site"
    folder.mkdir()
    fill(folder, int(time.time() * 1000))
    page = f"http://127.0.0.1:{free_port()}"
    with ExitStack() as opened:
        chat, links = opened.enter_context(duty(folder, page))
        broker = opened.enter_context(EmbeddedBroker())
        environment = {**os.environ, **links, **broker_environment(broker)}
        del environment["QUALICITY_SUPERVISED"]
        environment["QUALICITY_API__PORT"] = page.rpartition(":")[2]
        opened.enter_context(running(folder, page, environment))
        yield folder, page, chat, Publisher(MqttSettings(url=broker.url))


def publish(editor, day):
    """Publish the bulletin of a day; return the path of its issue."""
    page = editor.open("papers")
    page.select_option("select[name=kind]", "bulletin")
    page.fill("input[name=period]", str(day))
    page.check("input[name=media][value=air]")
    page.check("input[name=publish][value=true]")
    page.locator("form.order button").click()
    issue = editor.main().locator("a[href*='papers/bulletin-']").first  # the job's page renews itself
    issue.wait_for()
    return re.search(r"papers/[^?#]+", issue.get_attribute("href"))[0]


def mark(officer, day, until):
    """Mark the hours since the instrument is broken; return the mark's id."""
    page = officer.open("marks/new?station=Dongsi&parameter=no2")
    page.select_option("select[name=kind]", "fault")
    page.fill("input[name=from]", f"{day}T{BROKEN_FROM}:00")
    page.fill("input[name=to]", until)
    page.fill("textarea[name=why]", "The analyser's lamp has failed")
    page.fill("input[name=proof]", "service report 118")
    officer.press("marks/new")
    expect(officer.main()).to_contain_text(str(day))  # what it does is said before it is made
    officer.press("/marks")
    return re.search(r"marks/([0-9a-f]{12})", page.url)[1]


def errata(editor, issue):
    """Have an issue checked; return its list of errata."""
    editor.open(issue)
    editor.press("/verify")
    end = time.monotonic() + WAIT / 1000
    while True:
        listed = editor.open(issue).locator("#errata")
        if listed.locator("table").count() or time.monotonic() > end:
            return listed.inner_text()
        time.sleep(0.5)


def test_an_officers_day(site, browser):
    """A station breaks; an alarm; acknowledged, marked, approved; judged anew; and the bulletin says what changed."""
    _, root, chat, sensors = site
    now = int(time.time() * 1000)
    at = dt.datetime.fromtimestamp(now / 1000, LAW_ZONE)
    day = at.date() - dt.timedelta(days=1)
    key = f"air/beijing/{day}"
    editor, on_duty, officer, second = (
        Desk(browser, root, name) for name in ("editor-1", "duty-1", "officer-1", "officer-2")
    )

    # yesterday was judged, and its bulletin says so
    why = browser.new_context().new_page()
    why.goto(f"{root}/explain/{key}?lang=en")
    expect(why.locator("main .chip").first).to_have_class(re.compile("EXCEEDS"))
    issue = publish(editor, day)

    # the instrument goes on; whoever is on duty is told, and takes it on
    sensors.publish(readings(now - 9 * MINUTE_MS, CALM))
    sensors.publish(readings(now - 4 * MINUTE_MS, SURGE))
    assert chat.wait(1, 30.0)
    number = re.findall(r"(\d+)/raised", chat.received[0].text)[-1]
    on_duty.open(f"alarms/incidents/{int(number)}")
    on_duty.press("alarms/acknowledge")
    expect(on_duty.main().locator("dl").first).to_contain_text("duty-1", timeout=WAIT)

    # an officer marks the hours, with proof, and cannot approve the own mark; a second one does
    name = mark(officer, day, f"{at:%Y-%m-%dT%H:%M}")
    assert officer.main().locator("form[action*='approve']").count() == 0
    second.open(f"marks/{name}")
    second.press("approve")
    expect(second.main()).to_contain_text("officer-2")

    # the day is judged anew; the page that is open since the morning says so by itself, and why
    expect(why.locator("main .chip").first).to_have_class(re.compile("COMPLIES"), timeout=WAIT)
    for said in ("#2", name, "service report 118", "officer-1"):
        expect(why.locator("main")).to_contain_text(said)

    # the bulletin's list of errata has both
    said = errata(editor, issue)
    assert key in said
    assert "verdict exceeds \N{RIGHTWARDS ARROW} complies" in said
    assert "a mark by the operators" in said
