"""The pages that tell what to do are where the messages' links lead."""

from __future__ import annotations

import re

import pytest

from alerting.rules.known import runbooks
from console.alarms.testing import Browser
from console.api import application
from qualicity.clock import SystemClock


@pytest.fixture
def client(tmp_path):
    return Browser(application(tmp_path, SystemClock()))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [*sorted(runbooks()), "README.md"])
def test_every_page_is_shown_in_each_language(client, name, language):
    answer = client.get(f"/runbooks/{name}?lang={language}")

    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == language
    assert "<table>" in answer.text
    assert answer.text.count("<script") == 1  # the frame's
    if name != "README.md":
        assert ("What it means" in answer.text) is (language == "en")
        assert ("何时结束" in answer.text) is (language == "zh")


def test_links_between_pages_lead_to_pages(client):
    index = client.get("/runbooks/README.md").text
    links = set(re.findall(r'href="([\w-]+\.md)"', index))

    assert links == runbooks()
    assert all(client.get(f"/runbooks/{link}").status_code == 200 for link in links)


@pytest.mark.parametrize("name", ["none.md", "..%2Foncall.md", "%2e%2e%2foncall.md", "air-hour", "AIR-HOUR.md"])
def test_nothing_else_is_shown(client, name):
    assert client.get(f"/runbooks/{name}").status_code == 404
