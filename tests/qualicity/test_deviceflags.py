from __future__ import annotations

import numpy as np
import pytest

from qualicity.deviceflags import DeviceFlags, Scheme, over_range, scheme, scheme_of, schemes
from qualicity.errors import UsageError
from qualicity.flags import Flag
from qualicity.model import Observations, Registry
from qualicity.reading_flags import device_flags

VALID, REMARK, INVALID = Flag(0), Flag.DEVICE_REMARK, Flag.DEVICE

MEANINGS = [
    # table 8 of HJ 212-2017, wastewater
    *[("hj212/2017/32", letter, INVALID) for letter in "FMSDCB"],
    ("hj212/2017/32", "T", REMARK),
    ("hj212/2017/32", "N", VALID),
    ("hj212/2017/32", "", VALID),
    # what is set by hand stays at air stations
    ("hj212/2017/22", "S", REMARK),
    # B and P: standard test and parallel sample at surface-water stations
    ("hj212/2017/21", "B", INVALID),
    ("hj212/2017/21", "P", INVALID),
    ("hj212/2017/21", "A", INVALID),
    ("hj212/2017/31", "St", INVALID),
    ("hj212/2017/31", "Md", INVALID),
    ("hj212/2005/32", "P", INVALID),
    *[("hj212/2005/22", digit, means) for digit, means in zip("0123", (INVALID, REMARK, INVALID, VALID), strict=True)],
    ("hj212/2005/32", "3", INVALID),
    # unknown letters, and systems that no table names
    ("hj212/2025/32", "Q", INVALID),
    ("hj212/2025/32", "N", VALID),
    ("hj212/2017/A7", "?", INVALID),
    ("hj212/2031/32", "N", VALID),
    # a vendor's own flag behind "/" is not read
    ("hj212/2017/32", "N/A01", VALID),
    ("hj212/2017/32", "D/A01", INVALID),
    ("hj212/2017/32", "T/", REMARK),
    # from elsewhere
    ("mqtt", "S", REMARK),
    ("mqtt", "Q", REMARK),
    ("mqtt", "N/A01", REMARK),
    ("import:a.csv", "M", INVALID),
    ("", "B", INVALID),
    ("hj212", "Q", REMARK),
]


@pytest.mark.parametrize(("source", "text", "means"), MEANINGS)
def test_a_flag_means_what_its_protocol_and_system_say(source, text, means):
    assert scheme_of(source).flag(text) == means


def test_rows_are_flagged_by_their_source():
    """One table for columns of rows and for a growing registry; a new registry begins anew."""
    known = DeviceFlags()
    for order in (MEANINGS, MEANINGS[::-1]):
        registry = Registry()
        for part in (order[:5], order):
            rows = Observations.build(
                registry,
                len(part),
                source=np.array([registry.code(source) for source, _, _ in part]),
                device_flag=np.array([registry.code(text) for _, text, _ in part]),
            )
            expected = [int(means) for _, _, means in part]
            assert known.of(rows).tolist() == expected
            assert device_flags(rows).tolist() == expected


def test_schemes_are_named():
    """HJ 212 is the default; others by name."""
    assert scheme("eea").flag("-99") == Flag.DEVICE
    assert scheme("eea").flag("2") == Flag.DEVICE_REMARK
    assert scheme().flag("N") == 0
    with pytest.raises(UsageError, match="no scheme"):
        scheme("x")


def test_every_edition_of_the_protocol_has_a_table():
    for edition in ("2005", "2017", "2025"):
        found = scheme_of(f"hj212/{edition}/99")
        assert found.rows_from == (f"hj212/{edition}",)
        assert (found.unknown, found.private) == ("invalid", "/")
    assert {name for name, one in schemes().items() if not one.rows_from} == {"hj212", "eea"}


@pytest.mark.parametrize(
    ("lists", "said"),
    [((["F"], ["F"], [""]), "a flag has two meanings"), ((["F"], [], ["N"]), '"" must be valid')],
)
def test_a_table_that_contradicts_itself_is_refused(lists, said):
    with pytest.raises(ValueError, match=said):
        Scheme("x", "nowhere", "recalled", *map(tuple, lists))


def test_over_the_range_is_said_by_the_table_of_the_source():
    """T of wastewater is over the range, also with a vendor's flag behind it; T from a table without it is not."""
    registry = Registry()
    texts = [("hj212/2017/32", "T"), ("hj212/2017/32", "T/9"), ("hj212/2017/32", "N"), ("mqtt", "T"), ("mqtt", "T/9")]
    sources, flags = ([registry.code(text) for text in column] for column in zip(*texts, strict=True))
    rows = Observations.build(registry, len(texts), source=np.asarray(sources), device_flag=np.asarray(flags))

    assert over_range(rows).tolist() == [True, True, False, True, False]
    with pytest.raises(ValueError, match="is a remark too"):
        Scheme(id="a", source="", certainty="read", invalid=(), remark=(), valid=("",), above=("T",))
