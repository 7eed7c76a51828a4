"""A paper in a real browser: nothing that axe finds, no message of an error, nothing wider than the screen."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import subprocess

import pytest

from qualicity.network import Name
from reports import testing_paper
from reports.model import Chapter, Editorial, Prose, Section
from reports.render.html import html

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--window-size=1400,900", "--allow-file-access-from-files", "--virtual-time-budget=60000",
    "--enable-logging=stderr",
)  # fmt: skip

PHONE, DESK = 390, 1280
SCHEMES = {"dark": (0, "rgb(15, 22, 28)"), "light": (1, "rgb(244, 246, 248)")}
"""The browser's number of a scheme of colours, and the ground that the page then has."""

LOOK = """
<iframe style="height: 844px; border: 0"></iframe>
<script>
const frame = document.querySelector("iframe"), found = {};
const look = async width => {
  frame.style.width = `${width}px`;
  await new Promise(done => { frame.onload = done; frame.src = "page.html"; });
  const page = frame.contentDocument;
  for (const one of page.querySelectorAll("details")) one.open = true;
  const result = await frame.contentWindow.axe.run(page);
  found[width] = {
    wide: page.documentElement.scrollWidth,
    ground: getComputedStyle(page.body).backgroundColor,
    passed: result.passes.length,
    low: [...page.querySelectorAll("nav a")].filter(one => one.offsetHeight && one.offsetHeight < 24).length,
    violations: result.violations.map(one => ({
      rule: one.id, impact: one.impact, nodes: one.nodes.map(node => [node.html.slice(0, 200), node.failureSummary])})),
  };
};
const all = async () => {
  for (const width of WIDTHS) await look(width);
  document.body.textContent = "found" + JSON.stringify(found).replaceAll("<", "(").replaceAll("&", "+") + "found";
};
all();
</script>"""


@pytest.fixture
def looked_at(tmp_path, program):
    """Give what a browser finds on a page by width, in a scheme of colours, and what it said on its console.

    The page's own policy lets no script run: here it is left out, so that axe can.
    """
    axe = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text("utf-8")

    def look(text, widths, scheme):
        bare = re.sub(r"<meta http-equiv=.*?>", "", text)
        (tmp_path / "axe.js").write_text(axe, encoding="utf-8")
        (tmp_path / "page.html").write_text(
            bare.replace("</head>", '<script src="axe.js"></script></head>'), encoding="utf-8"
        )
        (tmp_path / "look.html").write_text(LOOK.replace("WIDTHS", str(list(widths))), encoding="utf-8")
        command = [
            program("chromium"), *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}",
            f"--blink-settings=preferredColorScheme={scheme}", "--dump-dom", (tmp_path / "look.html").as_uri(),
        ]  # fmt: skip
        run = subprocess.run(command, capture_output=True, check=True, timeout=180)
        found = json.loads(re.search(r"found({.*})found", run.stdout.decode(), re.DOTALL)[1])
        return found, re.findall(r"CONSOLE.*", run.stderr.decode())

    return look


def paper(kind="white_paper"):
    """A paper with every kind of block, none of them long: axe looks at each cell."""
    say = testing_paper.say
    blocks = (
        testing_paper.key_figures(), Prose(say("sentence")), testing_paper.figure(), testing_paper.table(),
        testing_paper.table("product.none", 0),
        Section("wide", say("section"), (testing_paper.table("product.wide", 4, 12),)),
        Editorial(Name("# 一\n\n[链接](https://x.example) `x`\n\n```\nx\n```", "### a\n\n> b\n\n1. c"), "policy.md"),
        Editorial(say("editorial"), "more.md"),
        *(Prose(say("sentence"), tone) for tone in ("caution", "method", "data_quality")),
    )  # fmt: skip
    return testing_paper.paper(kind, (Chapter("product", say("foreword"), blocks, "3"),))


CASES = [(paper(), ("zh", "en"), (PHONE,), "light"), (paper("bulletin"), ("zh",), (DESK,), "dark")]
if os.environ.get("QUALICITY_EXAMPLES"):  # the whole of it, long tables too
    whole = testing_paper.paper()
    CASES += [
        (whole, spoken, (PHONE, DESK), scheme) for spoken in (("zh",), ("en",), ("zh", "en")) for scheme in SCHEMES
    ]


@pytest.mark.parametrize(("paper", "languages", "widths", "scheme"), CASES)
def test_a_paper_can_be_read_by_everybody(looked_at, paper, languages, widths, scheme):
    """With all details open, in the colours asked for; tables and figures scroll on their own, never the page."""
    number, ground = SCHEMES[scheme]
    found, console = looked_at(html(paper, languages, "https://air.example/q"), widths, number)
    assert console == []
    assert list(found) == [str(width) for width in widths]
    for width, seen in found.items():
        assert seen["violations"] == [], (width, scheme)
        assert seen["passed"] > 20
        assert seen["wide"] <= int(width)
        assert seen["ground"] == ground
        assert seen["low"] == 0
