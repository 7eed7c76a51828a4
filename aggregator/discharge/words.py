"""How verdicts of outlets are put into words: the parts of a `reason`, which `qualicity.reasons` reads, and notes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from aggregator.discharge.laws import Ends, Law
from aggregator.discharge.plan import HOURS
from qualicity.canonical import WATER_DECIMALS
from qualicity.standards.schema_water import ValidityTable
from qualicity.units import behind

LABORATORY = "laboratory"
STRICTER = "no water temperature, so the stricter limit"
"""Notes of a day that samples made, and of one whose limit hangs on a temperature that is not known."""

VERDICTS = {0: "EXCEEDS", 1: "COMPLIES", -1: "NOT_ASSESSABLE", 2: None}
"""The texts of verdicts; None: nothing is asked."""


def digits(value: int) -> str:
    """Return an integer of nine decimals as people write it: no exponent, no zeros at the end."""
    text = f"{Decimal(value).scaleb(-WATER_DECIMALS):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def outside(name: str, value: int, ends: Ends, unit: str) -> str:
    """Say by which end a value is beyond its limits."""
    if ends.high is not None and value >= ends.high:
        return f"{name} {digits(value)} > {digits(ends.high)}{behind(unit)}"
    return f"{name} {digits(value)} < {digits(ends.low or 0)}{behind(unit)}"


def spread(name: str, least: int, most: int, ends: Ends, unit: str) -> str:
    """Say which of a day's values was beyond what every value must be."""
    if ends.high is not None and most > ends.high:
        return outside(name, most, ends, unit)
    return outside(name, least, ends, unit)


def needed(due: int, share: Fraction) -> int:
    """Return how many of the values due are enough."""
    return -(-due * share.numerator // share.denominator)


def too_few(name: str, valid: int, due: int, share: Fraction) -> str:
    """Say how many valid values there are, and how many were needed; of none due nobody knows whether water flowed."""
    if not due:
        return f"{name}: no value, and not known whether anything was discharged"
    if due == HOURS:
        return f"{name}: {valid} valid hours, {needed(due, share)} needed"
    return f"{name}: {valid} of {due} values valid, {max(needed(due, share), 1)} needed"


def detected(name: str) -> str:
    """Say that there is something of which there must be nothing."""
    return f"{name}: detected, must not be"


def unsettled(name: str, ends: Ends, unit: str) -> str:
    """Say that readings below a detection limit, or above a range, leave a limit open."""
    limit = ends.high if ends.high is not None else ends.low
    return f"{name}: not measured well enough for the limit of {digits(limit or 0)}{behind(unit)}"


def removal(name: str, value: int, ends: Ends, unit: str, share: Fraction) -> str:
    """Say that what is removed of what comes in could stand in the place of a limit."""
    percent = digits(int(share * 100 * 10**WATER_DECIMALS))
    return f"{outside(name, value, ends, unit)} unless {percent} % are removed: inflow not measured"


def item_exceeded(name: str, days: int) -> str:
    """Say on how many days an item exceeded."""
    return f"{name}: exceeded on {days} days"


def item_judged(name: str, known: int, expected: int, needed: int) -> str:
    """Say on how many days an item was judged, and how many were needed."""
    return f"{name}: {known} of {expected} days judged, {needed} needed"


def days_exceeded(days: int, of: int) -> str:
    """Say on how many days the outlet exceeded."""
    return f"exceeded on {days} of {of} days"


def days_judged(known: int, of: int, needed: int) -> str:
    """Say on how many days the outlet complied, and how many were needed."""
    return f"{known} of {of} days comply, {needed} needed"


def longer(name: str, periods: Iterable[str]) -> str:
    """Say that limits of longer means are not judged in a period."""
    return f"{name}: limit of the mean of {', '.join(periods)} not judged here"


def unapplied(law: Law, names: Iterable[str]) -> list[str]:
    """Say which of the items that are measured have limits of longer means too."""
    return [longer(name, rule.longer) for name in names if (rule := law.rules.get(name)) is not None and rule.longer]


def notes(
    name: str, validity: ValidityTable, *, laboratory: bool, stricter: bool, tabled: int, halved: int
) -> list[str]:
    """Say what a day's value rests on, and where that is written."""
    parts = [LABORATORY] if laboratory else []
    parts += [STRICTER] if stricter else []
    parts += [
        f"{tabled} values substituted by {row.value} {row.unit} ({place(validity.id, row.clause)})"
        for row in validity.substitute
        if row.parameter == name and tabled
    ]
    parts += [f"{halved} values substituted by half the detection limit"] if halved else []
    return parts


def place(table: str, clause: str | None) -> str:
    """Return where something is written."""
    return f"{table} {clause}" if clause else table


# rates


def months_filed(filed: int, of: int) -> str:
    """Say of how many months the catchments' volumes are filed."""
    return f"sewage of {filed} of {of} months filed"


def excluded(outlet: str, why: str) -> str:
    """Say which outlet has no part in a rate, and why."""
    return f"{outlet} excluded: {why.replace(';', ',')}"
