"""How values are printed: rounded once, half to even, and what is missing as a dash or as its reason."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from babel.dates import format_date

from qualicity.network import Name
from reports.model import Cell, Column, Language, Value

NOTHING = "\N{EN DASH}"
_DIGITS = 60
_SIGNIFICANT = 6


def said(name: Name, language: Language) -> str:
    """Return a text in a language; where it has only the other, that."""
    return (name.zh or name.en) if language == "zh" else (name.en or name.zh)


def printed(cell: Cell, column: Column, language: Language) -> str:
    """Return a cell as it is printed, without its marks."""
    if cell.shown is not None:
        return said(cell.shown, language)
    return value_text(cell.value, column.decimals, language)


def value_text(value: Value, decimals: int | None, language: Language) -> str:
    """Return a value as it is printed."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return said(date(value), language)
    return number(value, decimals)


def number(value: Fraction | Decimal | float, decimals: int | None = None) -> str:
    """Return a number with so many decimals and groups of three; None = as many as it has, six digits in all at most.

    Rounded once, half to even. A number that rounds to zero has no sign.
    """
    exact = _decimal(value)
    if decimals is None:
        rounded = _rounded(exact, max(0, _SIGNIFICANT - 1 - exact.adjusted()))
        text = f"{rounded:,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{_rounded(exact, decimals):,f}"
    return text.replace("-", "\N{MINUS SIGN}")


def date(day: dt.date) -> Name:
    """Return a day as people write it."""
    return Name(format_date(day, "y年M月d日", "zh_Hans"), format_date(day, "d MMMM y", "en"))


def _rounded(value: Decimal, decimals: int) -> Decimal:
    found = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, Context(prec=_DIGITS))
    return abs(found) if found.is_zero() else found


def _decimal(value: Fraction | Decimal | float) -> Decimal:
    if isinstance(value, Fraction):
        return Context(prec=_DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator))
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)
