"""Rows of the network."""

from __future__ import annotations

from typing import Literal

from console.rest.models.base import Named, Row

Bodies = Literal["river", "lake", "reservoir", "groundwater"]


class City(Row):
    """A city that is judged as one; targets are an operator and percent."""

    id: str
    name: Named
    law_adoption: dict[str, str]
    air_target: str
    water_target: str
    discharge_target: str
    sewage_target: str
    synthetic: bool


class Sensor(Row):
    """An instrument in a channel."""

    serial: str
    method: str
    calibrated: list[str]


class Channel(Row):
    """One parameter measured at a station by one instrument; `expected_interval` in s."""

    parameter: str
    unit: str
    poc: int
    expected_interval: int
    label: Literal["begin", "end"]
    zone: str
    sampling: Literal["automatic", "manual"]
    decimals: int | None
    range: tuple[float, float] | None
    sentinels: list[float]
    sensors: list[Sensor]


class Water(Row):
    """What a place of water is, and what is asked of it; capacity in m3/d."""

    body: Bodies
    target: str
    standard: str
    period_rule: Literal["mean", "each"]
    design_capacity: float | None
    excluded: str


class Permit(Row):
    """What a permit asks of one parameter."""

    parameter: str
    unit: str
    most: str | None
    least: str | None
    period: Literal["1h", "24h"]
    document: str


class Outlet(Row):
    """What an outlet of wastewater is; capacity in m3/d."""

    kind: Literal["industrial", "municipal"]
    standard: str
    grade: str
    scope: str
    built: str | None
    intermittent: bool
    limits: list[Permit]
    design_capacity: float | None
    excluded: str


class Station(Row):
    """A fixed place with instruments; position: WGS-84 longitude and latitude."""

    id: str
    city: str
    name: Named
    district: str
    medium: Literal["air", "water", "wastewater"]
    position: tuple[float, float] | None
    owner: str
    gateway: str
    purpose: Literal["assessment", "background", "traffic", "source", "outlet", "catchment"]
    zone_class: Literal["I", "II"]
    valid_from: str | None
    valid_to: str | None
    not_monitored: list[str]
    water: Water
    outlet: Outlet
    channels: list[Channel]
