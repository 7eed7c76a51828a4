"""The demo's records: filed like any other, judged without readings, and a scorecard that its page links."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from console import demo_water, made_up
from console.alarms.testing import Browser
from console.api import application
from console.demo_records import ADDRESS, SCORECARD, file_records, judge_records
from console.site import open_site
from qualicity.errors import IntegrityError
from targets.synthetic.example import SEED, records, write

FEW = ("R_ms", "R_ac", "R_nil", "R_ww", "R_tk")


@pytest.fixture
def site(tmp_path):
    """Return a site with the demo's network, and nothing on file yet."""
    (tmp_path / "network.toml").write_text(demo_water.network_text(), "utf-8")
    with open_site(tmp_path) as made:
        yield made


def _few(folder, *, scale, **_):
    """Write some of the example's forms."""
    counts = {}
    for name in FEW:
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            counts[name] = write(file, name, islice(records(name, SEED, scale=scale), 1000))
    return counts


def test_records_are_filed_judged_and_shown(site, monkeypatch):
    """Without a single reading, in a network of two cities: what is missing is said, what is made up is marked."""
    monkeypatch.setattr(made_up, "write_example", _few)
    assert file_records(site) == sum(filing.receipt.stored for filing in site.records.filings()) > 500
    statuses = judge_records(site, site.data / SCORECARD)
    assert statuses["achieved"]
    assert statuses["not_assessable"] > statuses["achieved"]
    page = (site.data / SCORECARD).read_text("utf-8")
    assert "深圳 2015" in page
    assert "合成" in page
    assert "SYN-T-017" in page  # a task that nobody has closed
    assert "SYN-T-018" not in page
    app = application(site.data, site.clock)
    assert "深圳 2015" in Browser(app).get(f"/{ADDRESS}").text  # the page's link, where the service answers it


def test_a_record_that_is_not_taken_ends_the_demo(site, monkeypatch):
    """The example is ours: a refusal is our fault, and no demo goes on over it."""

    def one_more(folder, **asked):
        return Counter(_few(folder, **asked)) + Counter({"R_ms": 1})

    monkeypatch.setattr(made_up, "write_example", one_more)
    with pytest.raises(IntegrityError, match="R_ms"):
        file_records(site)
