"""The page in a real browser: it shows, in both languages, and its script runs."""

from __future__ import annotations

import re
import struct
import subprocess
import zlib

import pytest

from aggregator.pipeline import Pipeline
from console.examples import example
from console.page import render
from console.page.report import year_report
from console.page.texts import texts
from qualicity.clock import SystemClock
from qualicity.network_file import load_network
from qualicity.store.ledger import Ledger
from qualicity.testing import MemoryStore

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1000,1400",
)


@pytest.fixture
def chromium(tmp_path, program):
    """Return a function that runs the browser with an empty profile and returns what it prints."""
    browser = program("chromium")

    def run(*arguments):
        command = [browser, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
        return subprocess.run(command, capture_output=True, check=True, timeout=90).stdout.decode()

    return run


@pytest.fixture
def page(tmp_path):
    """Return the file of a page: Beijing's network, no readings."""
    network = load_network([example("beijing-2016") / "network.toml"])
    with Ledger(tmp_path / "ledger.db", SystemClock()) as ledger:
        pipeline = Pipeline(MemoryStore(), ledger, network, SystemClock())
        report = year_report(pipeline, "beijing", 2016, others=("GB3095-2026",), counts={}, archive="", source=True)
    path = tmp_path / "page.html"
    path.write_text(render(report), encoding="utf-8")
    return path


def _colors(path):
    """Return how many different bytes the picture's pixels have: a blank page has few."""
    content, at, data = path.read_bytes(), 8, b""
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IDAT":
            data += content[at + 8 : at + 8 + length]
        at += 12 + length
    return len(set(zlib.decompress(data)))


def test_the_page_shows_itself(chromium, page, tmp_path):
    """A picture that is not blank; the language of the address."""
    picture = tmp_path / "page.png"
    chromium(f"--screenshot={picture}", f"{page.as_uri()}#en")
    english, chinese = (chromium("--dump-dom", f"{page.as_uri()}#{language}") for language in ("en", "zh"))

    assert _colors(picture) > 40
    assert '<html lang="en">' in english
    assert '<html lang="zh">' in chinese
    assert "target missed" in english or "not assessable" in english


PROBE = """
<script>
document.getElementById("language").click();
filter.value = "2016-03";
filter.dispatchEvent(new Event("input"));
const shown = rows.filter(row => !row.hidden);
Object.assign(document.body.dataset, {
  language: root.lang,
  placeholder: filter.placeholder,
  shown: shown.length,
  right: shown.every(row => row.textContent.includes("2016-03")),
  wide: document.documentElement.scrollWidth,
  visible: getComputedStyle(document.querySelector("h1 .en")).display,
});
</script>
"""


def test_its_buttons_work_and_nothing_sticks_out(chromium, page):
    """One click changes the language, the filter keeps the days asked for, 500 px are wide enough."""
    probe = page.with_name("probe.html")
    probe.write_text(page.read_text("utf-8").replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    body = re.search(r"<body[^>]*>", chromium("--window-size=500,900", "--dump-dom", f"{probe.as_uri()}#en"))[0]
    found = dict(re.findall(r'data-(\w+)="([^"]*)"', body))

    assert found["language"] == "zh"
    assert found["placeholder"] == texts()["filter"]["zh"]
    assert (found["shown"], found["right"]) == ("31", "true")
    assert found["visible"] == "none"
    assert int(found["wide"]) <= 500
