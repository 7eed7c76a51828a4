"""Industry: the firm register, certificates with suspensions and revocations, standards in use, grades of output."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from targets.synthetic.forms import DISTRICTS, Forms, Row, later, new
from targets.synthetic.parties import code_on, named
from targets.synthetic.story import Story

_NEW_SCALE = 2011
"""From this year on above scale means 20 m yuan of main revenue instead of 5 m."""

_SMALL = 100_000
"""From here on firms are numbered that were above the old scale alone."""
_SMALL_SHARE = 0.35
_IN_SCOPE = 0.6

_YEARS_VALID = 3
_OTHER_SYSTEMS = ("EMS14001", "OHS18001", "FSMS", "TS16949", "MD13485", "IT27001", "other_ms")
_OTHER_SHARES = (50, 20, 5, 8, 4, 5, 8)
_SECOND, _SUSPENDED, _REVOKED = 0.3, 0.015, 0.4
"""Shares of firms with a second certificate, of certificates that are suspended, of those that are then revoked."""

_BODIES = ("机构甲", "机构乙", "机构丙", "机构丁")

_FOREIGN = ("ISO", "IEC", "ITU", "foreign")
_GRADED = 60


def firm_register(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_fr: those above scale in each year, and a few that no longer are."""
    forms = Forms("R_fr", "STAT", rng)
    for place, year in enumerate(story.years):
        old = year < _NEW_SCALE
        small = round(story.product.firms[place] * _SMALL_SHARE) if old else 0
        large = story.product.firms[place] - small
        for firm in (*range(1, large + 1), *range(_SMALL, _SMALL + small)):
            yield forms.figure(
                year,
                district=DISTRICTS[firm % len(DISTRICTS)],
                year=year,
                firm_id=code_on(firm, dt.date(year, 12, 31)),
                above_scale=firm % 200 != 7 or firm <= story.product.certified_firms[-1],
                above_scale_rule=_rule(year),
                in_scope=firm % 5 < _IN_SCOPE * 5,
            )


def certificates(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_ct: management systems, renewed every three years, and products."""
    forms = Forms("R_ct", "MSA", rng, "month")
    steps = (0, *story.product.certified_firms[1:])
    for place, firms in new(steps):
        for number in firms:
            year = story.years[max(0, place - 1)] if place == 1 else story.years[place]
            yield from _held(forms, story, 1 + number, year, "QMS9001")
            if rng.random() < _SECOND:
                yield from _held(forms, story, 1 + number, year, forms.choice(_OTHER_SYSTEMS, _OTHER_SHARES))
    for number in range(story.product.certified_firms[0] - story.product.certified_firms[1]):
        yield from _held(forms, story, _SMALL + number, story.first, "QMS9001")
    for place, firms in new(story.product.product_certified):
        for number in firms:
            kind = "CCC" if number % 4 == 0 else "product_vol"
            yield from _held(forms, story, 1 + number * 5 // 3, story.years[place], kind)


def adoption(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_sa: each main product of the list, made to an adopted standard or not."""
    forms = Forms("R_sa", "MSA", rng)
    for place, year in enumerate(story.years):
        for number in range(story.product.main_products):
            adopted = number < story.product.adopted[place]
            source = _FOREIGN[number % len(_FOREIGN)] if adopted else "none"
            degree = ("IDT", "MOD")[number % 2] if adopted else None
            if not adopted and number % 9 == 0:
                source, degree = "ISO", "NEQ"  # it says so, and does not count
            yield forms.figure(
                year,
                district=DISTRICTS[number % len(DISTRICTS)],
                product_code=f"MP{number:03d}",
                firm_id=code_on(1 + number, dt.date(year, 12, 31)),
                std_used=f"SYN-GB {2000 + number}",
                adopted_from=source,
                degree=degree,
                output_value_10k=int(rng.integers(500, 60_000)),
                year=year,
                verified_by="MSA",
            )


def grades(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_gr: output value by grade."""
    forms = Forms("R_gr", "MSA", rng)
    for place, year in enumerate(story.years):
        for number in range(_GRADED):
            output = 5_000 + 700 * number + 40 * (year - story.first)
            superior = round(output * story.product.superior[place] / 100)
            poor = round(output * 0.01)
            first = round((output - superior) * 0.6)
            yield forms.figure(
                year,
                district=DISTRICTS[number % len(DISTRICTS)],
                product_code=f"MP{number:03d}",
                firm_id=code_on(1 + number, dt.date(year, 12, 31)),
                output_superior_10k=superior,
                output_first_10k=first,
                output_qualified_10k=output - superior - first - poor,
                output_nonconf_10k=poor,
            )


def _rule(year: int) -> str:
    return "20m" if year >= _NEW_SCALE else "5m"


def _held(forms: Forms, story: Story, firm: int, year: int, kind: str) -> Iterator[Row]:
    """Yield a firm's certificates of a kind from a year on: one after the other, each with what became of it."""
    issued = forms.day(year)
    number = 0
    while issued.year <= story.years[-1]:
        expires = dt.date(issued.year + _YEARS_VALID, issued.month, min(issued.day, 28))
        above = firm < _SMALL or issued.year < _NEW_SCALE
        first = forms.record(
            issued,
            district=DISTRICTS[firm % len(DISTRICTS)],
            cert_no=f"SYN-{kind}-{firm:06d}-R{number}",
            holder_id=code_on(firm, issued),
            cert_type=kind,
            body=named(_BODIES[firm % len(_BODIES)]),
            issued_on=issued,
            expires_on=expires,
            cert_status="valid",
            status_since=issued,
            above_scale=above,
            above_scale_rule=_rule(issued.year),
        )
        yield first
        if forms.rng.random() < _SUSPENDED:
            yield from _suspended(forms, first, issued, story.years[-1])
        issued, number = expires, number + 1


def _suspended(forms: Forms, first: Row, issued: dt.date, last: int) -> Iterator[Row]:
    """Yield that a certificate is suspended for half a year, and then valid again or revoked."""
    since = later(issued, 200)
    end = later(since, 180)
    then = "revoked" if forms.rng.random() < _REVOKED else "valid"
    for day, state in ((since, "suspended"), (end, then)):
        if day.year <= last:
            yield {**first, **forms.record(day), "district": first["district"]} | {
                "cert_status": state,
                "status_since": day,
            }
