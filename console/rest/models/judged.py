"""Rows of `assess` and `rate`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from console.rest.models.base import Certainty, Cover, Row, Verdict

Item = Literal["so2", "no2", "pm10", "pm25", "co", "o3"]

_DAY: dict[str, Any] = {
    "key": "air/beijing/2016-01-01", "date": "2016-01-01", "city": "beijing", "station": None,
    "standard": "GB3095-2012",
    "values": {"so2": 33, "no2": 104, "pm10": 186, "pm25": 172, "co": 3.4, "o3": 12},
    "iaqi": {"so2": 33, "no2": 112, "pm10": 118, "pm25": 222, "co": 85, "o3": 6},
    "aqi": 222, "primary": ["pm25"], "level": 5, "good": False, "verdict": "EXCEEDS",
    "reason": "pm25 172 > 75 ug/m3", "coverage": {"pm25": {"expected": 288, "observed": 287, "valid": 287}},
    "certainty": "recalled", "version": 1,
}  # fmt: skip


class AirCover(Cover):
    """Hours of an item; of ozone also windows of 8 h."""

    windows: int | None = None


class StatisticCover(Row):
    """Valid hours of an item's own day; of a city those of its stations together."""

    expected: int
    valid: int
    windows: int | None = None


class AirStatistic(Row):
    """A daily statistic that a law to compare with judges, in the law's unit."""

    value: float | None
    unit: str
    limit: float | None = Field(description="null = the law has no limit of a day for it.")
    verdict: Verdict | None
    hours_above: int | None = Field(None, description="Hours beyond the limit, of items of one hour.")
    coverage: StatisticCover


class AirDay(Row):
    """A day of the air of a city or a station, under one law. Numbers as the law rounds them; CO in mg/m3.

    Under a law to compare with they are in its units, and what the law cannot say is null.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DAY]})

    key: str = Field(description="What `explain` takes.")
    date: str = Field(description="Civil day at +08:00.")
    city: str
    station: str | None = Field(description="null = the city.")
    standard: str | None = Field(description="Table of limits; null = no law covers the day.")
    values: dict[Item, float | None] = Field(description="Means of the day, ug/m3, CO mg/m3; o3 = its greatest 8 h.")
    iaqi: dict[Item, int | None]
    aqi: int | None
    primary: list[str] | None = Field(description="null = the law has no index.")
    level: int | None = Field(description="Class of the index, from 1.")
    good: bool | None
    verdict: Verdict
    reason: str
    coverage: dict[Item, AirCover]
    certainty: Certainty | None
    version: int | None = Field(description="In the ledger; null = computed, not kept.")
    units: dict[Item, str | None] | None = Field(None, description="Of values, under a law to compare with.")
    statistics: dict[str, AirStatistic] | None = Field(
        None, description="Of each item of a law to compare with, such as no2:1h."
    )


class AirItem(Row):
    """What a year of an item comes to."""

    annual_mean: float | None
    percentile: float | None
    percentile_rank: float | None
    limit_mean: float | None
    limit_percentile: float | None
    valid_days: int
    verdict: Verdict | None = Field(description="null = a law to compare with asks nothing of it.")


class AirObjective(Row):
    """What a law to compare with asks of a year, or of years, of one item, and what that came to."""

    item: str = Field(description="Such as no2:1h.")
    parameter: Item
    period: str
    form: str
    binding: bool = Field(description="false = takes no part in attainment.")
    limit: float
    unit: str
    value: float | None = Field(
        description="That is compared; of exceedances their count. null = too little data. Where what is known exceeds "
        "whatever is missing: the least that it can be."
    )
    at_least: bool = Field(description="The value is the least that it can be.")
    exceedances: float | None
    allowed: float | None
    years: int
    years_valid: int
    year_value: float | None = Field(description="Of this year alone.")
    capture: float
    capture_needed: float | None
    interim: str | None = Field(description="Strictest interim target that is met.")
    verdict: Verdict
    station: str | None = Field(description="Of a city: whose value it is, where the highest station counts.")
    certainty: Certainty
    clause: str | None


class AirYear(Row):
    """A calendar year of the air of a city or a station. Rates are shares, 0 to 1, not rounded."""

    key: str
    year: int
    city: str
    station: str | None
    standard: str | None
    days: int
    valid_days: int
    good_days: int
    exceeding_days: int
    missing_days: int
    rate_valid: float | None
    rate_lower: float | None
    rate_upper: float | None
    target: str
    rate_verdict: Verdict
    certain: bool
    attainment: Verdict
    parameters: dict[Item, AirItem]
    composite_index: float | None
    certainty: Certainty | None
    version: int | None
    units: dict[Item, str | None] | None = Field(None, description="Of means and percentiles, under such a law.")
    objectives: list[AirObjective] | None = Field(None, description="Under a law to compare with.")


class WaterItem(Row):
    """An item of a period of water."""

    value: float | None
    unit: str | None
    class_: str | None = Field(alias="class")
    verdict: Verdict | None
    qualifier: str
    n: int
    source: str


class WaterPeriod(Row):
    """A period of a place of water: its class beside the class that it has to have."""

    key: str
    period: str
    station: str
    city: str
    water_body: str
    standard: str | None
    class_: str | None = Field(alias="class", description="I to V, or worse.")
    target_class: str | None
    verdict: Verdict
    reason: str
    items: dict[str, WaterItem]
    deciding: list[str]
    failing: list[str]
    multiples: dict[str, float | None]
    coverage: dict[str, Cover]
    abstraction_m3: float | None
    samples: dict[str, int] | None
    certainty: Certainty | None
    version: int | None


class Trend(Row):
    """What an item of a station does over periods, by rank correlation."""

    station: str
    city: str
    parameter: str
    first: str
    last: str
    periods: int
    needed: int
    coefficient: float | None
    critical: float | None
    trend: str | None
    certainty: Certainty


class OutletItem(Row):
    """An item of a period of an outlet."""

    value: float | None
    limit: float | list[float | None] | None
    unit: str | None
    verdict: Verdict | None
    coverage: Cover
    min: float | None = None
    max: float | None = None
    note: str | None = None


class OutletDays(Row):
    """Days of a longer period."""

    complied: int
    exceeded: int
    unknown: int
    no_discharge: int


class OutletPeriod(Row):
    """A period of an outlet: values against limits, flow (m3), loads (kg). Of a sewer district its sewage alone."""

    key: str
    period: str
    outlet: str
    city: str
    standard: str | None = None
    grade: str | None = None
    items: dict[str, OutletItem] | None = None
    flow_m3: float | None = None
    sewage_m3: float | None = None
    load: dict[str, float | None] | None = None
    days: OutletDays | None = None
    complied_m3: float | None = None
    exceeded_m3: float | None = None
    unknown_m3: float | None = None
    substituted: dict[str, list[str]] | None = None
    verdict: Verdict | None
    reason: str
    certainty: Certainty | None = None
    version: int | None


class Count(Row):
    """How many, or how much, complied."""

    complied: float
    exceeded: float
    unknown: float


class CityPeriod(Row):
    """A rate of a city in a period: shares 0 to 1, by volume (m3) and by count."""

    key: str
    period: str
    city: str
    standard: str
    numerator: float | None
    denominator: float | None
    unknown: float | None
    rate_volume: float | None
    rate_count: float | None
    rate_lower: float | None
    rate_upper: float | None
    count: Count
    target: str
    verdict: Verdict
    certain: bool
    reason: str
    sources: dict[str, Count] | None = None
    outlets: dict[str, Count] | None = None
    classes: dict[str, int] | None = None
    quality: str | None = None
    certainty: Certainty | None
    version: int | None


class Rate(Row):
    """A rate of compliance of a year beside its target: shares 0 to 1; of air days are counted, else m3."""

    key: str
    city: str
    year: int
    numerator: float | None
    denominator: float | None
    unknown: float | None
    rate_volume: float | None
    rate_count: float | None
    rate_lower: float | None
    rate_upper: float | None
    target: str
    verdict: Verdict
    certain: bool
    standard: str | None
    count: Count | None = None
    reason: str | None = None
    sources: dict[str, Count] | None = None
    outlets: dict[str, Count] | None = None
    classes: dict[str, int] | None = None
    quality: str | None = None
    certainty: Certainty | None
    version: int | None
