"""Errata read well in both languages: what changed, from what to what, and why."""

from __future__ import annotations

from qualicity.model import Position
from qualicity.store.ledger import Version
from reports.errata import Erratum, errata_list, erratum, of_issue, table_changes
from reports.testing import MadeUpSources

MARK = [{"kind": "mark", "detail": "1"}]


def said(*found: Erratum):
    return [(one.zh, one.en) for one in errata_list(found, MadeUpSources())]


def changed(key: str, **fields: list[object]) -> Erratum:
    return Erratum(key, "HJ633-2012", 1, 2, fields, MARK)


def test_verdicts_that_changed_alike_stand_in_one_sentence():
    days = [changed(f"air/x/2016-03-0{day}", verdict=["COMPLIES", "NOT_ASSESSABLE"], aqi=[day, 9]) for day in (1, 2)]
    assert said(*days) == [
        (
            "2个日评价由“达标”改为“无法评价”，缘由：运维标记（air/x/2016-03-01, air/x/2016-03-02）",  # noqa: RUF001
            (
                "2 day(s) changed from complies to not assessable, because of: a mark by the operators"
                " (air/x/2016-03-01, air/x/2016-03-02)"
            ),
        )
    ]


def test_numbers_that_changed_name_what_they_are():
    days = [changed(f"air/x/2016-03-0{day}", aqi=[day, 10 * day]) for day in range(1, 8)]
    ((chinese, english),) = said(*days)
    assert chinese.startswith("7个日评价的AQI有变（由“1”改为“10”、由“2”改为“20”")  # noqa: RUF001
    assert english.startswith("7 day(s): AQI changed from 1 to 10, from 2 to 20, ")
    assert "from 5 to 50, …, because" in english
    assert "2016-03-06" not in english


def test_what_stands_beside_a_verdict():
    assert "of 1 month(s) what stands beside" in said(changed("air/x/2016-03", n=[1, 2]))[0][1]


def test_a_table_that_is_no_text_is_told_as_changed():
    """Whoever broke it: nothing of it is read as if it were whole."""
    (one,) = table_changes({"a.csv": b"\xff\xfe"}, {"a.csv": b"x,explain_key\r\n1,k\r\n"})
    assert (one.table, one.keys) == ("a", ["k"])


def test_causes_are_those_since_it_was_published_under_its_standard():
    """All in one instant: their order tells them apart."""

    def version(standard: str, number: int, cause: str) -> Version:
        return Version(
            "air/x/2016",
            standard,
            number,
            {"value": number},
            {"causes": [{"kind": cause}]},
            "",
            Position("", 0),
            "",
            "",
            1,
        )

    history = [
        version("A", 1, "calendar"),
        version("B", 1, "calendar"),
        version("A", 2, "mark"),
        version("B", 2, "code"),
    ]
    found = erratum(history[0], history, history[2])
    assert found is not None
    assert [cause["kind"] for cause in found.causes] == ["mark"]
    found = erratum(history[2], history, None)
    assert found is not None
    assert [cause["kind"] for cause in found.causes] == ["code"]
    assert erratum(history[0], history, history[0]) is None


def test_a_table_that_an_issue_did_not_have_is_no_erratum_of_it():
    """It is told, and the list of tables is compared without it; what the issue had is compared as ever."""
    listing = "resource,explain_key\r\na,\r\n"
    published = {"a.csv": b"x,explain_key\r\n1,k\r\n", "machine.resources.csv": listing.encode()}
    today = {
        **published,
        "a.parquet": b"",
        "air.laws.csv": b"x,explain_key\r\n1,air/x/2016@WHO-2021\r\n",
        "machine.resources.csv": f"{listing}air.laws,\r\n".encode(),
    }
    kept, added = of_issue(today, published)
    assert added == ["air.laws"]
    assert not table_changes(published, kept)
    kept, _ = of_issue({**today, "a.csv": b"x,explain_key\r\n2,k\r\n"}, published)
    assert [one.table for one in table_changes(published, kept)] == ["a"]
    kept, _ = of_issue({name: content for name, content in today.items() if name != "a.csv"}, published)
    assert [one.table for one in table_changes(published, kept)] == ["a"]
    assert [one.table for one in table_changes(published, today)] == ["air.laws", "machine.resources"]
