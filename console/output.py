"""How commands speak: JSON lines for machines, tables for people, notes on the side."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

_PIPED_WIDTH = 180

stdout = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
stderr = Console(stderr=True, highlight=False)

CLASS_STYLES = {
    1: "black on green3",
    2: "black on yellow",
    3: "black on orange1",
    4: "white on red",
    5: "white on magenta",
    6: "white on red4",
}
WATER_STYLES = {
    "I": "black on cyan1",
    "II": "black on deep_sky_blue1",
    "III": "black on green3",
    "IV": "black on yellow",
    "V": "black on orange1",
    "worse": "white on red",
}
VERDICT_STYLES = {"COMPLIES": "green", "EXCEEDS": "red", "NOT_ASSESSABLE": "yellow"}


def table(*names: str, wrapped: Collection[str] = ()) -> Table:
    """Return an empty table whose columns keep their words whole, but for those that may be wrapped."""
    made = Table(box=None, header_style="bold")
    for name in names:
        made.add_column(name, no_wrap=name not in wrapped, overflow="fold" if name in wrapped else "ellipsis")
    return made


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line."""
    for row in rows:
        sys.stdout.write(msgspec.json.encode(row).decode() + "\n")


def verdict(text: str) -> str:
    """Return a verdict in its colour."""
    return f"[{VERDICT_STYLES[text]}]{text}[/]"


def aqi(row: Mapping[str, Any]) -> str:
    """Return an index in the colour of its class; the worst has that of all beyond it: the API has one class more."""
    return "-" if row["aqi"] is None else f"[{CLASS_STYLES[min(row['level'], max(CLASS_STYLES))]}] {row['aqi']} [/]"


def water_class(name: str | None) -> str:
    """Return a class of water in its colour."""
    return "-" if name is None else f"[{WATER_STYLES.get(name, 'default')}] {name} [/]"


def percent(share: float | None) -> str:
    """Return a share as percent with two decimals: enough to tell 97.99 from 98."""
    return "-" if share is None else f"{share * 100:.2f} %"


def number(value: float | None) -> str:
    """Return a value as people write it: at most six digits, none of them as a power of ten; or a dash."""
    if value is None:
        return "-"
    return format(Decimal(f"{value:.6g}"), "f")


def mass(kilograms: float) -> str:
    """Return a load as people write it: with two decimals, of less than a kilogram with six digits."""
    return f"{kilograms:,.2f} kg" if abs(kilograms) >= 1 or not kilograms else f"{number(kilograms)} kg"


def date_spans(dates: Iterable[str]) -> list[str]:
    """Return dates, in order, those that follow each other as first and last."""
    spans: list[list[dt.date]] = []
    for day in map(dt.date.fromisoformat, dates):
        if spans and day - spans[-1][1] == dt.timedelta(days=1):
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return [str(first) if first == last else f"{first} \N{EN DASH} {last}" for first, last in spans]


def shown(value: object) -> str:
    """Return a value of a row, or a dash."""
    return "-" if value is None else str(value)
