"""Who acts in the example: organisations and persons that nobody is.

The codes of organisations have the form and the check characters of GB 11714 and GB 32100, and begin with HC (合成,
made up) and digits; credit codes hold them from October 2015 on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache

from targets.records.identifiers import credit_check, organisation_check
from targets.records.known import CITY_CODE

LABEL = "(合成)"
"""At the end of every name."""

CREDIT_CODES_SINCE = dt.date(2015, 10, 1)

ELSEWHERE = 900_000
"""From this number on organisations are of other cities."""

PUBLIC, BUILDERS, SERVICES = 800_000, 700_000, 600_000
"""From where schools and hospitals, builders, and firms of services are numbered; below are those of industry."""


@cache
def organisation(number: int) -> str:
    """Return the organisation code of the number-th organisation."""
    body = f"HC{number:06d}"
    return body + organisation_check(body)


@cache
def credit(number: int) -> str:
    """Return its unified social credit code, which holds its organisation code."""
    body = f"91{CITY_CODE}{organisation(number)}"
    return body + credit_check(body)


def code_on(number: int, day: dt.date) -> str:
    """Return the code by which an organisation is filed on a day."""
    return credit(number) if day >= CREDIT_CODES_SINCE else organisation(number)


def person(number: int) -> str:
    """Return what stands for the number-th person: no identity number lies behind it."""
    return hashlib.sha256(f"synthetic person {number}".encode()).hexdigest()


def named(name: str) -> str:
    """Return a name that says that it is made up."""
    return f"{name}{LABEL}"
