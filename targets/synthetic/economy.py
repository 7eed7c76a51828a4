"""The economy and what it uses: estimates that are revised, two price bases, two classes, energy by fuel, water."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from targets.synthetic.forms import Forms, Row
from targets.synthetic.parties import code_on
from targets.synthetic.story import Story

_CLASSES = ("GBT4754-2002", "GBT4754-2011")
_NEW_CLASSES = 2012
_PRICES, _NEW_PRICES = 2005, 2010
_OF_NEW_PRICES = 1.19
"""GDP at prices of 2010 over GDP at prices of 2005."""

_CENSUS = 2013
_FIRST_GUESS, _CENSUS_FOUND = 0.992, 1.015

_MODERN_BY_NEW_CLASSES = 1.4
"""Points that the share of modern services is higher by the new classification."""

_FUELS = (
    ("electricity", "10k_kWh", 0.60, 3.0),
    ("coal", "t", 0.12, 0.7143),
    ("gasoline", "t", 0.10, 1.4714),
    ("diesel", "t", 0.08, 1.4571),
    ("natural_gas", "10k_m3", 0.10, 13.3),
)
"""Fuel, unit, share of all tce, tce of a unit (electricity by the coal burnt for it)."""
_CALORIFIC_ELECTRICITY = 1.229
_COEFFICIENTS = "GB/T 2589-2008"

_WATER = {"agri": 0.05, "industry": 0.28, "domestic": 0.36, "public": 0.25, "eco": 0.06}


def statistics(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_ec: preliminary first, verified after a year, revised after the census of 2013."""
    forms = Forms("R_ec", "STAT", rng)
    economy = story.economy
    for place, year in enumerate(story.years):
        current, constant = economy.gdp_current[place], economy.gdp_2005[place]
        tertiary = current * economy.tertiary[place] / 100
        classed = _CLASSES[year >= _NEW_CLASSES]
        yield from _estimates(forms, story, year, "gdp_current", current, classed)
        yield from _estimates(forms, story, year, "gdp_const", constant, classed, _PRICES)
        if year >= _NEW_PRICES:
            yield from _estimates(forms, story, year, "gdp_const", constant * _OF_NEW_PRICES, classed, _NEW_PRICES)
        yield from _estimates(forms, story, year, "tertiary_gva", tertiary, classed)
        yield from _modern(forms, story, year, tertiary * economy.modern[place] / 100)
        yield _figure(forms, year, "main_revenue", economy.revenue[place], classed, "verified")
        yield _figure(forms, year, "export_total", economy.exports[place], classed, "verified")
        own = economy.exports[place] * story.brand.own_exports[place] / 100
        yield _figure(forms, year, "export_own_brand", own, classed, "verified")
        for number, revenue in enumerate(story.brand.revenue):
            firm: Row = {"org_id": code_on(1 + number, dt.date(year, 12, 31))}
            yield _figure(forms, year, "main_revenue", revenue[place], classed, "verified") | firm


def _modern(forms: Forms, story: Story, year: int, value: float) -> Iterator[Row]:
    """Yield modern services: by the old classification in all years, by the new one beside it since there is one."""
    yield from _estimates(forms, story, year, "modern_service_gva", value, _CLASSES[0])
    if year >= _NEW_CLASSES:
        more = value * (1 + _MODERN_BY_NEW_CLASSES / 100)
        yield from _estimates(forms, story, year, "modern_service_gva", more, _CLASSES[1])


def _estimates(  # noqa: PLR0917 - the columns of a form
    forms: Forms, story: Story, year: int, series: str, value: float, classed: str, prices: int | None = None
) -> Iterator[Row]:
    """Yield the estimates of a year that had been made when the last year was over."""
    base: Row = {"price_base_year": prices}
    yield _figure(forms, year, series, value * _FIRST_GUESS, classed, "prelim") | base
    if year < story.years[-1]:
        found = value / _CENSUS_FOUND if year == _CENSUS else value
        yield _figure(forms, year, series, found, classed, "verified", dt.date(year + 1, 10, 20)) | base
    if year == _CENSUS < story.years[-1]:
        yield _figure(forms, year, series, value, classed, "census_revised", dt.date(year + 2, 2, 25)) | base


def _figure(  # noqa: PLR0917 - the columns of a form
    forms: Forms, year: int, series: str, value: float, classed: str, estimate: str, reported: dt.date | None = None
) -> Row:
    filed: Row = {} if reported is None else {"reported_at": reported}
    own: Row = {"series": series, "value": round(value, 2), "unit": "100m_yuan"}
    return forms.figure(year, class_version=classed, estimate=estimate) | own | filed


def energy(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_en: five fuels, and electricity by both bases."""
    forms = Forms("R_en", "STAT", rng)
    for place, year in enumerate(story.years):
        whole = story.economy.energy[place] * story.economy.gdp_2005[place] * 10_000  # tce
        for fuel, unit, share, coefficient in _FUELS:
            quantity = round(whole * share / coefficient, 2)
            yield _fuel(forms, year, fuel, unit, quantity, coefficient, "equivalent")
            if fuel == "electricity":
                yield _fuel(forms, year, fuel, unit, quantity, _CALORIFIC_ELECTRICITY, "calorific")


def _fuel(  # noqa: PLR0917 - the columns of a form
    forms: Forms, year: int, fuel: str, unit: str, quantity: float, coefficient: float, basis: str
) -> Row:
    return forms.figure(
        year,
        fuel=fuel,
        physical_qty=quantity,
        unit=unit,
        coef_std=_COEFFICIENTS,
        coef_value=coefficient,
        basis=basis,
        tce=round(quantity * coefficient, 2),
    )


def water(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_wu: five kinds of users."""
    forms = Forms("R_wu", "WRB", rng)
    for place, year in enumerate(story.years):
        whole = story.economy.water[place] * story.economy.gdp_current[place]  # 10^4 m3
        for user, share in _WATER.items():
            yield forms.figure(year, user=user, m3_10k=round(whole * share, 2))
