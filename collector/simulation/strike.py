"""Labelled faults, put into simulated readings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from collector.messages import sent_when_complete
from collector.simulation.faults import EVERY, Fault, Label, automatic
from collector.simulation.weather import generator
from qualicity.model import Column, Observations
from qualicity.network import Network
from qualicity.periods import HOUR_MS

_SKEW_MS = -HOUR_MS  # a logger that missed a change of its zone
_REPEAT_MS = 5_000  # after which a message comes again, or the next of a line that catches up


class Struck(NamedTuple):
    """Readings with faults in them."""

    rows: Observations
    due: Column  # (n,) ms UTC when each is sent
    truth: Column  # (n,) ms UTC: the true start of each, whatever the logger's clock says


def strike(rows: Observations, labels: Sequence[Label], network: Network, seed: int) -> Struck:
    """Put the labelled faults into readings of a network that cover them whole."""
    values, starts, flags = rows["value"].copy(), rows["start"].copy(), rows["device_flag"].copy()
    due = sent_when_complete(rows).copy()
    keep = np.ones(len(rows), bool)
    again: list[Column] = []
    can_fail = _automatic(rows, network)
    for label in labels:
        struck = _covered(rows, can_fail, label)
        if not len(struck):
            continue
        values[struck] = _measured(label, values[struck], starts[struck])
        due[struck] = _sent(label, due[struck], starts[struck], seed)
        if label.device_flag:
            flags[struck] = rows.registry.code(label.device_flag)
        if label.lost:
            keep[struck] = False
        if label.fault is Fault.CLOCK_SKEW:
            starts[struck] += _SKEW_MS
        elif label.fault is Fault.DUPLICATE:
            again.append(struck)
    index = np.concatenate([np.flatnonzero(keep), *again])
    repeated = np.arange(len(index)) >= int(keep.sum())
    sent = due[index] + repeated * _REPEAT_MS
    return Struck(rows.replace(value=values, start=starts, device_flag=flags).take(index), sent, rows["start"][index])


def _automatic(rows: Observations, network: Network) -> Column:
    """Return which rows (n,) instruments sent: what a laboratory sends comes another way."""
    stations = {station.id: number for number, station in enumerate(network.stations)}
    parameters = sorted({channel.parameter for station in network.stations for channel in station.channels})
    table = np.zeros((len(stations) + 1, len(parameters) + 1), bool)  # the last ones: not of this network
    for station in network.stations:
        for channel in automatic(station):
            table[stations[station.id], parameters.index(channel.parameter)] = True
    places = rows.registry.places
    return table[places(list(stations), -1)[rows["station"]], places(parameters, -1)[rows["parameter"]]]


def _covered(rows: Observations, can_fail: Column, label: Label) -> Column:
    """Return the rows that a label strikes, in order of time."""
    codes = rows.registry
    mask = can_fail & (rows["station"] == codes.find(label.station))
    mask &= (rows["start"] >= label.start) & (rows["start"] < label.end)
    if label.parameter != EVERY:
        mask &= rows["parameter"] == codes.find(label.parameter)
    found = np.flatnonzero(mask)
    return found[np.argsort(rows["start"][found], kind="stable")]


def _measured(label: Label, values: Column, starts: Column) -> Column:
    """Return what a faulty instrument makes of true values (n,), in order of time."""
    amount = 1.0 if label.amount is None else label.amount
    match label.fault:
        case Fault.STUCK:
            return np.full_like(values, values[0])
        case Fault.SPIKE | Fault.UNIT_ERROR:
            return values * amount
        case Fault.DRIFT:
            return values * np.linspace(1.0, amount, len(values))
        case Fault.SENTINEL:
            return np.full_like(values, amount)
        case Fault.CALIBRATION:
            return np.where(starts < (label.start + label.end) // 2, 0.0, amount * values.mean())
        case _:
            return values


def _sent(label: Label, due: Column, starts: Column, seed: int) -> Column:
    """Return when a faulty line sends readings (n,) that were due at `due`."""
    match label.fault:
        case Fault.OFFLINE | Fault.GATEWAY_LOSS:
            return np.full_like(due, max(label.end, int(due.max())))
        case Fault.REORDER:
            periods, index = np.unique(starts, return_inverse=True)
            order = generator(seed, *label[:5]).permutation(len(periods))
            return int(due.max()) + _REPEAT_MS * order[index]  # held back, or they would come before their time
        case _:
            return due
