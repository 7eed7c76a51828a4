"""What the published methods of others say of the same figures, to be shown beside the judge and never instead of it.

All three compare compound growth a year. That suits counts and intensities. Of a rate near its limit it makes nonsense,
and of zero there is none, so the judge does not rest on it; who compares cities by these methods needs it all the same.
Specification: targets.md 3.2; sources O1 to O4 there.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from qualicity.errors import InputError
from targets.paths import growth
from targets.trends import room

Eurostat = Literal[
    "significant_progress", "moderate_progress", "insufficient_progress", "moderate_movement_away",
    "significant_movement_away", "movement_away",
]  # fmt: skip
OpenSdg = Literal[
    "target_achieved", "substantial_progress", "moderate_progress", "negligible_progress", "negative_progress",
]  # fmt: skip
UnChart = Literal["target_met", "on_track", "fair_progress", "stagnation_or_regression", "stagnation", "regression"]

SIGNIFICANT, MODERATE = 0.95, 0.60
"""Cuts of growth by what is asked, of Eurostat and Open SDG."""

WORST, BEST = -5.0, 5.0
"""Ends of the score of Open SDG."""


class Course(NamedTuple):
    """From where to where in so many years, in which direction, and what is asked.

    Attributes:
        base: above 0.
        value: above 0.
        years: from the base to the value, above 0.
        direction: 1 = more is better, -1 = less.
        target: above 0; None = no number is asked for.
        left: years from the value to the target.
        met: the value meets the target.
        limit: that values cannot exceed; None = there is none.
    """

    base: float
    value: float
    years: float
    direction: Literal[1, -1] = 1
    target: float | None = None
    left: float = 0
    met: bool = False
    limit: float | None = None

    @property
    def growth(self) -> float:
        """Return compound growth a year, as a share.

        Raises:
            InputError: a figure or the time is not above zero.
        """
        if min(self.base, self.value, self.years) <= 0:
            raise InputError(
                f"from {self.base:g} to {self.value:g} in {self.years:g} years there is no compound growth",
                "use it for figures and times above zero",
            )
        return growth(self.base, self.value, self.years)

    @property
    def ratio(self) -> float | None:
        """Return growth by the growth that leads from the base to the target in time, positive = towards it.

        None = no number is asked for, or the base is the target.
        """
        if self.target is None or self.target == self.base:
            return None
        return self.direction * self.growth / abs(growth(self.base, self.target, self.years + self.left))

    @property
    def percent(self) -> float:
        """Return growth in percent a year, positive = in the right direction."""
        return 100 * self.growth * self.direction


def as_others_say(course: Course) -> dict[str, str]:
    """Return the class of each method, by its name."""
    return {"eurostat": eurostat(course), "open_sdg": open_sdg(course), "un_chart": un_chart(course)}


def open_sdg_score(ratio: float) -> float:
    """Return the score of a progress ratio, in two straight lines that meet at 0.6, within [-5, 5]."""
    raw = 7.1429 * ratio - 4.2857 if ratio >= MODERATE else 4.1667 * ratio - 2.5
    return min(max(raw, WORST), BEST)


def eurostat(course: Course) -> Eurostat:
    """Return the class of Eurostat: by the ratio, or by 1 % a year where nothing is asked."""
    ratio = course.ratio
    if ratio is not None:
        if ratio >= SIGNIFICANT:
            return "significant_progress"
        if ratio >= MODERATE:
            return "moderate_progress"
        return "insufficient_progress" if ratio >= 0 else "movement_away"
    if course.percent >= 1:
        return "significant_progress"
    if course.percent >= 0:
        return "moderate_progress"
    return "moderate_movement_away" if course.percent > -1 else "significant_movement_away"


def open_sdg(course: Course) -> OpenSdg:
    """Return the class of Open SDG: what is met is achieved whatever the trend; near a limit less is asked."""
    if course.met:
        return "target_achieved"
    ratio = course.ratio
    if ratio is None:
        scale = 1.0 if course.limit is None else room(course.base / course.limit)
        cuts, reached = (1.5 * scale, 0.5 * scale), course.percent
    else:
        cuts, reached = (SIGNIFICANT, MODERATE), ratio
    if reached >= cuts[0]:
        return "substantial_progress"
    if reached >= cuts[1]:
        return "moderate_progress"
    return "negligible_progress" if reached >= 0 else "negative_progress"


def un_chart(course: Course) -> UnChart:
    """Return the class of the UN Progress Chart: by the share of the way that the same growth will make in time."""
    if course.target is None or course.target == course.base:
        if course.percent >= 2:
            return "on_track"
        if course.percent >= 0.5:
            return "fair_progress"
        return "stagnation" if course.percent > -0.5 else "regression"
    if course.met or (course.target == course.limit and abs(course.value - course.target) <= 0.01 * course.target):
        return "target_met"
    ends = course.value * (1 + course.growth) ** course.left
    made = (ends - course.base) / (course.target - course.base)
    if made >= 0.95:
        return "on_track"
    return "fair_progress" if made >= 0.10 else "stagnation_or_regression"
