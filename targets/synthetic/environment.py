"""Waters, emissions and enforcement, as departments file them; what sensors measure is not made up here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from targets.synthetic.forms import DISTRICTS, Forms, Row, ends, later
from targets.synthetic.parties import code_on
from targets.synthetic.story import Story

_INDUSTRIAL, _DOMESTIC = 2600, 11_000
"""10^4 t a quarter in the city, in the opening year."""
_GROWTH = 0.02
_CENTRAL = 0.97
"""Of what is treated, in central plants."""

_SOURCES = 8
_MONTHS = 12
_MONTHS_OF_FAILURE = (7, 8, 6, 9)
_ABSTRACTED = 1400
"""10^4 m3 a month and source."""

_OUTLETS = 60
_ACTIONS = ("warning", "fine", "rectification", "suspension")


def wastewater(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_ww: both kinds, by district and quarter."""
    forms = Forms("R_ww", "WRB", rng, "quarter")
    for place, year in enumerate(story.years):
        grown = (1 + _GROWTH) ** place / len(DISTRICTS)
        for quarter in range(1, 5):
            for district in DISTRICTS:
                made = round(_INDUSTRIAL * grown, 3)
                let = round(made * 0.9, 3)
                complying = round(let * story.environment.industrial_ok[place] / 100, 3)
                yield forms.figure(
                    year, part="quarter", number=quarter, district=district, dept="UHC", type="industrial",
                    generated_10kt=made, discharged_10kt=let, compliant_10kt=complying,
                )  # fmt: skip
                sewage = round(_DOMESTIC * grown, 3)
                treated = round(sewage * story.environment.treated[place] / 100, 3)
                yield forms.figure(
                    year, part="quarter", number=quarter, district=district, type="domestic",
                    generated_10kt=sewage, treated_10kt=treated, central_treated_10kt=round(treated * _CENTRAL, 3),
                )  # fmt: skip


def sources(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_sw: each source in each month."""
    forms = Forms("R_sw", "UHC", rng, "month")
    for place, year in enumerate(story.years):
        failing = {(number, month) for number, month in enumerate(_MONTHS_OF_FAILURE)}
        failing = {one for one in failing if one[0] < story.environment.sources_failing[place]}
        for number in range(_SOURCES):
            for month in range(1, _MONTHS + 1):
                fails = (number, month) in failing
                level = "IV" if fails else ("II", "III")[number % 2]
                row = forms.figure(
                    year,
                    part="month",
                    number=month,
                    district=DISTRICTS[number % len(DISTRICTS)],
                    source_id=f"SYN-SY-{number + 1}",
                    month=f"{year}-{month:02d}",
                    abstraction_10km3=_ABSTRACTED + int(rng.integers(-200, 200)),
                    failing_items="TP" if fails else None,
                    verdict="fail" if fails else "pass",
                )
                yield row | {"class": level}


def reductions(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_em: reductions since 2010 up to each year's end."""
    forms = Forms("R_em", "UHC", rng)
    for place, year in enumerate(story.years[1:], 1):
        for pollutant, reduced in story.environment.reduced.items():
            assigned = story.environment.assigned[pollutant]
            yield forms.figure(year, pollutant=pollutant, assigned_pct=assigned, achieved_pct=reduced[place])


def exceedances(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_xc: cases, most of them handled within the year, some later, a few not at all."""
    forms = Forms("R_xc", "UHC", rng, "month")
    for place, year in enumerate(story.years):
        size = story.environment.cases[place]
        within = round(size * story.environment.handled[place] / 100)
        for number, day in enumerate(forms.days(year, size)):
            left = (ends(year, "year", 1) - day).days
            in_year = later(day, min(left, 20 + number % 30))
            next_year = dt.date(year + 1, 2, 1 + number % 28)
            handled = in_year if number < within else next_year if number % 3 else None
            outlet = int(rng.integers(_OUTLETS))
            row = forms.record(
                day,
                district=DISTRICTS[outlet % len(DISTRICTS)],
                case_id=f"SYN-XC-{year}-{number + 1:03d}",
                outlet_id=f"SYN-OUT-{outlet + 1:02d}",
                operator_id=code_on(2000 + outlet, day),
                detected_on=day,
                items=("COD", "NH3-N", "TP")[number % 3],
            )
            yield row
            if handled is not None:
                reported = max(later(handled, 5), later(_reported(row), 1))
                action = _ACTIONS[number % len(_ACTIONS)]
                yield forms.corrected(row, reported, handled_on=handled, action=action)


def _reported(row: Row) -> dt.date:
    day = row["reported_at"]
    assert isinstance(day, dt.date)  # noqa: S101 - a record of `Forms`
    return day
