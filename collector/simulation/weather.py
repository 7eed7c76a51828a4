"""Randomness of simulated series: the same for a seed and a name, on any machine, in any order, for any window."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qualicity.periods import DAY_MS, SECOND_MS

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

_RUN_MS = 16 * DAY_MS


def generator(seed: int, *names: object) -> np.random.Generator:
    """Return randomness that depends on the seed and the names alone, on any machine and in any order."""
    text = "/".join(map(str, (seed, *names)))
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])))


def weather(key: tuple[int, str], times: Times, days: float) -> Floats:
    """Return weather of unit variance that lasts for days, the same for any window over the same time.

    Each half-day has its own random number; the weather is their sum with weights that fade over `days`.
    """
    return _weather(key, times.tobytes(), days)


@lru_cache(maxsize=16)
def _weather(key: tuple[int, str], packed: bytes, days: float) -> Floats:
    """Return it for times as bytes: all channels of a city share theirs."""
    times = np.frombuffer(packed, np.int64)
    half = DAY_MS // 2
    position = times / half
    first = int(np.floor(position.min())) if len(times) else 0
    last = int(np.ceil(position.max())) if len(times) else 0
    reach = int(np.ceil(6 * days))
    numbers = np.asarray(
        [generator(*key, "weather", n).standard_normal() for n in range(first - reach, last + reach + 1)]
    )
    offsets = position[:, None] - (np.floor(position)[:, None] + np.arange(-reach, reach + 1))
    weights = np.exp(-((offsets / (2 * days)) ** 2) * 2)
    index = (np.floor(position).astype(np.int64) - first)[:, None] + np.arange(2 * reach + 1)
    found = np.asarray((weights * numbers[index]).sum(axis=1) / np.sqrt((weights**2).sum(axis=1)), np.float64)
    found.setflags(write=False)
    return found


def noise(key: tuple[int, str, str, int], times: Times, interval: int) -> Floats:
    """Return unit noise of each period; the numbers of some days come from one generator."""
    step = interval * SECOND_MS
    slot = times // step
    run = max(1, _RUN_MS // step)
    runs, of_row = np.unique(slot // run, return_inverse=True)
    numbers = [generator(*key, "noise", interval, number).standard_normal(run) for number in runs.tolist()]
    return np.array(numbers, np.float64).reshape(-1, run)[of_row, slot % run]
