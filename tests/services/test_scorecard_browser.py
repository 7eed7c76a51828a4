"""The scorecard in a real browser: it fits a phone and a desk, and its languages change without a script."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from console.scorecard.rendering import render
from console.scorecard.testing import material
from console.scorecard.view import scorecard

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--window-size=1300,900", "--allow-file-access-from-files", "--virtual-time-budget=4000",
)  # fmt: skip

MEASURE = """
<iframe src="card.html"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, found = {};
  for (const width of [390, 1280]) {
    frame.style.width = `${width}px`;
    const seen = one => getComputedStyle(one).display !== "none";
    const names = language => [...page.querySelectorAll(`h1 .${language}`)].filter(seen).length > 0;
    const spoken = {};
    for (const language of ["zh", "en", "both"]) {
      page.querySelector(`label[for=speak-${language}]`).click();
      const wide = page.documentElement.scrollWidth;
      const heights = [...page.querySelectorAll(".speaks label")].map(one => one.getBoundingClientRect().height);
      spoken[language] = {zh: names("zh"), en: names("en"), wide, low: Math.min(...heights)};
    }
    found[width] = spoken;
  }
  document.title = JSON.stringify(found);
};
</script>
"""


@pytest.fixture
def measured(tmp_path, program):
    """Return what a browser finds on the page, by width and language."""
    (tmp_path / "card.html").write_text(render(scorecard(material())), encoding="utf-8")
    (tmp_path / "measure.html").write_text(MEASURE, encoding="utf-8")
    command = [program("chromium"), *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
               (tmp_path / "measure.html").as_uri()]  # fmt: skip
    printed = subprocess.run(command, capture_output=True, check=True, timeout=90).stdout.decode()
    return json.loads(re.search(r"<title>(.*?)</title>", printed)[1])


def test_the_page_fits_and_speaks(measured):
    """Nothing is wider than the screen; each button shows its language and hides the other; a thumb hits it."""
    for width, spoken in measured.items():
        for language, found in spoken.items():
            assert found["wide"] <= int(width), (width, language)
            assert found["zh"] == (language != "en")
            assert found["en"] == (language != "zh")
            assert found["low"] >= (40 if width == "390" else 24)
