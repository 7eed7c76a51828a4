"""What several tests of the console share: pages taken apart, a part that runs, a site of stations."""

from __future__ import annotations

import json
import threading
import time
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from aggregator.testing_stations import NETWORK, tables
from console.cli import application
from console.site import open_site
from qualicity.heartbeat import heartbeats
from qualicity.model import Batch

_VOID = {"meta", "br", "input", "link"}
_ADDRESSES = {"href", "src", "action", "data"}


class _Page(HTMLParser):
    """Checks that tags close; collects tags, ids, styles and what leads elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.addresses, self.styles, self.ids = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in _ADDRESSES]
        self.styles += [value for name, value in attrs if name == "style"]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="session")
def parsed():
    """Return the function that takes a page apart, every tag of which must close."""

    def take_apart(text):
        page = _Page()
        page.feed(text)
        page.close()
        assert page.open == []
        return page

    return take_apart


@pytest.fixture(scope="session")
def on_site():
    """Return what makes, of a site's folder, the function that runs a command there and returns what it printed."""

    def of(folder):
        def found(*arguments):
            result = CliRunner().invoke(application(arguments[0]), [*map(str, arguments), "--data", str(folder)])
            if result.exception is not None:
                raise result.exception
            return result.stdout

        return found

    return of


@pytest.fixture(scope="module")
def lines(run):
    """Return the function that runs a command by a file's own `run` and reads its JSON lines."""
    return lambda *arguments: [json.loads(line) for line in run(*arguments, "--json").splitlines()]


@pytest.fixture
def run_part(tmp_path):
    """Yield the function that runs a part on an open site of this folder, and returns what waits for its words."""
    stop, threads = threading.Event(), []

    def start(module, site):
        name = module.__name__.rpartition(".")[2]

        def run():
            with site:
                module.run(site, stop)

        def until(told):
            end = time.monotonic() + 30
            while time.monotonic() < end:
                for beat in heartbeats(tmp_path):
                    if beat.part == name and told(beat):
                        return beat
                time.sleep(0.01)
            raise AssertionError(heartbeats(tmp_path))

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return until

    yield start
    stop.set()
    for thread in threads:
        thread.join(30)
    assert heartbeats(tmp_path) == []


@pytest.fixture(scope="module")
def stations(tmp_path_factory):
    """Return a data folder with two months of sources and outlets, of 2024; nothing is judged yet."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(folder, writer=True) as made:
        for table in tables(made.store.registry):
            made.store.append(Batch(table))
    return folder
