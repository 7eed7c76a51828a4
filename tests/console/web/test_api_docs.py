"""The page of the API lists every operation, from the description itself."""

from __future__ import annotations

import pytest

from console import testing
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Return what asks a service over an empty folder."""
    app = application(tmp_path_factory.mktemp("empty"), testing.clock(), access=SignedIn("officer-1", "viewer"))
    return Browser(app)


def test_every_operation_is_listed_with_what_can_be_sent_to_it(browser):
    page = browser.get("/api/v1/docs?lang=en")
    assert page.status_code == 200
    described = browser.get("/api/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        assert page.text.count(f'<code class="what">{path}</code>') == len(methods)
    assert "/api/v1/docs" not in described["paths"]
    for words in ("as_if", "Rows of a page at most.", "body", "required"):
        assert words in page.text


def test_it_is_in_the_frame_in_both_languages(browser):
    assert ">API</a>" in browser.get("/api/v1/docs?lang=en").text
    assert "<h1>数据接口" in browser.get("/api/v1/docs?lang=zh").text
    assert 'api/v1/docs?lang=en">API</a>' in browser.get("/me?lang=en").text
