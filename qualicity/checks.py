"""Automatic checks of readings: rules as data, and the causal ones (range, step, stuck) as pure functions.

Causal: the flag of a reading needs nothing that comes after it, so the same functions serve live alarms and
days. Arrays run along time in their last axis, one element an hour, NaN where there is no value.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from qualicity.errors import InputError
from qualicity.flags import Flag

Floats = NDArray[np.float64]
Flags = NDArray[np.int32]


LARGEST = Decimal(1_000_000)
"""What the hourly grid adds exactly, with four decimals; no rule may let more pass."""


class Course(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How values of a parameter plausibly go on from reading to reading, canonical units."""

    high_above: Decimal
    low_below: Decimal = Decimal(0)  # above zero and below this is no value of this unit; 0 = nothing is too low
    step_above: Decimal
    step_ratio: Decimal = Decimal("Infinity")  # of two readings, each taken as `floor` at least
    floor: Decimal = Decimal(1)  # what is below differs by noise
    stuck_hours: Annotated[int, msgspec.Meta(ge=2, le=24)]  # those who judge a day read one day more on both sides
    stuck_readings: Annotated[int, msgspec.Meta(ge=2)] = 2  # as many at least, however long they take
    stuck_exempt: tuple[Decimal, ...] = ()
    stuck_from: Decimal | None = None  # lower values repeat in the instrument's coarse steps

    def __post_init__(self) -> None:
        """Refuse ratios that say nothing."""
        if self.step_ratio <= 1 or self.floor <= 0 or not 0 <= self.low_below < self.high_above:
            raise ValueError("step_ratio > 1, floor > 0 and 0 <= low_below < high_above must hold")


class ParameterRule(Course, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is plausible for one parameter of air, canonical units."""

    id: str
    impossible_below: Decimal
    impossible_above: Decimal
    spike_least: Decimal
    neighbour_ratio: Decimal  # to the other stations' median, both taken as `floor` at least
    neighbour_day_ratio: Decimal  # for a whole day

    def __post_init__(self) -> None:
        """Refuse ends that are the wrong way round."""
        super().__post_init__()
        if not -LARGEST <= self.impossible_below < self.high_above <= self.impossible_above <= LARGEST:
            raise ValueError(f"{self.id}: impossible_below < high_above <= impossible_above <= {LARGEST} must hold")
        if not 1 < self.neighbour_day_ratio <= self.neighbour_ratio:
            raise ValueError(f"{self.id}: 1 < neighbour_day_ratio <= neighbour_ratio must hold")


class WaterCourse(Course, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is plausible for parameters of water."""

    ids: tuple[str, ...]


class PossibleRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What some parameters can be, where nothing is said of their course; both ends are allowed."""

    ids: tuple[str, ...]
    unit: str  # canonical, of all of them
    below: Decimal | None = None  # impossible below
    above: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse a range without an end, and ends that are the wrong way round."""
        if self.below is None and self.above is None:
            raise ValueError(f"{', '.join(self.ids)}: neither below nor above is given")
        if self.below is not None and self.above is not None and self.below >= self.above:
            raise ValueError(f"{', '.join(self.ids)}: below < above must hold")


class Suspicion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a file's median tells that the unit is probably another one."""

    id: str
    meant: str
    median_above: Decimal | None = None
    median_below: Decimal | None = None


class CheckRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules; `version` changes with any of them."""

    minutes_without_rule: Annotated[int, msgspec.Meta(ge=1, le=60)]
    neighbour_z: Decimal
    neighbours_at_least: Annotated[int, msgspec.Meta(ge=3)]
    spike_deviations: Decimal
    inversion_above: Decimal
    parameter: tuple[ParameterRule, ...]
    suspicion: tuple[Suspicion, ...]
    possible: tuple[PossibleRange, ...] = ()
    water: tuple[WaterCourse, ...] = ()
    neighbour_day_hours: Annotated[int, msgspec.Meta(ge=1, le=24)] = 18
    stand_ins: tuple[Decimal, ...] = ()  # for "no value", as sent, of any parameter

    def __post_init__(self) -> None:
        """Refuse two rules for one parameter."""
        air = [rule.id for rule in self.parameter]
        for others in (self.possible, self.water):
            names = air + [name for rule in others for name in rule.ids]
            if len(set(names)) < len(names):
                raise ValueError("a parameter has two rules")

    @property
    def version(self) -> str:
        """Return the hash of the rules' content."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    @property
    def by_parameter(self) -> Mapping[str, ParameterRule]:
        """Return the rules by parameter."""
        return {rule.id: rule for rule in self.parameter}

    @property
    def courses(self) -> Mapping[str, Course]:
        """Return what is plausible from reading to reading, by parameter."""
        return {**self.by_parameter, **{name: course for course in self.water for name in course.ids}}

    @property
    def bounds(self) -> Mapping[str, tuple[float, float]]:
        """Return what each parameter can be: the lowest and the highest value; infinite where nothing is said."""
        found = {rule.id: (float(rule.impossible_below), float(rule.impossible_above)) for rule in self.parameter}
        for rule in self.possible:
            low = -np.inf if rule.below is None else float(rule.below)
            high = np.inf if rule.above is None else float(rule.above)
            found |= dict.fromkeys(rule.ids, (low, high))
        return found


def parse_rules(text: str) -> CheckRules:
    """Read rules from TOML.

    Raises:
        InputError: the text breaks the schema; the message names the place.
    """
    try:
        return msgspec.convert(tomllib.loads(text), CheckRules)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"check rules: {error}", "mend the table at the place named") from error


@cache
def default_rules() -> CheckRules:
    """Return the rules that ship with the project."""
    return parse_rules((files("qualicity") / "checks.toml").read_text("utf-8"))


def causal_flags(values: Floats, rule: ParameterRule) -> Flags:
    """Return the flags of range, step and stuck for values (..., time) of one parameter."""
    return range_flags(values, rule) | step_flags(values, rule) | stuck_flags(values, rule)


def range_flags(values: Floats, rule: ParameterRule) -> Flags:
    """Return IMPOSSIBLE for what the parameter cannot be, HIGH or LOW beyond what it plausibly is."""
    impossible = (values < float(rule.impossible_below)) | (values > float(rule.impossible_above))
    high, low = values > float(rule.high_above), is_low(values, float(rule.low_below))
    flags: Flags = impossible * np.int32(Flag.IMPOSSIBLE) | high * np.int32(Flag.HIGH) | low * np.int32(Flag.LOW)
    return flags


def is_low(values: Floats, below: Floats | float) -> NDArray[np.bool_]:
    """Return where a value is above zero and yet too small for its unit: zero itself is what instruments round to."""
    low: NDArray[np.bool_] = (values > 0) & (values < below)
    return low


def step_flags(values: Floats, rule: Course) -> Flags:
    """Return STEP where a value is too far from that of the hour before, or too many times it."""
    flags = np.zeros(values.shape, np.int32)
    before, after = values[..., :-1], values[..., 1:]
    jump = np.abs(after - before) > float(rule.step_above)
    jump |= is_ratio(before, after, float(rule.step_ratio), float(rule.floor))
    flags[..., 1:][jump] = Flag.STEP
    return flags


def is_ratio(one: Floats, other: Floats, ratio: Floats | float, floor: Floats | float) -> NDArray[np.bool_]:
    """Return where the greater of two values, both taken as `floor` at least, is more than `ratio` times the other."""
    greater, less = np.maximum(np.maximum(one, other), floor), np.maximum(np.minimum(one, other), floor)
    found: NDArray[np.bool_] = greater > ratio * less
    return found


def stuck_flags(values: Floats, rule: Course) -> Flags:
    """Return STUCK from the hour on in which one value has stood for `stuck_hours` in a row; a gap ends the row."""
    time = np.arange(values.shape[-1])
    changed = np.ones(values.shape, bool)
    changed[..., 1:] = values[..., 1:] != values[..., :-1]  # NaN differs from itself
    since = np.maximum.accumulate(np.where(changed, time, 0), axis=-1)
    long = time - since + 1 >= max(rule.stuck_hours, rule.stuck_readings)
    may = np.isin(values, _floats(rule.stuck_exempt)) | np.isnan(values)
    if rule.stuck_from is not None:
        may |= values < float(rule.stuck_from)
    return (long & ~may) * np.int32(Flag.STUCK)


def _floats(values: Sequence[Decimal]) -> Floats:
    return np.asarray([float(value) for value in values])


def unit_suspicion(parameter: str, values: Floats, rules: CheckRules | None = None) -> str | None:
    """Return the unit that values (canonical) of one parameter were probably meant in, or None."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    median = Decimal(float(np.median(known)))
    for suspicion in (rules or default_rules()).suspicion:
        above, below = suspicion.median_above, suspicion.median_below
        far = (above is not None and median > above) or (below is not None and median < below)
        if suspicion.id == parameter and far:
            return suspicion.meant
    return None
