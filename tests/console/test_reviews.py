"""How far days are checked follows from what was said and from what stands."""

from __future__ import annotations

from console.reviews import Checked, checked
from qualicity.store.audit import Entry

ONE, TWO = (("L", 1),), (("L", 2),)


def _said(act, who, pins=ONE, **detail):
    return Entry(1, 0, who, "page", f"review.{act}", "air/c/s1", {"days": {"2016-03-01": pins}, **detail}, "")


def _state(entries, current=ONE):
    return checked(entries, {"2016-03-01": current})["2016-03-01"]


def test_nothing_said_is_preliminary():
    """And days of which nothing stands are not in it."""
    assert checked([_said("reviewed", "a")], {}) == {}
    assert _state([]) == Checked()


def test_a_review_and_a_second_look():
    """Both names stay."""
    assert _state([_said("reviewed", "a")]) == Checked("reviewed", reviewed_by="a", pinned=ONE)
    assert _state([_said("reviewed", "a"), _said("final", "b")]) == Checked(
        "final", reviewed_by="a", final_by="b", pinned=ONE
    )


def test_another_version_is_preliminary_again():
    """Until it is looked at once more; an old version that comes back is what was looked at."""
    entries = [_said("reviewed", "a"), _said("final", "b")]

    assert _state(entries, TWO) == Checked("preliminary", changed=True, reviewed_by="a", final_by="b", pinned=ONE)
    assert _state([*entries, _said("reviewed", "c", TWO)], TWO) == Checked("reviewed", reviewed_by="c", pinned=TWO)
    assert _state(entries, (*ONE, ("M", 1))).changed


def test_reopened_days_say_why():
    """And forget who had looked."""
    assert _state([_said("reviewed", "a"), _said("reopened", "b", why="calibration")]) == Checked(why="calibration")
