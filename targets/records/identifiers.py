"""Numbers that carry a check digit: a wrong one is a slip of the pen, and is refused.

Organisation codes (GB 11714) until 2015-09, unified social credit codes (GB 32100-2015) since. The ninth to the
seventeenth character of a credit code are the organisation code: by it an organisation is kept, so that it is one and
the same before and after.
Numbers of patent applications since 2003-10 (ZC 0006-2003): the standard itself was not read, but numbers of granted
patents agree with the weights (tests).
"""

from __future__ import annotations

import re
from functools import lru_cache

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION = re.compile(r"([0-9A-Z]{8})-?([0-9X])")

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V and Z
_CREDIT = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")

_PATENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_PATENT = re.compile(r"(?:ZL ?)?([0-9]{4}) ?([0-9]) ?([0-9]{7})\.?([0-9X])")

_RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
_FIRST_RESIDENT = re.compile(r"[0-9]{15}")


def organisation_check(body: str) -> str:
    """Return the check character of an organisation code's first eight characters (digits count 0-9, letters 10-35)."""
    total = sum(weight * int(character, 36) for weight, character in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    return "0123456789X0"[11 - total % 11]


def credit_check(body: str) -> str:
    """Return the check character of a credit code's first seventeen characters."""
    total = sum(pow(3, place, 31) * _CREDIT_ALPHABET.index(character) for place, character in enumerate(body))
    return _CREDIT_ALPHABET[-total % 31]


def patent_check(body: str) -> str:
    """Return the check character of the twelve digits of a patent application: year, kind, number."""
    total = sum(weight * int(digit) for weight, digit in zip(_PATENT_WEIGHTS, body, strict=True))
    return "0123456789X"[total % 11]


@lru_cache(1 << 17)  # the same firms stand in every piece of a file
def organisation(text: str) -> str | None:
    """Return the organisation code that a code is or holds, without hyphen; None = form or check is wrong."""
    if found := _ORGANISATION.fullmatch(text):
        body, check = found.groups()
        return body + check if organisation_check(body) == check else None
    return text[8:17] if _CREDIT.fullmatch(text) and credit_check(text[:17]) == text[17] else None


def patent(text: str) -> str | None:
    """Return a patent application's number as twelve digits, a point and its check; None = form or check is wrong."""
    found = _PATENT.fullmatch(text)
    if found is None:
        return None
    *parts, check = found.groups()
    body = "".join(parts)
    return f"{body}.{check}" if patent_check(body) == check else None


def resident(text: str) -> str | None:
    """Return an identity card's number with its eighteen characters; None = form or check is wrong.

    GB 11643, ISO 7064 MOD 11-2. A first-generation card has neither the century nor the check: both are added.
    """
    if _FIRST_RESIDENT.fullmatch(text):
        body = f"{text[:6]}19{text[6:]}"
        return body + resident_check(body)
    return text if _RESIDENT.fullmatch(text) and resident_check(text[:17]) == text[17] else None


def resident_check(body: str) -> str:
    """Return the check character of an identity card's first seventeen digits."""
    total = sum(pow(2, 17 - place, 11) * int(digit) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]
