"""The limits of the next day are made bit by bit, and are the same as made at once."""

from __future__ import annotations

import numpy as np

from alerting.evaluation.limits import Limits, named_stations
from alerting.evaluation.slots import Slots
from alerting.rules.load import load_rules
from qualicity.network import ChannelSettings, City, Network, Station

DAY = 20_513  # 2026-03-01 is day 20,513: the limits of 2026 begin


def test_a_table_made_bit_by_bit_is_the_table():
    network = Network(
        tuple(City(id=f"c{n}") for n in range(400)),
        tuple(Station(id=f"s{n}", city=f"c{n}", channels=(ChannelSettings("o3", "ug/m3"),)) for n in range(400)),
    )
    rules = load_rules(None, network)
    slots = Slots(network, named_stations(rules))
    pieces, whole = (Limits(rules.rules, slots) for _ in range(2))
    calls = 0
    while DAY not in pieces._tables:
        pieces.prepare(DAY)
        calls += 1

    assert calls == -(-len(slots.places) // 300) > 1
    for mine, other in zip(pieces.table(DAY), whole.table(DAY), strict=True):
        if isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, other)
        else:
            assert mine == other

    before = pieces.table(DAY)
    pieces.prepare(DAY)
    assert pieces.table(DAY) is before
