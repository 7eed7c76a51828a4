"""What `$filter` and the other options take, and what they refuse."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sensorthings.asked import Asked, Place, parse_options
from console.sensorthings.filters import COMPARE, COMPARED, Condition, parse_filter
from qualicity.errors import UsageError

DAY = dt.datetime(2016, 3, 5, tzinfo=dt.UTC).timestamp() * 1000
HOUR = 3_600_000


@pytest.mark.parametrize(("text", "conditions"), [
    ("result gt 75", [("result", "gt", 75.0)]),
    ("result le -0.5e1", [("result", "le", -5.0)]),
    (
        "phenomenonTime ge 2016-03-05T00:00:00Z and phenomenonTime lt 2016-03-06T00:00:00.000Z",
        [("phenomenonTime", "ge", DAY), ("phenomenonTime", "lt", DAY + 24 * HOUR)],
    ),
    ("phenomenonTime eq 2016-03-05T08:00:00+08:00", [("phenomenonTime", "eq", DAY)]),
    ("phenomenonTime eq 2016-03-05T08:00 08:00", [("phenomenonTime", "eq", DAY)]),  # a plus that was sent bare
    ("((resultTime ne 2016-03-05T00:00Z) and (result ge 1))", [("resultTime", "ne", DAY), ("result", "ge", 1.0)]),
    (" resultQuality/counts eq true and resultQuality/valid eq false ", [
        ("resultQuality/counts", "eq", 1.0), ("resultQuality/valid", "eq", 0.0),
    ]),
])  # fmt: skip
def test_comparisons_joined_by_and(text, conditions):
    """As the standard's examples write them; brackets change nothing."""
    assert parse_filter(text) == [Condition(*one) for one in conditions]


@pytest.mark.parametrize("text", [
    "", "result", "result gt", "result gt 5 and", "result gt 5 or result lt 3", "not result gt 5", "(result gt 5",
    "result gt 5)", "result gt '5'", "result gt 5m", "result gt 2016-03-05T00:00:00Z", "phenomenonTime ge 5",
    "phenomenonTime ge 2016-03-05", "phenomenonTime ge 2016-03-05T00:00:00", "phenomenonTime ge 2016-02-30T00:00:00Z",
    "phenomenonTime ge 0000-01-01T00:00:00Z", "Datastream/id eq 5",
    "geo.distance(location, geography'POINT(0 0)') lt 1",
    "result add 5 gt 10", "substringof('a', name)", "result gt 5 result lt 6", "result eq null", "result gt NaN",
    "result gt \x00", "result gt \u0665", "(" * 60 + "result gt 1" + ")" * 60, "resultQuality/valid eq 1",
])  # fmt: skip
def test_what_is_not_offered_is_refused_with_its_mend(text):
    """Never answered as if it had not been asked."""
    with pytest.raises(UsageError) as refused:
        parse_filter(text)
    assert refused.value.mend


@given(
    st.text(max_size=60) | st.lists(st.sampled_from([*COMPARED, *COMPARE, "and", "(", ")", "5", "true"])).map(" ".join)
)
def test_no_text_breaks_the_parser(text):
    """It is understood, or refused."""
    try:
        found = parse_filter(text)
    except UsageError:
        return
    assert found


def _parsed(query, *, observations=True):
    pairs = [tuple(one.partition("=")[::2]) for one in query.split("&")]
    return parse_options(pairs, known=("result", "phenomenonTime"), ways=("Datastream",), observations=observations)


def test_options_are_read():
    """Each of them; what is no option of the standard is somebody else's."""
    found = _parsed("$top=5&$skip=7&$count=true&$orderby=result desc&$select=id,result&$expand=Datastream&lang=en")
    assert found == Asked(5, 7, None, True, "result", True, (), ("id", "result"), ("Datastream",))
    assert _parsed("$skiptoken=-5.7").after == Place(-5, 7)
    assert (_parsed("$top=99999").page, _parsed("").page) == (1000, 100)


@pytest.mark.parametrize("query", [
    "$top=-1", "$top=x", "$skip=1.5", "$count=yes", "$orderby=name", "$orderby=result up", "$orderby=result,resultTime",
    "$select=nothing", "$select=", "$expand=Thing", "$expand=Datastream($select=name)", "$expand=Datastream/Thing",
    "$top=1&$top=2", "$search=x", "$resultFormat=dataArray", "$skiptoken=x", "$filter=",
])  # fmt: skip
def test_options_that_say_something_else_are_refused(query):
    """A client learns what it cannot have."""
    with pytest.raises(UsageError):
        _parsed(query)


@pytest.mark.parametrize("query", ["$filter=result gt 5", "$orderby=result", "$skiptoken=1.1"])
def test_only_observations_are_filtered_and_ordered(query):
    """Things and the like stand in the network's order."""
    with pytest.raises(UsageError):
        _parsed(query, observations=False)
