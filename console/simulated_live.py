"""What the live checks make of simulated messages: each reading by what came before it, as alarms see it."""

from __future__ import annotations

import numpy as np

from aggregator.revisions import current
from alerting.evaluation.checked import Rows, check, implausible
from alerting.evaluation.slots import Checks, Slots
from alerting.evaluation.tracks import COURSE_WIDTH, values_of
from alerting.evaluation.values import Values
from collector.simulation.faults import automatic
from collector.simulation.score import Findings
from console.simulated_hours import Simulated
from qualicity.checks import default_rules, is_low
from qualicity.flags import Flag
from qualicity.model import Observations, Statistic
from qualicity.network import Network
from qualicity.periods import HOUR_MS, SECOND_MS


def readings_found(network: Network, of: Simulated) -> list[Findings]:
    """Return what is known of the readings of automatic channels when each has come, in order of time.

    What comes late is looked at as if it had come in time: live, it is kept and no longer compared.
    """
    slots = Slots(network)
    arrived, true = _flagged(slots, of.arrived), _rows(slots, of.true)
    found = []
    for slot, (station, channel) in enumerate(zip(slots.station, slots.channel, strict=True)):
        if channel not in automatic(station):
            continue
        came, due = _of(arrived, slot), _of(true, slot)
        if not len(due.start):
            continue
        _, at, place = np.intersect1d(came.start, due.start, assume_unique=True, return_indices=True)
        observed, same = np.zeros(len(due.start), bool), np.zeros(len(due.start), bool)
        flags = np.zeros(len(due.start), np.int32)
        observed[place], same[place], flags[place] = True, came.value[at] == due.value[place], came.flags[at]
        everything = np.ones(len(due.start), bool)
        found.append(Findings(station.id, channel.parameter, due.start, due.end, everything, observed, same, flags))
    return found


def _rows(slots: Slots, readings: Observations) -> Rows:
    """Return the readings that count, one an instant, by slot and time."""
    slot = slots.find(readings)
    keep = (slot >= 0) & (readings["statistic"] <= Statistic.MEAN)
    readings, slot = readings.take(keep), slot[keep]
    value, flags = Values(slots, default_rules()).of(readings, slot, ())
    counted = current(readings.replace(flags=flags.astype(np.int32)), value)
    rows, slot, value = counted.rows, slot[counted.position], value[counted.position]
    end = rows["start"] + rows["period"].astype(np.int64) * SECOND_MS
    order = np.lexsort((rows["start"], slot))
    rank = np.zeros(len(slot), np.int64)
    return Rows(slot, rows["start"], end, rank, value, rows["flags"]).at(order)


def _flagged(slots: Slots, readings: Observations) -> Rows:
    """Return the readings that count with the flags of the live checks."""
    rows, checks = _rows(slots, readings), Checks(slots, default_rules())
    before = np.zeros((len(rows.slot), COURSE_WIDTH), np.int64)
    values_of(before)[:] = np.nan
    checked = check(rows, before, checks)
    implausibly = checked.valid & implausible(rows, checks)
    low = implausibly & is_low(rows.value, checks.low[rows.slot])
    stuck = checked.valid & (checked.unchanged * HOUR_MS >= checks.stuck[rows.slot])
    step = checked.doubted & ~implausibly & ~stuck
    flags = rows.flags.copy()
    for where, flag in ((implausibly & ~low, Flag.HIGH), (low, Flag.LOW), (stuck, Flag.STUCK), (step, Flag.STEP)):
        flags[where] |= int(flag)
    return rows._replace(flags=flags)


def _of(rows: Rows, slot: int) -> Rows:
    """Return the readings of one slot."""
    first, last = np.searchsorted(rows.slot, (slot, slot + 1)).tolist()
    return rows.at(np.arange(first, last))
