"""Whether a source's numbers can be in the unit that it states; if not, nothing of it is converted or kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from collector.files.channels import Refused, quantity_of
from collector.files.readings import Parsed
from qualicity.checks import unit_suspicion
from qualicity.errors import InputError

_LEAST = 24
"""Readings above 0 that a parameter's median needs before it tells anything."""


class UnitWatch:
    """Looks at each parameter of one source, once, where it first has enough readings.

    Args:
        name: of the source, for errors.
        line: says the place of a row in it.
    """

    def __init__(self, name: str, line: Callable[[int], str]) -> None:
        self._name = name
        self._line = line
        self._sound: set[str] = set()
        self._taken = False

    def check(self, parsed: Parsed) -> None:
        """Look at a piece of the source.

        Raises:
            InputError: a parameter's median is where it lies when the unit is another one.
        """
        for parameter, scales in self._unseen(parsed).items():
            scale = scales[parsed.channels.of_row]
            value = parsed.amounts.value * scale  # NaN where the row is of another parameter
            value = value[value > 0]  # 0 is 0 in every unit, and stand-ins for "no value" are below
            if len(value) < _LEAST:
                continue
            meant = unit_suspicion(parameter, value)
            if meant is not None:
                before = self._line(int(parsed.rows.line[0]))
                taken = f"; the rows before {before} have been taken" if self._taken else ""
                raise InputError(
                    f"{self._name}: {parameter} is probably in {meant}, not in the unit stated: "
                    f"its median would be {np.median(value):g} in canonical units{taken}",
                    "mend the unit stated, or the numbers; nothing is converted by guess",
                )
            self._sound.add(parameter)
        self._taken = True

    def _unseen(self, parsed: Parsed) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        """Return the scales (channels,) to canonical units of each parameter not looked at yet; NaN for others."""
        named = parsed.named()
        found: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
        for number, name in enumerate(named):
            quantity = quantity_of(name)
            if not isinstance(quantity, Refused) and quantity.parameter not in self._sound:
                scales = found.setdefault(quantity.parameter, np.full(len(named), np.nan))
                scales[number] = quantity.scale
        return found
